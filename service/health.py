"""Health checks: report the readiness of each component, and the gauges for the metrics."""

from index.errors import FootnoteError
from index.store.store import DocumentStore
from index.vectors.vector_index import VectorIndex
from service.answering.single_flight import SingleFlight
from service.engines import Engines
from service.generation.types import SupervisedGenerator
from service.language.parsing import parser_state
from service.runtime.types import ComponentState, Readiness, ServiceCounts


class Inspector:
    """Inspector: checks the components of one workspace."""

    def __init__(
        self, store: DocumentStore, vectors: VectorIndex | None, engines: Engines, single_flight: SingleFlight
    ) -> None:
        self._store = store
        self._vectors = vectors
        self._engines = engines
        self._single_flight = single_flight

    def readiness(self) -> Readiness:
        """Return whether questions can be answered, with the state of each component."""
        collection, index, embedder = self._collection_part(), self._index_part(), self._embedder_part()
        parts = (collection, index, embedder, _parser_part(), self._engine_part())
        return Readiness(ready=all(part.ok for part in parts), parts=parts)

    def counts(self) -> ServiceCounts:
        """Return the current gauges and counters."""
        engines, chunks = self._engines, self._store.chunks.count()
        return ServiceCounts(
            articles=self._store.articles.count(),
            chunks=chunks,
            indexed=self._vectors.count() if self._vectors else chunks,
            rebuilding=bool(self._vectors and self._vectors.rebuilding),
            waiting=engines.queue.waiting,
            queue_size=engines.queue.capacity,
            working=engines.queue.working,
            engine_starts=engines.generator.starts if isinstance(engines.generator, SupervisedGenerator) else 0,
            shared=self._single_flight.hits,
        )

    def _collection_part(self) -> ComponentState:
        if mismatch := self._store.ledger.mismatch():
            return ComponentState(name="collection", ok=False, detail=mismatch)
        count = self._store.articles.count()
        return ComponentState(
            name="collection", ok=count > 0, detail=f"{count} articles" if count else "empty: ingest articles"
        )

    def _index_part(self) -> ComponentState:
        if self._vectors is None:
            return ComponentState(name="index", ok=True, detail="exact search")
        found, wanted = self._vectors.count(), self._store.chunks.count()
        if self._vectors.rebuilding:
            what = f"being rebuilt: {self._vectors.fault}" if self._vectors.fault else "being opened"
            meanwhile = "every vector is compared" if self._vectors.exact_fallback else "lexical search answers"
            detail = f"{found} of {wanted} chunks, {what}; {meanwhile} meanwhile"
            return ComponentState(name="index", ok=True, degraded=True, detail=detail)
        rebuilt = ", rebuilt at start" if self._vectors.rebuilt else ""
        # An ingest commits articles before it indexes them; what is not indexed yet, lexical search finds.
        follows = "catching up" if self._store.identity else "the rest follows within an ingest or at the next start"
        behind = f", {follows}" if found != wanted else ""
        detail = f"{found} of {wanted} chunks{rebuilt}{behind}"
        return ComponentState(name="index", ok=True, degraded=found != wanted, detail=detail)

    def _embedder_part(self) -> ComponentState:
        embedder = self._engines.embedder
        return ComponentState(name="embedder", ok=True, detail=f"{embedder.name}, {embedder.dimension} dimensions")

    def _engine_part(self) -> ComponentState:
        """Check the engine; without it, the service is unready only if it composes: quoting needs no model."""
        generator = self._engines.generator
        try:
            engine = generator.engine
            state = f", {generator.state()}" if isinstance(generator, SupervisedGenerator) else ""
        except FootnoteError as error:
            needed = self._engines.composes
            rest = "" if needed else "; quotations need no model"
            return ComponentState(name="engine", ok=not needed, degraded=True, detail=f"{error}{rest}")
        return ComponentState(
            name="engine", ok=True, detail=f"{engine.name}, {engine.context_tokens} tokens of context{state}"
        )


def _parser_part() -> ComponentState:
    """Check the parser; while it loads, questions are accepted, because retrieval does not need it."""
    state = parser_state()
    meanwhile = "; a first sentence waits for it" if state == "being loaded" else ""
    return ComponentState(name="parser", ok=True, degraded=state == "being loaded", detail=f"{state}{meanwhile}")
