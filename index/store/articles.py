"""Article store: keeps all versions with source metadata, filters them, and reads their near-duplicate origins."""

import hashlib
import re
from collections.abc import Collection, Sequence
from datetime import date, timedelta
from textwrap import shorten

from index.errors import NotFound
from index.near_duplicate_articles import VERSION
from index.store import syndication
from index.store.article_search import (
    EVERYTHING,
    ArticleQuery,
    Facet,
    count_found,
    find_ids,
    kind_facets,
    kinds_of,
    outlet_facets,
)
from index.store.corrections import Corrected, corrections_of, keep_corrections, with_corrections
from index.store.ledger import Ledger
from index.store.span_json import dump_spans, load_spans
from index.types import Article, ArticleSummary, Fact, Filters, Origin, Source, StoredArticle, utc_now
from index.words import stem
from index.words import words as split_words

BEFORE_INGESTION = " OR (published IS NULL AND substr(ingested_at, 1, 10) <= ?)"
FACTS_SEARCHED = ("title", "outlet", "author", "place")
ACCENTED = re.compile(r"[aceilnorsuyz%_]")
"""Letters that occur with accents, and the signs of a pattern."""
OPENING_READ, OPENING_CHARACTERS = 400, 120
ASCII_LOWER = {letter: letter + 32 for letter in range(ord("A"), ord("Z") + 1)}


def text_digest(text: str) -> str:
    """Return the SHA-256 of the text's UTF-8 bytes."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class Articles:
    """Article store: the current version of each article is searched; older ones are kept for old citations."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._sketches = syndication.SketchCache()
        self._outlets: tuple[str, frozenset[str]] = ("", frozenset())
        ledger.on_rollback.append(self._sketches.invalidate)
        ledger.on_foreign_change.append(self._sketches.catch_up)

    def update_origins(self) -> None:
        """Cluster articles without an origin (older home folders); delete all origins first when VERSION differs."""
        stale = self._ledger.meta("origins") != VERSION
        current = "SELECT id FROM article WHERE current = 1"
        missing = self._ledger.rows(current if stale else f"{current} AND id NOT IN (SELECT article_id FROM origin)")
        if stale or missing:
            with self._ledger.transaction():
                if stale:
                    self._ledger.execute("DELETE FROM origin")
                    self._ledger.execute("DELETE FROM copy")
                self._ledger.set_meta("origins", VERSION)
                syndication.cluster(self._ledger, self._sketches, [row[0] for row in missing])

    # Writes, in the caller's transaction

    def insert(self, article: Article, version: int) -> None:
        """Store a version of an article as the current one."""
        known = with_corrections(article.source, self.corrections([article.id]).get(article.id, {}))
        self._ledger.execute(
            "INSERT INTO article VALUES (?, ?, 1, ?, ?, ?, ?, ?, ?, ?)",
            (
                article.id,
                version,
                text_digest(article.text),
                self._ledger.as_stored(article.text),
                dump_spans(article.body),
                article.source.model_dump_json(),
                known.published.value,
                known.outlet.value,
                utc_now(),
            ),
        )
        self._keep_location(article)

    def correct(self, article_id: str, changes: Corrected, undone: Collection[str] = ()) -> None:
        """Keep a reader's corrections of an article beside what it states, in the caller's transaction."""
        keep_corrections(self._ledger, article_id, changes, undone)
        source = self.get(article_id).article.source
        self._ledger.execute(
            "UPDATE article SET published = ?, outlet = ? WHERE id = ? AND current = 1",
            (source.published.value, source.outlet.value, article_id),
        )

    def note_location(self, article: Article) -> None:
        """Remember where an unchanged article was read, unless that is known."""
        if article.location is not None and article.location not in self.locations(article.id):
            with self._ledger.transaction(searched=False):
                self._keep_location(article)

    def _keep_location(self, article: Article) -> None:
        if article.location is not None:
            self._ledger.execute(
                "INSERT INTO location VALUES (?, ?) ON CONFLICT DO NOTHING", (article.location, article.id)
            )

    def retire(self, article_id: str) -> None:
        """Mark all versions of an article as not current."""
        self._ledger.execute("UPDATE article SET current = 0 WHERE id = ?", (article_id,))

    def update_origin(self, article_id: str) -> None:
        """Recluster an article whose current version is new, together with its former and new duplicates."""
        syndication.cluster(self._ledger, self._sketches, [article_id])

    def delete(self, article_id: str) -> None:
        """Delete all versions of an article; raises NotFound."""
        if not self._ledger.execute("DELETE FROM article WHERE id = ?", (article_id,)).rowcount:
            raise NotFound(f"no article {article_id!r}; `footnote articles list` names them all")
        self._ledger.execute("DELETE FROM location WHERE article_id = ?", (article_id,))
        self._ledger.execute("DELETE FROM correction WHERE article_id = ?", (article_id,))
        syndication.delete(self._ledger, self._sketches, article_id)

    # Reads

    def next_version(self, article: Article) -> int | None:
        """Return the version number for this article; None when text and source equal those of the current version."""
        rows = self._ledger.rows("SELECT version, digest, source, current FROM article WHERE id = ?", article.id)
        unchanged = (text_digest(article.text), article.source.model_dump_json(), 1)
        if any((digest, source, current) == unchanged for _, digest, source, current in rows):
            return None
        return max((version for version, *_ in rows), default=0) + 1

    def get(self, article_id: str, version: int | None = None) -> StoredArticle:
        """Return one version of an article, by default the current one.

        Raises:
            NotFound: the article or the version does not exist.
        """
        wanted = "version = ?" if version is not None else "current = ?"
        rows = self._ledger.rows(
            f"SELECT version, digest, text, body, source, ingested_at FROM article WHERE id = ? AND {wanted}",
            article_id,
            version if version is not None else 1,
        )
        if not rows:
            if version is not None:
                newest = self.get(article_id).version
                raise NotFound(f"no version {version} of article {article_id!r}; it has versions 1 to {newest}")
            raise NotFound(f"no article {article_id!r}; `footnote articles list` names them all")
        number, digest, text, body, source, ingested_at = rows[0]
        return StoredArticle(
            article=Article(
                id=article_id,
                text=self._ledger.as_read(text),
                source=self._corrected(article_id, source),
                body=load_spans(body),
            ),
            version=number,
            digest=digest,
            ingested_at=ingested_at,
        )

    def find(self, article_id: str) -> Article | None:
        """Return the current version as the article states it, without corrections; None for an unknown article."""
        rows = self._ledger.rows("SELECT text, body, source FROM article WHERE id = ? AND current = 1", article_id)
        return next((self._article(article_id, *row) for row in rows), None)

    def family(self, name: str, *, exact: bool = False) -> list[str]:
        """Return the ids of the current articles with this id or, unless `exact`, an id that was made from it."""
        last = "" if exact else "g"  # the digest after the tilde is hexadecimal
        sql = "SELECT id FROM article WHERE current = 1 AND (id = ? OR (id > ? AND id < ?)) ORDER BY id"
        return [row[0] for row in self._ledger.rows(sql, name, f"{name}~", f"{name}~{last}")]

    def with_text(self, digest: str) -> list[str]:
        """Return the ids of the current articles with exactly this text."""
        sql = "SELECT id FROM article WHERE digest = ? AND current = 1 ORDER BY id"
        return [row[0] for row in self._ledger.rows(sql, digest)]

    def at_location(self, location: str) -> list[str]:
        """Return the ids of the articles that were read from this location, sorted."""
        sql = "SELECT article_id FROM location WHERE location = ? ORDER BY article_id"
        return [row[0] for row in self._ledger.rows(sql, location)]

    def locations(self, article_id: str) -> frozenset[str]:
        """Return the locations that an article was read from; none for an article of an older home folder."""
        sql = "SELECT location FROM location WHERE article_id = ?"
        return frozenset(row[0] for row in self._ledger.rows(sql, article_id))

    def list_current(self, limit: int = 100, offset: int = 0, query: ArticleQuery = EVERYTHING) -> list[ArticleSummary]:
        """Return a page of the current versions that match a query, without their texts, in its order."""
        with self._ledger.snapshot():  # no article may be removed between the queries
            ids = find_ids(self._ledger, query, limit, offset)
            found = self._ledger.rows(
                f"SELECT a.id, a.version, a.source, length(a.text), a.digest, a.ingested_at,"
                f" (SELECT count(*) FROM chunk c WHERE c.article_id = a.id), substr(a.text, 1, {OPENING_READ})"
                f" FROM article a WHERE a.current = 1 AND a.id {self._ledger.among}",
                self._ledger.listed(ids),
            )
            origins, corrected, kinds = self.origins(ids), self.corrections(ids), kinds_of(self._ledger, ids)
        by_id = {row[0]: row for row in found}
        return [
            ArticleSummary(
                id=row[0],
                version=row[1],
                source=with_corrections(Source.model_validate_json(row[2]), corrected.get(row[0], {})),
                stated={name: _stated(row[2], name) for name in corrected.get(row[0], {})},
                origin=origins[row[0]],
                characters=row[3],
                digest=row[4],
                ingested_at=row[5],
                chunks=row[6],
                opening=shorten(" ".join(self._ledger.as_read(row[7]).split()), OPENING_CHARACTERS, placeholder=" …"),
                kind=kinds.get(row[0]),
            )
            for row in map(by_id.__getitem__, ids)
        ]

    def count_matching(self, query: ArticleQuery) -> int:
        """Return the number of current articles that match a query."""
        return count_found(self._ledger, query)

    def outlet_facets(self) -> list[Facet]:
        """Return the known outlets by name, with the number of articles of each."""
        return outlet_facets(self._ledger)

    def kind_facets(self) -> list[Facet]:
        """Return the known kinds of file by name, with the number of articles of each."""
        return kind_facets(self._ledger)

    def corrections(self, article_ids: Collection[str]) -> dict[str, dict[str, str | None]]:
        """Return the reader's corrections of these articles by id; articles without any are left out."""
        return corrections_of(self._ledger, article_ids)

    def stated(self, article_id: str, version: int) -> dict[str, str | None]:
        """Return what a version itself states in place of each fact that the reader corrected."""
        names = self.corrections([article_id]).get(article_id, {})
        rows = self._ledger.rows("SELECT source FROM article WHERE id = ? AND version = ?", article_id, version)
        return {name: _stated(row[0], name) for row in rows for name in sorted(names)}

    def _corrected(self, article_id: str, source: str) -> Source:
        return with_corrections(Source.model_validate_json(source), self.corrections([article_id]).get(article_id, {}))

    def origins(self, article_ids: Sequence[str]) -> dict[str, Origin]:
        """Return the origin of each of these articles; raises NotFound for a removed one."""
        sql = f"{syndication.SELECT_ORIGINS} WHERE article_id {self._ledger.among}"
        found = syndication.read_origins(self._ledger.rows(sql, self._ledger.listed(article_ids)))
        _require(article_ids, found)
        return found

    def require(self, article_ids: Collection[str]) -> None:
        """Raise NotFound when one of these articles was removed; costs one query."""
        sql = f"SELECT id FROM article WHERE id {self._ledger.among}"
        rows = self._ledger.rows(sql, self._ledger.listed(article_ids))
        _require(article_ids, {row[0] for row in rows})

    def present(self, article_ids: Collection[str]) -> list[str]:
        """Return those of these ids that are of current articles, sorted."""
        sql = f"SELECT id FROM article WHERE current = 1 AND id {self._ledger.among} ORDER BY id"
        return [row[0] for row in self._ledger.rows(sql, self._ledger.listed(article_ids))]

    def count(self) -> int:
        """Return the number of current articles."""
        return int(self._ledger.rows("SELECT count(*) FROM article WHERE current = 1")[0][0])

    def without_chunks(self) -> list[str]:
        """Return the ids of the current articles that are not indexed yet, sorted."""
        chunks = "SELECT 1 FROM chunk c WHERE c.article_id = a.id"
        sql = f"SELECT id FROM article a WHERE current = 1 AND NOT EXISTS ({chunks}) ORDER BY id"
        return [row[0] for row in self._ledger.rows(sql)]

    def matching_ids(self, filters: Filters) -> frozenset[str] | None:
        """Return the ids of the current articles that pass the filters; None when all pass and no ids were given."""
        clause, values = _passing(filters)
        passing = {
            row[0] for row in self._ledger.rows(f"SELECT id FROM article WHERE current = 1 AND {clause}", *values)
        }
        if filters.article_ids is not None:
            return frozenset(passing & set(filters.article_ids))
        return None if len(passing) == self.count() else frozenset(passing)

    def count_undated_left_out(self, filters: Filters) -> int:
        """Return how many undated articles only the date filters leave out."""
        everything = filters.model_copy(update={"as_of": None, "since": None, "until": None})
        (all_, values), (passing, others) = _passing(everything), _passing(filters)
        sql = f"SELECT count(*) FROM article WHERE current = 1 AND published IS NULL AND {all_}"
        sql += f" AND NOT coalesce(({passing}), 1 = 0)"
        return int(self._ledger.rows(sql, *values, *others)[0][0])

    def unmentioned(self, words: Sequence[str]) -> tuple[str, ...]:
        """Return the words that no current article has in its text or metadata, body or not, in any inflection."""
        return tuple(word for word in words if not self._is_mentioned(word))

    def _is_mentioned(self, word: str) -> bool:
        # `_` stands for any character: letters that an accent changes are compared only below, where words are folded.
        pattern = f"%{ACCENTED.sub('_', _common_beginning(word, stem(word)))}%"
        facts = "||' '||".join(f"coalesce({self._ledger.fact(name)}, '')" for name in FACTS_SEARCHED)
        said = f"SELECT text||' '||{facts} AS said FROM article WHERE current = 1"
        rows = self._ledger.rows(f"SELECT said FROM ({said}) AS a WHERE {self._ledger.like('said')}", pattern)
        corrected = self._ledger.rows(f"SELECT value FROM correction WHERE {self._ledger.like('value')}", pattern)
        return any(stem(word) in map(stem, split_words(text)) for (text,) in (*rows, *corrected))

    def publication_dates(self, article_ids: Collection[str]) -> dict[str, str | None]:
        """Return the publication date of each article's current version; None where it is unknown."""
        return self._column_by_id("published", article_ids)

    def outlets(self) -> frozenset[str]:
        """Return the distinct outlets of all current articles; cached per revision."""
        revision = self._ledger.revision()
        if self._outlets[0] != revision:
            rows = self._ledger.rows("SELECT DISTINCT outlet FROM article WHERE current = 1 AND outlet IS NOT NULL")
            self._outlets = (revision, frozenset(row[0] for row in rows))
        return self._outlets[1]

    def outlets_of(self, article_ids: Collection[str]) -> dict[str, str | None]:
        """Return the outlet of each article's current version; None where it is unknown."""
        return self._column_by_id("outlet", article_ids)

    def _column_by_id(self, column: str, article_ids: Collection[str]) -> dict[str, str | None]:
        # A row has the date after the text: reading it from there takes five times as long.
        table = f"article {self._ledger.by_known}"
        sql = f"SELECT id, {column} FROM {table} WHERE current = 1 AND id {self._ledger.among}"
        return dict(self._ledger.rows(sql, self._ledger.listed(article_ids)))

    def _article(self, article_id: str, text: str, body: str, source: str) -> Article:
        return Article(
            id=article_id,
            text=self._ledger.as_read(text),
            source=Source.model_validate_json(source),
            body=load_spans(body),
        )


def _require(article_ids: Collection[str], found: Collection[str]) -> None:
    if removed := {*article_ids} - {*found}:
        raise NotFound(f"no article {min(removed)!r} any more")


def _common_beginning(one: str, other: str) -> str:
    return one[
        : next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    ]


def _passing(filters: Filters) -> tuple[str, list[str]]:
    """Return the SQL condition of the filters and its values.

    An article was published before it was ingested; a day more, because the ledger counts days in UTC.
    """
    conditions, values = ["1 = 1"], []
    undated = " OR published IS NULL" if filters.undated else ""
    for known_by in filter(None, (filters.as_of, filters.until)):
        conditions.append(f"(published <= ?{undated or BEFORE_INGESTION})")
        values += [known_by] if undated else [known_by, _next_day(known_by)]
    if filters.since:
        conditions.append(f"(published >= ?{undated})")
        values.append(filters.since)
    if filters.outlet:
        conditions.append("lower(outlet) = ?")  # of ASCII letters alone, as the database does it
        values.append(filters.outlet.translate(ASCII_LOWER))
    return " AND ".join(conditions), values


def _next_day(day: str) -> str:
    return (date.fromisoformat(day) + timedelta(days=1)).isoformat() if day < date.max.isoformat() else day


def _stated(source: str, name: str) -> str | None:
    fact: Fact = getattr(Source.model_validate_json(source), name)
    return fact.value
