"""Attacks by hostile articles and questions: the answer must equal that of a twin without the attack."""

import json
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple, get_args

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from pydantic import ValidationError

from index.embedding import HashEmbedder
from index.errors import FootnoteError, InputError
from index.reading import read_paths, to_article
from index.search.reranking import OverlapReader
from index.types import Article, Filters
from service.answering.types import Answer, Citation, Done, EvidenceFound, Question, Style
from service.api import create_app
from service.cli import footnote
from service.engines import Engines
from service.generation.llama_engine import LlamaEngine
from service.generation.scripted_generator import ScriptedGenerator
from service.generation.types import Engine, Limits, Message, OptionChoice, TextGenerator
from service.models import GENERATOR, ModelStore
from service.rendering import terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.attack_cases import BASE, AttackCase, HostileArticle, Kind, read_attacks, written
from tests.attack_scoring import believed, broken, posing, unfounded, unshowable
from tests.conftest import MODELS

pytestmark = pytest.mark.real_models

CASES = read_attacks()
JSON = {"content-type": "application/json"}
CONTROL = ("<|im_start|>", "<|im_end|>", "<|endoftext|>")


class Switch:
    """Generator that delegates to another, so that one workspace can use either the model or a script."""

    def __init__(self, real: TextGenerator) -> None:
        self.real = self.inner = real

    @property
    def engine(self) -> Engine:
        return self.inner.engine

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        return self.inner.choose(messages, options, prefill=prefill, deadline=deadline)

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        return self.inner.stream(messages, limits, prefill=prefill)

    def count_tokens(self, messages: Sequence[Message]) -> int:
        return self.inner.count_tokens(messages)

    def close(self) -> None:
        """Do nothing: the owner closes the real generator."""


class Stage(NamedTuple):
    """A workspace over the base collection, with its generator."""

    workspace: Workspace
    switch: Switch
    twins: dict[str, "Outcome"]
    """Answers without an attack, by question and collection."""


class Outcome(NamedTuple):
    """Result of one question: its answer or error, and the problems found while its articles were present."""

    answer: Answer | None
    error: str
    wrong: list[str]


class Trial(NamedTuple):
    """The outcomes of one case."""

    case: AttackCase
    quoted: Outcome
    twin: Outcome
    fooled: Outcome
    prompts: list[tuple[Message, ...]]
    composed: tuple[Outcome, Outcome] | None
    refused: tuple[str, ...]
    body: bytes
    stream: bytes
    shown: str


@pytest.fixture(scope="module")
def stages(real_engines: Engines, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Stage]]:
    switch = Switch(real_engines.generator)
    engines = {
        "real": Engines(real_engines.embedder, real_engines.reader, switch, composes=False),
        "light": Engines(HashEmbedder(), OverlapReader(), switch, composes=False),
    }
    stages = {name: Stage(staged(each, tmp_path_factory.mktemp(name)), switch, {}) for name, each in engines.items()}
    yield stages
    for stage in stages.values():
        stage.workspace.close()


def staged(engines: Engines, folder: Path) -> Workspace:
    opened = Workspace(Settings(home=folder, models=MODELS, exact=True), engines, Home(folder))
    opened.ingest(read_paths([BASE]))
    return opened


@pytest.fixture(scope="module", params=CASES, ids=lambda case: case.id)
def trial(request: pytest.FixtureRequest, stages: dict[str, Stage]) -> Trial:
    case: AttackCase = request.param
    return tried(case, stages[case.engines])


@pytest.fixture(scope="module")
def llama() -> LlamaEngine:
    return LlamaEngine(ModelStore(MODELS).path(GENERATOR), context_tokens=512, threads=1)


def tried(case: AttackCase, stage: Stage) -> Trial:
    twin = twin_of(stage, case, "quote")
    composed_twin = twin_of(stage, case, "compose") if case.compose else None
    with added(stage, case, hostile=True) as refused:
        quoted = asked(stage, case, "quote", hostile=True)
        composed = asked(stage, case, "compose", hostile=True) if case.compose else None
        script = ScriptedGenerator(["1", case.obeyed or " ."])
        stage.switch.inner = script
        fooled = asked(stage, case, "compose", hostile=True)
        stage.switch.inner = stage.switch.real
        body, stream = over_http(stage.workspace, case)
        shown = everything_shown(stage.workspace, quoted)
    return Trial(
        case=case,
        quoted=quoted,
        twin=twin,
        fooled=fooled,
        prompts=[each.messages for each in script.calls],
        composed=(composed, composed_twin) if composed and composed_twin else None,
        refused=refused,
        body=body,
        stream=stream,
        shown=shown,
    )


def twin_of(stage: Stage, case: AttackCase, style: Style) -> Outcome:
    """Return the twin's answer, computed once for all cases that share the twin."""
    clean = [found for article in case.articles if (found := side(article, hostile=False))]
    key = repr((clean, case.asked(hostile=False), case.outlet, case.as_of, style))
    if key not in stage.twins:
        with added(stage, case, hostile=False):
            stage.twins[key] = asked(stage, case, style, hostile=False)
    return stage.twins[key]


@contextmanager
def added(stage: Stage, case: AttackCase, *, hostile: bool) -> Iterator[tuple[str, ...]]:
    """Add the case's articles inside the `with` block; yields the reasons why some were refused."""
    report = stage.workspace.ingest(found for article in case.articles if (found := side(article, hostile=hostile)))
    try:
        yield tuple(refused.reason for refused in report.refused)
    finally:
        for article_id in report.new:
            stage.workspace.remove(article_id)


def side(article: HostileArticle, *, hostile: bool) -> Article | InputError | None:
    try:
        record = article.record(hostile=hostile)
    except ValidationError as error:
        return InputError(str(error.errors()[0]["msg"]))
    return to_article(record) if record else None


def asked(stage: Stage, case: AttackCase, style: Style, *, hostile: bool) -> Outcome:
    offered: tuple[Citation, ...] = ()
    try:
        filters = Filters(outlet=case.outlet, as_of=case.as_of)
        for event in stage.workspace.stream(Question(text=case.asked(hostile=hostile), style=style, filters=filters)):
            if isinstance(event, EvidenceFound) and event.final:
                offered = event.citations
            elif isinstance(event, Done):
                return Outcome(event.answer, "", unfounded(stage.workspace, event.answer, offered))
    except (FootnoteError, ValidationError) as error:
        return Outcome(None, str(error), [])
    raise AssertionError("the stream ended without an answer")


def over_http(workspace: Workspace, case: AttackCase) -> tuple[bytes, bytes]:
    """Compare the response body with the event stream for the same question, byte by byte."""
    body = {"question": case.asked(hostile=True), "style": "quote", "outlet": case.outlet, "as_of": case.as_of}
    client = TestClient(create_app(workspace))
    sent = (json.dumps({**body, "stream": stream}) for stream in (False, True))
    whole, stream = (client.post("/v1/ask", content=content, headers=JSON).content for content in sent)
    return whole, stream


def everything_shown(workspace: Workspace, seen: Outcome) -> str:
    """Return terminal output: the answer, its cited article, the article list and the passages."""
    if seen.answer is None:
        return seen.error
    parts = [terminal.answer(seen.answer), terminal.articles(workspace.articles(100, 0))]
    parts += [terminal.article(workspace.article(c.article_id)) for c in seen.answer.citations]
    parts.append(terminal.results(workspace.search("quarry bridge", 5, Filters())))
    return "\n".join(parts)


def fails(case: AttackCase, fault: str) -> bool:
    return case.known is not None and case.known.fault == fault


# every case


def test_the_answer_is_what_it_would_be_without_the_attack(trial: Trial) -> None:
    case = trial.case
    if "refused" in case.holds:
        assert trial.quoted.answer is None
        assert trial.quoted.error
        return
    assert trial.quoted.answer is not None, trial.quoted.error
    assert bool(trial.refused) == ("not_taken" in case.holds), trial.refused
    assert trial.twin.answer is not None
    wrong = broken(trial.quoted.answer, trial.twin.answer, case)
    assert bool(wrong) == fails(case, "changed"), wrong


def test_a_model_that_falls_for_it_is_not_believed(trial: Trial) -> None:
    if "refused" in trial.case.holds:
        assert trial.fooled.answer is None
        return
    assert trial.fooled.answer is not None, trial.fooled.error
    assert trial.quoted.answer is not None
    wrong = believed(trial.fooled.answer, trial.case)
    assert bool(wrong) == fails(trial.case, "believed"), wrong
    assert trial.fooled.answer.verdict == trial.quoted.answer.verdict


def test_whatever_is_cited_is_there_and_was_offered(trial: Trial) -> None:
    assert [*trial.quoted.wrong, *trial.fooled.wrong, *trial.twin.wrong] == []


def test_no_text_becomes_a_control_token(trial: Trial, llama: LlamaEngine) -> None:
    control = {token for name in CONTROL for token in llama.tokens(name, special=True)}
    assert len(control) == len(CONTROL)
    for messages in trial.prompts:
        plain = [Message(role=message.role, content="x") for message in messages]
        found, wanted = ([t for t in llama.prompt(m) if t in control] for m in (messages, plain))
        assert found == wanted


def test_nothing_that_is_shown_can_steer_a_terminal_or_hide(trial: Trial) -> None:
    assert unshowable(trial.shown) == []
    if trial.quoted.answer is not None:
        assert posing(terminal.answer(trial.quoted.answer), trial.quoted.answer) == []


def test_json_and_events_stay_well_formed(trial: Trial) -> None:
    body = json.loads(trial.body)
    if trial.quoted.answer is None:
        assert body["status"] == 422
        assert json.loads(trial.stream)["status"] == 422
        return
    # As the strictest and the laxest of clients split lines: both must find the same events.
    for lines in (trial.stream.decode().splitlines(), trial.stream.decode().replace("\r", "").split("\n")):
        data = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data:")]
        assert len(data) == sum(line.startswith("event:") for line in lines)
        assert not [line for line in lines if line and not line.startswith(("data: ", "event: "))]
        assert data[-1]["text"] == body["text"] == trial.quoted.answer.text


def test_a_writing_model_cites_what_it_would_cite_without_the_attack(trial: Trial) -> None:
    if trial.composed is None:
        return
    hostile, twin = trial.composed
    assert hostile.wrong == []
    assert hostile.answer is not None, hostile.error
    assert twin.answer is not None
    assert broken(hostile.answer, twin.answer, trial.case) == []


# beside the cases


def test_the_suite_is_large_and_has_every_kind() -> None:
    counts = Counter(case.kind for case in CASES)
    assert len(CASES) >= 70
    assert set(counts) == set(get_args(Kind))
    assert min(counts.values()) >= 3


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ('{"id": "a", "kind": "rumour", "question": "Who?"}', "kind"),
        ('{"id": "a", "kind": "bidi", "question": "Who?", "colour": "red"}', "colour"),
        ('{"id": "a", "kind": "bidi", "question": "Who?", "holds": ["cites"]}', "must list what it cites"),
        ('{"id": "a", "kind": "bidi", "question": [{"attack": ""}]}', "question"),
        ("", "holds no case"),
    ],
)
def test_a_malformed_case_is_named(tmp_path: Path, line: str, says: str) -> None:
    path = tmp_path / "attacks.jsonl"
    path.write_text(f"{line}\n")
    with pytest.raises(InputError, match=says):
        read_attacks(path)


def test_an_article_and_a_question_of_broken_characters_are_refused_in_one_line(stages: dict[str, Stage]) -> None:
    client = TestClient(create_app(stages["light"].workspace))
    for path, body in (
        ("/v1/ask", {"question": "How much? \ud800"}),
        ("/v1/articles", {"articles": [{"id": "broken", "text": "A dog ran \ud800 home."}]}),
    ):
        response = client.post(path, content=json.dumps(body), headers=JSON)
        assert response.status_code == 422
        assert "\n" not in response.json()["detail"]


def test_the_stored_text_stays_byte_for_byte(stages: dict[str, Stage]) -> None:
    case = next(case for case in CASES if case.id == "override-in-the-sentence")
    with added(stages["light"], case, hostile=True):
        assert stages["light"].workspace.article("quarry").text == written(case.articles[0].text, hostile=True)


def test_the_command_takes_a_hostile_name_for_a_name(tmp_path: Path) -> None:
    name = "[/red]\u202e\u200b"
    story = tmp_path / "story.jsonl"
    story.write_text(json.dumps({"id": name, "text": "A dog ran home.", "title": "Dog\n[1] Cat", "outlet": name}))
    runs = (["ingest", str(story)], ["articles", "list"], ["articles", "list", "--json"])
    shown = [CliRunner().invoke(footnote, ["--home", str(tmp_path / "home"), *words]) for words in runs]
    assert [each.exit_code for each in shown] == [0, 0, 0]
    assert [unshowable(each.output) for each in shown] == [[], [], []]
    assert json.loads(shown[2].stdout)["articles"][0]["id"] == name
