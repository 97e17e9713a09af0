"""Parts of a brief: timeline, speakers, differences, decontextualisation, and how they are rendered."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser

import numpy as np
import pytest

from index.reading import ArticleRecord, to_article
from index.search.scored_sentence import ScoredSentence
from index.sentences import split_sentences
from index.types import Article, Filters, Span
from service.briefing.brief_citations import NumberedCitations
from service.briefing.captions import is_caption
from service.briefing.decontextualisation import (
    context_dependence,
    discourse_marker_length,
    is_statement,
    with_sentence_before,
)
from service.briefing.differences import find_differences
from service.briefing.event_dates import event_dates
from service.briefing.line_writer import LineWriter
from service.briefing.speakers import find_speakers
from service.briefing.timeline import build_timeline
from service.briefing.types import Brief, BriefLine, BriefRequest
from service.briefing.value_comparison import compare_values
from service.grounding import Entailment
from service.language.parsing import parse
from service.rendering.brief_document import brief_document
from service.rendering.brief_html import as_html
from service.rendering.brief_repeats import REPEATED, shortened
from service.rendering.csl import csl_json
from service.rendering.markdown import as_markdown
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

Opener = Callable[..., Workspace]


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


@pytest.fixture
def workspace_of(settings: Settings) -> Iterator[Opener]:
    opened: list[Workspace] = []

    def make(*articles: Article) -> Workspace:
        workspace = Workspace(settings, light_engines(), Home(settings.home))
        opened.append(workspace)
        workspace.ingest(articles)
        return workspace

    yield make
    for workspace in opened:
        workspace.close()


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


@pytest.mark.parametrize(
    ("text", "name", "alleged"),
    [
        ("Mayor Ada Voss said that the harbour would stay closed.", "Mayor Ada Voss", False),
        ("The harbour will stay closed, according to Ada Voss.", "Ada Voss", False),
        ("Jonas Vidal alleged that the count had been falsified.", "Jonas Vidal", True),
        ("“The harbour stays closed until June,” Ada Voss told reporters.", "Ada Voss", False),
        ("An official was quoted by the Post as saying that the harbour was closed.", "An official", False),
    ],
)
def test_speakers_are_named_and_allegations_are_marked(text: str, name: str, alleged: bool) -> None:
    article = stored(text)[0]
    speakers = find_speakers(sentences_of(article), [], line_writer())
    assert [each.name for each in speakers] == [name]
    assert [statement.alleged for statement in speakers[0].statements] == [alleged]


@pytest.mark.parametrize(
    "text",
    [
        "The attack showed that the harbour was not safe.",
        "He said that the harbour was closed.",
        "The mayor may say that the harbour is closed.",
        "The outlet claimed links with the smugglers of the harbour.",
    ],
)
def test_only_those_who_state_something_are_speakers(text: str) -> None:
    article = stored(text)[0]
    speakers = find_speakers(sentences_of(article), [], line_writer())
    assert [each.name for each in speakers if each.name not in ("The outlet",)] == []


def test_a_report_gets_the_full_description_of_its_article() -> None:
    text = "Boats were lost, a report in the Norwick Journal stated. The report noted that the harbour was closed."
    article = stored(text)[0]
    speakers = find_speakers(sentences_of(article)[1:], [], line_writer())
    assert [(each.name, each.described) for each in speakers] == [("The report", "a report in the Norwick Journal")]


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        ("The fire in Calder killed 14 people.", "The fire in Calder killed 41 people.", {"14 people", "41 people"}),
        ("The fire in Calder killed 14 people.", "The fire in Calder killed more than 12 people.", None),
        ("The fire in Calder killed 14 people.", "The fire in Calder killed fourteen people.", None),
        ("The fire in Calder killed 14 people.", "The fire in Norwick killed 41 people.", None),
        ("The fire in Calder killed 14 people.", "The fire in Calder injured 41 people.", None),
        (
            "The bridge of Tarn opened on 2 May 2024.",
            "The bridge of Tarn opened on 3 May 2024.",
            {"2 May 2024", "3 May 2024"},
        ),
        ("The bridge of Tarn opened in 2024.", "The bridge of Tarn opened in May 2024.", None),
        (
            "The mayor of Tarn did not sign the contract.",
            "The mayor of Tarn signed the contract.",
            {"denied", "stated"},
        ),
        (
            "Turnout in the Tarn election was 63 percent, the commission said.",
            "According to observers, turnout in the Tarn election was 58 percent.",
            {"63 percent", "58 percent"},
        ),
    ],
)
def test_only_incompatible_values_for_one_thing_are_differences(
    one: str,
    other: str,
    values: set[str] | None,
) -> None:
    articles = stored(one, other)
    sentences = [f for a in articles for f in sentences_of(a)]
    differences = find_differences(sentences, sentences, line_writer())
    assert [{value.value for value in each.values} for each in differences] == ([values] if values else [])


def test_an_article_does_not_differ_with_itself() -> None:
    articles = stored("The fire in Calder killed 14 people. Later the fire in Calder killed 41 people.")
    assert find_differences(sentences_of(articles[0]), sentences_of(articles[0]), line_writer()) == ()


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


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("► Mayor Ada Voss said that the harbour would stay closed.", "Mayor Ada Voss"),
        ("LAHORE, Pakistan — The council on Tuesday said that the harbour would stay closed.", "The council"),
        ("LAHORE, Pakistan — The council said that the harbour would stay closed.", None),
        ("(CNN) The council said that the harbour would stay closed.", "The council"),
    ],
)
def test_bullets_and_datelines_are_no_part_of_a_speaker(text: str, name: str | None) -> None:
    found = [each.name for each in find_speakers(sentences_of(stored(text)[0]), [], line_writer())]
    assert found == ([name] if name else [])


@pytest.mark.parametrize(
    ("before", "described"),
    [
        ("For Ada Voss, the visit was a duty. ", None),
        ("They met Ada Voss, the mayor of Norwick. ", "the mayor of Norwick"),
    ],
)
def test_a_statement_behind_a_name_is_no_role(before: str, described: str | None) -> None:
    article = stored(f"{before}Ada Voss said that the harbour would stay closed.")[0]
    (speaker,) = find_speakers(sentences_of(article)[1:], [], line_writer())
    assert speaker.described == described


def test_a_clause_that_only_says_that_something_was_said_is_no_event() -> None:
    text = "The storm will reach Norwick on 9 May 2025, the weather service said on 5 May 2025."
    events = build_timeline(sentences_of(stored(text)[0]), [], line_writer())
    assert "the weather service said on 5 May 2025" not in [event.line.words for event in events]


@pytest.mark.parametrize(
    ("text", "caption"),
    [
        ("Ada Smith/AFP/Getty Images Boats lie on the quay of Norwick after the storm.", True),
        ("Jonas Vidal/Reuters A woman walks past the harbour.", True),
        ("Reuters reported that boats lay on the quay.", False),
        ("The AFP/Reuters pool reported it on Monday.", False),
        ("The Norwick Gazette/AP Poll found that half of them want a pier.", False),
        ("He earned 5 dollars/hour at Getty Images in Norwick.", False),
    ],
)
def test_a_sentence_that_begins_with_the_credit_of_a_picture_is_a_caption(text: str, caption: bool) -> None:
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


HOSTILE = (
    "The <script>alert(1)</script> storm in Norwick killed 12 people on 3 May 2025 [2]. Ada Voss said in 2024 that the "
    "storm in Norwick *was* a [link](javascript:alert(1)). The storm in Norwick sank 7 boats."
)


@pytest.fixture
def hostile(workspace_of: Opener) -> Brief:
    record = ArticleRecord(id="x", text=HOSTILE, outlet="<b>Post</b>", published="2025-05-04", title="</title><i>")
    brief: Brief = workspace_of(to_article(record)).brief(
        BriefRequest(topic="The storm in Norwick <script>", filters=Filters(as_of="2025-06-01"))
    )
    return brief


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_page_runs_and_loads_nothing_whatever_an_article_says(hostile: Brief) -> None:
    page = as_html(hostile)
    tags = Tags()
    tags.feed(page)
    names = {tag for tag, _ in tags.seen}
    assert not names & {"script", "b", "i", "img", "link", "iframe"}
    policy = next(a["content"] for tag, a in tags.seen if tag == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not [a for _, a in tags.seen if "style" in a or any(name.startswith("on") for name in a)]
    assert all((a.get("href") or "#").startswith("#") for tag, a in tags.seen if tag == "a")


def test_every_mark_of_the_page_has_its_quote_and_its_footnote(hostile: Brief) -> None:
    page = as_html(hostile)
    marks = re.findall(r'href="#note-(\d+)"', page)
    assert marks
    assert {f'id="note-{mark}"' in page for mark in marks} == {True}
    assert page.count('<span role="tooltip"') == len(marks)


def test_the_timeline_is_drawn_as_one_picture(hostile: Brief) -> None:
    page = as_html(hostile)
    picture = page[page.index("<svg") : page.index("</svg>") + 6]
    root = ET.fromstring(picture)
    assert len(root.findall("{*}rect")) == len(hostile.timeline) == 2
    assert root.get("role") == "img"


def test_markdown_has_a_footnote_for_each_mark_and_nothing_active(hostile: Brief) -> None:
    text = as_markdown(brief_document(hostile))
    assert set(re.findall(r"\[\^(\d+)\](?!:)", text)) == set(re.findall(r"^\[\^(\d+)\]:", text, re.MULTILINE))
    assert "<script>" not in text.replace(r"\<script\>", "")
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    assert "## Timeline" in text


def test_citations_are_csl(hostile: Brief) -> None:
    assert '"type": "article-newspaper"' in csl_json(hostile.citations)
    assert '"date-parts": [\n' in csl_json(hostile.citations)
    assert '"container-title": "<b>Post</b>"' in csl_json(hostile.citations)


class PutRight:
    """Entailment model for which only the claims with a value that the premise has are supported."""

    fingerprint = "put-right"

    def __init__(self, value: str) -> None:
        self.value = value
        self.claims: list[str] = []

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.claims += [claim for claim, _ in pairs]
        likely = [0.95 if self.value in claim and self.value in premise else 0.02 for claim, premise in pairs]
        return [Entailment(each, 0.0, 1 - each, 0.0, ()) for each in likely]


def test_reports_differ_in_a_value_where_each_holds_with_the_others_put_in() -> None:
    one, other = stored("The flood in Norwick killed 12 people.", "The flood in Norwick has killed 15 people.")
    pair = (sentences_of(one)[0], sentences_of(other)[0])
    (found,) = compare_values([pair], PutRight("15"))
    assert set(found.values) == {"12 people", "15 people"}
    assert [*compare_values([pair], PutRight("99"))] == []


def test_values_of_other_things_are_not_compared() -> None:
    one, other = stored("The flood in Norwick killed 12 people.", "The flood in Norwick sank 15 boats.")
    assert [*compare_values([(sentences_of(one)[0], sentences_of(other)[0])], PutRight("15"))] == []


def test_a_value_is_put_in_at_its_place_alone() -> None:
    one, other = stored("The flood of 2025 killed 25 people.", "The flood of 2025 has killed 27 people.")
    model = PutRight("27")
    list(compare_values([(sentences_of(one)[0], sentences_of(other)[0])], model))
    assert any("killed 27 people" in claim for claim in model.claims)
    assert not any("2027" in claim for claim in model.claims)


def test_words_of_two_people_of_one_surname_stay_apart() -> None:
    texts = (
        "Ann Lee said that the dam will hold.",
        "Lee said that the town is safe.",
        "Tom Lee said that the dam is old.",
    )
    every = [sentence for article in stored(*texts) for sentence in sentences_of(article)]
    speakers = find_speakers(every, [], line_writer())
    assert len(speakers) == 3
    for speaker in speakers:
        assert len({each.line.words for each in speaker.statements}) == 1


def test_a_statement_is_only_pointed_back_to_where_all_of_it_was_shown() -> None:
    def line(words: str) -> BriefLine:
        return BriefLine(text=words, words=words, source="The Post", citations=(1,))

    whole = line("The crane fell, though inspectors had warned of it twice.")
    assert shortened(whole, {(1, "The crane fell")}) == whole
    assert shortened(line("The crane fell"), {(1, whole.words)}).words == REPEATED
