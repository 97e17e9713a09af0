"""Ingest: chunk and embed articles, and write them to the document store and then to the dense index."""

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from threading import Lock
from typing import NamedTuple

from index.chunking import VERSION as CHUNKING
from index.chunking import chunk
from index.embedding import Embedder, PartVectors
from index.errors import InputError
from index.reading.article_ids import base_id
from index.search.word_vectors import WordVectors
from index.store.corrections import Corrected, with_corrections
from index.store.identity import Identities
from index.store.store import DocumentStore
from index.types import Article, Chunk, Source, Span
from index.vectors.vector_index import VectorIndex
from service.ingestion.types import IngestReport, RefusedInput

MAX_HEADING_TOKENS = 48
"""Maximum length of the heading that is embedded before each chunk."""

BATCH_ARTICLES = 4
"""Number of articles embedded together: more chunks fill the embedder's equal-length batches better."""
MAX_UNINDEXED_CHUNKS = 200
"""Maximum number of chunks by which the dense index may lag behind the store during an ingest."""


def index_fingerprint(embedder: Embedder) -> str:
    """Return the index fingerprint: embedder and chunking version of a ledger's chunks and vectors."""
    return f"{embedder.name}/{embedder.digest[:12]}/chunking-{CHUNKING}"


def heading(source: Source) -> str:
    """Return title, outlet and date of an article, which are embedded and searched with each of its chunks."""
    known = (source.title.value, source.outlet.value, source.published.value)
    return " | ".join(value for value in known if value)


class PreparedArticle(NamedTuple):
    """Article with its chunks and the texts to embed."""

    article: Article
    version: int
    chunks: tuple[Chunk, ...]
    heading: str
    texts: list[str]
    """Each chunk with the heading before it."""
    parts: list[list[Span]]
    """Spans of the sentences in each text."""


class Ingester:
    """Ingests articles into one collection, each in its own transaction; thread-safe."""

    def __init__(
        self, store: DocumentStore, embedder: Embedder, word_vectors: WordVectors, vectors: VectorIndex | None
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._word_vectors = word_vectors
        self._vectors = vectors
        self._writing = Lock()
        """Prevents two threads that add the same article from both finding it new; between processes the store does."""

    def ingest(
        self, found: Iterable[Article | InputError], progress: Callable[[str], None] = lambda line: None
    ) -> IngestReport:
        """Ingest every article; an unusable input is reported and skipped.

        Each article is one transaction, reported after the commit. The dense index and the word vectors lag a few
        articles behind and are complete at the end; after a crash, the next start adds what is missing.
        """
        builder = _ReportBuilder(progress)
        lagging = _LaggingIndex(self._word_vectors, self._vectors)
        identities = Identities(self._store.articles)
        try:
            for batch in _batches(found):
                with self._writing, self._store.exclusive():
                    known = [identities.resolve(item) if isinstance(item, Article) else item for item in batch]
                    self._ingest_batch(known, builder, lagging)
        finally:
            with self._writing, self._store.exclusive():
                lagging.flush()
        return builder.report()

    def _ingest_batch(
        self, batch: Sequence[Article | InputError], builder: "_ReportBuilder", lagging: "_LaggingIndex"
    ) -> None:
        ready: list[Article | InputError | PreparedArticle] = [self._prepared(item) for item in batch]
        made = [item for item in ready if isinstance(item, PreparedArticle)]
        texts, parts = [text for item in made for text in item.texts], [part for item in made for part in item.parts]
        vectors = self._embedder.embed_parts(texts, parts) if texts else None
        done = 0
        for item in ready:
            if isinstance(item, InputError):
                builder.refuse(item)
            elif isinstance(item, Article):
                self._store.articles.note_location(item)
                builder.add("unchanged", item.id)
            elif vectors is not None:
                own = slice(done, done := done + len(item.chunks))
                self._write(item, PartVectors(vectors.texts[own], vectors.parts[own]), lagging)
                builder.add("new" if item.version == 1 else "changed", item.article.id)

    def _prepared(self, item: Article | InputError) -> Article | InputError | PreparedArticle:
        """Return a PreparedArticle to embed; an unchanged article or an error is returned as such."""
        if isinstance(item, InputError):
            return item
        version = self._store.articles.next_version(item)
        if version is None:
            return item
        ready = prepare(item, version, self._embedder)
        return ready if ready.chunks else InputError(f"article {item.id!r} has no sentence in it")

    def _write(self, item: PreparedArticle, vectors: PartVectors, lagging: "_LaggingIndex") -> None:
        replaced = self._store.add(item.article, item.version, item.chunks, vectors, item.heading)
        text = f"{item.article.source.title.value or ''} {item.article.text}"
        if self._vectors is not None:
            self._vectors.delete(replaced)
        lagging.add(text, [piece.id for piece in item.chunks])

    def correct(self, article_id: str, changes: Corrected, undone: Collection[str] = ()) -> None:
        """Keep a reader's corrections of an article and index it under its corrected heading.

        Raises:
            NotFound: the article does not exist.
        """
        with self._writing, self._store.exclusive():
            stored = self._store.articles.get(article_id)
            stated = self._store.articles.find(article_id) or stored.article
            kept = self._store.articles.corrections([article_id]).get(article_id, {})
            wanted = {**{name: value for name, value in kept.items() if name not in undone}, **changes}
            article = stated.model_copy(update={"source": with_corrections(stated.source, wanted)})
            ready = prepare(article, stored.version, self._embedder)
            vectors = self._embedder.embed_parts(ready.texts, ready.parts)
            if self._vectors is not None:  # before the commit: what is missing after a crash is added at the next start
                self._vectors.delete([piece.id for piece in ready.chunks])
            replaced = self._store.correct(
                article, stored.version, ready.chunks, vectors, ready.heading, changes, undone
            )
            lagging = _LaggingIndex(self._word_vectors, self._vectors)
            if self._vectors is not None:
                self._vectors.delete(replaced)
            lagging.add(article.source.title.value or "", [piece.id for piece in ready.chunks])
            lagging.flush()

    def remove(self, *article_ids: str) -> None:
        """Remove articles with all their versions from the store and the dense index; raises NotFound."""
        with self._writing, self._store.exclusive():
            removed = self._store.remove(*article_ids)
            if self._vectors is not None:
                self._vectors.delete(removed)


def prepare(article: Article, version: int, embedder: Embedder) -> PreparedArticle:
    """Chunk an article; each chunk's text starts with the heading, cut to MAX_HEADING_TOKENS."""
    known = heading(article.source)
    while known and embedder.count_tokens(known) > MAX_HEADING_TOKENS:
        known = known.rpartition(" ")[0]
    chunks = chunk(article, version, embedder, reserved=embedder.count_tokens(known) if known else 0)
    lead = f"{known}\n" if known else ""
    shifts = [len(lead) - piece.span.start for piece in chunks]
    parts = [
        [Span(start=s.start + shift, end=s.end + shift) for s in piece.sentences]
        for piece, shift in zip(chunks, shifts, strict=True)
    ]
    return PreparedArticle(
        article, version, chunks, known, [lead + piece.span.of(article.text) for piece in chunks], parts
    )


class _LaggingIndex:
    """Batched updates of the dense index and word vectors: dozens of chunks cost little more than one."""

    def __init__(self, word_vectors: WordVectors, vectors: VectorIndex | None) -> None:
        self._word_vectors = word_vectors
        self._vectors = vectors
        self._texts: list[str] = []
        self._added: list[str] = []

    def add(self, text: str, added: Sequence[str]) -> None:
        self._texts.append(text)
        self._added += added
        if len(self._added) >= MAX_UNINDEXED_CHUNKS:
            self.flush()

    def flush(self) -> None:
        texts, added = self._texts, self._added
        self._texts, self._added = [], []
        if self._vectors is not None:
            self._vectors.add(added)
        self._word_vectors.learn(texts)


class _ReportBuilder:
    """Builder of an IngestReport; also reports each outcome as a progress line."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._outcome: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": []}
        self._refused: list[RefusedInput] = []

    def add(self, change: str, article_id: str) -> None:
        self._outcome[change].append(article_id)
        self._progress(f"{change}: {article_id}")

    def refuse(self, error: InputError) -> None:
        self._refused.append(RefusedInput(reason=str(error)))
        self._progress(f"refused: {error}")

    def report(self) -> IngestReport:
        outcome = {change: tuple(ids) for change, ids in self._outcome.items()}
        return IngestReport(**outcome, refused=tuple(self._refused))


def _batches(found: Iterable[Article | InputError]) -> Iterator[list[Article | InputError]]:
    """Yield batches of items in order; an id or a text occurs once per batch, because the first may decide the next."""
    batch: list[Article | InputError] = []
    seen: set[str] = set()
    for item in found:
        keys = {base_id(item.id), item.text} if isinstance(item, Article) else set()
        if len(batch) == BATCH_ARTICLES or keys & seen:
            yield batch
            batch, seen = [], set()
        batch.append(item)
        seen |= keys
    if batch:
        yield batch
