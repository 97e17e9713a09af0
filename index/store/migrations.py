"""Migrations: the numbered SQL files of each database, applied in order and once each."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from index.errors import HomeError

NAME = re.compile(r"(\d{4})_\w+\.sql")
KEY = "migration"
"""Key in the meta table: the number of the last migration that was applied."""


class Migration(NamedTuple):
    """One numbered step of a schema."""

    number: int
    sql: str


def migrations(folder: str) -> tuple[Migration, ...]:
    """Return the migrations in a folder beside this file, in order; their numbers have no gaps."""
    files = sorted((Path(__file__).parent / folder).glob("*.sql"))
    found = tuple(
        Migration(int(named[1]), path.read_text(encoding="utf-8"))
        for path in files
        if (named := NAME.fullmatch(path.name)) is not None
    )
    assert [each.number for each in found] == [*range(1, len(files) + 1)], f"the files in {folder} are misnumbered"
    return found


def migrate(name: str, known: tuple[Migration, ...], applied: int, apply: Callable[[Migration], None]) -> None:
    """Apply the migrations that a ledger lacks.

    Raises:
        HomeError: it has migrations that this version of Footnote does not know.
    """
    if applied > known[-1].number:
        raise HomeError(
            f"the ledger {name!r} has migration {applied}, this Footnote knows {known[-1].number}; "
            "a newer Footnote made it; use that one, or another --home"
        )
    for migration in known:
        if migration.number > applied:
            apply(migration)
