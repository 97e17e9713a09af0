"""Clipping: shorten a long quotation at its edges to one exact substring, the clause that answers the question."""

from collections.abc import Callable, Iterator, Sequence

from index.sentences import split_sentences
from index.types import Span
from index.words import content_words, stem, stems
from service.answering.query import has_expected_kind
from service.grounding import Support, check
from service.language.parsing import Parsed, Word, parse
from service.language.quotations import PAIRED_MARKS

MIN_WORDS_CLIPPED = 28
"""Minimum length of a quotation to be clipped."""
MIN_WORDS_LEFT = 8
MIN_WORDS_OF_PIECE = 4
"""Minimum length of a piece to be removed."""
MAX_LOSS = 0.25
"""Maximum drop of the reader's log-odds: with a larger drop, the removed text was part of the answer."""
CLAUSE_RELATIONS = frozenset({"advcl", "relcl", "acl", "appos", "parataxis", "ccomp", "conj", "prep"})
CONDITION_WORDS = frozenset("if unless until provided although though despite except but only whether because".split())
"""Words that begin a condition, reason, exception or concession, which must not be removed."""
BOUNDARY_MARKS = frozenset(",;:–—-()")


Clip = Callable[[str, str, Support, Callable[[Sequence[str]], Sequence[float]], Span | None], Span]
"""Function that returns the span of a quotation to show for a question; same arguments as `clip_quotation`."""


def clip_quotation(
    question: str,
    quote: str,
    support: Support,
    odds: Callable[[Sequence[str]], Sequence[float]],
    answer: Span | None = None,
) -> Span:
    """Return the shortest span of a one-sentence quotation that answers the question as well as the whole quotation.

    A piece is removed only if commas or dashes set it off at an edge and it has no word of the question. The rest must
    contain the answer span, keep the expected kind of answer, be accepted by the gate against the whole sentence (so
    that no negation, hedge or speaker is lost), and lose at most MAX_LOSS of the reader's log-odds.

    Args:
        odds: returns, for each version of the sentence, the log-odds that it answers the question.
        answer: answer span of the reader, as offsets in the quotation.
    """
    kept = Span(start=0, end=len(quote))
    if len(quote.split()) < MIN_WORDS_CLIPPED or len(split_sentences(quote, kept)) > 1:
        return kept
    choices = sorted(_clipped_spans(parse(quote)), key=lambda span: span.end - span.start)
    if answer is not None:
        choices = [span for span in choices if span.start <= answer.start and answer.end <= span.end]
    choices = [span for span in choices if _still_answers(question, span.of(quote), quote)]
    if not choices:
        return kept
    whole, *clipped = odds([quote, *(span.of(quote) for span in choices)])
    answering = (span for span, left in zip(choices, clipped, strict=True) if left >= whole - MAX_LOSS)
    return next((span for span in answering if check(_sentence(span.of(quote)), [support]).accepted), kept)


def _still_answers(question: str, stretch: str, quote: str) -> bool:
    asked = {stem(word) for word in content_words(question)}
    return (
        (asked & stems(stretch)) == (asked & stems(quote))
        and (has_expected_kind(question, stretch) or not has_expected_kind(question, quote))
        and all(stretch.count(one) == stretch.count(other) for one, other in PAIRED_MARKS)
        and stretch.count('"') % 2 == 0
    )


def _clipped_spans(sentence: Parsed) -> Iterator[Span]:
    """Yield every span that remains when pieces at the start, the end or both are removed."""
    pieces = sorted(piece for word in sentence.words for piece in _removable_piece(sentence, word))
    last = len(sentence.words) - 1
    while last > 0 and sentence.words[last].pos == "PUNCT":
        last -= 1
    starts, ends = {0}, {last}
    for first, final in pieces:
        if first in starts:
            starts.add(_nearest_word(sentence, final + 1, 1))
    for first, final in sorted(pieces, key=lambda piece: -piece[1]):
        if final in ends:
            ends.add(_nearest_word(sentence, first - 1, -1))
    for start in starts:
        for end in ends:
            if end - start + 1 >= MIN_WORDS_LEFT and (start, end) != (0, last):
                yield Span(start=sentence.words[start].start, end=sentence.words[end].end)


def _removable_piece(sentence: Parsed, word: Word) -> Iterator[tuple[int, int]]:
    """Yield the first and last token of this word's clause or phrase, if commas or dashes set it off."""
    tree = sorted(sentence.subtree(word.index))
    first, last = tree[0], tree[-1]
    while last > first and sentence.words[last].pos == "PUNCT":
        last -= 1
    words = sentence.words[first : last + 1]
    if word.dep not in CLAUSE_RELATIONS or len(words) < MIN_WORDS_OF_PIECE or tree != list(range(first, tree[-1] + 1)):
        return
    if any(each.folded in CONDITION_WORDS for each in words[:2]) or any(each.is_negator for each in words):
        return
    beside = first - 1 if first else last + 1
    if beside < len(sentence.words) and sentence.words[beside].text in BOUNDARY_MARKS:
        yield first, last


def _nearest_word(sentence: Parsed, index: int, step: int) -> int:
    """Return the nearest token in that direction that is not punctuation or, going backwards, a conjunction."""
    while 0 < index < len(sentence.words) - 1 and (
        sentence.words[index].text in BOUNDARY_MARKS or (step < 0 and sentence.words[index].pos == "CCONJ")
    ):
        index += step
    return index


def _sentence(stretch: str) -> str:
    return f"{stretch[:1].upper()}{stretch[1:]}."
