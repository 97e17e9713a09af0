"""Support: an evidence sentence with what is needed to understand it."""

from weakref import WeakKeyDictionary

from index.search.scored_sentence import ScoredSentence
from index.types import Record
from service.language.aliases import KnownNames, known_names


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


_SUPPORTS: WeakKeyDictionary[ScoredSentence, Support] = WeakKeyDictionary()


def support_of(sentence: ScoredSentence) -> Support:
    """What the gate compares a claim with: a sentence with its source and its article's names; made once for each."""
    if (found := _SUPPORTS.get(sentence)) is None:
        found = _SUPPORTS[sentence] = _support(sentence)
    return found


def _support(sentence: ScoredSentence) -> Support:
    source, text = sentence.source, sentence.article.text
    return Support(
        quote=sentence.text,
        attribution=" ".join(sentence.attribution.of(text).split()) if sentence.attribution else "",
        context=" ".join(sentence.context.split()),
        sources=tuple(fact.value for fact in (source.outlet, source.author, source.title) if fact.value),
        published=source.published.value or "",
        known=known_names(text),
    )
