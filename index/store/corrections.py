"""Reader's corrections: facts that a reader set right, kept apart from what the article states."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date

from index.dates.written import written_date
from index.errors import InputError
from index.reading.source_facts import one_line
from index.store.ledger import Ledger
from index.types import Fact, Source, utc_now

FIELDS = ("title", "outlet", "author", "published")
"""Facts that a reader can correct."""
PARTIAL_DATE_LENGTHS = (4, 7)

Corrected = Mapping[str, str | None]
"""Corrected values by field; None where the reader says that it is not known."""


def read_correction(field: str, value: str | None) -> str | None:
    """Return the value of a correction as it is stored; an empty one says that the fact is not known.

    Raises:
        InputError: it is no name, or no date.
    """
    line = one_line(value)
    if not line:
        if (value or "").strip():
            raise InputError(f"the {field} is too long for a name")
        return None
    if field != "published":
        return line
    day = _iso_date(line) or written_date(line)
    if day is None:
        raise InputError(f"{line!r} is not a date; write it as 2025-10-16, 2025-10 or 2025")
    return day


def _iso_date(line: str) -> str | None:
    """Return an ISO date at its own precision, or None."""
    try:
        date.fromisoformat(f"{line}-01-01"[:10] if len(line) in PARTIAL_DATE_LENGTHS else line)
    except ValueError:
        return None
    return line


def corrections_of(ledger: Ledger, article_ids: Collection[str]) -> dict[str, dict[str, str | None]]:
    """Return the corrections of these articles by id; articles without any are left out."""
    sql = f"SELECT article_id, field, value FROM correction WHERE article_id {ledger.among}"
    found: dict[str, dict[str, str | None]] = {}
    for article_id, field, value in ledger.rows(sql, ledger.listed(article_ids)):
        found.setdefault(article_id, {})[field] = value
    return found


def keep_corrections(ledger: Ledger, article_id: str, changes: Corrected, undone: Iterable[str] = ()) -> None:
    """Store corrections and delete those of the undone fields, in the caller's transaction."""
    for field in (*undone, *changes):
        ledger.execute("DELETE FROM correction WHERE article_id = ? AND field = ?", (article_id, field))
    for field, value in changes.items():
        ledger.execute("INSERT INTO correction VALUES (?, ?, ?, ?)", (article_id, field, value, utc_now()))


def with_corrections(source: Source, corrected: Corrected) -> Source:
    """Return the source metadata as the reader corrected it; each corrected fact names what the article states."""
    facts = {}
    for field, value in corrected.items():
        stated = getattr(source, field).value
        said = f"the article has {stated!r}" if stated else "the article has none"
        facts[field] = Fact(value=value, basis="corrected", source=said)
    return source.model_copy(update=facts) if facts else source
