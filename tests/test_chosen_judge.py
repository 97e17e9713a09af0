"""Chosen judge: a judge from a folder or a language model, and switching it in a running server."""

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
from index.errors import DeadlineExceeded, GenerationError, InputError
from index.reading import read_paths
from index.scheduling import InferenceScheduler
from index.search.reranking import OverlapReader
from index.types import Filters
from service.api.engine_view import engine_view, use_model
from service.cli import footnote
from service.engines import Engines
from service.generation.openai_generator import OpenAIGenerator
from service.generation.queued_generator import QueuedGenerator
from service.generation.request_queue import RequestQueue
from service.generation.scripted_generator import ScriptedGenerator
from service.generation.types import Message, OptionChoice
from service.grounding import CalibratedJudge, CrossEncoderJudge, ProbabilityJudge
from service.grounding.other_judges import LOOSE, STRICT
from service.judging.chosen_judge import chosen_judge, load_judge_model
from service.judging.generator_judge import generator_judge
from service.models import ModelStore, default_models_dir
from service.proving.kept_decisions import Decision, keep_decision, model_key
from service.proving.prove import prove_judge
from service.runtime.home_lock import Home, choose_model, chosen_model
from service.runtime.request_context import RequestContext, current_request
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import SEEDS
from tests.test_proving import Marked

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
