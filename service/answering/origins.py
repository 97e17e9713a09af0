"""Origins of an answer: count its independent sources; copies and reports of one agency count as one."""

from collections.abc import Sequence

from index.errors import InputError
from index.store.store import DocumentStore
from index.words import fold
from service.answering.types import Citation, Origins


def require_cited(store: DocumentStore, citations: Sequence[Citation]) -> None:
    """Raise NotFound when a cited article, or a duplicate named with it, was removed: its words must not be shown."""
    cited = {citation.article_id for citation in citations}
    store.articles.require(cited | {each.article_id for citation in citations for each in citation.also})


def require_quoted(store: DocumentStore, citations: Sequence[Citation]) -> None:
    """Check citations that come from outside.

    Raises:
        InputError: a quote is not what stands there in the version of the article that is cited.
        NotFound: there is no such article or version.
    """
    for each in citations:
        text = store.articles.get(each.article_id, each.version).article.text
        if text[each.start : each.end] != each.quote:
            raise InputError(f"what is cited of {each.article_id!r} does not stand there; check the text again")


def count_origins(store: DocumentStore, citations: Sequence[Citation]) -> Origins:
    """Count the articles, outlets and origins of these citations and their duplicates."""
    outlets = {citation.article_id: citation.outlet for citation in citations}
    outlets |= {place.article_id: place.outlet for citation in citations for place in citation.also}
    found = store.articles.origins(list(outlets))
    published_by = store.articles.outlets_of({origin.first for origin in found.values()})
    names: dict[str, str] = {}
    for article_id in outlets:
        origin = found[article_id]
        # All reports by one outlet count as one source.
        name = origin.agency or published_by.get(origin.first) or f"article {origin.first}"
        names.setdefault(fold(name), name)
    return Origins(
        articles=len(outlets),
        outlets=len({fold(outlet) for outlet in outlets.values() if outlet}),
        origins=len(names),
        names=tuple(names.values()),
    )
