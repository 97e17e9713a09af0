"""Proving: how the decisions whether a model writes and judges are measured and stored."""

import multiprocessing
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from evals.studies.composing.scripted_server import scripted_server
from evals.studies.fitting.roc import auc
from index.errors import HomeError, InputError
from index.search.reranking import OverlapReader
from index.words import words
from service.api.engine_view import engine_view, use_model
from service.engines import Engines, may_compose
from service.generation.openai_generator import OpenAIGenerator
from service.generation.scripted_generator import ScriptedGenerator
from service.grounding import Entailment
from service.grounding.other_judges import entailment_of
from service.models import ModelStore
from service.proving.decisions import writing_decision
from service.proving.evidence_sets import evidence_sets
from service.proving.judge_proof import judge_result, labelled_claims, threshold
from service.proving.kept_decisions import Decision, keep_decision, model_key, read_decision
from service.proving.prove import faithful_share, likely_share, prove_judge, prove_writing
from service.proving.writing_proof import SetResult
from service.runtime.home_lock import choose_model, chosen_model
from service.runtime.settings import Settings
from service.workspace import Workspace


class Marked:
    """A judge that knows the labels of the labelled claims up to the first `wrong` supported ones."""

    fingerprint = "marked"

    def __init__(self, wrong: int = 0) -> None:
        supported = [each.claim for each in labelled_claims() if each.supported]
        self._known = set(supported[wrong:])

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        chances = [0.9 if claim in self._known else 0.2 for claim, _ in pairs]
        return [Entailment(chance, 0.0, 1 - chance, 0.0, ()) for chance in chances]


class SharedWords:
    """A judge that finds a claim likely when the premise has nearly all of its longer words."""

    fingerprint = "words"

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        return [entailment_of(0.8 if self._shared(*pair) >= 0.6 else 0.2) for pair in pairs]

    def _shared(self, claim: str, premise: str) -> float:
        wanted, found = ({word for word in words(text.lower()) if len(word) > 3} for text in (claim, premise))
        return len(wanted & found) / len(wanted) if wanted else 0.0


def test_a_threshold_lets_through_at_most_the_share_of_false_claims() -> None:
    false = [float(i) for i in range(100)]
    assert sum(each >= threshold(false, 0.02) for each in false) == 2


def test_a_judge_takes_over_only_if_it_accepts_more() -> None:
    better = prove_judge(Marked(wrong=5), Marked(wrong=20), lambda line: None)
    same = prove_judge(Marked(wrong=5), Marked(wrong=5), lambda line: None)
    assert (better.judges, better.result.supported - better.result.accepted) == (True, 5)
    assert not same.judges
    assert "embedded judge" in same.reason


def test_a_capable_writer_earns_the_right_to_compose(settings: Settings, tmp_path: Path) -> None:
    with scripted_server() as address, closing(OpenAIGenerator(address, context_tokens=8192)) as model:
        found = prove_writing(model, OverlapReader(), SharedWords(), settings)
    assert found.sets == 60
    assert found.nuggets >= 0.8
    assert found.composes, found.reason
    store = ModelStore(tmp_path)
    assert not may_compose(address, store, settings)
    keep_decision(store.folder, model_key(address, store), Decision(model=address, writing=found))
    assert may_compose(address, store, settings)
    assert not may_compose(address, store, settings.model_copy(update={"composes": False}))


def test_a_writer_that_invents_does_not(settings: Settings) -> None:
    found = prove_writing(
        ScriptedGenerator(lambda messages: "The minister resigned after 40 days of strikes. [1]"),
        OverlapReader(),
        SharedWords(),
        settings,
        sets=6,
    )
    assert not found.composes
    assert "the gate accepts 0% of its sentences" in found.reason


def answer_of(number: int, *composed: str) -> SetResult:
    """A complete answer to an evidence set, all of it in the writer's own words."""
    evidence = evidence_sets()[number]
    return SetResult(
        set=evidence.id,
        question=evidence.question,
        answerable=True,
        shown=composed,
        written=len(composed),
        composed=composed,
        withheld=(),
        reasons=(),
        nuggets=1,
        nuggets_wanted=1,
        seconds=1.0,
        replies=(),
    )


@pytest.mark.parametrize(("likely", "composes"), [(11, True), (10, False)])
def test_a_writer_composes_only_if_it_is_as_faithful_as_faithful_claims(likely: int, composes: bool) -> None:
    known = [each.claim for each in labelled_claims() if each.supported]
    judge = Marked(wrong=len(known) // 2 - 2)  # it finds 31 of the 58 supported claims likely
    least = likely_share(judge)
    assert least == pytest.approx(31 / 58)
    sentences = [*known[-likely:], *(f"A sentence that it does not know, number {i}." for i in range(20 - likely))]
    results = [answer_of(number, sentence) for number, sentence in enumerate(sentences)]
    share = faithful_share(results, judge)
    assert share == likely / 20
    found = writing_decision(results, 0.5, share, least)
    assert found.composes == composes
    assert found.reason == ("" if composes else "the judge finds 50% of its sentences likely, and of faithful ones 53%")


def test_quotations_do_not_count_as_a_writers_faithful_words() -> None:
    known = next(each.claim for each in labelled_claims() if each.supported)
    quoted = answer_of(0, "A sentence that the judge does not know.").model_copy(
        update={"shown": ("A sentence that the judge does not know.", known)}
    )
    assert faithful_share([quoted], Marked()) == 0.0


def test_a_decision_keeps_what_was_measured_before(settings: Settings, tmp_path: Path) -> None:
    judging = prove_judge(Marked(), Marked(wrong=3), lambda line: None)
    keep_decision(tmp_path, "key", Decision(model="m", judging=judging))
    keep_decision(tmp_path, "key", Decision(model="m"))
    found = read_decision(tmp_path, "key")
    assert found is not None
    assert found.judging == judging


def keep_many(folder: Path, name: str) -> None:
    """Keep 20 decisions, and make as many choices; run in a process of its own."""
    for number in range(20):
        keep_decision(folder, f"{name}{number}", Decision(model=name))
        choose_model(folder, f"{name}{number}", "model" if name == "a" else "judge")


def test_two_processes_lose_no_decision_and_no_choice(tmp_path: Path) -> None:
    spawning = multiprocessing.get_context("spawn")
    writers = [spawning.Process(target=keep_many, args=(tmp_path, name)) for name in "ab"]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(60)
    assert [writer.exitcode for writer in writers] == [0, 0]
    missing = [f"{n}{i}" for n in "ab" for i in range(20) if read_decision(tmp_path, f"{n}{i}") is None]
    assert missing == []
    assert (chosen_model(tmp_path), chosen_model(tmp_path, "judge")) == ("a19", "b19")
    assert sorted(each.name for each in tmp_path.iterdir() if each.suffix != ".lock") == [
        "choice.json",
        "decisions.json",
    ]


def test_a_choice_that_cannot_be_kept_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "home").write_text("a file")
    with pytest.raises(HomeError, match=r"choice\.json"):
        choose_model(tmp_path / "home", "model")


def test_a_running_workspace_switches_its_model(workspace: Workspace) -> None:
    with scripted_server() as address:
        with pytest.raises(InputError, match="on the command line"):
            use_model(workspace, address)
        choose_model(workspace.settings.home, address)
        assert use_model(workspace, address).running == workspace.engine
        assert "OpenAI-compatible server" in workspace.engine.version
        assert engine_view(workspace).chosen == address


@pytest.mark.real_models
def test_the_embedded_judge_is_measured_on_the_labelled_claims(real_engines: Engines) -> None:
    assert real_engines.entailment is not None
    found = judge_result(real_engines.entailment, labelled_claims())
    assert (found.supported, found.false) == (58, 58)
    assert found.strict > found.loose
    assert found.share >= 0.08  # with 58 false claims it hangs on the highest two
    assert found.likely / found.supported >= 0.33
    odds = np.array([real_engines.entailment([(each.claim, each.premise)])[0].log_odds for each in labelled_claims()])
    assert auc(odds, np.array([float(each.supported) for each in labelled_claims()])) >= 0.775
