"""Moving: copies a document store into another one, resumably, and compares both by digests afterwards."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from index.errors import HomeError
from index.store.ledger import Row
from index.store.store import DocumentStore

ARTICLES_PER_BATCH = 50
ROWS_PER_BATCH = 500
COLUMNS_OF_ARTICLE = {
    "article": "id, version, current, digest, text, body, source, published, outlet, ingested_at",
    "location": "article_id, location",
    "correction": "article_id, field, value, created_at",
    "origin": "article_id, sketch, rank, url, agency, credit, first, wire, credited_by",
    "copy": "one, other",
    "chunk": 'article_id, id, version, start, "end", sentences, vector, parts',
}
"""Columns of each table that belongs to articles; the first names the article."""
TEXT = 4
"""Where the row of an article has its text."""


OWN_OF_ARTICLES = {"article": "id, version, digest", "correction": "article_id, field, value"}
"""What a target may have only when the source has it too: an interrupted move has copied it, or it is its own."""


class Keyed(NamedTuple):
    """Table of history: its columns, of which the first is its key, and what says that a row is the same."""

    name: str
    columns: str
    same: str
    order: str = ""

    @property
    def key(self) -> str:
        """Name of the key column."""
        return self.columns.partition(",")[0]

    @property
    def by(self) -> str:
        """Name of the column that its rows are read in the order of."""
        return self.order or self.key


HISTORY = (
    Keyed("receipt", "id, created_at, record", "id"),
    Keyed("turn", "number, conversation, question, asked, receipt, created_at", "number, receipt"),
    Keyed("brief", "number, receipt, topic, folded, created_at, title", "number, receipt"),
    Keyed("talk", "id, title", "id, title"),
    Keyed("feedback", "receipt_id, verdict, note, created", "receipt_id, verdict, note", order="rowid"),
    Keyed("word", "word, vector", ""),
)
Tables = dict[str, list[Row]]
Tell = Callable[[str], None]


class Moved(NamedTuple):
    """What both stores have after a move."""

    articles: int
    receipts: int
    digest: str
    """SHA-256 of every row of every table, the same in both stores."""


def move(source: DocumentStore, target: DocumentStore, tell: Tell = lambda line: None) -> Moved:
    """Copy everything; what an interrupted move has copied is compared and kept.

    Raises:
        HomeError: the target has articles, versions, corrections or answers that the source lacks, or it is the source,
            or the source has unfinished ingests, or the copy is not equal to the source.
    """
    if source.name == target.name or (source.identity is not None and source.identity == target.identity):
        raise HomeError(f"{source.name!r} and {target.name!r} are the same collection; name another target")
    if waiting := source.jobs.count(unfinished=True):
        raise HomeError(
            f"{source.name!r} has unfinished ingests ({waiting}), which are not copied; finish or cancel them"
        )
    with source.exclusive(), target.exclusive():
        _refuse_others(source, target)
        _delete_other_words(source, target)
        copied = _copy_articles(source, target, tell)
        for table in HISTORY:
            _copy_history(table, source, target)
        target.ledger.renumber()
        tell(f"{copied} articles copied; comparing every row")
        digest = content_digest(source)
        if digest != content_digest(target) or source.revision() != target.revision():
            raise HomeError(f"the copy in {target.name!r} differs from {source.name!r}; run the same command again")
        if faults := target.faults():
            raise HomeError(f"the copy in {target.name!r} is damaged: {faults[0]}; move into an empty one")
    receipts = target.ledger.rows("SELECT count(*) FROM receipt")[0][0]
    return Moved(articles=target.articles.count(), receipts=receipts, digest=digest)


def content_digest(store: DocumentStore) -> str:
    """Return the SHA-256 of every row of every table, equal for equal contents in SQLite and in PostgreSQL."""
    found = hashlib.sha256()
    for batch in _batches(_article_ids(store), ARTICLES_PER_BATCH):
        for name, tables in _rows_of(store, batch).items():
            found.update(f"{name} {_digest(tables)}".encode())
    for table in HISTORY:
        for page in _pages(table, store):
            found.update(_digest({table.name: page}).encode())
    return found.hexdigest()


def _article_ids(store: DocumentStore) -> list[str]:
    return [row[0] for row in store.ledger.rows("SELECT DISTINCT id FROM article ORDER BY id")]


def _refuse_others(source: DocumentStore, target: DocumentStore) -> None:
    """Raise HomeError when the target has anything that the source lacks: it would be deleted."""
    for name, columns in (*OWN_OF_ARTICLES.items(), *((table.name, table.same) for table in HISTORY if table.same)):
        sql = f"SELECT {columns} FROM {name}"
        others = {*target.ledger.rows(sql)} - {*source.ledger.rows(sql)}
        if others:
            row = min(others, key=repr)
            what = ", ".join(f"{column} {value!r}" for column, value in zip(columns.split(", "), row, strict=True))
            raise HomeError(
                f"{target.name!r} has something of its own: in the table {name}, {what}, which {source.name!r} lacks;"
                " move into an empty one"
            )


def _delete_other_words(source: DocumentStore, target: DocumentStore) -> None:
    """Delete the word vectors of an interrupted move when the source has lost some of those words since."""
    sql = "SELECT word FROM word"
    if {*target.ledger.rows(sql)} - {*source.ledger.rows(sql)}:
        with target.ledger.transaction(searched=False, serial=True):
            target.chunks.delete_word_vectors()


def _copy_articles(source: DocumentStore, target: DocumentStore, tell: Tell) -> int:
    ids, copied, done = _article_ids(source), 0, 0
    for batch in _batches(ids, ARTICLES_PER_BATCH):
        wanted, found = _rows_of(source, batch), _rows_of(target, batch)
        different = [name for name in batch if _digest(wanted[name]) != _digest(found[name])]
        if different:
            with target.ledger.transaction():
                for name in different:
                    _replace(target, name, wanted[name])
        copied, done = copied + len(different), done + len(batch)
        tell(f"{done} of {len(ids)} articles")
    return copied


def _rows_of(store: DocumentStore, article_ids: Sequence[str]) -> dict[str, Tables]:
    """Return the rows of each article in every table, and the headings of its chunks, in an order that is fixed."""
    ledger = store.ledger
    found: dict[str, Tables] = {name: {table: [] for table in COLUMNS_OF_ARTICLE} for name in article_ids}
    with ledger.snapshot():
        for table, columns in COLUMNS_OF_ARTICLE.items():
            key, second = columns.split(", ")[:2]
            sql = f"SELECT {columns} FROM {table} WHERE {key} {ledger.among} ORDER BY {key}, {second}"
            for row in ledger.rows(sql, ledger.listed(article_ids)):
                found[row[0]][table].append(row)
        for tables in found.values():
            tables["article"] = [
                (*row[:TEXT], ledger.as_read(row[TEXT]), *row[TEXT + 1 :]) for row in tables["article"]
            ]
        headings = store.lexical.headings([row[1] for tables in found.values() for row in tables["chunk"]])
    for tables in found.values():
        tables["chunk"] = [(*row, headings.get(row[1], "")) for row in tables["chunk"]]
    return found


def _replace(target: DocumentStore, article_id: str, tables: Tables) -> None:
    """Put an article's rows in the place of those that an interrupted move left, in the caller's transaction."""
    ledger = target.ledger
    numbers, _ = target.chunks.delete(article_id)
    target.lexical.delete(numbers)
    for table, columns in COLUMNS_OF_ARTICLE.items():
        if table != "chunk":
            ledger.execute(f"DELETE FROM {table} WHERE {columns.partition(',')[0]} = ?", (article_id,))
            _insert(target, table, columns, tables[table] if table != "article" else _as_stored(target, tables[table]))
    texts = {row[1]: row[TEXT] for row in tables["article"]}
    marks = ", ".join("?" for _ in COLUMNS_OF_ARTICLE["chunk"].split(", "))
    sql = f"INSERT INTO chunk ({COLUMNS_OF_ARTICLE['chunk']}) VALUES ({marks})"
    for heading, rows in groupby(tables["chunk"], key=itemgetter(-1)):
        pieces = [(ledger.insert(sql, row[:-1]), texts[row[2]][row[3] : row[4]]) for row in rows]
        target.lexical.insert([number for number, _ in pieces], heading, [piece for _, piece in pieces])


def _as_stored(store: DocumentStore, articles: Sequence[Row]) -> list[Row]:
    return [(*row[:TEXT], store.ledger.as_stored(row[TEXT]), *row[TEXT + 1 :]) for row in articles]


def _copy_history(table: Keyed, source: DocumentStore, target: DocumentStore) -> None:
    if table.order:
        _copy_in_order(table, source, target)
        return
    for page in _pages(table, source):
        first, last = page[0][0], page[-1][0]
        within = f"{table.name} WHERE {table.key} >= ? AND {table.key} <= ?"
        kept = target.ledger.rows(f"SELECT {table.columns} FROM {within} ORDER BY {table.key}", first, last)
        if kept != page:
            with target.ledger.transaction(searched=False, serial=True):
                target.ledger.execute(f"DELETE FROM {within}", (first, last))
                _insert(target, table.name, table.columns, page)


def _copy_in_order(table: Keyed, source: DocumentStore, target: DocumentStore) -> None:
    """Copy a small table as a whole: rows that were put between others would come last."""
    sql = f"SELECT {table.columns} FROM {table.name} ORDER BY {table.order}"
    wanted = source.ledger.rows(sql)
    if wanted != target.ledger.rows(sql):
        with target.ledger.transaction(searched=False, serial=True):
            target.ledger.execute(f"DELETE FROM {table.name}")
            _insert(target, table.name, table.columns, wanted)


def _insert(target: DocumentStore, table: str, columns: str, rows: Sequence[Row]) -> None:
    marks = ", ".join("?" for _ in columns.split(", "))
    target.ledger.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def _pages(table: Keyed, store: DocumentStore) -> Iterator[list[Row]]:
    """Yield the rows of a table, in the order of their keys or in its own."""
    start, after = (
        f"SELECT {table.columns}, {table.by} FROM {table.name}",
        f"ORDER BY {table.by} LIMIT {ROWS_PER_BATCH}",
    )
    page = store.ledger.rows(f"{start} {after}")
    while page:
        yield [row[:-1] for row in page]
        page = store.ledger.rows(f"{start} WHERE {table.by} > ? {after}", page[-1][-1])


def _batches(items: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    return (items[start : start + size] for start in range(0, len(items), size))


def _digest(tables: Tables) -> str:
    return hashlib.sha256(repr(sorted(tables.items())).encode("utf-8", "surrogatepass")).hexdigest()
