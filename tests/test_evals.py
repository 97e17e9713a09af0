"""Evals: cases, scorers, summaries and the comparison that can block a merge."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from evals.harness.baselines import read_baseline
from evals.harness.cases import CASES, Case, Gold, Nugget, RetrievalCase, read_cases, read_records
from evals.harness.metric_registry import METRICS, ScorerTable, gates, in_order
from evals.harness.reporting import as_markdown
from evals.harness.reporting.failures import failed
from evals.harness.runner import EvalContext, observe_all, workspace_over
from evals.harness.scorers import SCORERS
from evals.harness.scores import Located, Observed, Score, values
from evals.harness.suites.retrieval_suite import run_retrieval
from evals.harness.suites.suite_registry import SUITES
from evals.harness.summary import CaseResult, Report, RunInfo, as_json, assembled, average, summarise
from evals.harness.text_matching import contains, locate, states
from index.errors import InputError
from service.answering.pipeline import STEPS
from service.answering.types import Answer, Citation, Receipt, Sentence
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS, light_engines

CASE = Case(
    id="c",
    question="How many?",
    answerable=True,
    answers=("40", "forty"),
    wrong_answers=("90",),
    evidence_doc_ids=("a",),
)
BROAD = CASE.model_copy(
    update={"nuggets": (Nugget(text="a", any=(("40", "forty"), ("Norwick",))), Nugget(text="b", any=(("Lisbon",),)))}
)
NOT_ANSWERABLE = Case(id="n", question="Who won?", answerable=False)
RECEIPT = Receipt(
    id="r", created_at="", revision="", engine=None, embedder="", relevance="", prompts={}, settings={}, seed=0,
    versions={}, replies=(),
)  # fmt: skip


def citation(
    number: int = 1, article: str = "a", quote: str = "A blast in Norwick killed 40.", start: int = 0
) -> Citation:
    return Citation(
        number=number, article_id=article, version=1, title=None, outlet="Gazette", published="2025-03-04", url=None,
        start=start, end=start + len(quote), quote=quote,
    )  # fmt: skip


def observed(
    text: str = "Gazette: “A blast in Norwick killed 40.”", cited: Citation | None = None, ok: bool = True
) -> Observed:
    found = cited or citation()
    sentence = Sentence(text=text, citations=(found.number,), style="quote")
    answer = Answer(
        question="q", verdict="answered", text=f"{text} [1]", sentences=(sentence,), citations=(found,), receipt=RECEIPT
    )
    return Observed(answer=answer, evidence=(found,), retrieved=("b", "a"), resolving=(ok,))


REFUSED = Observed(answer=Answer(question="q", verdict="not_in_corpus", text="Not answered.", receipt=RECEIPT))
BROKEN = Observed(error="EngineCrashed: it died")


@pytest.mark.parametrize(
    ("scorer", "case", "seen", "value"),
    [
        ("answer_accuracy", CASE, observed(), 1.0),
        ("answer_accuracy", CASE, observed("It killed 400."), 0.0),
        ("answer_accuracy", CASE, REFUSED, 0.0),
        ("answer_accuracy", NOT_ANSWERABLE, observed(), None),
        ("answer_accuracy", CASE, BROKEN, None),
        ("nugget_recall", BROAD, observed(), 0.5),
        ("nugget_recall", BROAD, REFUSED, 0.0),
        ("nugget_recall", CASE, observed(), None),
        ("wrongly_refused", CASE, REFUSED, 1.0),
        ("wrongly_refused", CASE, observed(), 0.0),
        ("refusal_recall", NOT_ANSWERABLE, REFUSED, 1.0),
        ("refusal_recall", NOT_ANSWERABLE, observed(), 0.0),
        ("refusal_recall", CASE, REFUSED, None),
        ("cited_sentences", CASE, observed(), 1.0),
        ("cited_sentences", CASE, observed(ok=False), 0.0),
        ("cited_sentences", CASE, REFUSED, None),
        ("fabricated_citations", CASE, observed(ok=False), 1.0),
        ("citation_precision", CASE, observed(), 1.0),
        ("citation_precision", CASE, observed(cited=citation(article="b")), 0.0),
        ("citation_precision", CASE, REFUSED, None),
        ("citation_recall", CASE, observed(), 1.0),
        ("citation_recall", CASE, REFUSED, 0.0),
        ("cited_article", CASE, observed(cited=citation(article="b")), 0.0),
        ("unsupported_tokens", CASE, observed(), 0.0),
        ("unsupported_tokens", CASE, observed("Gazette, 4 March 2025: A blast killed 41 in Easton."), 2.0),
        ("wrong_answer_given", CASE, observed("It killed 90."), 1.0),
        ("wrong_answer_given", CASE, observed("It killed 40 and injured 90."), 0.0),
        ("retrieval_hit@1", CASE, observed(), 0.0),
        ("retrieval_hit@5", CASE, observed(), 1.0),
        ("retrieval_mrr", CASE, observed(), 0.5),
        ("evidence_hit@1", CASE, observed(), 1.0),
        ("withheld_share", CASE, observed(), None),
    ],
)
def test_scorers(scorer: str, case: Case, seen: Observed, value: float | None) -> None:
    assert SCORERS[scorer](case, seen).value == value


def test_gold_sentences_decide_over_gold_articles() -> None:
    gold = Located(article_id="a", start=100, end=140)
    elsewhere = observed().model_copy(update={"gold": (gold,)})
    right = observed(cited=citation(start=105)).model_copy(update={"gold": (gold,)})
    assert SCORERS["citation_precision"](CASE, elsewhere).value == 0.0
    assert SCORERS["citation_precision"](CASE, right).value == 1.0
    assert SCORERS["evidence_hit@1"](CASE, elsewhere).value == 0.0


@pytest.mark.parametrize(
    ("text", "answer", "found"),
    [
        ("It was Sam Bankman-Fried [1].", "Sam Bankman-Fried", True),
        ("yesterday", "yes", False),
        ("He paid $10 million.", "10 million", True),
        ("the “Dabori agreement,” he said", "Dabori Agreement", True),
        ("", "x", False),
    ],
)
def test_containment_is_of_whole_tokens(text: str, answer: str, found: bool) -> None:
    assert (contains(text, [answer]) is not None) is found


@pytest.mark.parametrize(
    ("text", "stated"),
    [("Forty people left Norwick.", True), ("40 people left Norwick.", True), ("40 people left.", False), ("", False)],
)
def test_a_text_states_a_nugget_with_one_wording_of_each_list(text: str, stated: bool) -> None:
    assert states(text, (("40", "forty"), ("Norwick",))) is stated


def test_an_average_counts_errors_apart() -> None:
    metric = average([Score(value=1.0), Score(value=0.0), Score(value=None, status="error"), Score(value=None)])
    assert (metric.mean, metric.n, metric.unscored) == (0.5, 2, 1)


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ('{"id": "a", "question": "Who?"}', ":1: answerable"),
        ('{"id": "a", "question": "Who?", "answerable": true}', ":1: case 'a'"),
        ('{"id": "a", "question": "Who?", "answerable": false}\n' * 2, ":2: the id 'a' comes twice"),
        ("{", ":1:"),
        ("", "holds no case"),
    ],
)
def test_a_bad_case_is_named_by_file_and_line(tmp_path: Path, lines: str, says: str) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(lines)
    with pytest.raises(InputError, match=says):
        read_cases(path)


def test_the_fixed_set_is_whole() -> None:
    cases = read_cases(CASES / "seeds.jsonl")
    assert len(cases) >= 70
    assert sum(not case.answerable for case in cases) >= 25
    for case in cases:
        assert case.answerable == bool(case.evidence)
        for gold in case.evidence:
            assert locate(gold, (SEEDS / f"{gold.doc_id}.txt").read_bytes().decode()) is not None


def test_a_gold_sentence_is_found_across_line_breaks() -> None:
    found = locate(Gold(doc_id="a", quote="one two three"), "zero one\n two\xa0 three four")
    assert found == Located(article_id="a", start=5, end=20)


def run(workspace: Workspace) -> Report:
    cases = read_cases(CASES / "seeds.jsonl")[::8]
    seen = observe_all(workspace, cases, "auto")
    return summarise(RunInfo("seeds", "auto", "r", "script", "hash"), cases, seen)


def test_two_runs_agree_on_everything_but_time(workspace: Workspace) -> None:
    timed = {"seconds_p50", "seconds_p95", "evidence_p50"}
    first, second = run(workspace), run(workspace)
    assert {n: m for n, m in first.metrics.items() if n not in timed} == {
        n: m for n, m in second.metrics.items() if n not in timed
    }
    assert [case.text for case in first.cases] == [case.text for case in second.cases]


def test_the_report_names_the_metrics_of_the_contract(workspace: Workspace) -> None:
    body = as_json(run(workspace))
    for name in (
        "answer_accuracy wrongly_refused refusal_recall balanced cited_sentences citation_precision citation_recall "
        "fabricated_citations retrieval_hit@1 retrieval_hit@5 retrieval_hit@10 retrieval_mrr evidence_hit@1 "
        "evidence_hit@3 seconds_p50 seconds_p95"
    ).split():
        metric = body[name]
        assert isinstance(metric, dict)
        assert {"mean", "stderr", "n", "unscored"} <= set(metric)
    assert body["errors"] == 0


def test_an_answer_without_citations_is_not_right() -> None:
    answer = observed().answer
    assert answer is not None
    bare = Observed(answer=answer.model_copy(update={"citations": (), "sentences": ()}))
    assert SCORERS["answer_accuracy"](CASE, bare) == Score(value=0.0, reason="cites nothing")


def test_a_quotation_that_adds_a_word_is_inexact() -> None:
    added = observed("Gazette, 4 March 2025: “A blast in Norwick reportedly killed 40.”")
    assert SCORERS["inexact_quotes"](CASE, added).value
    assert SCORERS["inexact_quotes"](CASE, observed("Gazette: … “blast in Norwick killed 40” …")).value == 0.0


def test_a_quotation_inside_another_keeps_its_speaker() -> None:
    said = citation().model_copy(update={"attribution": "the mayor said"})
    assert SCORERS["speaker_kept"](CASE, observed(cited=said)).value == 0.0
    kept = observed("Gazette: “A blast in Norwick killed 40.” (“the mayor said”)", said)
    assert SCORERS["speaker_kept"](CASE, kept).value == 1.0
    assert SCORERS["speaker_kept"](CASE, observed()).value is None


def test_searches_are_scored_by_the_passage_with_the_gold_sentence(workspace: Workspace) -> None:
    cases = read_records(CASES / "retrieval.jsonl", RetrievalCase)
    found = run_retrieval(EvalContext("retrieval", workspace, light_engines()), cases)
    assert found.metrics["passage_hit@5"].n == len(cases)
    assert found.metrics["passage_hit@5"].mean
    wrong = [
        case.model_copy(update={"gold": (Gold(doc_id=cases[0].gold[0].doc_id, quote="No such words"),)})
        for case in cases
    ]
    with pytest.raises(InputError, match="does not hold"):
        run_retrieval(EvalContext("retrieval", workspace, light_engines()), wrong)


def test_fields_of_other_schemas_are_left_out_unless_they_look_misspelt(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text(
        '{"id": "a", "question": "Who?", "answerable": true, "answers": ["x"], "answers_all": [], "level": 3}'
    )
    assert read_cases(path, foreign=True)[0].answers == ("x",)
    with pytest.raises(InputError, match=r":1: (answers_all|level) is not known here"):
        read_cases(path)
    path.write_text('{"id": "a", "question": "Who?", "answerable": true, "anwers": ["x"]}')
    with pytest.raises(InputError, match="'anwers' is not known; 'answers' is meant"):
        read_cases(path, foreign=True)


def test_drafts_are_not_run(tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a", "question": "Who?", "answerable": false, "accepted": false}')
    with pytest.raises(InputError, match="only drafts"):
        read_cases(path)


def test_an_introduction_that_the_article_lacks_is_no_exact_citation(settings: Settings, tmp_path: Path) -> None:
    between = f"The vote took an hour{', and then the hall was cleared' * 14}."
    text = f"Marta Lindqvist was elected on Monday. {between} She promised a new bus line to the harbour."
    (tmp_path / "council.txt").write_text(text, encoding="utf-8")
    case = Case(id="i", question="Which promise of a new bus line was made?", answerable=True, answers=("bus line",))
    with workspace_over([tmp_path], settings, light_engines()) as workspace:
        (seen,) = observe_all(workspace, [case], "quote")
    assert seen.answer is not None
    assert seen.answer.sentences[0].introduction is not None
    assert all(seen.resolving)
    elsewhere = seen.answer.sentences[0].introduction.model_copy(update={"start": 3})
    misplacing = replace(STEPS, antecedent_context=lambda *args: elsewhere)
    with workspace_over([tmp_path], settings, light_engines(), misplacing) as workspace:
        (seen,) = observe_all(workspace, [case], "quote")
    assert seen.resolving[0] is False


@pytest.fixture
def table() -> Iterator[ScorerTable[[str], Score]]:
    """Scorers of one test; their metrics are removed after it."""
    made = ScorerTable[[str], Score]()
    yield made
    for name in made:
        del METRICS[name]


def test_a_scorer_is_registered_with_its_metric_in_one_place(table: ScorerTable[[str], Score]) -> None:
    @table(says="answers that name a number", better="lower", flips=True)
    def numbers_named(text: str) -> Score:
        return Score(value=float(any(map(str.isdigit, text))))

    case = CaseResult(id="c", type="fact", question="Who?", verdict=None, text="", scores={}, reasons={})
    scored = case.model_copy(update={"scores": values(table.scores("It was 40."))})
    found = assembled(RunInfo("made", "auto", "r", "e", "m"), [scored], tuple(table))
    assert "| numbers_named | answers that name a number | 1.000 " in as_markdown(found)
    assert gates("numbers_named")
    assert in_order(["unknown", "numbers_named", "balanced"]) == ["balanced", "numbers_named", "unknown"]
    assert failed(found.model_copy(update={"cases": (case.model_copy(update={"scores": {"numbers_named": 0.5}}),)}))
    with pytest.raises(ValueError, match="registered twice"):
        table(says="another of that name")(numbers_named)


@pytest.mark.parametrize("suite", sorted(SUITES))
def test_every_metric_of_a_baseline_is_registered(suite: str) -> None:
    kept = read_baseline(suite)
    assert kept is not None
    assert [name for name in kept.metrics if not gates(name)] == []
