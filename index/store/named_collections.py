"""Named collections beside the default one: a folder each, or a schema each in PostgreSQL."""

import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from index.errors import HomeError, InputError, NameTaken, NotFound

DEFAULT = "default"
"""Name of the collection that needs no name."""
MAX_NAME_CHARACTERS = 40
NAME = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?")


class NamedCollections(Protocol):
    """Named collections of one home folder or database, without the default one."""

    def names(self) -> list[str]:
        """Return the names in their order."""

    def identity(self, name: str) -> str | None:
        """Return what tells this collection from a later one of the same name; None when there is none."""

    def add(self, name: str) -> None:
        """Add an empty collection; raises InputError when the name is not one, NameTaken when another has it."""

    def remove(self, name: str) -> None:
        """Remove a collection with all that is in it; raises NotFound when there is none of that name."""

    def close(self) -> None:
        """Close the connections, if any."""


def check_name(name: str) -> None:
    """Raise InputError when a new collection cannot have this name."""
    if name == DEFAULT:
        raise NameTaken(f"{DEFAULT!r} is the collection that needs no name; choose another name")
    if len(name) > MAX_NAME_CHARACTERS or not NAME.fullmatch(name):
        raise InputError(
            f"{name!r} cannot name a collection; use lower-case letters, digits and hyphens between them, "
            f"at most {MAX_NAME_CHARACTERS}"
        )


def unknown_collection(name: str, names: Sequence[str]) -> NotFound:
    """Return the error for a collection that there is not, which names those there are."""
    there = f"there are {', '.join(names)}" if len(names) > 1 else f"there is only {', '.join(names) or 'none'}"
    return NotFound(f"no collection {name!r}; {there}; `footnote collections add NAME` adds one")


def require_named(name: str, collections: NamedCollections) -> None:
    """Raise NotFound when there is no such collection, and InputError for the default one, which nobody removes."""
    if name == DEFAULT:
        raise InputError(f"the collection {DEFAULT!r} cannot be removed; remove its articles instead")
    if collections.identity(name) is None:
        raise unknown_collection(name, [DEFAULT, *collections.names()])


def name_taken(name: str) -> NameTaken:
    """Return the error for a name that another collection has."""
    return NameTaken(f"there is a collection {name!r} already; choose another name, or ingest into that one")


class FolderCollections:
    """Collections of a home folder, each in a folder of its own; the process that owns the home may change them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._removed = folder / ".removed"

    def names(self) -> list[str]:
        """Return the names in their order."""
        if not self._folder.is_dir():
            return []
        return sorted(path.name for path in self._folder.iterdir() if path.is_dir() and NAME.fullmatch(path.name))

    def identity(self, name: str) -> str | None:
        """Return the name itself: no other process replaces the folder."""
        return name if NAME.fullmatch(name) and (self._folder / name).is_dir() else None

    def add(self, name: str) -> None:
        """Make the folder of a new collection; its ledger is made when it is opened."""
        check_name(name)
        try:
            (self._folder / name).mkdir(parents=True)
        except FileExistsError:
            raise name_taken(name) from None
        except OSError as error:
            raise HomeError(
                f"no collection can be added in {str(self._folder)!r}: {error.strerror or error}"
            ) from error

    def remove(self, name: str) -> None:
        """Delete the folder of a collection, after a renaming that hides it at once."""
        require_named(name, self)
        try:
            shutil.rmtree(self._removed, ignore_errors=True)  # of a removal that was interrupted
            (self._folder / name).rename(self._removed)
            shutil.rmtree(self._removed)
        except OSError as error:
            raise HomeError(
                f"the collection {name!r} cannot be deleted from {str(self._folder)!r}: {error.strerror or error}"
            ) from error

    def close(self) -> None:
        """Do nothing: folders need no connection."""
