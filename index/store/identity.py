"""Article identity: which stored article another reading of the same file, address or record belongs to."""

from collections.abc import Collection, Mapping
from typing import NamedTuple

from index.near_duplicate_articles import overlap, shingles
from index.reading.article_ids import base_id, content_key, sibling_id
from index.store.articles import Articles, text_digest
from index.types import Article, Fact, Source
from index.words import content_words

MIN_KEPT = 0.2
"""Least share of word trigrams that an edited article keeps, where its file or address is the same."""
MIN_KEPT_ELSEWHERE = 0.5
"""The same where only the name or the address without its parameters is the same."""
MIN_COPIED = 0.8
MIN_COPIED_TRIGRAMS = 40
"""The same where a file of that name lies in another folder: an edited copy, if it is long and nearly the same."""
MIN_SHORT_WORDS = 30
"""A shorter text may be edited until no trigram is left, so it is compared by its words, or not at all."""
MIN_SHARED_WORDS = 0.1
MIN_SHARED_SHORT_WORDS = 0.3
READER_FACTS = ("title", "outlet", "author", "published")
"""Facts that a reader may give at ingest and correct later."""


class _Claim(NamedTuple):
    location: str | None
    key: str


class Identities:
    """Identities of one ingest: finds the stored article of each reading, so that no article replaces another one."""

    def __init__(self, articles: Articles) -> None:
        self._articles = articles
        self._claims: dict[str, _Claim] = {}

    def resolve(self, article: Article) -> Article:
        """Return the article under the id of the stored article that it is a reading of, else under a free id.

        Facts that the reader gave at an earlier ingest are kept where this reading does not state them.
        """
        key = content_key(article)
        found = self._stored(article, key)
        if found is not None:
            article = with_given(article.model_copy(update={"id": found.id}), found.source)
        elif self._is_taken(article.id, article.location, key):
            article = article.model_copy(update={"id": self._free_id(article, key)})
        self._claims.setdefault(article.id, _Claim(article.location, key))
        return article

    def _free_id(self, article: Article, key: str) -> str:
        made = sibling_id(article.id, f"{article.location}\0{key}" if article.id_basis == "path" else key)
        return made if not self._articles.family(made, exact=True) else sibling_id(made, f"{made}\0{article.location}")

    def _is_taken(self, name: str, location: str | None, key: str) -> bool:
        return bool(self._articles.family(name, exact=True)) or self._is_claimed(name, location, key)

    def _is_claimed(self, name: str, location: str | None, key: str) -> bool:
        """Whether another article of the same file has that id already."""
        claim = self._claims.get(name)
        return claim is not None and location is not None and claim.location == location and claim.key != key

    def _is_claimed_elsewhere(self, stored: Article, article: Article) -> bool:
        """Whether another file of this ingest was read as that article, with other words."""
        claim = self._claims.get(stored.id)
        return claim is not None and claim.location != article.location and stored.text != article.text

    def _stored(self, article: Article, key: str) -> Article | None:
        if article.id_basis == "record" and article.location is None:
            return self._articles.find(article.id)
        candidates = [
            each
            for each in self._read(self._candidate_ids(article))
            if not self._is_claimed(each.id, article.location, key)
            and not (article.id_basis == "path" and self._is_claimed_elsewhere(each, article))
        ]
        same = [each for each in candidates if each.text == article.text]
        for each in same:
            if with_given(article, each.source).source == each.source and self._may_be_same(article, each):
                return each
        return next((each for each in (*same, *candidates) if self._is_version(article, each)), None)

    def _candidate_ids(self, article: Article) -> list[str]:
        """Return the current articles it may be a reading of: at its location, of its id, and with its text."""
        found = self._articles.at_location(article.location) if article.id_basis == "path" and article.location else []
        found += [name for name in (article.id, *self._articles.family(base_id(article.id))) if name not in found]
        if article.id_basis in ("path", "content"):
            found += [name for name in self._articles.with_text(text_digest(article.text)) if name not in found]
        return found

    def _read(self, names: Collection[str]) -> list[Article]:
        return [found for name in names if (found := self._articles.find(name)) is not None]

    def _may_be_same(self, article: Article, stored: Article) -> bool:
        """Whether equal words under equal facts are one article: not when two records say that they are two."""
        return article.id_basis in ("path", "content") or base_id(article.id) == base_id(stored.id)

    def _is_version(self, article: Article, stored: Article) -> bool:
        """Whether an article is a new version of a stored one, by where each was read and what it keeps of it."""
        known = self._articles.locations(stored.id)
        here = article.location in known and (article.id_basis == "path" or article.id == stored.id)
        in_family = base_id(article.id) == base_id(stored.id)
        if article.id_basis == "path":
            if here:
                return _keeps(article, stored, MIN_KEPT_ELSEWHERE if is_upload(article.location) else MIN_KEPT)
            if not in_family:
                return False
            return _is_edited_copy(article, stored) if known else _keeps(article, stored, MIN_KEPT, guess=True)
        if not in_family:
            return False
        if article.id_basis == "address":
            same_page = article.source.url == stored.source.url and len(self._articles.family(stored.id)) < 2
            return _keeps(
                article, stored, MIN_KEPT if same_page else MIN_KEPT_ELSEWHERE, guess=not (same_page and here)
            )
        if article.id_basis == "content":
            return _keeps(article, stored, MIN_KEPT, guess=True)
        return here or _keeps(article, stored, MIN_KEPT, guess=True)


def is_upload(location: str | None) -> bool:
    """Whether an article came as an upload, of which only the name is known."""
    return (location or "").startswith(UPLOAD)


UPLOAD = "upload:"
"""Beginning of the location of an upload; its file's name follows."""


def with_given(article: Article, earlier: Source) -> Article:
    """Return the article with the facts that the reader gave earlier, where the article itself does not state them."""
    given = {
        name: fact
        for name in READER_FACTS
        if (fact := getattr(earlier, name)).basis == "given"
        and getattr(article.source, name).basis not in ("stated", "given")
    }
    return article.model_copy(update={"source": article.source.model_copy(update=given)}) if given else article


def give(article: Article, given: Mapping[str, str]) -> Article:
    """Return the article with the facts that the reader gives for it, where it does not state them itself."""
    facts = {
        name: Fact(value=value, basis="given", source="given at ingest")
        for name, value in given.items()
        if getattr(article.source, name).basis != "stated"
    }
    return article.model_copy(update={"source": article.source.model_copy(update=facts)}) if facts else article


def _is_edited_copy(article: Article, stored: Article) -> bool:
    """Whether a file of the same name elsewhere has nearly the words of a stored one, and no other outlet or date."""
    for name in ("outlet", "published"):
        one, other = getattr(article.source, name).value, getattr(stored.source, name).value
        if one and other and one != other:
            return False
    found = overlap(shingles(article), shingles(stored))
    return found.shared >= MIN_COPIED_TRIGRAMS and found.containment >= MIN_COPIED


def _keeps(article: Article, stored: Article, least: float, *, guess: bool = False) -> bool:
    """Whether an article keeps enough of a stored one to be its next version.

    Args:
        guess: whether nothing but the words says so.
    """
    if article.text == stored.text or overlap(shingles(article), shingles(stored)).containment >= least:
        return True
    title = article.source.title.value
    if title and title == stored.source.title.value:
        return True
    if is_upload(article.location):
        return False
    one, other = ({*content_words(each.text)} for each in (article, stored))
    short = min(len(one), len(other)) < MIN_SHORT_WORDS
    shared = len(one & other) / max(1, min(len(one), len(other)))
    if short:
        return shared >= MIN_SHARED_SHORT_WORDS
    return not guess and shared >= MIN_SHARED_WORDS
