"""Syndication: clusters near-duplicate articles in the ledger and finds the news agency that each cluster credits.

The clusters depend only on the articles, not on the order of ingestion.
"""

import json
from collections.abc import Iterable, Mapping, Sequence, Set
from urllib.parse import urlsplit

import numpy as np

from index.near_duplicate_articles import (
    SKETCH_NUMBERS,
    Shingles,
    Sketch,
    are_near_duplicates,
    candidates,
    shingles,
    sketch,
)
from index.reading.credits import find_credit
from index.store.corrections import corrections_of, with_corrections
from index.store.ledger import Ledger, Row
from index.types import Article, Origin, Source, Span

UNDATED_RANK = "9999"
"""Sorts an undated article last, because any dated one may be earlier."""
MIN_DUPLICATES_OF_HUB = 3
MAX_LINKED_OF_HUB = 0.5
"""Share of the pairs of an article's duplicates that are duplicates too, up to which it is a hub (its local clustering
coefficient, Watts and Strogatz 1998)."""


class SketchCache:
    """Sketch cache: the sketches of all current articles in memory, 516 bytes each; read at first use."""

    def __init__(self) -> None:
        self._row_of: dict[str, int] | None = None
        self._ids: list[str] = []
        self._rows = np.zeros((0, SKETCH_NUMBERS), dtype=np.uint32)
        self._newest = 0
        """Highest row id of the table that was read."""
        self._behind = False

    def catch_up(self) -> None:
        """Read at the next use what another process has added or deleted."""
        self._behind = True

    def invalidate(self) -> None:
        """Invalidate the cache after a failed transaction."""
        self._row_of = None

    def row_of(self, ledger: Ledger) -> dict[str, int]:
        """Return the row number of each article's sketch."""
        if self._behind and self._row_of is not None:
            self._behind = False
            self._add_newer(ledger)
        if self._row_of is None:
            found = ledger.execute("SELECT article_id, sketch, rowid FROM origin ORDER BY article_id").fetchall()
            self._ids = [row[0] for row in found]
            numbers = np.frombuffer(b"".join(row[1] for row in found), dtype="<u4")
            self._rows = numbers.reshape(-1, SKETCH_NUMBERS).copy()
            self._newest = max((row[2] for row in found), default=0)
            self._row_of = {article_id: i for i, article_id in enumerate(self._ids)}
            self._behind = False
        return self._row_of

    def _add_newer(self, ledger: Ledger) -> None:
        """Read the rows that came since the last reading; when some are gone, too, all are read anew."""
        sql = "SELECT article_id, sketch, rowid FROM origin WHERE rowid > ? ORDER BY rowid"
        for article_id, made, number in ledger.execute(sql, (self._newest,)).fetchall():
            self.put(ledger, article_id, np.frombuffer(made, dtype="<u4"))
            self._newest = number
        if ledger.execute("SELECT count(*) FROM origin").fetchall() != [(len(self._ids),)]:
            self._row_of = None

    def put(self, ledger: Ledger, article_id: str, made: Sketch) -> None:
        """Add the sketch of a new article."""
        rows = self.row_of(ledger)
        if article_id in rows:
            self._rows[rows[article_id]] = made
            return
        if len(self._ids) == len(self._rows):
            more = np.zeros((max(64, len(self._rows)), SKETCH_NUMBERS), dtype=np.uint32)
            self._rows = np.concatenate([self._rows, more])
        rows[article_id] = len(self._ids)
        self._rows[len(self._ids)] = made
        self._ids.append(article_id)

    def delete(self, ledger: Ledger, article_id: str) -> None:
        """Delete the sketch of an article; the last sketch moves into its row."""
        rows = self.row_of(ledger)
        row = rows.pop(article_id, None)
        last = self._ids.pop() if row is not None else article_id
        if row is not None and last != article_id:
            self._rows[row], self._ids[row], rows[last] = self._rows[len(self._ids)], last, row

    def candidates(self, ledger: Ledger, article_id: str) -> set[str]:
        """Return the other articles whose sketches share enough with this one's for exact comparison."""
        row = self.row_of(ledger)[article_id]
        found = candidates(self._rows[row], self._rows[: len(self._ids)])
        return {self._ids[row] for row in found} - {article_id}


def cluster(ledger: Ledger, sketches: SketchCache, article_ids: Sequence[str]) -> None:
    """Cluster these current articles, and recompute the clusters of their former and new duplicates."""
    touched = {article_id for name in article_ids for article_id in (name, *_duplicates(ledger, name))}
    for article_id in article_ids:
        _delete(ledger, sketches, article_id)
        _insert(ledger, sketches, _current(ledger, article_id))
    for article_id in article_ids:
        same_address = _at_one_address(ledger, article_id)
        others = sorted(sketches.candidates(ledger, article_id) | same_address)
        touched |= _link(ledger, article_id, [(other, other in same_address) for other in others])
    _assign(ledger, touched)


def delete(ledger: Ledger, sketches: SketchCache, article_id: str) -> None:
    """Delete an article and recompute the clusters of its duplicates."""
    left = _duplicates(ledger, article_id)
    _delete(ledger, sketches, article_id)
    _assign(ledger, left)


def read_origins(rows: Iterable[Row]) -> dict[str, Origin]:
    """Return the origins by article id, from rows of `SELECT_ORIGINS`."""
    return {row[0]: _origin(*row) for row in rows}


SELECT_ORIGINS = (
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
    ((text, body, source),) = ledger.execute(sql, (article_id,)).fetchall()
    spans = tuple(Span(start=start, end=end) for start, end in json.loads(body))
    known = with_corrections(
        Source.model_validate_json(source), corrections_of(ledger, [article_id]).get(article_id, {})
    )
    return Article(id=article_id, text=ledger.as_read(text), body=spans, source=known)


def _insert(ledger: Ledger, sketches: SketchCache, article: Article) -> None:
    credit = find_credit(article)
    made = sketch(shingles(article))
    sketches.put(ledger, article.id, made)
    published = article.source.published.value or UNDATED_RANK
    ledger.execute(
        "INSERT INTO origin (article_id, sketch, rank, url, agency, credit, first) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (
            article.id,
            made.astype("<u4").tobytes(),
            f"{published} {2**31 - len(article.text):010d} {article.id}",
            _address(article.source.url),
            credit.agency if credit else None,
            credit.words if credit else None,
            article.id,
        ),
    )


def _address(url: str | None) -> str | None:
    """Normalise the address of a page; None for a bare host, which many articles may share."""
    try:
        parts = urlsplit(url or "")
    except ValueError:
        return None
    path = parts.path.rstrip("/")
    page = f"{parts.netloc.lower().removeprefix('www.')}{path}" + (f"?{parts.query}" if parts.query else "")
    return page if parts.netloc and (path or parts.query) else None


def _at_one_address(ledger: Ledger, article_id: str) -> set[str]:
    sql = "SELECT o.article_id FROM origin o JOIN origin own ON o.url = own.url WHERE own.article_id = ?"
    return {row[0] for row in ledger.execute(sql, (article_id,)).fetchall()} - {article_id}


def _delete(ledger: Ledger, sketches: SketchCache, article_id: str) -> None:
    sketches.delete(ledger, article_id)
    ledger.execute("DELETE FROM origin WHERE article_id = ?", (article_id,))
    ledger.execute("DELETE FROM copy WHERE one = ? OR other = ?", (article_id, article_id))


def _duplicates(ledger: Ledger, article_id: str) -> set[str]:
    return {row[0] for row in ledger.execute("SELECT other FROM copy WHERE one = ?", (article_id,)).fetchall()}


def _link(ledger: Ledger, article_id: str, others: Sequence[tuple[str, bool]]) -> set[str]:
    """Compare an article exactly with its candidates (id, same address); returns its near-duplicates."""
    own: Shingles = shingles(_current(ledger, article_id)) if others else frozenset()
    found = {
        other
        for other, same in others
        if are_near_duplicates(own, shingles(_current(ledger, other)), same_address=same)
    }
    for other in found:
        pairs = [(article_id, other), (other, article_id)]
        ledger.executemany("INSERT INTO copy VALUES (?, ?) ON CONFLICT DO NOTHING", pairs)
    return found


def _assign(ledger: Ledger, touched: Iterable[str]) -> None:
    """Assign these articles, and all that are connected to them, each to the first article of its cluster.

    The first article is the earliest of the direct duplicates, not of the connected component: a digest of ten stories
    shares text with each of them, but the stories are not duplicates. A hub has no duplicates at all.
    """
    duplicates: dict[str, set[str]] = {}
    waiting = list(touched)
    while waiting:
        article_id = waiting.pop()
        if article_id not in duplicates:
            duplicates[article_id] = _duplicates(ledger, article_id)
            waiting.extend(duplicates[article_id])
    hubs = {name for name, own in duplicates.items() if _is_hub(own, duplicates)}
    duplicates = {name: set() if name in hubs else own - hubs for name, own in duplicates.items()}
    ranked = {name: _rank_and_agency(ledger, name) for name in duplicates}
    first = {name: min((name, *duplicates[name]), key=lambda other: ranked[other][0]) for name in duplicates}
    by_rank = sorted(duplicates, key=lambda name: ranked[name][0])
    for name in by_rank:
        first[name] = first[first[name]]
    credited: dict[str, tuple[str, str]] = {}
    for name in by_rank:
        if agency := ranked[name][1]:
            credited.setdefault(first[name], (agency, name))
    for name in by_rank:
        wire = credited.get(first[name], (None, None))
        ledger.execute(
            "UPDATE origin SET first = ?, wire = ?, credited_by = ? WHERE article_id = ?", (first[name], *wire, name)
        )


def _is_hub(own: Set[str], duplicates: Mapping[str, Set[str]]) -> bool:
    """Whether an article's duplicates are mostly none of each other's, so that what they share is no report.

    It is a long digest, or a short text with a menu or a legal notice that the site prints in every article.
    """
    pairs = len(own) * (len(own) - 1)
    linked = sum(len(duplicates[each] & own) for each in own)
    return len(own) >= MIN_DUPLICATES_OF_HUB and linked <= MAX_LINKED_OF_HUB * pairs


def _rank_and_agency(ledger: Ledger, article_id: str) -> tuple[str, str | None]:
    sql = "SELECT rank, agency FROM origin WHERE article_id = ?"
    ((rank, agency),) = ledger.execute(sql, (article_id,)).fetchall()
    return str(rank), agency
