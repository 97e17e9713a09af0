"""Support: an evidence sentence with what is needed to understand it."""

from index.types import Evidence, Record
from service.language.article_names import KnownNames, known_names


class Support(Record):
    """What a claim may rest on: an evidence sentence, what it needs to be understood, and where it was printed."""

    quote: str
    attribution: str = ""
    """The article's words for who spoke, when they stand outside the sentence."""
    context: str = ""
    """The sentence before, where a pronoun may find its name."""
    sources: tuple[str, ...] = ()
    """Outlet, author and title: a claim may say that they said so."""
    published: str = ""
    """ISO date of the article."""
    known: KnownNames = KnownNames()
    """The names that its article explains."""


def support_of(evidence: Evidence, text: str) -> Support:
    """What the gate needs of an evidence sentence; `text` is its article's."""
    source = evidence.source
    return Support(
        quote=" ".join(evidence.quote.split()),
        attribution=" ".join(evidence.attribution.of(text).split()) if evidence.attribution else "",
        context=" ".join(evidence.context.split()),
        sources=tuple(fact.value for fact in (source.outlet, source.author, source.title) if fact.value),
        published=source.published.value or "",
        known=known_names(text),
    )
