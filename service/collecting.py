"""Articles into the collection: chunked, embedded, written to the ledger, then to the dense index."""

from collections.abc import Callable, Iterable
from threading import Lock

from index.catalogue import Catalogue
from index.chunking import chunk
from index.embedding import Embedder
from index.errors import InputError
from index.types import Article, Source, Span
from index.vectors import VectorIndex
from index.vocabulary import Vocabulary
from service.types import IngestReport, Refused

HEADING_TOKENS = 48
"""At most so much of the embedder's window goes to what is known about the article."""


def heading(source: Source) -> str:
    """What is known of an article, searched together with each of its chunks."""
    known = (source.title.value, source.outlet.value, source.published.value)
    return " | ".join(value for value in known if value)


class Collector:
    """Adds articles to one collection, each whole or not at all."""

    def __init__(
        self, catalogue: Catalogue, embedder: Embedder, vocabulary: Vocabulary, vectors: VectorIndex | None
    ) -> None:
        self._catalogue = catalogue
        self._embedder = embedder
        self._vocabulary = vocabulary
        self._vectors = vectors
        self._alone = Lock()
        """Two callers that add the same article at once would both take it for new."""

    def ingest(
        self, found: Iterable[Article | InputError], progress: Callable[[str], None] = lambda line: None
    ) -> IngestReport:
        """Take in every article; one that cannot be used is reported and stops nothing."""
        outcome: dict[str, list[str]] = {"new": [], "changed": [], "unchanged": []}
        refused: list[Refused] = []
        for item in found:
            try:
                if isinstance(item, InputError):
                    raise item
                with self._alone:
                    change = self._take(item)
                outcome[change].append(item.id)
                progress(f"{change}: {item.id}")
            except InputError as error:
                refused.append(Refused(reason=str(error)))
                progress(f"refused: {error}")
        return IngestReport(
            new=tuple(outcome["new"]),
            changed=tuple(outcome["changed"]),
            unchanged=tuple(outcome["unchanged"]),
            refused=tuple(refused),
        )

    def _take(self, article: Article) -> str:
        version = self._catalogue.next_version(article)
        if version is None:
            return "unchanged"
        known = self._fitting(heading(article.source))
        reserved = self._embedder.count_tokens(known) if known else 0
        chunks = chunk(article, version, self._embedder, reserved=reserved)
        if not chunks:
            raise InputError(f"article {article.id!r} has no sentence in it")
        lead = f"{known}\n" if known else ""
        texts = [lead + piece.span.of(article.text) for piece in chunks]
        parts = [
            [
                Span(start=s.start - piece.span.start + len(lead), end=s.end - piece.span.start + len(lead))
                for s in piece.sentences
            ]
            for piece in chunks
        ]
        replaced = self._catalogue.add(article, version, chunks, self._embedder.embed_parts(texts, parts), known)
        self._vocabulary.learn(f"{article.source.title.value or ''} {article.text}")
        if self._vectors is not None:
            self._vectors.withdraw(replaced)
            self._vectors.add([piece.id for piece in chunks])
        return "new" if version == 1 else "changed"

    def _fitting(self, known: str) -> str:
        while known and self._embedder.count_tokens(known) > HEADING_TOKENS:
            known = known.rpartition(" ")[0]
        return known

    def remove(self, article_id: str) -> None:
        """Forget an article and every version of it, in both stores."""
        with self._alone:
            removed = self._catalogue.remove(article_id)
            if self._vectors is not None:
                self._vectors.withdraw(removed)
