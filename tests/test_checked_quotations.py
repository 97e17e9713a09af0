"""Checked quotations: who speaks in an article and in a draft, and what is suggested for it."""

from collections.abc import Sequence

import pytest

from index.reading import ArticleRecord, to_article
from index.types import Filters
from service.grounding import Entailment
from service.language.parsing import MAX_SENTENCE_CHARACTERS, parse, parse_all
from service.language.quotation_speakers import quotations_of, speaker_of
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines
from tests.test_checking import FixedEntailment, harbour, judged, one

__all__ = ["harbour"]


STATEMENT = (
    "Rena Okafor leads the fishermen of Eastport.\n\n"
    "“The harbour has been silting up for ten years,” Okafor said. “Nobody at the authority reads our letters. "
    "The northern channel is closed to larger boats.\n\n"
    "“Two boats ran aground in May. We asked for a dredger in June.”\n\n"
    "The authority owns one dredger. Its director, Ines Calder, is on leave. Tom Reyes is the mayor."
)


@pytest.fixture
def statement(settings: Settings) -> Workspace:
    workspace = Workspace(settings, light_engines(), Home(settings.home))
    workspace.ingest([to_article(ArticleRecord(id="silt", title="Silt", outlet="The Gull", text=STATEMENT))])
    return workspace


@pytest.mark.parametrize(
    "claim",
    [
        "Nobody at the authority reads our letters.",
        "The northern channel is closed to larger boats.",
        "Two boats ran aground in May.",
        "In May, two boats ran aground.",
        "We asked for a dredger in June.",
    ],
)
def test_a_sentence_of_a_long_quotation_stated_flat_needs_its_speaker(statement: Workspace, claim: str) -> None:
    found = one(statement, claim)
    assert (found.verdict, found.citations[0].article_id) == ("needs_attribution", "silt")
    assert found.reason == "said by Rena Okafor; the article does not state it itself"
    assert found.suggestion == f"{claim.rstrip('.')}, according to Rena Okafor."
    assert one(statement, found.suggestion).verdict == "supported"


def test_the_articles_own_words_beside_a_quotation_are_supported(statement: Workspace) -> None:
    assert one(statement, "The authority owns one dredger.").verdict == "supported"


def test_a_quotation_of_several_sentences_in_the_draft_is_a_quotation(statement: Workspace) -> None:
    draft = "Okafor said: “Nobody at the authority reads our letters. The northern channel is closed to larger boats.”"
    report = statement.check(draft, Filters())
    assert [each.verdict for each in report.sentences] == ["supported", "supported"]
    wrong = "Okafor said: “Nobody at the authority reads our letters. The northern channel is open to larger boats.”"
    found = statement.check(wrong, Filters()).sentences[-1]
    assert (found.verdict, found.text) == ("altered_quote", "The northern channel is open to larger boats.”")
    assert found.suggestion == "The northern channel is closed to larger boats.”"


def test_a_quotation_given_to_another_speaker_is_contradicted_by_its_speaker(statement: Workspace) -> None:
    found = one(statement, "Tom Reyes said: “The harbour has been silting up for ten years.”")
    assert (found.verdict, found.citations[0].article_id) == ("contradicted", "silt")
    assert found.reason == "the article has Rena Okafor say these words, not Tom Reyes"
    assert found.suggestion == "Rena Okafor said: “The harbour has been silting up for ten years.”"
    assert one(statement, found.suggestion).verdict == "supported"


def test_a_speaker_put_in_at_the_start_of_a_sentence_is_capitalised(settings: Settings) -> None:
    workspace = Workspace(settings, light_engines(), Home(settings.home))
    text = "On Monday its director, Ines Calder, said that the crane had passed every inspection."
    workspace.ingest([to_article(ArticleRecord(id="crane", title="Crane", text=text))])
    found = one(workspace, "Tom Reyes said that the crane had passed every inspection.")
    assert found.suggestion is not None
    assert found.suggestion.startswith("Its director, Ines Calder")


def test_a_description_is_not_called_another_speaker_than_a_name(settings: Settings) -> None:
    workspace = Workspace(settings, light_engines(), Home(settings.home))
    text = "“The harbour has been silting up for ten years,” a fisherman of Eastport said."
    workspace.ingest([to_article(ArticleRecord(id="silt", title="Silt", text=text))])
    found = one(workspace, "Tom Reyes said: “The harbour has been silting up for ten years.”")
    assert found.verdict not in ("contradicted", "altered_quote")


def test_a_company_is_not_called_another_speaker_than_its_spokesman(settings: Settings) -> None:
    workspace = Workspace(settings, light_engines(), Home(settings.home))
    text = "“Every ferry of ours sails tomorrow,” said Paul Ness, who speaks for Calder Lines."
    workspace.ingest([to_article(ArticleRecord(id="ferry", title="Ferries", text=text))])
    found = one(workspace, "Calder Lines said: “Every ferry of ours sails tomorrow.”")
    assert found.verdict not in ("contradicted", "altered_quote")


def test_an_altered_quotation_is_put_right_by_the_articles_words(statement: Workspace) -> None:
    found = one(statement, "“The harbour has been silting up for twelve years,” Okafor said.")
    assert (found.verdict, found.suggestion) == (
        "altered_quote",
        "“The harbour has been silting up for ten years,” Okafor said.",
    )


def test_what_the_gate_does_not_accept_is_not_suggested(harbour: Workspace) -> None:
    found = judged(harbour, FixedEntailment(0.2, 0.75), "All inspections had gone well for the crane.")
    assert (found.verdict, found.suggestion) == ("needs_attribution", None)
    assert found.reason.startswith("said by Ines Calder;")


class NeighboursEntailment(FixedEntailment):
    """Entailment model that supports one claim, by a premise that has these words."""

    def __init__(self, claim: str, words: str) -> None:
        super().__init__(0.05)
        self._claim, self._words = claim, words

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        carried = (claim == self._claim and self._words in premise for claim, premise in pairs)
        return [Entailment(0.9999, 5e-5, 4e-5, 1e-5, ()) if each else self._judged("") for each in carried]


def test_a_correction_cites_the_sentences_that_support_it(settings: Settings) -> None:
    workspace = Workspace(settings, light_engines(), Home(settings.home))
    sank, since = "It may have sunk 7 ferries of the Calder line.", "That line has sailed from Eastport since 1911."
    workspace.ingest([to_article(ArticleRecord(id="storm", title="Storm", text=f"{sank} {since} Nobody was hurt."))])
    claim, right = (f"It sank {n} ferries of the Calder line." for n in (9, 7))
    found = judged(workspace, NeighboursEntailment(right, "1911"), claim)
    assert (found.verdict, found.suggestion) == ("contradicted", right)
    assert [each.quote for each in found.citations] == [sank, since]


def spoken_in(text: str) -> list[str]:
    article = to_article(ArticleRecord(id="one", text=text))
    return [speaker_of(article.text, article.body, each) for each in quotations_of(article.text, article.body)]


@pytest.mark.parametrize(
    ("text", "speakers"),
    [
        ("“The pier is shut today,” said Ann Velt, who runs it. “It stays shut all week.”", ["Ann Velt", "Ann Velt"]),
        ("Ann Velt said: “The pier is shut today. It stays shut.”", ["Ann Velt"]),
        ("“The pier is shut today,” Velt said. It was opened by Ann Velt in May.", ["Ann Velt"]),
        ("Ann Velt was quoted by The Gull as saying: “The pier is shut today.”", ["Ann Velt"]),
        ("“The pier is shut today,” Ann Velt said. “It stays shut all week,” she added.", ["Ann Velt", "Ann Velt"]),
        ("“The pier is shut today,” Velt said. Tom Ray left. “It stays shut all week,” she added.", ["Velt", ""]),
        ("The sign at the gate reads “No entry to the pier today”.", [""]),
    ],
)
def test_the_speaker_of_each_quotation_is_named_where_the_article_names_one(text: str, speakers: list[str]) -> None:
    assert spoken_in(text) == speakers


def test_a_mark_that_is_never_closed_opens_no_quotation() -> None:
    assert spoken_in("Ann Velt said “the pier is shut.\n\nIt opened in May. Nobody came to see it.") == []


def test_sentences_parsed_in_one_batch_are_those_parsed_alone() -> None:
    texts = ["The pier that Ann Velt runs shut in 1987.", "Tom Ray's 3 boats didn’t sail."]
    alone = [parse(text).words for text in texts]
    # The same words under another key of the cache: what follows is dropped before parsing.
    padded = [text.ljust(MAX_SENTENCE_CHARACTERS) for text in texts]
    assert [each.words[: len(words)] for each, words in zip(parse_all(padded), alone, strict=True)] == alone
