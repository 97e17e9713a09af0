"""What each part of `footnote bench` measures; every part stands beside what it is to be held against."""

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import numpy as np
from pydantic import Field

from evals.durability.ingesting import in_child
from evals.speed import bare
from evals.speed.serving import Server, Timing, command, server
from evals.speed.stocking import DAYS, LAST_DAY, Stock, Warehouse, stock
from index.catalogue import Catalogue
from index.embedding import OnnxEmbedder
from index.exact import ExactIndex
from index.retrieval import Retriever, terms
from index.types import Filters, Record
from index.vectors import VectorIndex
from service.generation.supervisor import LlamaProcess
from service.generation.types import Limits, Message
from service.models import EMBEDDER, GENERATOR, ModelStore, default_models_dir
from service.settings import Settings, usable_cores

TOKENS = 96
QUERIES = 100
CALLERS = (1, 4, 16)
TOP = 20


class Measure(Record):
    """One number, and the one it is held against."""

    part: str
    what: str
    value: float
    unit: str
    n: int = Field(description="How many times it was measured.")
    beside: float | None = Field(default=None, description="The anchor, in the same unit and the same run.")
    anchor: str = ""


def quantile(values: Sequence[float], share: float) -> float:
    """So much of the values lies at or below it; NaN when there are none."""
    return float(np.quantile(values, share)) if values else math.nan


def _spread(part: str, what: str, seconds: Sequence[float], shares: Sequence[float]) -> Iterator[Measure]:
    for share in shares:
        name = f"{what}, p{share * 100:g}"
        yield Measure(part=part, what=name, value=1000 * quantile(seconds, share), unit="ms", n=len(seconds))


def writing(settings: Settings) -> Iterator[Measure]:
    """Tokens a second through our process and pipe, over those of llama-cpp-python alone; runs take turns."""
    store = ModelStore(settings.models or default_models_dir())
    path = store.path(GENERATOR)
    words = [sys.executable, "-m", "evals.speed.bare", str(path), str(TOKENS), str(settings.threads)]
    model = LlamaProcess(path, name=GENERATOR, digest="", context_tokens=bare.CONTEXT, threads=settings.threads)
    ours: list[float] = []
    theirs: list[float] = []
    with (
        closing(model),
        subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},  # as ours: spinning threads starve on a busy machine
        ) as other,
    ):
        assert other.stdin is not None
        assert other.stdout is not None
        _speed(model)  # loads it
        for _ in range(bare.RUNS):
            ours.append(_speed(model))
            other.stdin.write("\n")
            other.stdin.flush()
            theirs.append(float(other.stdout.readline()))
        other.stdin.close()
    yield Measure(
        part="write",
        what="tokens a second",
        value=quantile(ours, 0.5),
        unit="/s",
        n=len(ours),
        beside=quantile(theirs, 0.5),
        anchor="llama-cpp-python alone",
    )


def _speed(model: LlamaProcess) -> float:
    """Of the tokens after the first, as the bare loop counts them; a piece is a token, but for split characters."""
    with closing(model.stream([Message(role="user", content=bare.PROMPT)], Limits(max_tokens=TOKENS))) as pieces:
        next(pieces)
        began, number = time.perf_counter(), sum(1 for _ in pieces)
        return number / (time.perf_counter() - began)


def embedding(parts: Sequence[str], articles: int) -> Iterator[Measure]:
    """Chunks a second while articles are taken in, beside the embedder alone on the same texts."""
    found = in_child(parts, articles, "real")
    yield Measure(
        part="ingest",
        what="chunks a second, all included",
        value=found.chunks_per_second,
        unit="/s",
        n=found.chunks,
        beside=found.bare_chunks_per_second,
        anchor="the embedder alone",
    )


def querying(settings: Settings, chunks: int, folder: Path) -> Iterator[Measure]:
    """Dense, lexical and hybrid search over made-up text, and what it takes on disk."""
    folder.mkdir(parents=True, exist_ok=True)
    embedder = OnnxEmbedder(
        ModelStore(settings.models or default_models_dir()).path(EMBEDDER), threads=settings.threads
    )
    part = f"{chunks:,} chunks"
    with closing(Warehouse(folder / "ledger.db", stamp="made")) as catalogue:
        made = stock(catalogue, chunks, embedder.dimension)
        with closing(VectorIndex(folder / "chroma", catalogue, stamp="made")) as index:
            yield from _queried(part, made, catalogue, index, embedder)
        articles = catalogue.count()
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20
    yield Measure(part=part, what="disk for 1,000 articles", value=1000 * size / articles, unit="MB", n=articles)


def _queried(
    part: str, made: Stock, catalogue: Catalogue, index: VectorIndex, embedder: OnnxEmbedder
) -> Iterator[Measure]:
    retriever, exact = Retriever(catalogue, index, embedder), ExactIndex(catalogue)
    asked = [made.question() for _ in range(QUERIES + 5)]
    vectors = made.vectors(len(asked))
    today = Filters(as_of="2026-11-21")
    half = Filters(as_of=(LAST_DAY - timedelta(days=DAYS // 2)).isoformat())
    ways: dict[str, Callable[[int], object]] = {
        "embedding a question": lambda i: retriever.vector(asked[i]),
        "dense, Chroma": lambda i: index.search(vectors[i], 100, None),
        "dense, every vector": lambda i: exact.search(vectors[i], 100, None),
        "lexical": lambda i: catalogue.lexical(terms(asked[i]), 100, None),
        "hybrid with embedding": lambda i: retriever.passages(asked[i], retriever.vector(asked[i]), TOP, today),
        "the same, half the articles allowed": lambda i: retriever.passages(
            asked[i], retriever.vector(asked[i]), TOP, half
        ),
    }
    for what, way in ways.items():
        seconds = [_timed(way, i) for i in range(len(asked))][5:]
        yield from _spread(part, what, seconds, (0.5, 0.99))


def _timed(way: Callable[[int], object], number: int) -> float:
    began = time.perf_counter()
    way(number)
    return time.perf_counter() - began


def asking(home: Path, corpus: str, questions: Sequence[str], style: str) -> Iterator[Measure]:
    """How long readers wait, alone and beside others; answers are not kept, so each is made."""
    subprocess.run(command(home, "ingest", corpus), check=True, capture_output=True)
    with server(home, {"FOOTNOTE_KEPT_ANSWERS": "0"}) as served:
        yield Measure(part="serve", what="start to ready", value=served.started, unit="s", n=1)
        for question in questions[:3]:
            served.ask(question, style)
        for callers in CALLERS:
            yield from _asked(served, questions, style, callers)
        yield Measure(part="serve", what="resident memory", value=served.megabytes(), unit="MB", n=1)


def _asked(served: Server, questions: Sequence[str], style: str, callers: int) -> Iterator[Measure]:
    put = questions[: max(len(questions) // 2, callers)]
    with ThreadPoolExecutor(callers) as pool:
        found: list[Timing] = list(pool.map(lambda question: served.ask(question, style), put))
    part = f"ask, {callers} at once"
    answered = [timing for timing in found if timing.status == 200]
    first = [timing.first_evidence for timing in answered if timing.first_evidence is not None]
    sentence = [timing.first_sentence for timing in answered if timing.first_sentence is not None]
    yield from _spread(part, "first evidence", first, (0.5, 0.95))
    yield from _spread(part, "first sentence", sentence, (0.5,))
    yield from _spread(part, "whole answer", [timing.whole for timing in answered], (0.5, 0.95))
    if failed := len(found) - len(answered):
        yield Measure(part=part, what="not answered", value=failed, unit="", n=len(found))


def machine() -> str:
    """What it was measured on, in a line."""
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{usable_cores()} cores, {load} when it began"
