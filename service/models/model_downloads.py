"""Model download with progress: fetches a model beside the service and says how far it is."""

from collections.abc import Generator
from threading import Thread

from index.errors import FootnoteError
from index.types import Record
from service.models.model_store import ModelStore

INTERVAL = 0.5
"""Seconds between two reports."""


class DownloadProgress(Record):
    """DownloadProgress: how much of a model has arrived, and what is being done."""

    model: str
    received: int
    """Bytes on this machine so far."""
    size: int
    line: str


def download_progress(store: ModelStore, name: str) -> Generator[DownloadProgress, None, None]:
    """Yield the progress of a download until the model is installed; it goes on when nobody listens any more.

    Raises:
        InputError: there is no model of that name.
        FetchFailed: it could not be fetched; another try resumes where this one ended.
        ModelAltered: what arrived is not what was announced.
        ModelMissing: it is not there in spite of all.
    """
    size = store.find(name).size
    pull = _Pull(store, name)
    pull.start()
    while pull.is_alive():
        yield DownloadProgress(model=name, received=min(store.received(name), size), size=size, line=pull.line)
        pull.join(INTERVAL)
    if pull.problem is not None:
        raise pull.problem
    store.path(name)
    yield DownloadProgress(model=name, received=size, size=size, line=pull.line)


class _Pull(Thread):
    """Thread that downloads one model."""

    def __init__(self, store: ModelStore, name: str) -> None:
        super().__init__(name=f"pull-{name}", daemon=True)
        self._store, self._model = store, name
        self.line = ""
        self.problem: FootnoteError | None = None

    def run(self) -> None:
        try:
            self._store.pull(self._model, self._take)
        except FootnoteError as error:
            self.problem = error

    def _take(self, line: str) -> None:
        self.line = line
