"""Line writer: turn a sentence into a line of the brief, clipped, attributed, cited and checked by the gate."""

import re
import textwrap
from collections.abc import Callable, Sequence

from index.search.scored_sentence import ScoredSentence
from index.sentence_deduplication import normalised_tokens
from index.types import Span
from index.words import words
from service.answering.citations import attributed, in_marks, unmarked
from service.answering.clipping import MIN_WORDS_CLIPPED, clip_quotation
from service.answering.types import Citation, Withheld
from service.briefing.brief_citations import NumberedCitations
from service.briefing.clustering import SentenceCluster
from service.briefing.decontextualisation import context_dependence, discourse_marker_length, with_sentence_before
from service.briefing.sentence_fusion import SentenceFuser
from service.briefing.types import BriefLine
from service.grounding import check, support_of
from service.language.attribution_clauses import strip_attribution
from service.language.numbers import numbers
from service.language.parsing import parse
from service.language.tokens import tokenise

TopicRelevance = Callable[[ScoredSentence, Sequence[str]], Sequence[float]]
"""Returns the log-odds that a sentence is about the topic, for each clipped version of the sentence."""
RELATIVE_TIME = re.compile(
    r"\b(?:(?:this|last|next|past) \w+|yesterday|today|tomorrow|ago|recently|so far)\b", re.IGNORECASE
)
MAX_TITLE_CHARACTERS = 44
"""Maximum length of a headline that replaces an unknown outlet."""
MAX_FURTHER_CITATIONS = 2
"""Maximum number of other articles that a line cites for the same statement."""


class LineWriter:
    """Writes the lines of one brief; lines that the gate rejects are kept in `withheld`."""

    def __init__(
        self,
        topic: str,
        citations: NumberedCitations,
        relevance: TopicRelevance,
        fuser: SentenceFuser | None = None,
    ) -> None:
        self._topic = topic
        self._citations = citations
        self._relevance = relevance
        self._fuser = fuser
        self.withheld: list[Withheld] = []
        self._shown_spans: list[tuple[str, Span]] = []
        """Article and span of each statement written so far; a sentence inside one of them is not written again."""
        self._shown_texts: set[tuple[str, ...]] = set()
        """Normalised tokens of each sentence in those spans, to recognise copies in other articles."""

    def write_statement(self, cluster: SentenceCluster) -> BriefLine | None:
        """Write a cluster's statement as a fused or quoted line, with the preceding sentence if it depends on that one.

        Returns None if the gate rejects the line, or an earlier statement already shows it.
        """
        representative = cluster.representative
        if self._is_shown(representative):
            return None
        sentence = self._in_context(representative)
        self._shown_spans.append((sentence.article_id, Span(start=sentence.start, end=sentence.end)))
        self._shown_texts |= {normalised_tokens(representative.text)}
        if sentence is not representative:
            self._shown_texts |= {normalised_tokens(representative.context)}
        if (line := self._fused(cluster)) is not None:
            return line
        others = [each for each in cluster.consistent[1:] if each.article_id != sentence.article_id]
        return self.write(sentence, self._clipped(sentence), corroborating=others, origins=len(cluster.origins))

    def _fused(self, cluster: SentenceCluster) -> BriefLine | None:
        """Write the statement in the model's words; None if it should be quoted instead."""
        fused = self._fuser.fuse(cluster.consistent) if self._fuser else None
        if fused is None:
            return None
        text, finding = fused
        if not finding.accepted or not _is_closed(text):
            reason = finding.detail if not finding.accepted else "it is not a whole sentence"
            self.withheld.append(Withheld(text=unmarked(text), reason=reason))
            return None
        cited = [self._citations.cite(cluster.consistent[i]) for i in finding.supports]
        return BriefLine(
            text=unmarked(text),
            words=unmarked(text),
            source=attributed(_with_short_title(cited[0])),
            citations=tuple(dict.fromkeys(citation.number for citation in cited)),
            style="compose",
            origins=len(cluster.origins),
        )

    def write(
        self,
        sentence: ScoredSentence,
        clip: Span | None = None,
        *,
        corroborating: Sequence[ScoredSentence] = (),
        origins: int | None = None,
    ) -> BriefLine | None:
        """Write a sentence as a quoted line; None if the gate rejects it.

        Args:
            clip: the span of the quotation to show; if the gate rejects it, the whole quotation is tried.
            corroborating: sentences of other articles, also cited if the gate finds that they support the line.
            origins: number of independent origins of the statement; by default those of the sentence.
        """
        quotation = clip.of(sentence.quote) if clip else sentence.quote
        speaker = self._speaker_or_withhold(quotation, sentence)
        if speaker is None:
            if clip is not None and clip != Span(start=0, end=len(sentence.quote)):
                return self.write(sentence, corroborating=corroborating, origins=origins)
            return None
        citation = self._citations.cite(sentence)
        further = [
            self._citations.cite(each)
            for each in list(corroborating)[:MAX_FURTHER_CITATIONS]
            if check(_as_sentence(quotation), [support_of(each)]).accepted
        ]
        attribution = f" (“{speaker}”)" if speaker and not citation.attribution else ""
        titled = _with_short_title(citation)
        said = f" (“{' '.join(citation.attribution.split())}”)" if citation.attribution else ""
        return BriefLine(
            text=f"{attributed(titled)}: {in_marks(unmarked(' '.join(quotation.split())))}{said}{attribution}",
            words=unmarked(" ".join(quotation.split())),
            source=attributed(titled),
            said=speaker or None,
            cut_before=clip is not None and bool(words(sentence.quote[: clip.start])),
            cut_after=clip is not None and bool(words(sentence.quote[clip.end :])),
            citations=tuple(dict.fromkeys((citation.number, *(each.number for each in further)))),
            origins=origins or len(sentence.origins),
        )

    def accepts(self, sentence: ScoredSentence, clip: Span) -> bool:
        """Whether the gate accepts a clip of a sentence; a rejection is not added to `withheld`."""
        return _required_attribution(clip.of(sentence.quote), sentence) is not None

    def _speaker_or_withhold(self, quotation: str, sentence: ScoredSentence) -> str | None:
        attribution = _required_attribution(quotation, sentence)
        if attribution is None:
            reason = check(_as_sentence(quotation), [support_of(sentence)]).detail
            self.withheld.append(Withheld(text=unmarked(" ".join(quotation.split())), reason=reason))
        return attribution

    def _is_shown(self, sentence: ScoredSentence) -> bool:
        return normalised_tokens(sentence.quote) in self._shown_texts or any(
            article_id == sentence.article_id and span.start <= sentence.start and sentence.end <= span.end
            for article_id, span in self._shown_spans
        )

    def _overlaps_shown(self, sentence: ScoredSentence) -> bool:
        return any(
            article_id == sentence.article_id and sentence.start < span.end and span.start < sentence.end
            for article_id, span in self._shown_spans
        )

    def _in_context(self, sentence: ScoredSentence) -> ScoredSentence:
        """Extend a sentence by the one before it if it depends on that one and nothing would be shown twice."""
        if not context_dependence(parse(sentence.quote)):
            return sentence
        extended = with_sentence_before(sentence)
        if (
            extended is None
            or self._overlaps_shown(extended)
            or normalised_tokens(sentence.context) in self._shown_texts
        ):
            return sentence
        return extended

    def _clipped(self, sentence: ScoredSentence) -> Span | None:
        """Return the span without a discourse marker and, for a long quotation, without clauses that add no fact."""
        quote = sentence.quote
        start = discourse_marker_length(quote)
        if len(quote.split()) >= MIN_WORDS_CLIPPED:
            clip = clip_quotation(
                self._topic,
                quote,
                support_of(sentence),
                lambda versions: self._relevance(sentence, versions),
                sentence.answer_in_quote,
            )
            if _facts(clip.of(quote)) == _facts(quote):
                return Span(start=max(start, clip.start), end=clip.end)
        return Span(start=start, end=len(quote)) if start else None


def _with_short_title(citation: Citation) -> Citation:
    """Shorten the headline of a citation, since it begins every line when the outlet is unknown."""
    title = textwrap.shorten(citation.title, MAX_TITLE_CHARACTERS, placeholder="…") if citation.title else None
    return citation.model_copy(update={"title": title})


def _facts(text: str) -> frozenset[str]:
    """Return the numbers, names and relative times of a text; clipping must keep them."""
    names = {token.folded for token in tokenise(text) if token.is_name}
    return frozenset(numbers(text)) | names | {found.group().casefold() for found in RELATIVE_TIME.finditer(text)}


def _required_attribution(quotation: str, sentence: ScoredSentence) -> str | None:
    """Return the attribution that the gate requires beside a quotation; None if it rejects the quotation anyway.

    Empty if the quotation is accepted alone. An attribution outside the sentence is always returned.
    """
    claim, support = _as_sentence(quotation), support_of(sentence)
    if check(claim, [support]).accepted:
        return support.attribution
    for attribution in (support.attribution, attribution_clause(sentence.text)):
        if attribution and check(f"{claim.rstrip('.')}, {attribution}.", [support]).accepted:
            return attribution
    return None


def attribution_clause(sentence: str) -> str | None:
    """Return the words of a sentence that attribute it: "the report said" in "…, which killed 60,” the report said."""
    for clause in strip_attribution(sentence).attributions:
        speaker = re.escape(clause.speaker)
        patterns = (
            (rf"(?:according to|as per)\s+{speaker}",)
            if not clause.verb
            else (rf"{speaker},?\s+(?:also\s+|further\s+)?[a-z]+", rf"[a-z]+\s+{speaker}")
        )
        for pattern in patterns:
            if found := re.search(pattern, sentence, re.IGNORECASE):
                return found.group()
    return None


def _as_sentence(text: str) -> str:
    plain = " ".join(text.split())
    plain = f"{plain[:1].upper()}{plain[1:]}"
    return plain if _is_closed(plain) else f"{plain}."


def _is_closed(text: str) -> bool:
    return text.rstrip("\"'”’)]").endswith((".", "!", "?", "…"))
