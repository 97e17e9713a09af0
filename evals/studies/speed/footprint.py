"""How much room a collection takes: in memory with all models loaded, and on disk."""

import subprocess
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from evals.studies.speed.bench_server import command, server, starting
from evals.studies.speed.measurement import Measure
from evals.studies.speed.search_latency import disk
from evals.studies.speed.synthetic_corpus import Warehouse, stock
from index.embedding import OnnxEmbedder
from index.vectors.vector_index import VectorIndex
from service.ingestion.ingest import index_fingerprint
from service.models import EMBEDDER, ModelStore, default_models_dir
from service.runtime.home import Home
from service.runtime.settings import Settings

CHUNKS = 20_000
MOST = 700
"""Megabytes that the service may take at so many chunks."""


def sizing(settings: Settings, corpus: str, question: str, folder: Path) -> Iterator[Measure]:
    """Serve the given articles, and then the same with 20,000 chunks of made-up ones beside them."""
    small, large = folder / "small", folder / "large"
    for home in (small, large):
        subprocess.run(command(home, "ingest", corpus), check=True, capture_output=True)
    articles = _fill(large, settings)
    before = yield from _served("the seeds served", small, question)
    part = f"{CHUNKS:,} chunks served"
    after = yield from _served(part, large, question)
    each = 1000 / articles
    yield Measure(part=part, what="memory for 1,000 articles", value=(after - before) * each, unit="MB", n=articles)
    yield Measure(part=part, what="disk for 1,000 articles", value=disk(large) * each, unit="MB", n=articles)


def _served(part: str, home: Path, question: str) -> Generator[Measure, None, float]:
    """Start-up and memory of a server over that home folder; returns its memory without the model that writes."""
    with server(home) as served:
        yield from starting(part, served)
        held = []
        for style, what in (("quote", "memory"), ("compose", "memory, and the model that writes")):
            served.ask(question, style)
            held.append(served.megabytes())
            yield Measure(part=part, what=what, value=held[-1], unit="MB", n=1, beside=MOST, anchor="what it may take")
    return held[0]


def _fill(folder: Path, settings: Settings) -> int:
    """Make a home folder that the service takes for its own; returns how many articles are in it."""
    embedder = OnnxEmbedder(ModelStore(settings.models or default_models_dir()).path(EMBEDDER), threads=1)
    fingerprint = index_fingerprint(embedder)
    home = Home(folder)
    try:
        with closing(Warehouse.open(home.ledger, fingerprint=fingerprint)) as store:
            stock(store, CHUNKS, embedder.dimension)
            VectorIndex(home.vectors, store, fingerprint=fingerprint).close()
            return store.articles.count()
    finally:
        home.close()
