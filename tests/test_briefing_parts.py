"""Parts of a brief: timeline, decontextualisation and captions."""

from dataclasses import replace

import numpy as np
import pytest

from index.reading import ArticleRecord, to_article
from index.search.scored_sentence import ScoredSentence
from index.sentences import split_sentences
from index.types import Article, Filters, Span
from service.briefing.brief_citations import NumberedCitations
from service.briefing.captions import is_caption
from service.briefing.clustering import SentenceCluster, by_article
from service.briefing.decontextualisation import (
    context_dependence,
    discourse_marker_length,
    is_statement,
    with_sentence_before,
)
from service.briefing.event_dates import event_dates
from service.briefing.line_writer import LineWriter
from service.briefing.timeline import build_timeline
from service.briefing.types import Brief, BriefRequest
from service.language.parsing import parse
from tests.conftest import Opener


def stored(*texts: str, published: str = "2025-05-07") -> list[Article]:
    return [
        to_article(ArticleRecord(id=f"a{i}", text=text, outlet=f"Paper {i}", published=published))
        for i, text in enumerate(texts)
    ]


def sentences_of(article: Article, attribution: Span | None = None) -> list[ScoredSentence]:
    """Return every sentence of an article, each with the score of a relevant one."""
    made = []
    before = ""
    for span in split_sentences(article.text, Span(start=0, end=len(article.text))):
        vector, origins = np.full(4, 0.5, dtype=np.float32), frozenset({article.id})
        made.append(ScoredSentence(article, 1, span, before, attribution, origins=origins, vector=vector, score=1.0))
        before = span.of(article.text)
    return made


def line_writer() -> LineWriter:
    return LineWriter("topic", NumberedCitations(), lambda sentence, versions: [0.0] * len(versions))


@pytest.mark.parametrize(
    ("text", "dates"),
    [
        ("The bridge fell on 3 November 2024.", [("2024-11-03", None, "stated")]),
        ("The bridge fell in November 2024.", [("2024-11", None, "stated")]),
        ("The bridge was built in 1968 and fell in 2024.", [("1968", None, "stated"), ("2024", None, "stated")]),
        ("The bridge fell on Monday.", [("2025-05-05", None, "inferred")]),
        ("The bridge fell yesterday.", [("2025-05-06", None, "inferred")]),
        ("The bridge fell on 3 June.", [("2024-06-03", None, "inferred")]),
        ("The bridge will open on 3 June.", [("2025-06-03", None, "inferred")]),
        ("The strike lasted from 2 March 2025 to 9 March 2025.", [("2025-03-02", "2025-03-09", "stated")]),
        ("They recalled the 2023 Calder floods.", [("2023", None, "stated")]),
        ("The town had a quiet 2024.", []),
        ("The mayor said on Monday that the bridge was safe.", []),
        ("The bridge held 2024 cars.", []),
    ],
)
def test_event_dates_have_the_precision_of_the_words(text: str, dates: list[tuple[str, str | None, str]]) -> None:
    article = stored(text)[0]
    found = event_dates(sentences_of(article)[0])
    assert [(each.date, each.until, each.basis.split(":")[0]) for each in found if not each.is_report] == dates


def test_statements_are_grouped_by_article_that_of_the_best_first() -> None:
    texts = ("The storm sank nine boats. The harbour is closed.", "The mayor closed the school. The road is open.")
    one, other = (sentences_of(each) for each in stored(*texts))
    chosen = [SentenceCluster(members=(each,)) for each in (other[1], one[0], other[0], one[1])]
    assert [each.representative for each in by_article(chosen)] == [*other, *one]


def test_an_event_of_two_articles_is_listed_once_with_the_finer_date() -> None:
    articles = stored(
        "A bomb in Calder killed nine people in 2023.",
        "The bomb that killed nine people in Calder exploded in July 2023.",
    )
    events = build_timeline([f for a in articles for f in sentences_of(a)], [], line_writer())
    assert [event.date for event in events] == ["2023-07"]
    assert events[0].spelled == "July 2023"
    assert events[0].line.origins == 2


def test_each_date_of_a_sentence_gets_its_own_clause_earliest_first() -> None:
    articles = stored("In 2023, a bomb in Calder killed nine people, while in 2018, floods destroyed the Norwick fair.")
    events = build_timeline(sentences_of(articles[0]), [], line_writer())
    assert [(event.date, event.line.words) for event in events] == [
        ("2018", "in 2018, floods destroyed the Norwick fair"),
        ("2023", "In 2023, a bomb in Calder killed nine people"),
    ]


def test_a_day_is_not_counted_to_a_year_where_articles_state_another_one() -> None:
    articles = stored(
        "The dam broke on 3 May 2019 and drowned the lower town.",
        "Relatives of those who died on 3 May met the governor.",
        "The governor was sworn in on 4 May.",
    )
    events = build_timeline([f for a in articles for f in sentences_of(a)], [], line_writer())
    assert [each.date for each in events] == ["2019-05-03", "2025-05-04"]


def test_a_line_that_its_evidence_does_not_support_is_withheld_and_counted() -> None:
    article = stored("The fire in Calder killed 14 people.")[0]
    found = sentences_of(article)[0]
    other = replace(found)
    vars(other)["text"] = "Rain fell."  # what the gate reads; its quote stays
    writer = line_writer()
    assert writer.write(found) is not None
    assert writer.write(other) is None
    assert [each.text for each in writer.withheld] == ["The fire in Calder killed 14 people."]


@pytest.mark.parametrize(
    ("text", "dependence"),
    [
        ("This convergence has shaped the region.", 1.0),
        ("It came with a message to the world.", 1.0),
        ("The group has many members.", 0.4),
        ("The harbour of Norwick was closed.", 0.0),
        ("Ada Voss said that it was closed.", 0.0),
    ],
)
def test_a_subject_that_depends_on_its_context_is_recognised(text: str, dependence: float) -> None:
    assert context_dependence(parse(text)) == dependence


def test_discourse_markers_are_dropped_and_imperatives_are_no_statements() -> None:
    assert (
        "However, the harbour closed."[discourse_marker_length("However, the harbour closed.") :]
        == "the harbour closed."
    )
    assert discourse_marker_length("However hard it rained, the harbour closed.") == 0
    assert is_statement(parse("The harbour has been closed."))
    assert not is_statement(parse("Follow the latest news from the harbour here."))


def test_a_dependent_sentence_is_quoted_with_the_one_before_it_as_one_span() -> None:
    article = stored("The harbour of Norwick closed. It opens in June.")[0]
    wider = with_sentence_before(sentences_of(article)[1])
    assert wider is not None
    assert wider.quote == article.text[wider.start : wider.end] == article.text


def test_a_clause_that_only_says_that_something_was_said_is_no_event() -> None:
    text = "The storm will reach Norwick on 9 May 2025, the weather service said on 5 May 2025."
    events = build_timeline(sentences_of(stored(text)[0]), [], line_writer())
    assert "the weather service said on 5 May 2025" not in [event.line.words for event in events]


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("Ada Smith/AFP/Getty Images Boats lie on the quay of Norwick after the storm.", True),
        ("Jonas Vidal/Reuters A woman walks past the harbour.", True),
        ("Boats lie on the quay of Norwick after the storm on May 3, 2031.", True),
        ("The mayor, Dana Reyes, speaks at a rally in Norwick, Sept. 24, 2031.", True),
        ("FILE PHOTO: Boats lie on the quay of Norwick, May 3, 2031.", True),
        ("Boats sank at the quay of Norwick in the storm on May 3, 2031.", False),
        ("Officials say that the pier opened on May 3, 2031.", False),
        ("The pier is open since May 3, 2031.", False),
        ("Reuters reported that boats lay on the quay.", False),
        ("The AFP/Reuters pool reported it on Monday.", False),
        ("The Norwick Gazette/AP Poll found that half of them want a pier.", False),
        ("He earned 5 dollars/hour at Getty Images in Norwick.", False),
    ],
)
def test_the_credit_of_a_picture_or_the_present_of_a_day_makes_a_caption(text: str, caption: bool) -> None:
    assert is_caption(text) == caption


def test_captions_and_notes_of_the_editors_are_not_in_a_brief(workspace_of: Opener) -> None:
    text = (
        "The storm in Norwick sank 7 boats on Monday.\n\n"
        "Ada Smith/AFP/Getty Images Boats lie in Norwick after the storm.\n\n"
        "For the latest coverage of the storm in Norwick from Wednesday, Sept. 28, see our live updates here."
    )
    brief: Brief = workspace_of(*stored(text)).brief(
        BriefRequest(topic="The storm in Norwick", filters=Filters(as_of="2025-06-01"))
    )
    assert {citation.quote for citation in brief.citations} == {"The storm in Norwick sank 7 boats on Monday."}
