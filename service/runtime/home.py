"""The home folder: one process owns it at a time, and says who it is; its replicas read beside it."""

import hashlib
import json
import os
import secrets
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import ValidationError

from index.errors import HomeError, HomeInUse
from index.types import Record


class Holder(Record):
    """The process that owns a home folder."""

    pid: int
    url: str | None = None
    """Where it can be asked, when it serves."""
    secret: str = ""
    """Who shows it to that process can read this folder: its replicas. Another one at every start."""

    def mark(self, ledger: Path) -> str:
        """What the owner tells to everybody, so that its replicas know it before they show it the secret."""
        return hashlib.sha256(f"{self.secret} {ledger.stat().st_ino}".encode()).hexdigest()[:16]


class HomeFolder:
    """Where the files of a collection are; whoever has no more than this may only read them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def ledger(self) -> Path:
        """The SQLite file that is the truth."""
        return self.folder / "ledger.db"

    @property
    def vectors(self) -> Path:
        """Chroma's folder, which can be rebuilt."""
        return self.folder / "chroma"

    @property
    def mark(self) -> str | None:
        """What tells the owner of this home folder from any other; None for whoever does not own it."""
        return None

    def close(self) -> None:
        """Nothing was taken."""


class Home(HomeFolder):
    """Ownership of one home folder, from construction until `close`."""

    def __init__(self, folder: Path, *, url: str | None = None) -> None:
        """Take the folder, creating it when needed.

        Raises:
            HomeInUse: another process owns it.
            HomeError: it cannot be created or written.
        """
        super().__init__(folder)
        self._lock = FileLock(folder / "lock", thread_local=False)  # any thread may give it back
        self._holder = Holder(pid=os.getpid(), url=url, secret=secrets.token_urlsafe(32) if url else "")
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(timeout=0)
            self._write(self._holder)
        except Timeout:
            raise HomeInUse(_held_message(folder, holder(folder))) from None
        except OSError as error:
            self._lock.release()
            raise HomeError(
                f"the home folder {str(folder)!r} cannot be used: {error.strerror or error}; choose another with --home"
            ) from error

    def _write(self, who: Holder) -> None:
        path, making = self.folder / "holder.json", self.folder / "holder.making"
        making.unlink(missing_ok=True)
        with open(os.open(making, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="utf-8") as file:
            file.write(who.model_dump_json())
        making.replace(path)

    @property
    def mark(self) -> str | None:
        """What tells this home folder from any other; None while it is not served."""
        return self._holder.mark(self.ledger) if self.secret and self.ledger.exists() else None

    @property
    def secret(self) -> str:
        """What its replicas show; empty when it is not served."""
        return self._holder.secret

    def close(self) -> None:
        """Give the folder back."""
        (self.folder / "holder.json").unlink(missing_ok=True)
        self._lock.release()


def holder(folder: Path) -> Holder | None:
    """Who says to own the folder, when it can be read."""
    try:
        return Holder.model_validate_json((folder / "holder.json").read_text(encoding="utf-8"))
    except (OSError, ValidationError):
        return None


def chosen_model(folder: Path) -> str | None:
    """Which model `footnote models use` chose for this home."""
    try:
        found = json.loads((folder / "choice.json").read_text(encoding="utf-8")).get("model")
    except (OSError, ValueError, AttributeError):
        return None
    return str(found) if found else None


def choose_model(folder: Path, name: str) -> None:
    """Remember the model for this home."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "choice.json").write_text(json.dumps({"model": name}), encoding="utf-8")


def _held_message(folder: Path, who: Holder | None) -> str:
    by = f"process {who.pid}" + (f", which serves {who.url}" if who.url else "") if who else "another process"
    return f"the home folder {str(folder)!r} is held by {by}; wait for it, stop it, or choose another with --home"
