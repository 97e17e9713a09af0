"""From a sentence to a line of the brief: cut, attributed, and through the gate."""

from collections.abc import Callable, Sequence

from index.catalogue import Catalogue
from index.types import Evidence, Span
from service.briefing.footnotes import Footnotes
from service.briefing.gathering import Found
from service.briefing.grouping import Group
from service.briefing.standing import joining, leans, with_sentence_before
from service.briefing.types import Line
from service.checking import support_of
from service.citing import attributed, quoted, unmarked
from service.grounding import Support, check
from service.trimming import LONG, trimmed
from service.types import Withheld

Odds = Callable[[Evidence, Sequence[str]], Sequence[float]]
"""Log-odds that each of some versions of a sentence is about the topic."""
BESIDE = 2
"""How many further articles a line cites that say the same."""


class Wording:
    """Writes the lines of one brief; what the gate does not accept is withheld, counted and kept."""

    def __init__(self, topic: str, catalogue: Catalogue, footnotes: Footnotes, odds: Odds) -> None:
        self._topic = topic
        self._catalogue = catalogue
        self._footnotes = footnotes
        self._odds = odds
        self.withheld: list[Withheld] = []

    def statement(self, group: Group) -> Line | None:
        """A group's best sentence, with the one before it where it cannot be understood without."""
        found = self._standing(group.best)
        kept = self._cut(found)
        beside = [each for each in group.agreeing[1:] if each.evidence.article_id != found.evidence.article_id]
        return self.line(found, kept, beside=beside, origins=len(group.origins))

    def line(
        self, found: Found, kept: Span | None = None, *, beside: Sequence[Found] = (), origins: int | None = None
    ) -> Line | None:
        """The sentence, or the stretch of it that is kept, as a line; None when the gate withholds it."""
        words = kept.of(found.evidence.quote) if kept else found.evidence.quote
        if not self._accepted(words, found.support):
            if kept is not None and kept != Span(start=0, end=len(found.evidence.quote)):
                return self.line(found, beside=beside, origins=origins)
            return None
        citation = self._footnotes.cite(found.evidence)
        others = [
            self._footnotes.cite(each.evidence)
            for each in list(beside)[:BESIDE]
            if check(_as_sentence(words), [each.support]).accepted
        ]
        return Line(
            text=quoted(citation, kept),
            words=unmarked(" ".join(words.split())),
            source=attributed(citation),
            said=" ".join(citation.attribution.split()) if citation.attribution else None,
            citations=tuple(dict.fromkeys((citation.number, *(each.number for each in others)))),
            origins=origins or len(found.origins),
        )

    def accepts(self, found: Found, kept: Span) -> bool:
        """Whether the gate lets this stretch stand for the sentence; nothing is counted as withheld."""
        return _accepted(kept.of(found.evidence.quote), found.support)

    def _accepted(self, words: str, support: Support) -> bool:
        finding = check(_as_sentence(words), [support])
        if not finding.accepted and not _accepted(words, support):
            self.withheld.append(Withheld(text=unmarked(" ".join(words.split())), reason=finding.detail))
            return False
        return True

    def _standing(self, found: Found) -> Found:
        if not leans(found.parsed):
            return found
        text = self._catalogue.article(found.evidence.article_id, found.evidence.version).article.text
        wider = with_sentence_before(found.evidence, text)
        if wider is None:
            return found
        return Found(
            evidence=wider,
            support=support_of(wider, text),
            vector=found.vector,
            score=found.score,
            origins=found.origins,
        )

    def _cut(self, found: Found) -> Span | None:
        """Without what ties it to the sentence before, and when it is long, without clauses that say less."""
        quote = found.evidence.quote
        start = joining(quote)
        if len(quote.split()) >= LONG:
            kept = trimmed(self._topic, quote, found.support, lambda versions: self._odds(found.evidence, versions))
            start = max(start, kept.start)
            return Span(start=start, end=kept.end) if kept.end > start else kept
        return Span(start=start, end=len(quote)) if start else None


def _accepted(words: str, support: Support) -> bool:
    """Whether the sentence carries these words, said by whoever says the sentence."""
    claim = _as_sentence(words)
    if check(claim, [support]).accepted:
        return True
    # The speaker stands outside the quotation and is shown with it: for the gate he is put into the claim.
    return bool(support.attribution) and check(f"{claim.rstrip('.')}, {support.attribution}.", [support]).accepted


def _as_sentence(words: str) -> str:
    plain = " ".join(words.split())
    plain = f"{plain[:1].upper()}{plain[1:]}"
    return plain if plain.rstrip("\"'”’)]").endswith((".", "!", "?", "…")) else f"{plain}."
