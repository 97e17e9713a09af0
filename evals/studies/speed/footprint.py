"""Footprint: memory of the service with all models loaded, and the collection's size on disk."""

import subprocess
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path

from evals.studies.speed.bench_server import command, server, start_up
from evals.studies.speed.measurement import Measurement
from evals.studies.speed.search_latency import disk
from evals.studies.speed.synthetic_corpus import BulkStore, fill_store
from index.embedding import OnnxEmbedder
from index.vectors.vector_index import VectorIndex
from service.ingestion.ingest import index_fingerprint
from service.models import EMBEDDER, ModelStore, default_models_dir
from service.runtime.home_lock import Home
from service.runtime.settings import Settings

CHUNKS = 20_000
MAX_MEGABYTES = 700
"""Memory limit of the service at that many chunks, as the anchor."""


def measure_footprint(settings: Settings, corpus: str, question: str, folder: Path) -> Iterator[Measurement]:
    """Measure memory and disk with the given articles only, and with 20,000 synthetic chunks added."""
    small, large = folder / "small", folder / "large"
    for home in (small, large):
        subprocess.run(command(home, "ingest", corpus), check=True, capture_output=True)
    articles = _fill(large, settings)
    before = yield from _served("the seeds served", small, question)
    part = f"{CHUNKS:,} chunks served"
    after = yield from _served(part, large, question)
    each = 1000 / articles
    yield Measurement(part=part, what="memory for 1,000 articles", value=(after - before) * each, unit="MB", n=articles)
    yield Measurement(part=part, what="disk for 1,000 articles", value=disk(large) * each, unit="MB", n=articles)


def _served(part: str, home: Path, question: str) -> Generator[Measurement, None, float]:
    """Yield start-up and memory of a server over that home folder; return its memory without the language model."""
    with server(home) as served:
        yield from start_up(part, served)
        megabytes = []
        for style, what in (("quote", "memory"), ("compose", "memory, and the model that writes")):
            served.ask(question, style)
            megabytes.append(served.megabytes())
            yield Measurement(
                part=part,
                what=what,
                value=megabytes[-1],
                unit="MB",
                n=1,
                beside=MAX_MEGABYTES,
                anchor="what it may take",
            )
    return megabytes[0]


def _fill(folder: Path, settings: Settings) -> int:
    """Fill a home folder in the service's format with synthetic articles; return its number of articles."""
    embedder = OnnxEmbedder(ModelStore(settings.models or default_models_dir()).path(EMBEDDER), threads=1)
    fingerprint = index_fingerprint(embedder)
    home = Home(folder)
    try:
        with closing(BulkStore.open(home.ledger, fingerprint=fingerprint)) as store:
            fill_store(store, CHUNKS, embedder.dimension)
            VectorIndex(home.vectors, store, fingerprint=fingerprint).close()
            return store.articles.count()
    finally:
        home.close()
