"""Embedders: tokens, offsets and vectors, with the real model and the hash embedder."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedding import Embedder, HashEmbedder, OnnxEmbedder
from index.encoder import OnnxEncoder
from index.errors import ModelAltered, ModelMissing
from service.models import EMBEDDER, ModelStore, default_models_dir

SPECIAL_TOKENS = {0, 101, 102, 103}
SENTENCES = ["Rain fell on the harbour all night.", "The vote was 7 to 4.", "Zoë Müller said “no”. " * 30, "", "Why?"]


@pytest.fixture(scope="module")
def models_dir() -> Path:
    return default_models_dir()


@pytest.fixture(scope="module")
def folder(models_dir: Path) -> Path:
    store = ModelStore(models_dir)
    store.verify(EMBEDDER)
    return store.path(EMBEDDER)


@pytest.fixture(scope="module")
def encoder(folder: Path) -> OnnxEncoder:
    return OnnxEncoder(folder)


@pytest.fixture(scope="module")
def real(folder: Path) -> OnnxEmbedder:
    return OnnxEmbedder(folder)


@pytest.fixture(params=[pytest.param("real", marks=pytest.mark.real_models), "hash"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    found: Embedder = HashEmbedder() if request.param == "hash" else request.getfixturevalue("real")
    return found


def cosines(rows: NDArray[np.float32], others: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray((rows * others).sum(axis=1), dtype=np.float32)


def test_vectors_have_unit_length(embedder: Embedder) -> None:
    rows = embedder.embed(SENTENCES)
    assert rows.shape == (len(SENTENCES), embedder.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(1.0, abs=1e-5)


def test_no_texts_give_no_vectors(embedder: Embedder) -> None:
    assert embedder.embed([]).shape == (0, embedder.dimension)


def test_a_vector_does_not_depend_on_the_batch(embedder: Embedder) -> None:
    together = embedder.embed(SENTENCES)
    alone = np.stack([embedder.embed([text])[0] for text in SENTENCES])
    assert cosines(together, alone).min() > 0.99999
    assert cosines(together, embedder.embed(SENTENCES[::-1])[::-1]).min() > 0.99999


def test_a_question_is_nearest_to_its_answer(embedder: Embedder) -> None:
    rows = embedder.embed(["The harbour bridge opens on Monday.", "Wheat prices rose in April."])
    assert np.argmax(rows @ embedder.embed_query("When does the bridge open?")) == 0


def test_each_counted_token_has_an_end_inside_the_text(embedder: Embedder) -> None:
    text = "Zoë’s café — naïve 日本 🙂 — cost 3,5 Mio. €\n"
    ends = embedder.token_ends(text)
    assert len(ends) + 2 == embedder.count_tokens(text)
    assert ends == sorted(ends)
    assert text[: ends[0]] == "Zoë"
    assert text[ends[-1] - 1] == "€"


def test_token_counts_are_not_truncated(embedder: Embedder) -> None:
    assert embedder.count_tokens("word " * 1000) == 1002


def test_embedding_truncates_at_the_limit(embedder: Embedder) -> None:
    kept = "word " * (embedder.max_tokens - 2)
    beyond, within = embedder.embed([kept + "wheat", "wheat " + kept]) @ embedder.embed([kept])[0]
    assert beyond == pytest.approx(1.0, abs=1e-6)
    assert within < 1.0 - 5e-6


@pytest.mark.real_models
def test_progress_ends_with_every_text_done(real: OnnxEmbedder) -> None:
    seen: list[tuple[int, int]] = []
    real.embed(SENTENCES * 4, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (20, 20)
    assert len(seen) > 1


def test_the_hash_embedder_is_the_same_in_every_process() -> None:
    row = HashEmbedder().embed_query("harbour")
    assert (int(np.argmax(row)), float(row.max())) == (226, 1.0)


@pytest.mark.real_models
@pytest.mark.parametrize("literal", ["[SEP]", "[CLS]", "[MASK]", "[PAD]", "a [SEP] b", "[SEP][SEP]"])
def test_a_special_token_in_a_text_is_plain_characters(encoder: OnnxEncoder, literal: str) -> None:
    ids = encoder.encode(literal, max_tokens=256).ids
    assert (ids[0], ids[-1]) == (101, 102)
    assert not SPECIAL_TOKENS.intersection(ids[1:-1])


@pytest.mark.real_models
def test_a_pair_has_token_types(encoder: OnnxEncoder) -> None:
    pair = encoder.encode("rain fell", "[SEP] it was dry", max_tokens=256)
    assert [at for at, each in enumerate(pair.ids) if each == 102] == [3, len(pair.ids) - 1]
    assert pair.types == (0,) * 4 + (1,) * (len(pair.ids) - 4)


@pytest.mark.real_models
@pytest.mark.parametrize(("first", "second", "kept"), [(100, 5, 24), (5, 100, 5), (100, 100, 15), (0, 100, 0)])
def test_of_a_pair_the_longer_text_is_truncated(encoder: OnnxEncoder, first: int, second: int, kept: int) -> None:
    pair = encoder.encode("rain " * first, "dry " * second, max_tokens=32)
    assert len(pair.ids) == 32
    assert pair.types.count(0) == kept + 2


@pytest.mark.real_models
def test_hidden_states_pool_to_the_same_vector(encoder: OnnxEncoder) -> None:
    tokens = [encoder.encode(text, max_tokens=256) for text in SENTENCES]
    rows, states = encoder.run_with_states(tokens)
    assert [each.shape for each in states] == [(len(each.ids), encoder.width) for each in tokens]
    pooled = np.stack([each.mean(axis=0) / np.linalg.norm(each.mean(axis=0)) for each in states])
    assert cosines(pooled, rows).min() > 0.99999
    assert np.array_equal(rows, encoder.run(tokens))


@pytest.mark.real_models
def test_a_lone_surrogate_is_one_character(encoder: OnnxEncoder) -> None:
    assert encoder.token_ends("a \ud800 b") == [1, 3, 5]


def test_a_missing_folder_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="footnote models pull"):
        OnnxEmbedder(tmp_path)


@pytest.mark.real_models
def test_a_broken_graph_is_one_line(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())
    (tmp_path / "model.onnx").write_bytes(b"not a graph")
    with pytest.raises(ModelAltered, match=r"cannot load .*model\.onnx") as caught:
        OnnxEncoder(tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.real_models
def test_the_card_names_the_weights(real: OnnxEmbedder, folder: Path, models_dir: Path) -> None:
    card = json.loads((folder / "embedder.json").read_text())
    assert (real.name, real.digest, real.dimension, real.max_tokens) == (EMBEDDER, card["digest"], 384, 256)
    assert real.digest == ModelStore(models_dir).digest(EMBEDDER)
