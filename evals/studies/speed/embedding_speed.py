"""Embedding speed compared with other libraries, each in its own environment: `footnote bench --peer NAME=PYTHON`."""

import json
import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evals.studies.durability.ingest_speed import joined_articles
from evals.studies.speed.measurement import Measurement, quantile
from index.chunking import chunk
from index.embedding import Embedder, OnnxEmbedder
from index.errors import InputError
from index.reading import read_text
from service.models import EMBEDDER, ModelStore, default_models_dir
from service.runtime.settings import Settings

SCRIPTS = {"sentence-transformers": Path(__file__).with_name("peer_sentence_transformers.py")}
"""Script that each peer's Python runs."""
TEXTS = 128
RUNS = 3
MIN_COSINE = 0.999
"""Cosine from which two vectors of a text count as being from the same model."""
BERT = {
    "model_type": "bert", "architectures": ["BertModel"], "hidden_size": 384, "num_hidden_layers": 6,
    "num_attention_heads": 12, "intermediate_size": 1536, "vocab_size": 30522, "max_position_embeddings": 512,
    "type_vocab_size": 2, "layer_norm_eps": 1e-12, "hidden_act": "gelu",
}  # fmt: skip
LAYOUT: dict[str, Any] = {
    "config.json": BERT,
    "tokenizer_config.json": {"tokenizer_class": "BertTokenizer", "do_lower_case": True, "model_max_length": 256},
    "sentence_bert_config.json": {"max_seq_length": 256, "do_lower_case": False},
    "1_Pooling/config.json": {"word_embedding_dimension": 384, "pooling_mode_mean_tokens": True},
    "modules.json": [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
        {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
    ],
}
"""Files that sentence-transformers needs next to the weights; our model package has another layout."""


class Peer(NamedTuple):
    """Peer: another embedding library, with its Python and script."""

    name: str
    python: Path
    script: Path


def measure_peers(settings: Settings, pythons: Mapping[str, Path], paragraphs: Sequence[str]) -> Iterator[Measurement]:
    """Measure our chunks per second and each peer's, with the same weights, texts and threads."""
    folder = ModelStore(settings.models or default_models_dir()).path(EMBEDDER)
    embedder = OnnxEmbedder(folder, threads=settings.threads)
    texts = _texts(embedder, paragraphs)
    for name, python in pythons.items():
        yield side_by_side(embedder, folder, texts, Peer(name, python, SCRIPTS[name]), settings.threads)


def _texts(embedder: OnnxEmbedder, paragraphs: Sequence[str]) -> list[str]:
    bodies = (json.loads(line)["text"] for line in joined_articles(paragraphs, TEXTS))
    articles = (read_text(f"made-{number}", body) for number, body in enumerate(bodies))
    return list(islice((c.span.of(a.text) for a in articles for c in chunk(a, 1, embedder)), TEXTS))


def side_by_side(embedder: Embedder, folder: Path, texts: Sequence[str], peer: Peer, threads: int) -> Measurement:
    """Measure the embedding speed of both on the same texts, in alternating runs.

    Raises:
        InputError: if the peer does not run, or its vectors differ from ours.
    """
    with tempfile.TemporaryDirectory(prefix="footnote-peer-") as place, _run_peer(peer, place, threads) as ask:
        _link_model(folder, Path(place))
        cosine = float(np.dot(embedder.embed(texts[:1])[0], np.array(ask(json.dumps(list(texts))))))
        if cosine < MIN_COSINE:
            raise InputError(f"{peer.name} gives other vectors (cosine {cosine:.3f}): it has other weights than ours")
        ours, theirs = [], []
        for _ in range(RUNS):
            began = time.perf_counter()
            embedder.embed(texts)
            ours.append(len(texts) / (time.perf_counter() - began))
            theirs.append(float(ask("")))
    return Measurement(
        part="embed",
        what="chunks a second",
        value=quantile(ours, 0.5),
        unit="/s",
        n=len(texts) * RUNS,
        beside=quantile(theirs, 0.5),
        anchor=peer.name,
    )


@contextmanager
def _run_peer(peer: Peer, place: str, threads: int) -> Iterator[Callable[[str], Any]]:
    """Run the peer's process; yield a function that sends it a line and returns its reply, parsed from JSON."""
    words = [str(peer.python), str(peer.script), place, str(threads)]
    offline = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
    if not peer.python.is_file():
        raise InputError(f"no Python at {str(peer.python)!r}; `make peers` makes an environment for {peer.name}")
    with subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={**os.environ, **offline}
    ) as other:
        assert other.stdin is not None
        assert other.stdout is not None
        requests, replies = other.stdin, other.stdout

        def ask(line: str) -> Any:
            with suppress(BrokenPipeError):
                print(line, file=requests, flush=True)
            if not (answer := replies.readline()):
                raise InputError(f"{peer.name} did not run in {str(peer.python)!r}; what it said stands above")
            return json.loads(answer)

        try:
            yield ask
        finally:
            with suppress(BrokenPipeError):
                requests.close()


def _link_model(folder: Path, place: Path) -> None:
    for name, content in LAYOUT.items():
        (place / name).parent.mkdir(exist_ok=True)
        (place / name).write_text(json.dumps(content), encoding="utf-8")
    for name in ("model.safetensors", "tokenizer.json"):
        (place / name).symlink_to((folder / name).resolve())
