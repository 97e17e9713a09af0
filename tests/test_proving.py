"""Proving: writing and judging decisions, judges from a folder or a language model, and switching a running server."""

import multiprocessing
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import onnx
import pytest
from click.testing import CliRunner
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, pre_tokenizers, processors

from evals.studies.composing.scripted_server import scripted_server
from index.embedding import HashEmbedder
from index.errors import DeadlineExceeded, GenerationError, HomeError, InputError
from index.reading import read_paths
from index.scheduling import InferenceScheduler
from index.search.reranking import OverlapReader
from index.types import Filters
from index.words import words
from service.api.engine_view import engine_view, use_model
from service.cli import footnote
from service.engines import Engines, may_compose
from service.generation.openai_generator import OpenAIGenerator
from service.generation.queued_generator import QueuedGenerator
from service.generation.request_queue import RequestQueue
from service.generation.scripted_generator import ScriptedGenerator
from service.generation.types import Message, OptionChoice
from service.grounding import CalibratedJudge, CrossEncoderJudge, Entailment, ProbabilityJudge
from service.grounding.other_judges import LOOSE, STRICT, entailment_of
from service.judging.chosen_judge import chosen_judge, load_judge_model
from service.judging.generator_judge import generator_judge
from service.models import ModelStore, default_models_dir
from service.proving.decisions import writing_decision
from service.proving.evidence_sets import evidence_sets
from service.proving.judge_proof import judge_result, labelled_claims, threshold
from service.proving.kept_decisions import Decision, keep_decision, model_key, read_decision
from service.proving.prove import faithful_share, likely_share, prove_judge, prove_writing
from service.proving.writing_proof import SetResult
from service.runtime.home_lock import Home, choose_model, chosen_model
from service.runtime.request_context import RequestContext, current_request
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS

WORDS = "denies says says_so [CLS] [SEP] [UNK]".split()


def cross_encoder(folder: Path, labels: int = 1) -> Path:
    """Write a cross-encoder that counts the word "says_so" minus the word "denies" of both texts, as its logit."""
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(WORDS)}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[("[CLS]", WORDS.index("[CLS]")), ("[SEP]", WORDS.index("[SEP]"))],
    )
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(str(folder / "tokenizer.json"))
    weights = np.zeros((len(WORDS), labels), dtype=np.float32)
    weights[WORDS.index("says_so"), -1], weights[WORDS.index("denies"), -1] = 3.0, -3.0
    graph = helper.make_graph(
        [
            helper.make_node("Gather", ["weights", "input_ids"], ["rows"], axis=0),
            helper.make_node("ReduceSum", ["rows", "axis"], ["logits"], keepdims=0),
        ],
        "counting",
        [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", labels])],
        [
            numpy_helper.from_array(weights, "weights"),
            numpy_helper.from_array(np.array([1], dtype=np.int64), "axis"),
        ],
    )
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.save(made, str(folder / "model.onnx"))
    return folder


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


def test_a_cross_encoder_from_a_folder_judges(tmp_path: Path) -> None:
    judge = CrossEncoderJudge(cross_encoder(tmp_path / "judge"), fingerprint="ours")
    supported, denied = judge([("a claim", "the premise says_so"), ("a claim", "the premise denies")])
    assert supported.log_odds == pytest.approx(3.0, abs=0.01)
    assert denied.log_odds == pytest.approx(-3.0, abs=0.01)


def test_a_folder_with_several_labels_must_say_which_is_entailment(tmp_path: Path) -> None:
    folder = cross_encoder(tmp_path / "judge", labels=3)
    with pytest.raises(InputError, match="says which is entailment"):
        CrossEncoderJudge(folder, fingerprint="ours")
    (folder / "config.json").write_text('{"id2label": {"0": "neutral", "1": "contradiction", "2": "ENTAILMENT"}}')
    (supported,) = CrossEncoderJudge(folder, fingerprint="ours")([("a claim", "says_so says_so")])
    assert supported.supported > 0.9


def test_a_folder_without_a_model_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"has no model\.onnx and no tokenizer\.json"):
        CrossEncoderJudge(tmp_path, fingerprint="none")


def test_a_language_model_judges_by_the_probability_of_yes() -> None:
    def reply(messages: Sequence[Message]) -> str:
        return "Yes" if "in 2017" in messages[1].content else "No"

    judge = generator_judge(ScriptedGenerator(reply), fingerprint="script")
    yes, no = judge([("It was agreed in 2017.", "A premise."), ("It was agreed in 2019.", "A premise.")])
    assert yes.log_odds > 5 > -5 > no.log_odds


def test_a_server_reports_the_log_probabilities_of_yes_and_no() -> None:
    with scripted_server() as address, closing(OpenAIGenerator(address, context_tokens=4096)) as model:
        choice = model.choose([Message(role="user", content="Does the passage say all of the claim?")], ("Yes", "No"))
    assert choice.option == "Yes"
    assert choice.probabilities[0] == pytest.approx(0.9, abs=0.01)


def test_a_calibrated_judge_means_the_same_by_our_threshold() -> None:
    odds = {"strict": 5.0, "loose": 4.0}
    inner = ProbabilityJudge(lambda claim, premise: 1 / (1 + np.exp(-odds[claim])), fingerprint="inner")
    strict, loose = CalibratedJudge(inner, **odds)([("strict", ""), ("loose", "")])
    assert strict.log_odds == pytest.approx(STRICT, abs=0.01)
    assert loose.log_odds == pytest.approx(LOOSE, abs=0.01)


def test_a_threshold_lets_through_at_most_the_share_of_false_claims() -> None:
    false = [float(i) for i in range(100)]
    assert sum(each >= threshold(false, 0.02) for each in false) == 2


def test_a_judge_takes_over_only_if_it_accepts_more() -> None:
    better = prove_judge(Marked(wrong=5), Marked(wrong=20), lambda line: None)
    same = prove_judge(Marked(wrong=5), Marked(wrong=5), lambda line: None)
    assert (better.judges, better.result.supported - better.result.accepted) == (True, 5)
    assert not same.judges
    assert "embedded judge" in same.reason


def test_a_chosen_judge_is_used_only_after_it_was_proved(settings: Settings, tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "models")
    folder = str(cross_encoder(tmp_path / "judge"))
    choose_model(settings.home, folder, "judge")
    scheduler, writer = InferenceScheduler(), ScriptedGenerator([])
    assert chosen_judge(settings, store, "writer", writer, scheduler) is None
    judging = prove_judge(Marked(wrong=0), Marked(wrong=9), lambda line: None)
    keep_decision(store.folder, model_key(folder, store), Decision(model=folder, judging=judging))
    found = chosen_judge(settings, store, "writer", writer, scheduler)
    assert isinstance(found, CalibratedJudge)
    assert found([("claim", "says_so says_so says_so")])[0].log_odds > found([("claim", "denies")])[0].log_odds


def test_only_the_model_that_writes_judges_beside_it(settings: Settings, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="only the model in use"):
        load_judge_model("http://127.0.0.1:1/v1#x", ModelStore(tmp_path), None, settings, InferenceScheduler())


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


class Closable(ScriptedGenerator):
    """A scripted generator that answers Yes, and nothing once it is closed."""

    def __init__(self) -> None:
        super().__init__(lambda messages: "Yes")
        self.closed = False

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        if self.closed:
            raise GenerationError("the language model has been closed")
        return super().choose(messages, options, prefill=prefill, deadline=deadline)

    def close(self) -> None:
        self.closed = True


@pytest.fixture
def judging_writer(settings: Settings) -> Iterator[Workspace]:
    """The seeds with a writer that is also the judge, in place of an embedded one."""
    writer = Closable()
    engines = Engines(
        HashEmbedder(),
        OverlapReader(),
        writer,
        composes=True,
        entailment=generator_judge(writer, fingerprint="writer"),
        embedded_judge=Marked(),
    )
    with closing(Workspace(settings, engines, Home(settings.home))) as opened:
        opened.ingest(read_paths([SEEDS]))
        yield opened


CLAIM = "An attack on a political rally killed many people in the Mustang district."


def test_the_embedded_judge_takes_over_from_a_writer_that_is_closed(judging_writer: Workspace) -> None:
    assert engine_view(judging_writer).judge == "writer"
    judging_writer.check(CLAIM, Filters())
    with scripted_server() as address:
        choose_model(judging_writer.settings.home, address)
        assert use_model(judging_writer, address).judge == "marked"
        assert judging_writer.check(CLAIM, Filters()).sentences
        found = judging_writer.checker.judgement(CLAIM, Filters())
    assert found is not None
    assert found.entailment.supported == pytest.approx(0.2)


def test_the_chosen_judge_judges_once_it_writes(judging_writer: Workspace) -> None:
    settings = judging_writer.settings
    store = ModelStore(settings.models or default_models_dir())
    with scripted_server() as address:
        judging = prove_judge(Marked(wrong=0), Marked(wrong=9), lambda line: None)
        keep_decision(store.folder, address, Decision(model=address, judging=judging))
        choose_model(settings.home, address)
        choose_model(settings.home, address, "judge")
        use_model(judging_writer, address)
        judge = judging_writer.engines.entailment
        assert isinstance(judge, CalibratedJudge)
        assert judge([(CLAIM, "A premise.")])[0].log_odds > LOOSE


def test_a_writer_that_judges_waits_in_its_queue() -> None:
    queue = RequestQueue()
    judge = generator_judge(QueuedGenerator(Closable(), queue, 0.01), fingerprint="writer")
    with queue.enter(RequestContext("another client")), pytest.raises(DeadlineExceeded):
        judge([(CLAIM, "A premise.")])
    with queue.enter(current_request()):
        assert judge([(CLAIM, "A premise.")])[0].log_odds > 5


@pytest.mark.parametrize("gone", ["folder", "writer", "model"])
def test_a_judge_that_is_gone_leaves_the_embedded_one(
    settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture, gone: str
) -> None:
    store = ModelStore(tmp_path / "models")
    folder = cross_encoder(tmp_path / "judge")
    name = {"folder": str(folder), "writer": "http://127.0.0.1:1/v1#gone", "model": "renamed-since"}[gone]
    judging = prove_judge(Marked(wrong=0), Marked(wrong=9), lambda line: None)
    if gone != "model":
        keep_decision(store.folder, model_key(name, store), Decision(model=name, judging=judging))
    choose_model(settings.home, name, "judge")
    shutil.rmtree(folder)
    assert chosen_judge(settings, store, "another", ScriptedGenerator([]), InferenceScheduler()) is None
    (line,) = caplog.messages
    assert repr(name) in line
    assert "`footnote models use embedded --role judge`" in line
    assert "\n" not in line


def test_a_judge_must_be_measured_before_it_is_chosen(settings: Settings, tmp_path: Path) -> None:
    folder = str(cross_encoder(tmp_path / "judge"))
    ran = CliRunner().invoke(footnote, ["--home", str(settings.home), "models", "use", folder, "--role", "judge"])
    assert ran.exit_code == 1
    assert "has not been measured as a judge" in ran.stderr
    assert chosen_model(settings.home, "judge") is None


@pytest.mark.real_models
def test_the_embedded_judge_is_measured_on_the_labelled_claims(real_engines: Engines) -> None:
    assert real_engines.entailment is not None
    found = judge_result(real_engines.entailment, labelled_claims())
    assert (found.supported, found.false) == (58, 58)
    assert found.share >= 0.15
