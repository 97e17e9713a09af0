"""Search latency: time dense, lexical and hybrid search in synthetic collections of any size."""

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path

from evals.studies.speed.bench_server import resident
from evals.studies.speed.measurement import Measurement, spread
from evals.studies.speed.synthetic_corpus import DAYS, LAST_DAY, BulkStore, SyntheticText, fill_store
from index.embedding import OnnxEmbedder
from index.search.hybrid_retrieval import SEARCH_DEPTH, HybridRetriever, query_terms
from index.store.store import DocumentStore
from index.types import Filters
from index.vectors.exact import ExactIndex
from index.vectors.vector_index import VectorIndex
from service.models import EMBEDDER, ModelStore, default_models_dir
from service.runtime.settings import Settings

QUERIES = 100
WARM_UP_QUERIES = 5
PASSAGES = 20
"""Number of passages that each hybrid search returns."""


def measure_search(settings: Settings, chunks: int, questions: Sequence[str], folder: Path) -> Iterator[Measurement]:
    """Measure the latency of each kind of search over synthetic text, and the size on disk.

    Args:
        questions: real questions, used for embedding. Lexical search gets words of the synthetic text, which would
            take twice as long to embed because they have more tokens.
    """
    folder.mkdir(parents=True, exist_ok=True)
    embedder = OnnxEmbedder(
        ModelStore(settings.models or default_models_dir()).path(EMBEDDER), threads=settings.threads
    )
    part = f"{chunks:,} chunks"
    began = time.perf_counter()
    with closing(BulkStore.open(folder / "ledger.db", fingerprint="made")) as store:
        made = fill_store(store, chunks, embedder.dimension)
        with closing(VectorIndex(folder / "chroma", store, fingerprint="made")) as index:
            yield Measurement(part=part, what="made and indexed in", value=time.perf_counter() - began, unit="s", n=1)
            yield from _latencies(part, made, store, index, embedder, questions)
        articles = store.articles.count()
    yield Measurement(
        part=part, what="disk for 1,000 articles", value=1000 * disk(folder) / articles, unit="MB", n=articles
    )


def disk(folder: Path) -> float:
    """Return the total size of all files below a folder, in megabytes."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 2**20


def _latencies(
    part: str,
    made: SyntheticText,
    store: DocumentStore,
    index: VectorIndex,
    embedder: OnnxEmbedder,
    questions: Sequence[str],
) -> Iterator[Measurement]:
    retriever, exact = HybridRetriever(store, index, embedder), ExactIndex(store)
    asked = [made.question() for _ in range(QUERIES + WARM_UP_QUERIES)]
    put = [questions[i % len(questions)] for i in range(len(asked))]
    vectors = made.vectors(len(asked))
    today = Filters(as_of="2026-11-21", undated=True)
    half = Filters(as_of=(LAST_DAY - timedelta(days=DAYS // 2)).isoformat())

    def seconds(search: Callable[[int], object]) -> list[float]:
        return [_timed(search, i) for i in range(len(asked))][WARM_UP_QUERIES:]

    def hybrid(filters: Filters) -> list[float]:
        return seconds(lambda i: retriever.passages(asked[i], retriever.vector(put[i]), PASSAGES, filters))

    shares = (0.5, 0.99)
    # The whole search is timed before its parts, so that their lookups are not cached yet.
    whole = hybrid(today)
    yield from spread(part, "hybrid with embedding", whole, shares)
    yield from spread(part, "the same, half the articles allowed", hybrid(half), shares, whole, "all allowed")
    yield from spread(part, "embedding a question", seconds(lambda i: retriever.vector(put[i])), shares, whole, "whole")
    lexical = seconds(lambda i: store.lexical.search(query_terms(asked[i]), SEARCH_DEPTH, None))
    yield from spread(part, "lexical, words met before", lexical, shares, whole, "whole")
    near = seconds(lambda i: index.search(vectors[i], SEARCH_DEPTH, None))
    every = seconds(lambda i: exact.search(vectors[i], SEARCH_DEPTH, None))
    yield from spread(part, "dense, Chroma", near, shares, every, "every vector")
    yield Measurement(part=part, what="memory of this process", value=resident(os.getpid()), unit="MB", n=1)


def _timed(search: Callable[[int], object], number: int) -> float:
    began = time.perf_counter()
    search(number)
    return time.perf_counter() - began
