"""Article search: finds the articles of a list by words, outlet, dates and kind of file, and counts their facets."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from index.kind_names import SUFFIXES_BY_KIND, FileKind
from index.store.ledger import Ledger, containing
from index.types import Day, Record, Utf8Text

ArticleSort = Literal["id", "newest", "oldest", "added", "title", "outlet"]
"""Order of a list; `added` is by the time of ingestion, last first. What lacks the value comes last."""
MissingFact = Literal["title", "outlet", "published"]
"""Fact about an article that is not known."""


class QueryWord(NamedTuple):
    """Word or phrase of an article query, with the articles that have it in an indexed text or heading."""

    text: str
    indexed_in: frozenset[str]


class ArticleQuery(Record):
    """Article query: which current articles are listed, and in which order."""

    words: tuple[QueryWord, ...] = ()
    """Each must be part of the title or outlet, or be in the text."""
    outlet: Utf8Text | None = None
    since: Day | None = None
    until: Day | None = None
    kind: FileKind | None = None
    missing: MissingFact | None = None
    sort: ArticleSort = "id"


class Facet(Record):
    """Facet value: an outlet or a kind of file, with its number of articles."""

    name: str
    """The outlet, or the kind of file."""
    articles: int
    """How many articles have it."""


EVERYTHING = ArticleQuery()
SOURCES = "FROM article a LEFT JOIN correction t ON t.article_id = a.id AND t.field = 'title'"
SUFFIX_CASES = " ".join(
    f"WHEN lower(location) LIKE '%{suffix}' THEN '{kind}'"
    for kind, suffixes in SUFFIXES_BY_KIND.items()
    for suffix in suffixes
)
KIND = f"CASE {SUFFIX_CASES} WHEN location LIKE 'http%' THEN 'web' END"
"""SQL of the kind of file at a location; NULL where the location does not tell."""


def find_ids(ledger: Ledger, query: ArticleQuery, limit: int, offset: int) -> list[str]:
    """Return a page of the ids that match a query, in its order."""
    where, values = _matching(ledger, query)
    sql = f"SELECT a.id {SOURCES} WHERE {where} ORDER BY {_order(ledger, query.sort)} LIMIT ? OFFSET ?"
    return [row[0] for row in ledger.rows(sql, *values, limit, offset)]


def count_found(ledger: Ledger, query: ArticleQuery) -> int:
    """Return the number of articles that match a query."""
    where, values = _matching(ledger, query)
    return int(ledger.rows(f"SELECT count(*) {SOURCES} WHERE {where}", *values)[0][0])


def outlet_facets(ledger: Ledger) -> list[Facet]:
    """Return the known outlets of the current articles by name."""
    sql = (
        "SELECT outlet, count(*) FROM article WHERE current = 1 AND outlet IS NOT NULL GROUP BY outlet ORDER BY outlet"
    )
    return [Facet(name=name, articles=articles) for name, articles in ledger.rows(sql)]


def kind_facets(ledger: Ledger) -> list[Facet]:
    """Return the known kinds of file of the current articles by name."""
    read = f"SELECT article_id, {KIND} AS kind FROM location"
    sql = (
        f"SELECT kind, count(DISTINCT article_id) FROM ({read}) AS l JOIN article a ON a.id = l.article_id"
        " WHERE a.current = 1 AND kind IS NOT NULL GROUP BY kind ORDER BY kind"
    )
    return [Facet(name=name, articles=articles) for name, articles in ledger.rows(sql)]


def kinds_of(ledger: Ledger, article_ids: Sequence[str]) -> dict[str, FileKind | None]:
    """Return the kind of file of these articles by id; those that came from no file are left out."""
    sql = f"SELECT article_id, min({KIND}) FROM location WHERE article_id {ledger.among} GROUP BY article_id"
    return dict(ledger.rows(sql, ledger.listed(article_ids)))


def _matching(ledger: Ledger, query: ArticleQuery) -> tuple[str, list[object]]:
    """Return the condition of a query with its values."""
    conditions, values = ["a.current = 1"], list[object]()
    for word in query.words:
        title, outlet = ledger.like(_title(ledger)), ledger.like("coalesce(a.outlet, '')")
        conditions.append(f"({title} OR {outlet} OR a.id {ledger.among})")
        pattern = containing(word.text)
        values += [pattern, pattern, ledger.listed(sorted(word.indexed_in))]
    for condition, value in (
        ("a.outlet = ?", query.outlet),
        # Of an article that names only its month or year, any day may be meant.
        ("a.published >= substr(?, 1, length(a.published))", query.since),
        ("a.published <= ?", query.until),
        (f"a.id IN (SELECT article_id FROM location WHERE {KIND} = ?)", query.kind),
    ):
        if value is not None:
            conditions.append(condition)
            values.append(value)
    if query.missing is not None:
        fact = _title(ledger) if query.missing == "title" else f"a.{query.missing}"
        conditions.append(f"{fact} IS NULL")
    return " AND ".join(conditions), values


def _order(ledger: Ledger, sort: ArticleSort) -> str:
    title = _title(ledger)
    return {
        "id": "a.id",
        "newest": "a.published IS NULL, a.published DESC, a.id",
        "oldest": "a.published IS NULL, a.published, a.id",
        "added": "a.ingested_at DESC, a.id",
        "title": f"{title} IS NULL, lower({title}), a.id",
        "outlet": "a.outlet IS NULL, lower(a.outlet), a.published IS NULL, a.published DESC, a.id",
    }[sort]


def _title(ledger: Ledger) -> str:
    """Return the SQL of an article's title as the reader corrected it."""
    return f"CASE WHEN t.article_id IS NULL THEN {ledger.fact('title')} ELSE t.value END"
