"""Checking a text against the collection: each verdict, its reason, and its citations."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import cast

import httpx
import numpy as np
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from numpy.typing import NDArray

from index.embedding import HashEmbedder
from index.errors import EmptyCollection, FootnoteError, InputError
from index.reading import ArticleRecord, to_article
from index.search.candidate_sentences import article_statements
from index.search.hybrid_retrieval import HybridRetriever
from index.types import Filters
from index.vectors.exact import ExactIndex
from service.api.app import create_app
from service.checking.altered_quotes import difference
from service.checking.checker import MAX_TEXT, Checker
from service.checking.reported_claims import report_of
from service.checking.types import CheckBegun, CheckedSentence, CheckReport
from service.cli import footnote
from service.client import RemoteWorkspace
from service.grounding import Entailment
from service.grounding.claim_decision import LIKELY, SUPPORTED, WEIGHTS
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

ARTICLE = (
    "The Eastport Harbour Authority (EHA) closed two piers on 4 March 2024 after a crane fell.\n\n"
    "The accident killed 3 dockers and injured 12 others. Its director, Ines Calder, said the crane had passed every "
    "inspection. “We will not reopen the piers before the summer,” she told reporters.\n\n"
    "The union accused the authority of hiding reports. A spokesman denied it."
)


@pytest.fixture
def harbour(settings: Settings) -> Workspace:
    workspace = Workspace(settings, light_engines(), Home(settings.home))
    workspace.ingest([to_article(ArticleRecord(id="pier", title="Crane falls", outlet="The Gull", text=ARTICLE))])
    return workspace


def one(workspace: Workspace, text: str) -> CheckedSentence:
    (found,) = workspace.check(text, Filters()).sentences
    return found


@pytest.mark.parametrize(
    "claim",
    [
        "The Eastport Harbour Authority closed two piers on 4 March 2024 after a crane fell.",
        "Two piers were closed by the EHA in March 2024.",
        "The accident injured twelve others and killed three dockers.",
        "Ines Calder said the crane had passed every inspection.",
        "The union accused the authority of hiding reports.",
        "- Two piers were closed in March 2024 [3].",
    ],
)
def test_what_the_article_says_is_supported_by_its_exact_words(harbour: Workspace, claim: str) -> None:
    found = one(harbour, claim)
    assert found.verdict == "supported", found.reason
    text = harbour.article("pier").text
    assert found.citations
    assert all(text[c.start : c.end] == c.quote for c in found.citations)


@pytest.mark.parametrize(
    ("claim", "instead"),
    [
        ("The accident killed 5 dockers and injured 12 others.", "5"),
        ("The accident killed 12 dockers and injured 3 others.", "12"),
        ("The Eastport Harbour Authority closed two piers on 5 March 2024 after a crane fell.", "5 March 2024"),
        ("Tom Reyes said the crane had passed every inspection.", "Calder"),
        ("Two piers were not closed by the Eastport Harbour Authority in March 2024.", "were not"),
    ],
)
def test_what_the_article_says_otherwise_is_contradicted_and_shown(
    harbour: Workspace, claim: str, instead: str
) -> None:
    found = one(harbour, claim)
    assert found.verdict == "contradicted", found.reason
    assert instead in found.reason
    assert found.citations[0].article_id == "pier"


def test_a_statement_told_flat_needs_attribution(harbour: Workspace) -> None:
    found = one(harbour, "The crane had passed every inspection.")
    assert (found.verdict, found.citations[0].article_id) == ("needs_attribution", "pier")
    assert "Ines Calder" in found.reason
    assert one(harbour, "The director said the crane had passed every inspection.").verdict != "needs_attribution"


@pytest.mark.parametrize(
    "claim",
    [
        "The authority accused the union of hiding reports.",
        "The accident killed 3 tourists and injured 12 others.",
        "The mayor said the crane had passed every inspection in 5 years.",
    ],
)
def test_what_no_single_correction_puts_right_is_not_called_contradicted(harbour: Workspace, claim: str) -> None:
    assert one(harbour, claim).verdict == "not_found"


HARDLY = 1e-4
"""A probability of attributed that is next to nothing."""


def _between(low: float, high: float) -> float:
    """The probability of supported, for every premise, that gives a claim without figures the score in the middle."""
    other = WEIGHTS["one"] + WEIGHTS["attributed"] * np.log(HARDLY / (1 - HARDLY))
    odds = ((low + high) / 2 - other) / (WEIGHTS["best"] + WEIGHTS["second"])
    return float(1 / (1 + np.exp(-odds)))


class FixedEntailment:
    """Entailment model with one result for every pair, or for the pairs of some claims another one."""

    fingerprint = "fixed"

    def __init__(
        self, supported: float, attributed: float = HARDLY, *, instead: Mapping[str, float] | None = None
    ) -> None:
        self.supported = supported
        self.attributed = attributed
        self.instead = instead or {}

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        return [self._judged(claim) for claim, _ in pairs]

    def _judged(self, claim: str) -> Entailment:
        supported = self.instead.get(claim, self.supported)
        rest = 1 - supported - self.attributed
        return Entailment(supported, rest / 2, rest / 2, self.attributed, ())


def judged(workspace: Workspace, model: FixedEntailment, text: str) -> CheckedSentence:
    checker = Checker(workspace.store, workspace.retriever, workspace.finder, workspace.settings.passages, model)
    (found,) = checker.check(text, Filters()).sentences
    return found


def test_quoted_words_are_never_judged(harbour: Workspace) -> None:
    invented = "Ines Calder said: “Everybody at this company sleeps soundly tonight.”"
    assert judged(harbour, FixedEntailment(0.999), invented).verdict == "not_found"


@pytest.mark.parametrize(
    ("supported", "verdict"),
    [(0.9999, "supported"), (_between(LIKELY, SUPPORTED), "likely_supported"), (0.2, "not_found"), (0.01, "not_found")],
)
def test_other_words_are_judged_at_two_thresholds(harbour: Workspace, supported: float, verdict: str) -> None:
    found = judged(harbour, FixedEntailment(supported), "Dockers perished as lifting gear toppled at Eastport.")
    assert found.verdict == verdict
    if "supported" in verdict:
        text = harbour.article("pier").text
        assert [text[c.start : c.end] for c in found.citations] == [c.quote for c in found.citations] != []


def test_a_judged_statement_that_is_only_reported_needs_its_speaker(harbour: Workspace) -> None:
    claim = "All inspections had gone well for the crane."
    right = "All inspections had gone well for the crane, according to Ines Calder."
    found = judged(harbour, FixedEntailment(0.2, 0.75, instead={right: 0.9999}), claim)
    assert (found.verdict, found.suggestion) == ("needs_attribution", right)
    unnamed = judged(harbour, FixedEntailment(0.2, 0.75), "Two piers were shut when a crane toppled.")
    assert (unnamed.verdict, unnamed.suggestion) == ("needs_attribution", None)
    assert "somebody's words" in unnamed.reason
    assert (
        judged(harbour, FixedEntailment(0.3, 0.35), "Two piers were shut when a crane toppled.").verdict == "not_found"
    )
    assert judged(harbour, FixedEntailment(0.2, 0.75), f"The mayor said {claim.lower()}").verdict == "not_found"


def test_a_figure_by_which_the_claim_becomes_likely_is_put_right(harbour: Workspace) -> None:
    claim, right = (f"Some {n} dockers perished when the accident struck." for n in (47, 12))
    found = judged(harbour, FixedEntailment(0.05, instead={right: 0.9999}), claim)
    assert (found.verdict, found.suggestion) == ("contradicted", right)
    assert "“12”" in found.reason
    assert "“47”" in found.reason
    assert judged(harbour, FixedEntailment(0.05), claim).verdict == "not_found"


def test_a_claim_of_two_clauses_is_partly_supported_where_one_of_them_is(harbour: Workspace) -> None:
    claim = "Lifting gear toppled at Eastport, and the prime minister wept bitterly."
    found = judged(harbour, FixedEntailment(0.05, instead={"Lifting gear toppled at Eastport.": 0.9999}), claim)
    assert found.verdict == "partly_supported"
    assert found.reason == ("found: “Lifting gear toppled at Eastport”; not found: “the prime minister wept bitterly”")


def test_an_altered_quotation_is_shown_with_the_difference(harbour: Workspace) -> None:
    found = one(harbour, "She told reporters: “We will reopen the piers before the summer.”")
    assert found.verdict == "altered_quote"
    assert found.reason == "the article also has “not”"


@pytest.mark.parametrize(
    ("claimed", "original", "said"),
    [
        ("the people who left", "the employees who left", "the article has “employees” where the text has “people”"),
        ("a big dog ran", "a dog ran", "the article does not have “big”"),
        ("we don't know", "we don’t really know", "the article also has “really”"),
        ("we saw people", "we saw employees.”", "the article has “employees” where the text has “people”"),
        (
            "a plan we hated",
            "a so “very good” indeed plan we liked",
            "the article also has “so ‘very good’ indeed”; the article has “liked” where the text has “hated”",
        ),
        (
            "one b two d three f four h",
            "one x two y three z four w",
            "the article has “x” where the text has “b”; the article has “y” where the text has “d”; "
            "the article has “z” where the text has “f”; 1 more",
        ),
        ("I left. Home", "I left home", "the article's words are “I left home”"),
    ],
)
def test_the_difference_is_said_in_words_without_doubled_marks(claimed: str, original: str, said: str) -> None:
    assert difference(claimed, original) == said


@pytest.mark.parametrize(
    "claim",
    [
        "The authority accused the union of hiding reports.",
        "The Harbour Authority will confront 9 dockers in Norwick next spring.",
        "Ines Calder said: “Everybody at this company sleeps soundly tonight.”",
        "The mayor resigned over a stolen painting.",
    ],
)
def test_what_is_not_found_is_given_no_reason_but_that(harbour: Workspace, claim: str) -> None:
    found = one(harbour, claim)
    assert (found.verdict, found.reason) == ("not_found", "no article was found to say so")


def test_a_sentence_that_says_nothing_is_given_that_reason(harbour: Workspace) -> None:
    found = one(harbour, "And so it is.")
    assert (found.verdict, found.reason) == ("not_found", "it says nothing that could be checked")


def test_what_no_article_says_is_not_found_and_cites_nothing(harbour: Workspace) -> None:
    found = one(harbour, "The mayor resigned over a stolen painting.")
    assert (found.verdict, found.citations) == ("not_found", ())


def test_sentences_keep_their_place_in_the_text(harbour: Workspace) -> None:
    draft = "Two piers were closed in March 2024.\n\nThe mayor resigned. The accident injured 12 others."
    report = harbour.check(draft, Filters())
    assert [draft[s.start : s.end] for s in report.sentences] == [s.text for s in report.sentences]
    assert [s.verdict for s in report.sentences] == ["supported", "not_found", "supported"]


def test_the_closest_sentence_of_what_is_not_found_is_shown_apart_from_citations(harbour: Workspace) -> None:
    found = one(harbour, "The crane had never passed an inspection by the ministry, the director said.")
    assert (found.verdict, found.citations) == ("not_found", ())
    assert [each.quote for each in found.closest] == [
        "Its director, Ines Calder, said the crane had passed every inspection."
    ]


def test_each_verdict_is_told_as_soon_as_it_is_known(harbour: Workspace) -> None:
    draft = "The accident injured 12 others. The mayor resigned."
    begun, *sentences, report = harbour.check_stream(draft, Filters())
    assert begun == CheckBegun(sentences=2)
    assert isinstance(report, CheckReport)
    assert tuple(sentences) == report.sentences == harbour.check(draft, Filters()).sentences


def test_the_route_streams_the_sentences_and_then_the_report(harbour: Workspace) -> None:
    client = TestClient(create_app(harbour))
    reply = client.post("/v1/check", json={"text": "The accident injured 12 others. It rained.", "stream": True})
    events = [line.removeprefix("event: ") for line in reply.text.splitlines() if line.startswith("event")]
    assert events == ["begun", "sentence", "sentence", "done"]
    assert client.post("/v1/check", json={"text": " ", "stream": True}).status_code == 422


class ReplacingRetriever(HybridRetriever):
    """Retriever that, before its second query, has the article removed and another text ingested under its id."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.store, ExactIndex(workspace.store), HashEmbedder())
        self._workspace, self._queries = workspace, 0

    def vector(self, query: str) -> NDArray[np.float32]:
        self._queries += 1
        if self._queries == 2:
            self._workspace.remove("pier")
            other = ARTICLE.replace("injured 12 others", "injured 95 others")
            self._workspace.ingest([to_article(ArticleRecord(id="pier", title="Crane falls", text=other))])
        return super().vector(query)


def test_a_check_quotes_no_text_that_was_replaced_under_the_same_version_number(harbour: Workspace) -> None:
    checker = Checker(harbour.store, ReplacingRetriever(harbour), harbour.finder, harbour.settings.passages)
    draft = "The mayor resigned. The mayor wept. The accident injured 12 others and killed 3 dockers."
    found = checker.check(draft, Filters()).sentences[-1]
    assert (found.verdict, found.citations[0].version) == ("contradicted", 1)
    assert "injured 95 others" in found.citations[0].quote


def test_nothing_to_check_is_said_in_a_line(harbour: Workspace, settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="empty"):
        harbour.check(" \n", Filters())
    with pytest.raises(InputError, match="characters"):
        harbour.check("a " * MAX_TEXT, Filters())
    own = settings.model_copy(update={"home": tmp_path / "other"})
    with pytest.raises(EmptyCollection):
        Workspace(own, light_engines(), Home(own.home)).check("A claim was made.", Filters())


def test_a_sentence_of_a_whole_book_is_not_found(harbour: Workspace) -> None:
    report = harbour.check("The accident injured 12 others, and the mayor wept, " * 400 + "it said.", Filters())
    assert {sentence.verdict for sentence in report.sentences} == {"not_found"}


def test_the_route_and_the_record_agree(harbour: Workspace) -> None:
    client = TestClient(create_app(harbour))
    reply = client.post("/v1/check", json={"text": "The accident injured 12 others."})
    assert reply.status_code == 200
    assert reply.json()["sentences"][0]["verdict"] == "supported"
    assert client.post("/v1/check", json={"text": ""}).status_code == 422


def test_the_command_refuses_a_file_that_is_no_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = tmp_path / "draft.bin"
    draft.write_bytes(b"\xff\xfe\x00\x01")
    monkeypatch.setattr("service.cli.options.own_or_served", lambda settings: light_workspace(settings))
    found = CliRunner().invoke(footnote, ["--home", str(tmp_path / "h"), "check", str(draft)])
    assert found.exit_code == 1
    assert "UTF-8" in found.output


def test_the_command_tells_the_verdicts_of_a_long_draft_while_it_checks(
    harbour: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = tmp_path / "draft.txt"
    draft.write_text("The accident injured 12 others.\n\n" * 5)
    monkeypatch.setattr("service.cli.options.own_or_served", lambda settings: harbour)
    found = CliRunner().invoke(footnote, ["--home", str(tmp_path / "h"), "check", str(draft)])
    assert found.exit_code == 0
    assert [line.split()[:5] for line in found.stderr.splitlines()] == [
        [str(i), "of", "5", "✓", "supported:"] for i in range(1, 6)
    ]
    assert found.stdout.startswith("5 sentences: 5 supported")


def test_a_served_collection_tells_the_same_verdicts(harbour: Workspace) -> None:
    draft = "The accident injured 12 others. The mayor resigned."
    with TestClient(create_app(harbour)) as client:
        remote = RemoteWorkspace("http://testserver", cast(httpx.Client, client))
        *served, report = remote.check_stream(draft, Filters())
        *own, own_report = harbour.check_stream(draft, Filters())
        assert served == own
        assert isinstance(report, CheckReport)
        assert isinstance(own_report, CheckReport)
        assert report == own_report.model_copy(update={"checked_at": report.checked_at})
        with pytest.raises(FootnoteError, match="text"):
            list(remote.check_stream(" ", Filters()))


def light_workspace(settings: Settings) -> Workspace:
    return Workspace(settings, light_engines(), Home(settings.home))


@pytest.mark.parametrize(
    ("sentence", "speaker"),
    [
        ("She said the crane had passed every inspection.", ""),
        ("Its director, Ines Calder, said the crane had passed every inspection.", "Ines Calder"),
        ("The harbour office said the crane had passed every inspection.", "the harbour office"),
        ("Ines Calder was quoted by The Gull as saying the crane had passed every inspection.", "Ines Calder"),
    ],
)
def test_a_speaker_is_offered_by_name_and_never_by_a_pronoun(sentence: str, speaker: str) -> None:
    article = to_article(ArticleRecord(id="port", text=sentence))
    (only,) = article_statements(article, 1)
    found = report_of("The crane passed every inspection.", [only])
    assert found is not None
    assert found.speaker == speaker


def test_a_verdict_is_not_yielded_once_its_article_is_removed(harbour: Workspace) -> None:
    class Removing(FixedEntailment):
        def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
            if harbour.store.articles.count():
                harbour.remove("pier")
            return super().__call__(pairs)

    checker = Checker(harbour.store, harbour.retriever, harbour.finder, harbour.settings.passages, Removing(0.999))
    yielded: list[object] = []
    with pytest.raises(FootnoteError):
        yielded.extend(checker.stream("Some dockers perished when the accident struck.", Filters()))
    assert [each for each in yielded if isinstance(each, CheckedSentence)] == []
