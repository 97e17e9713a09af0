"""Answer spans as they are shown: whole words and compounds, brackets and quotation marks with their partners."""

import re

from index.types import Span
from service.language.quotations import PAIRED_MARKS

STRAIGHT = '"'
SURROUNDING = " \t\n,.;:?!–—-“”\"'‘’()[]"
"""Characters that are stripped from both ends of an answer span."""
COMPOUND_BEFORE = re.compile(r"(?:\w+[-‑])*\w*$")
COMPOUND_BEHIND = re.compile(r"\w*(?:[-‑]\w+)*")
MARKS = (*PAIRED_MARKS, ("«", "»"), (STRAIGHT, STRAIGHT))
"""Brackets and quotation marks of which a short answer has both or none."""


def shown_span(text: str, span: Span, sentence: Span) -> Span:
    """Return an answer span as it is shown: trimmed, grown to whole compounds and to paired marks.

    Args:
        text: of the article.
        sentence: that the span is in, and beyond which it does not grow.
    """
    return _paired(text, _whole_words(text, _trimmed(text, span), sentence), sentence)


def _trimmed(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and text[start] in SURROUNDING:
        start += 1
    while end > start and text[end - 1] in SURROUNDING:
        end -= 1
    return Span(start=start, end=end)


def _whole_words(text: str, span: Span, sentence: Span) -> Span:
    """Grow to whole words and compounds: of "Ex-Giants", "Giants" alone says something else."""
    before = COMPOUND_BEFORE.search(text[sentence.start : span.start])
    behind = COMPOUND_BEHIND.match(text[span.end : sentence.end])
    if not span.of(text) or before is None or behind is None:
        return span
    start = span.start - len(before.group()) * text[span.start].isalnum()
    return Span(start=start, end=span.end + behind.end() * text[span.end - 1].isalnum())


def _paired(text: str, span: Span, sentence: Span) -> Span:
    """Grow to the partner of a bracket or quotation mark where only punctuation lies between, else leave the mark out.

    Trimming takes the last bracket of "Milli Istihbarat Teskilati (MIT)", and a span of the reader may end before it.
    """
    for opening, closing in MARKS:
        if _is_paired(span.of(text), opening, closing):
            continue
        if opening == STRAIGHT and not _is_paired(sentence.of(text), opening, closing):
            continue  # it stands for inches
        start, end = span.start, span.end
        while start > sentence.start and text[start - 1] in SURROUNDING:
            start -= 1
        while end < sentence.end and text[end] in SURROUNDING:
            end += 1
        before, after = text.rfind(opening, start, span.start), text.find(closing, span.end, end)
        if after >= 0 and _is_paired(text[span.start : after + 1], opening, closing):
            span = Span(start=span.start, end=after + 1)
        elif before >= 0 and _is_paired(text[before : span.end], opening, closing):
            span = Span(start=before, end=span.end)
        else:
            span = _without_unpaired(text, span, opening, closing)
    return span


def _is_paired(words: str, opening: str, closing: str) -> bool:
    return words.count(opening) % 2 == 0 if opening == closing else words.count(opening) == words.count(closing)


def _without_unpaired(text: str, span: Span, opening: str, closing: str) -> Span:
    """Return what is outside of an unpaired bracket, or the longer side of an unpaired quotation mark."""
    words = span.of(text)
    is_open = opening == closing or words.count(opening) > words.count(closing)
    mark = span.start + (words.rfind(opening) if is_open else words.find(closing))
    before = _trimmed(text, Span(start=span.start, end=mark))
    after = _trimmed(text, Span(start=mark + 1, end=span.end))
    if opening in "([":
        outside, inside = (before, after) if is_open else (after, before)
        return outside if outside.of(text) else inside
    return max(before, after, key=lambda side: side.end - side.start)
