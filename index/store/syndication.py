"""The origins of articles as the ledger keeps them: each goes back to a wire, or to the earliest text with its words.

What is kept depends on the articles alone: in whatever order they came, they are grouped alike.
"""

import json
from collections.abc import Iterable, Sequence
from urllib.parse import urlsplit

import numpy as np

from index.near_duplicates import SAMPLES, Shingles, Sketch, are_copies, candidates, shingles, sketch
from index.reading.credits import find_credit
from index.store.ledger import Ledger, Row
from index.types import Article, Origin, Source, Span

LAST = "9999"
"""Where an article without a date is put: any other may be the earlier one."""


class Sketches:
    """The sketches of all current articles in memory, 512 bytes each; read when they are first needed."""

    def __init__(self) -> None:
        self._where: dict[str, int] | None = None
        self._ids: list[str] = []
        self._rows = np.zeros((0, SAMPLES), dtype=np.uint32)

    def forget(self) -> None:
        """After a transaction that failed: what is here may not be in the ledger."""
        self._where = None

    def known(self, ledger: Ledger) -> dict[str, int]:
        """In which row the sketch of each article is."""
        if self._where is None:
            found = ledger.execute("SELECT article_id, sketch FROM origin ORDER BY article_id").fetchall()
            self._ids = [row[0] for row in found]
            self._rows = np.frombuffer(b"".join(row[1] for row in found), dtype="<u4").reshape(-1, SAMPLES).copy()
            self._where = {article_id: i for i, article_id in enumerate(self._ids)}
        return self._where

    def put(self, ledger: Ledger, article_id: str, made: Sketch) -> None:
        """Add the sketch of an article that has none here."""
        where = self.known(ledger)
        if len(self._ids) == len(self._rows):
            more = np.zeros((max(64, len(self._rows)), SAMPLES), dtype=np.uint32)
            self._rows = np.concatenate([self._rows, more])
        where[article_id] = len(self._ids)
        self._rows[len(self._ids)] = made
        self._ids.append(article_id)

    def drop(self, ledger: Ledger, article_id: str) -> None:
        """Take out an article's sketch; the last one takes its row."""
        where = self.known(ledger)
        row = where.pop(article_id, None)
        last = self._ids.pop() if row is not None else article_id
        if row is not None and last != article_id:
            self._rows[row], self._ids[row], where[last] = self._rows[len(self._ids)], last, row

    def near(self, ledger: Ledger, article_id: str) -> set[str]:
        """Other articles that share enough with this one to be compared whole."""
        rows = self._rows[: len(self._ids)]
        found = candidates(self._rows[self.known(ledger)[article_id]], rows)
        return {self._ids[row] for row in found} - {article_id}


def place(ledger: Ledger, sketches: Sketches, article_ids: Sequence[str]) -> None:
    """Find the origins of these current articles, and anew those of every article they touch."""
    touched = {article_id for name in article_ids for article_id in (name, *_copies(ledger, name))}
    for article_id in article_ids:
        _delete(ledger, sketches, article_id)
        _insert(ledger, sketches, _current(ledger, article_id))
    for article_id in article_ids:
        same_address = _at_one_address(ledger, article_id)
        near = sorted(sketches.near(ledger, article_id) | same_address)
        touched |= _join(ledger, article_id, [(other, other in same_address) for other in near])
    _settle(ledger, touched)


def withdraw(ledger: Ledger, sketches: Sketches, article_id: str) -> None:
    """Forget an article; those that went back to it go back to the earliest that is left."""
    left = _copies(ledger, article_id)
    _delete(ledger, sketches, article_id)
    _settle(ledger, left)


def read(rows: Iterable[Row]) -> dict[str, Origin]:
    """Origins by article id, from rows of `COLUMNS`."""
    return {row[0]: _origin(*row) for row in rows}


COLUMNS = (
    "SELECT article_id, first, agency, credit, wire, credited_by,"
    " (SELECT count(*) FROM origin o WHERE o.first = origin.first) FROM origin"
)


def _origin(
    article_id: str, first: str, agency: str | None, credit: str | None, wire: str | None, by: str | None, copies: int
) -> Origin:
    if agency is not None:
        basis = f"it credits {agency}: {credit}"
    elif wire is not None:
        basis = f"it has the words of {by!r}, which credits {wire}"
    elif first != article_id:
        basis = f"it has the words of {first!r}"
    else:
        basis = "no agency credited, no earlier article with its words"
    name = agency or wire
    return Origin(id=f"wire:{name}" if name else f"text:{first}", agency=name, first=first, copies=copies, basis=basis)


def _current(ledger: Ledger, article_id: str) -> Article:
    sql = "SELECT text, body, source FROM article WHERE id = ? AND current = 1"
    text, body, source = ledger.execute(sql, (article_id,)).fetchone()
    spans = tuple(Span(start=start, end=end) for start, end in json.loads(body))
    return Article(id=article_id, text=text, body=spans, source=Source.model_validate_json(source))


def _insert(ledger: Ledger, sketches: Sketches, article: Article) -> None:
    credit = find_credit(article)
    made = sketch(shingles(article))
    sketches.put(ledger, article.id, made)
    published = article.source.published.value or LAST
    values = {
        "article_id": article.id,
        "sketch": made.astype("<u4").tobytes(),
        "rank": f"{published} {2**31 - len(article.text):010d} {article.id}",
        "url": _address(article.source.url),
        "agency": credit.agency if credit else None,
        "credit": credit.words if credit else None,
        "first": article.id,
    }
    ledger.execute(
        "INSERT INTO origin (article_id, sketch, rank, url, agency, credit, first)"
        " VALUES (:article_id, :sketch, :rank, :url, :agency, :credit, :first)",
        values,
    )


def _address(url: str | None) -> str | None:
    """The page an address names, however it is written; None for a whole site, which many articles may give."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    page = f"{parts.netloc.lower().removeprefix('www.')}{path}" + (f"?{parts.query}" if parts.query else "")
    return page if parts.netloc and (path or parts.query) else None


def _at_one_address(ledger: Ledger, article_id: str) -> set[str]:
    sql = "SELECT o.article_id FROM origin o JOIN origin own ON o.url = own.url WHERE own.article_id = ?"
    return {row[0] for row in ledger.execute(sql, (article_id,))} - {article_id}


def _delete(ledger: Ledger, sketches: Sketches, article_id: str) -> None:
    sketches.drop(ledger, article_id)
    ledger.execute("DELETE FROM origin WHERE article_id = ?", (article_id,))
    ledger.execute("DELETE FROM copy WHERE one = ? OR other = ?", (article_id, article_id))


def _copies(ledger: Ledger, article_id: str) -> set[str]:
    return {row[0] for row in ledger.execute("SELECT other FROM copy WHERE one = ?", (article_id,))}


def _join(ledger: Ledger, article_id: str, near: Sequence[tuple[str, bool]]) -> set[str]:
    """Compare an article with its candidates whole; returns those that are copies."""
    own: Shingles = shingles(_current(ledger, article_id)) if near else frozenset()
    found = {other for other, same in near if are_copies(own, shingles(_current(ledger, other)), same_address=same)}
    for other in found:
        pairs = [(article_id, other), (other, article_id)]
        ledger.executemany("INSERT OR IGNORE INTO copy VALUES (?, ?)", pairs)
    return found


def _settle(ledger: Ledger, touched: Iterable[str]) -> None:
    """Which article each goes back to, for these and all that are tied to them.

    Each points at the earliest of its direct copies, not at the earliest of all that hang together: a digest of ten
    stories shares words with each of them, and does not make them one.
    """
    tied: dict[str, set[str]] = {}
    waiting = list(touched)
    while waiting:
        article_id = waiting.pop()
        if article_id not in tied:
            tied[article_id] = _copies(ledger, article_id)
            waiting.extend(tied[article_id])
    known = {name: _facts(ledger, name) for name in tied}
    first = {name: min((name, *tied[name]), key=lambda other: known[other][0]) for name in tied}
    by_rank = sorted(tied, key=lambda name: known[name][0])
    for name in by_rank:
        first[name] = first[first[name]]
    wires: dict[str, tuple[str, str]] = {}
    for name in by_rank:
        if agency := known[name][1]:
            wires.setdefault(first[name], (agency, name))
    for name in by_rank:
        wire = wires.get(first[name], (None, None))
        ledger.execute(
            "UPDATE origin SET first = ?, wire = ?, credited_by = ? WHERE article_id = ?", (first[name], *wire, name)
        )


def _facts(ledger: Ledger, article_id: str) -> tuple[str, str | None]:
    rank, agency = ledger.execute("SELECT rank, agency FROM origin WHERE article_id = ?", (article_id,)).fetchone()
    return str(rank), agency
