"""Workspaces: the collections of one home folder or database, each opened when it is first used."""

import logging
from collections.abc import Iterable
from contextlib import closing
from threading import RLock

from index.errors import FootnoteError
from index.store.named_collections import DEFAULT, require_named, unknown_collection
from index.store.opening import open_store
from service.engines import Engines
from service.ingestion.ingest import index_fingerprint
from service.ingestion.job_runner import JobRunner
from service.runtime.home_lock import HomeFolder, named_collections
from service.runtime.settings import Settings
from service.workspace import Observer, Workspace

_log = logging.getLogger("footnote.jobs")


class Workspaces:
    """Workspaces of one process: they share the models and the home folder, and nothing that was taken in or asked."""

    def __init__(
        self,
        settings: Settings,
        engines: Engines,
        home: HomeFolder,
        *,
        wait: float | None = None,
        runs_jobs: bool = False,
    ) -> None:
        """Store what each workspace is opened with; `wait` as in `Workspace`.

        Args:
            runs_jobs: whether this process takes queued ingests of the collections that it has open.
        """
        self.settings = settings
        self.engines = engines
        self._home, self._wait, self._runs_jobs = home, wait, runs_jobs
        self._named = named_collections(settings)
        self._opened: dict[str, tuple[str, Workspace]] = {}
        """Identity and workspace of each open collection, by its name."""
        self._runners: dict[str, JobRunner] = {}
        self._observers: list[Observer] = []
        self._closed = False
        self._changes = RLock()
        """Acquired to open, add, remove and close; a workspace that is open is returned without it."""

    @classmethod
    def around(cls, workspace: Workspace) -> "Workspaces":
        """Return the workspaces beside one that is open, under the name of its collection."""
        found = cls(workspace.settings, workspace.engines, workspace.home)
        found._opened[workspace.home.collection] = (found._identity(workspace.home.collection) or "", workspace)
        return found

    def names(self) -> list[str]:
        """Return the names of the collections, first the default one."""
        return [DEFAULT, *self._named.names()]

    def _identity(self, name: str) -> str | None:
        return DEFAULT if name == DEFAULT else self._named.identity(name)

    def find(self, name: str) -> Workspace | None:
        """Return the workspace of a collection, opening it if needed; None when there is none of that name.

        Raises:
            HomeError: it cannot be opened.
            IndexMismatch: it was built with another embedder or chunking.
        """
        identity = self._identity(name)
        opened = self._opened.get(name)
        if identity is None or opened is None or opened[0] != identity:
            with self._changes:
                return self._opened_again(name)
        return opened[1]

    def _opened_again(self, name: str) -> Workspace | None:
        """Open a collection, and close one that was removed, which in a database another process may have done."""
        identity = self._identity(name)
        if (opened := self._opened.get(name)) is not None:
            if opened[0] == identity:
                return opened[1]
            self._close(name)
        if identity is None:
            return None
        workspace = Workspace(self.settings, self.engines, self._home.of(name), wait=self._wait)
        for observer in self._observers:
            workspace.add_observer(observer)
        self._opened[name] = (identity, workspace)
        if self._runs_jobs:
            self._runners[name] = JobRunner(
                workspace.store.jobs,
                workspace.ingest,
                self.settings.lease,
                exists=lambda: self._identity(name) == identity,
            )
            self._runners[name].start()
        return workspace

    def open(self, name: str = DEFAULT) -> Workspace:
        """Return the workspace of a collection; as `find`, but raises NotFound when there is none of that name."""
        found = self.find(name)
        if found is None:
            raise unknown_collection(name, self.names())
        return found

    def open_unfinished(self, names: Iterable[str]) -> None:
        """Open those of these collections that have an ingest which an ended process left, so that it goes on here."""
        for name in names:
            try:
                with self._changes:
                    if not self._closed and name not in self._opened and self._has_unfinished(name):
                        self.find(name)
            except FootnoteError as error:
                _log.warning("the jobs of a collection cannot go on", extra={"reason": str(error)})

    def _has_unfinished(self, name: str) -> bool:
        address, path = self.settings.store.get_secret_value(), self._home.of(name).ledger
        fingerprint = index_fingerprint(self.engines.embedder)
        with closing(open_store(address, path, fingerprint=fingerprint, collection=name)) as store:
            return store.jobs.count(unfinished=True) > 0

    def opened(self) -> dict[str, Workspace]:
        """Return the open workspaces by the names of their collections, and close those of removed ones.

        Raises:
            HomeError: the database does not answer.
        """
        with self._changes:
            for name, (identity, _) in tuple(self._opened.items()):
                if self._identity(name) != identity:
                    self._close(name)
            return {name: workspace for name, (_, workspace) in sorted(self._opened.items())}

    def add(self, name: str) -> None:
        """Add an empty collection; raises InputError when the name is not one, NameTaken when another has it."""
        with self._changes:
            self._named.add(name)

    def remove(self, name: str) -> None:
        """Remove a collection with its articles, vectors, answers and conversations; open requests to it fail.

        Raises:
            NotFound: there is no such collection.
            InputError: it is the default one.
        """
        with self._changes:
            require_named(name, self._named)
            if self.settings.chroma and (dense := self.open(name).dense) is not None:
                dense.discard()
            self._close(name)
            self._named.remove(name)

    def add_observer(self, observer: Observer) -> None:
        """Call `observer` with every run of the answering pipeline, in whichever collection."""
        with self._changes:
            self._observers.append(observer)
            for _, workspace in self._opened.values():
                workspace.add_observer(observer)

    def _close(self, name: str) -> None:
        if name in self._runners:
            self._runners.pop(name).close()
        if name in self._opened:
            self._opened.pop(name)[1].close()

    def close(self) -> None:
        """Close every workspace and release the home folder; who loaded the engines must close them."""
        with self._changes:
            self._closed = True
            for name in tuple(self._opened):
                self._close(name)
            self._named.close()
            self._home.close()
