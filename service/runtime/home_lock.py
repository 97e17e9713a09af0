"""Home folder: lock that makes one process its owner, owner record, paths of its collections, chosen model."""

import json
import os
from contextlib import closing
from pathlib import Path
from typing import Literal

from filelock import FileLock, Timeout
from pydantic import ValidationError

from index.errors import HomeError, HomeInUse
from index.store.named_collections import DEFAULT, NamedCollections, require_named
from index.store.opening import open_collections
from index.types import Record
from service.runtime.locked_file import locked, replace_text
from service.runtime.settings import Settings

CHOICE = "choice.json"
COLLECTIONS = "collections"
"""Folder below the home with a folder for each named collection; the files of the default one are in the home."""
ChosenRole = Literal["model", "judge"]
"""What a model is chosen for: to write, or to judge claims."""


class HomeOwner(Record):
    """Process that owns a home folder, as `holder.json` records it."""

    pid: int
    url: str | None = None
    """Address of its API, when it serves."""


class HomeFolder:
    """Paths of a collection's files, without ownership: PostgreSQL holds it, or another object owns the home."""

    def __init__(self, folder: Path, collection: str = DEFAULT) -> None:
        self.folder = folder
        """Folder of the home, with all its collections."""
        self.collection = collection

    def of(self, collection: str) -> "HomeFolder":
        """Return the paths of another collection of this home."""
        return HomeFolder(self.folder, collection)

    @property
    def _own_folder(self) -> Path:
        return self.folder if self.collection == DEFAULT else self.folder / COLLECTIONS / self.collection

    @property
    def ledger(self) -> Path:
        """SQLite file of the document store, from which everything else can be rebuilt."""
        return self._own_folder / "ledger.db"

    @property
    def vectors(self) -> Path:
        """Folder of the vector index, which can be rebuilt."""
        return self._own_folder / "chroma"

    def close(self) -> None:
        """Do nothing: there is no lock to release."""


class Home(HomeFolder):
    """Ownership of one home folder, exclusive from construction until `close`."""

    def __init__(self, folder: Path, collection: str = DEFAULT, *, url: str | None = None) -> None:
        """Lock the folder, creating it when needed; `url` is recorded for other processes.

        Raises:
            HomeInUse: another process owns it.
            HomeError: it cannot be created or written.
        """
        super().__init__(folder, collection)
        self._lock = FileLock(folder / "lock", thread_local=False)  # any thread may release it
        self._owner = HomeOwner(pid=os.getpid(), url=url)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self._write(self._owner)
        except Timeout:
            raise HomeInUse(_in_use_message(folder, read_owner(folder))) from None
        except OSError as error:
            self._lock.release()
            raise HomeError(
                f"the home folder {str(folder)!r} cannot be used: {error.strerror or error}; choose another with --home"
            ) from error

    def _write(self, owner: HomeOwner) -> None:
        path, new = self.folder / "holder.json", self.folder / "holder.making"
        new.unlink(missing_ok=True)
        with open(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(owner.model_dump_json())
        new.replace(path)

    def close(self) -> None:
        """Release the folder for other processes; again does nothing, since another process may own it then."""
        if not self._lock.is_locked:
            return
        (self.folder / "holder.json").unlink(missing_ok=True)
        self._lock.release()


def open_home(settings: Settings, *, url: str | None = None) -> HomeFolder:
    """Lock the home folder, or return it unlocked where PostgreSQL holds the collections for any number of processes.

    Raises:
        HomeInUse: another process owns it.
        HomeError: it cannot be created or written.
        NotFound: it has no collection of the name in the settings.
    """
    name = settings.collection or DEFAULT
    shared = bool(settings.store.get_secret_value())
    home = HomeFolder(settings.home, name) if shared else Home(settings.home, name, url=url)
    try:
        if name != DEFAULT:
            with closing(named_collections(settings)) as named:
                require_named(name, named)
    except BaseException:
        home.close()
        raise
    return home


def named_collections(settings: Settings) -> NamedCollections:
    """Return the named collections of the database or home folder of these settings."""
    return open_collections(settings.store.get_secret_value(), settings.home / COLLECTIONS)


def read_owner(folder: Path) -> HomeOwner | None:
    """Return the recorded owner of a folder, or None without a readable record."""
    try:
        return HomeOwner.model_validate_json((folder / "holder.json").read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def chosen_model(folder: Path, role: ChosenRole = "model") -> str | None:
    """Return the name of the model that `footnote models use` chose for this home, or None without a choice."""
    found = _choices(folder).get(role)
    return str(found) if found else None


def choose_model(folder: Path, name: str | None, role: ChosenRole = "model") -> None:
    """Record the model chosen for this home; None takes the choice back.

    Raises:
        HomeError: it cannot be written.
    """
    path = folder / CHOICE
    try:
        with locked(path):
            chosen = {**_choices(folder), role: name}
            replace_text(path, json.dumps({k: v for k, v in chosen.items() if v}))
    except OSError as error:
        raise HomeError(
            f"the choice of a model cannot be kept in {str(path)!r}: {error.strerror or error}; is it another user's?"
        ) from error


def _choices(folder: Path) -> dict[str, str | None]:
    try:
        found = json.loads((folder / CHOICE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _in_use_message(folder: Path, owner: HomeOwner | None) -> str:
    by = f"process {owner.pid}" + (f", which serves {owner.url}" if owner.url else "") if owner else "another process"
    return f"the home folder {str(folder)!r} is in use by {by}; wait for it, stop it, or choose another with --home"
