"""From a sentence to a line of the brief: cut, attributed, and through the gate."""

import re
import textwrap
from collections.abc import Callable, Sequence

from index.deduplication import normalised_tokens
from index.search.scored_sentence import ScoredSentence
from index.types import Span
from index.words import words as words_left
from service.answering.citations import attributed, quoted, unmarked
from service.answering.clipping import LONG, trimmed
from service.answering.types import Citation, Withheld
from service.briefing.attribution_clause import said_beside
from service.briefing.citation_numbers import Footnotes
from service.briefing.clustering import Group
from service.briefing.decontextualisation import joining, leans, with_sentence_before
from service.briefing.point_writer import Composer
from service.briefing.types import Line
from service.grounding import check, support_of
from service.language.numbers import numbers
from service.language.parsing import parse
from service.language.tokens import tokenise

Odds = Callable[[ScoredSentence, Sequence[str]], Sequence[float]]
"""Log-odds that each of some versions of a sentence is about the topic."""
TIMES = re.compile(r"\b(?:(?:this|last|next|past) \w+|yesterday|today|tomorrow|ago|recently|so far)\b", re.IGNORECASE)
LONGEST_TITLE = 44
"""Characters of a headline that stands for an outlet which is not known."""
BESIDE = 2
"""How many further articles a line cites that say the same."""


class Wording:
    """Writes the lines of one brief; what the gate does not accept is withheld, counted and kept."""

    def __init__(self, topic: str, footnotes: Footnotes, odds: Odds, composer: Composer | None = None) -> None:
        self._topic = topic
        self._footnotes = footnotes
        self._odds = odds
        self._composer = composer
        self.withheld: list[Withheld] = []
        self._told: list[tuple[str, Span]] = []
        """Stretches that statements have shown; one is not told again inside another."""
        self._texts: set[tuple[str, ...]] = set()
        """The words of each sentence in them: a copy says them too."""

    def statement(self, group: Group) -> Line | None:
        """A group's best sentence, with the one before it where it cannot be understood without.

        None when the gate withholds it, or a statement before it has shown it already.
        """
        if self._is_told(group.best):
            return None
        found = self._standing(group.best)
        self._told.append((found.article_id, Span(start=found.start, end=found.end)))
        self._texts |= {normalised_tokens(group.best.text)}
        if found is not group.best:
            self._texts |= {normalised_tokens(group.best.context)}
        if (written := self._composed(group)) is not None:
            return written
        kept = self._cut(found)
        beside = [each for each in group.agreeing[1:] if each.article_id != found.article_id]
        return self.line(found, kept, beside=beside, origins=len(group.origins))

    def _composed(self, group: Group) -> Line | None:
        """The statement in the engine's words, on the sentences that carry them; None when it is to be quoted."""
        made = self._composer.write(group.agreeing) if self._composer else None
        if made is None:
            return None
        words, finding = made
        if not finding.accepted or not _ends(words):
            reason = finding.detail if not finding.accepted else "it is not a whole sentence"
            self.withheld.append(Withheld(text=unmarked(words), reason=reason))
            return None
        cited = [self._footnotes.cite(group.agreeing[i]) for i in finding.supports]
        return Line(
            text=unmarked(words),
            words=unmarked(words),
            source=attributed(_short_title(cited[0])),
            citations=tuple(dict.fromkeys(citation.number for citation in cited)),
            style="compose",
            origins=len(group.origins),
        )

    def line(
        self,
        found: ScoredSentence,
        kept: Span | None = None,
        *,
        beside: Sequence[ScoredSentence] = (),
        origins: int | None = None,
    ) -> Line | None:
        """The sentence, or the stretch of it that is kept, as a line; None when the gate withholds it."""
        words = kept.of(found.quote) if kept else found.quote
        said = self._accepted(words, found)
        if said is None:
            if kept is not None and kept != Span(start=0, end=len(found.quote)):
                return self.line(found, beside=beside, origins=origins)
            return None
        citation = self._footnotes.cite(found)
        others = [
            self._footnotes.cite(each)
            for each in list(beside)[:BESIDE]
            if check(_as_sentence(words), [support_of(each)]).accepted
        ]
        beside_it = f" (“{said}”)" if said and not citation.attribution else ""
        named = _short_title(citation)
        return Line(
            text=f"{quoted(named, kept)}{beside_it}",
            words=unmarked(" ".join(words.split())),
            source=attributed(named),
            said=said or None,
            cut_before=kept is not None and bool(words_left(found.quote[: kept.start])),
            cut_after=kept is not None and bool(words_left(found.quote[kept.end :])),
            citations=tuple(dict.fromkeys((citation.number, *(each.number for each in others)))),
            origins=origins or len(found.origins),
        )

    def accepts(self, found: ScoredSentence, kept: Span) -> bool:
        """Whether the gate lets this stretch stand for the sentence; nothing is counted as withheld."""
        return _spoken(kept.of(found.quote), found) is not None

    def _accepted(self, words: str, found: ScoredSentence) -> str | None:
        said = _spoken(words, found)
        if said is None:
            reason = check(_as_sentence(words), [support_of(found)]).detail
            self.withheld.append(Withheld(text=unmarked(" ".join(words.split())), reason=reason))
        return said

    def _is_told(self, evidence: ScoredSentence) -> bool:
        return normalised_tokens(evidence.quote) in self._texts or any(
            name == evidence.article_id and told.start <= evidence.start and evidence.end <= told.end
            for name, told in self._told
        )

    def _overlaps(self, evidence: ScoredSentence) -> bool:
        return any(
            name == evidence.article_id and evidence.start < told.end and told.start < evidence.end
            for name, told in self._told
        )

    def _standing(self, found: ScoredSentence) -> ScoredSentence:
        if not leans(parse(found.quote)):
            return found
        wider = with_sentence_before(found)
        if wider is None or self._overlaps(wider) or normalised_tokens(found.context) in self._texts:
            return found
        return wider

    def _cut(self, found: ScoredSentence) -> Span | None:
        """Without what ties it to the sentence before, and when it is long, without clauses that say less."""
        quote = found.quote
        start = joining(quote)
        if len(quote.split()) >= LONG:
            kept = trimmed(self._topic, quote, support_of(found), lambda versions: self._odds(found, versions))
            if _facts(kept.of(quote)) == _facts(quote):
                return Span(start=max(start, kept.start), end=kept.end)
        return Span(start=start, end=len(quote)) if start else None


def _short_title(citation: Citation) -> Citation:
    """With its headline cut to a few words: it stands before every line when the outlet is not known."""
    title = textwrap.shorten(citation.title, LONGEST_TITLE, placeholder="…") if citation.title else None
    return citation.model_copy(update={"title": title})


def _facts(words: str) -> frozenset[str]:
    """The figures, names and times of a stretch: none of them may be cut."""
    held = {token.folded for token in tokenise(words) if token.is_name}
    return frozenset(numbers(words)) | held | {found.group().casefold() for found in TIMES.finditer(words)}


def _spoken(words: str, found: ScoredSentence) -> str | None:
    """The words for who said it that must be shown beside these, for the gate to accept them; None when it does not.

    Empty when they can stand alone. A speaker outside the quotation is shown with it in any case.
    """
    claim, outside = _as_sentence(words), support_of(found).attribution
    if check(claim, [support_of(found)]).accepted:
        return outside
    for said in (outside, said_beside(found.text)):
        if said and check(f"{claim.rstrip('.')}, {said}.", [support_of(found)]).accepted:
            return said
    return None


def _as_sentence(words: str) -> str:
    plain = " ".join(words.split())
    plain = f"{plain[:1].upper()}{plain[1:]}"
    return plain if _ends(plain) else f"{plain}."


def _ends(words: str) -> bool:
    return words.rstrip("\"'”’)]").endswith((".", "!", "?", "…"))
