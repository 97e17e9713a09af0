"""Workspace of a replica: the owner's home folder, engines of its own, and nothing that it writes itself."""

from collections import abc
from collections.abc import Iterable
from typing import NoReturn

from index.errors import HomeError, InputError, OwnerUnavailable
from index.store.store import DocumentStore
from index.types import Article
from index.vectors.chroma import ChromaAddress
from index.vectors.vector_index import VectorIndex
from service.answering.replay import Replay
from service.answering.types import Answer, Event, Question
from service.briefing.types import Brief, BriefEvent, BriefRequest
from service.engines import Engines
from service.ingestion.types import IngestReport
from service.library.types import ArticleEdit, ArticleView
from service.replication.owner import Owner
from service.replication.read_only_stores import BorrowedIndex, open_read_only
from service.runtime.home_lock import HomeFolder
from service.runtime.settings import Settings
from service.runtime.types import ComponentState, Readiness
from service.workspace import Progress, Workspace


class ReplicaWorkspace(Workspace):
    """Answers, searches and checks with its own models; its answers are kept by the owner before they end.

    It searches vectors where more than one process may: in memory, or on a Chroma server.
    """

    def __init__(
        self, settings: Settings, engines: Engines, home: HomeFolder, owner: Owner, *, wait: float = 2.0
    ) -> None:
        """`owner` must have been found; raises HomeError or IndexMismatch when the ledger is not one to be read."""
        self._owner = owner
        chosen = settings if settings.chroma else settings.model_copy(update={"exact": True})
        super().__init__(chosen, engines, home, wait=wait)

    def _opened(self) -> DocumentStore:
        return open_read_only(self._home.ledger, fingerprint=self._fingerprint)

    def _index(self, *, wait: float | None = None) -> VectorIndex:
        server = ChromaAddress(self.settings.chroma, self.settings.chroma_token.get_secret_value())
        return BorrowedIndex(
            self._home.vectors, self.store, fingerprint=self._fingerprint, server=server, wait=wait or 0.0
        )

    def close(self) -> None:
        """Close the ledger and the connection to its owner."""
        super().close()
        self._owner.close()

    def stream(self, question: Question) -> abc.Generator[Event, None, None]:
        """As the owner's workspace answers; raises OwnerUnavailable at once while nobody could keep the answer."""
        self._owner.require()
        return super().stream(question)

    def brief_stream(self, request: BriefRequest) -> abc.Generator[BriefEvent, None, None]:
        """As the owner's workspace writes it; raises OwnerUnavailable at once while nobody could keep it."""
        self._owner.require()
        return super().brief_stream(request)

    def _keep(self, answer: Answer) -> None:
        self._owner.keep_answer(answer)

    def _keep_brief(self, brief: Brief) -> None:
        self._owner.keep_brief(brief)

    def readiness(self) -> Readiness:
        """As the owner's, with whether the owner answers: without it no answer could be kept."""
        found = super().readiness()
        try:
            self._owner.check()
            part = ComponentState(name="owner", ok=True, detail=self._owner.url)
        except OwnerUnavailable as error:
            part = ComponentState(name="owner", ok=False, detail=str(error))
        return Readiness(ready=found.ready and part.ok, parts=(*found.parts, part))

    # What the API hands on to the owner before it comes here

    def ingest(self, found: Iterable[Article | InputError], progress: Progress = lambda line: None) -> IngestReport:
        """Raises HomeError: articles are the owner's to take in."""
        self._refuse()

    def edit(self, article_id: str, edit: ArticleEdit) -> ArticleView:
        """Raises HomeError: articles are the owner's to correct."""
        self._refuse()

    def remove(self, article_id: str) -> None:
        """Raises HomeError: articles are the owner's to forget."""
        self._refuse()

    def replay(self, reference: str | Answer) -> Replay:
        """Raises HomeError: a replay may need the owner's own index."""
        self._refuse()

    def rebuild(self) -> int:
        """Raises HomeError: the index is the owner's to fill."""
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise HomeError(f"this process only reads the home folder; ask its owner at {self._owner.url}")
