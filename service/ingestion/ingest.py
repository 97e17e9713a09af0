"""Articles into the collection: chunked, embedded, written to the ledger, then to the dense index."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from typing import NamedTuple

from index.chunking import VERSION as CHUNKING
from index.chunking import chunk
from index.embedding import Embedder, PartVectors
from index.errors import InputError
from index.search.word_vectors import Vocabulary
from index.store.store import DocumentStore
from index.types import Article, Chunk, Source, Span
from index.vectors.vector_index import VectorIndex
from service.ingestion.types import IngestReport, RefusedInput

HEADING_TOKENS = 48
"""At most so much of the embedder's window goes to what is known about the article."""

TOGETHER = 4
"""Articles embedded at once: chunks of like length fill the embedder's batches better than those of one article."""
BEHIND = 200
"""Chunks that the dense index may lack while an ingest runs."""


def index_fingerprint(embedder: Embedder) -> str:
    """Names what made the chunks and vectors of a ledger."""
    return f"{embedder.name}/{embedder.digest[:12]}/chunking-{CHUNKING}"


def heading(source: Source) -> str:
    """What is known of an article, searched together with each of its chunks."""
    known = (source.title.value, source.outlet.value, source.published.value)
    return " | ".join(value for value in known if value)


class Prepared(NamedTuple):
    """An article cut and ready to be embedded."""

    article: Article
    version: int
    chunks: tuple[Chunk, ...]
    heading: str
    texts: list[str]
    """Each chunk with the heading before it."""
    parts: list[list[Span]]
    """Where in each text its sentences stand."""


class Ingester:
    """Adds articles to one collection, each whole or not at all."""

    def __init__(
        self, store: DocumentStore, embedder: Embedder, vocabulary: Vocabulary, vectors: VectorIndex | None
    ) -> None:
        self._store = store
        self._embedder = embedder
        self._vocabulary = vocabulary
        self._vectors = vectors
        self._alone = Lock()
        """Two callers that add the same article at once would both take it for new."""

    def ingest(
        self, found: Iterable[Article | InputError], progress: Callable[[str], None] = lambda line: None
    ) -> IngestReport:
        """Take in every article; one that cannot be used is reported and stops nothing.

        Each is one transaction of its own, reported when that is done. The dense index and the words follow a few
        articles behind and are up to date at the end: after a crash, the next start fills in what they lack.
        """
        tally = _Tally(progress)
        behind = _Behind(self._vocabulary, self._vectors)
        try:
            for group in _groups(found):
                with self._alone:
                    self._take(group, tally, behind)
        finally:
            with self._alone:
                behind.catch_up()
        return tally.report()

    def _take(self, group: Sequence[Article | InputError], tally: "_Tally", behind: "_Behind") -> None:
        ready: list[Article | InputError | Prepared] = [self._prepared(item) for item in group]
        made = [item for item in ready if isinstance(item, Prepared)]
        texts, parts = [text for item in made for text in item.texts], [part for item in made for part in item.parts]
        vectors = self._embedder.embed_parts(texts, parts) if texts else None
        done = 0
        for item in ready:
            if isinstance(item, InputError):
                tally.refused(item)
            elif isinstance(item, Article):
                tally.took("unchanged", item.id)
            elif vectors is not None:
                own = slice(done, done := done + len(item.chunks))
                self._write(item, PartVectors(vectors.texts[own], vectors.parts[own]), behind)
                tally.took("new" if item.version == 1 else "changed", item.article.id)

    def _prepared(self, item: Article | InputError) -> Article | InputError | Prepared:
        """The article ready to be embedded; itself when the ledger holds it as it is."""
        if isinstance(item, InputError):
            return item
        version = self._store.articles.next_version(item)
        if version is None:
            return item
        ready = prepare(item, version, self._embedder)
        return ready if ready.chunks else InputError(f"article {item.id!r} has no sentence in it")

    def _write(self, item: Prepared, vectors: PartVectors, behind: "_Behind") -> None:
        replaced = self._store.add(item.article, item.version, item.chunks, vectors, item.heading)
        said = f"{item.article.source.title.value or ''} {item.article.text}"
        if self._vectors is not None:
            self._vectors.withdraw(replaced)
        behind.follow(said, [piece.id for piece in item.chunks])

    def remove(self, article_id: str) -> None:
        """Forget an article and every version of it, in both stores."""
        with self._alone:
            removed = self._store.remove(article_id)
            if self._vectors is not None:
                self._vectors.withdraw(removed)


def prepare(article: Article, version: int, embedder: Embedder) -> Prepared:
    """Cut an article; each chunk is embedded with the heading before it."""
    known = heading(article.source)
    while known and embedder.count_tokens(known) > HEADING_TOKENS:
        known = known.rpartition(" ")[0]
    chunks = chunk(article, version, embedder, reserved=embedder.count_tokens(known) if known else 0)
    lead = f"{known}\n" if known else ""
    shifts = [len(lead) - piece.span.start for piece in chunks]
    parts = [
        [Span(start=s.start + shift, end=s.end + shift) for s in piece.sentences]
        for piece, shift in zip(chunks, shifts, strict=True)
    ]
    return Prepared(article, version, chunks, known, [lead + piece.span.of(article.text) for piece in chunks], parts)


class _Behind:
    """What follows the ledger a few articles behind, because a few dozen chunks cost hardly more than one."""

    def __init__(self, vocabulary: Vocabulary, vectors: VectorIndex | None) -> None:
        self._vocabulary = vocabulary
        self._vectors = vectors
        self._texts: list[str] = []
        self._added: list[str] = []

    def follow(self, text: str, added: Sequence[str]) -> None:
        self._texts.append(text)
        self._added += added
        if len(self._added) >= BEHIND:
            self.catch_up()

    def catch_up(self) -> None:
        texts, added = self._texts, self._added
        self._texts, self._added = [], []
        if self._vectors is not None:
            self._vectors.add(added)
        self._vocabulary.learn(texts)


class _Tally:
    """The report as it grows."""

    def __init__(self, progress: Callable[[str], None]) -> None:
        self._progress = progress
        self._outcome: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": []}
        self._refused: list[RefusedInput] = []

    def took(self, change: str, article_id: str) -> None:
        self._outcome[change].append(article_id)
        self._progress(f"{change}: {article_id}")

    def refused(self, error: InputError) -> None:
        self._refused.append(RefusedInput(reason=str(error)))
        self._progress(f"refused: {error}")

    def report(self) -> IngestReport:
        outcome = {change: tuple(ids) for change, ids in self._outcome.items()}
        return IngestReport(**outcome, refused=tuple(self._refused))


def _groups(found: Iterable[Article | InputError]) -> Iterator[list[Article | InputError]]:
    """A few items at a time, in order; no article twice in one group, for its second version is known only then."""
    group: list[Article | InputError] = []
    ids: set[str] = set()
    for item in found:
        name = item.id if isinstance(item, Article) else ""
        if len(group) == TOGETHER or name in ids:
            yield group
            group, ids = [], set()
        group.append(item)
        ids |= {name} - {""}
    if group:
        yield group
