"""Correction notices: finds where an article says that it was itself corrected."""

import re
from collections.abc import Iterator

from index.reading.layout import paragraphs
from index.sentences import split_sentences
from index.types import Span

PIECE = r"(?:article|story|report|piece|post|column|page|headline|caption|item|review|obituary|dispatch|file|item)"
# Any capitalised word may be the month: a notice is recognised by its other words.
DAY = r"(?:[A-Z][a-z]{2,8}\.? \d{1,2} |\d{1,2} [A-Z][a-z]{2,8}\.? )?"
AMENDED = r"(?:amended|corrected|updated|revised|edited|changed|clarified|modified)"
EARLIER = r"(?:[Aa]n? (?:earlier|previous|prior|original|initial)|[Tt]he (?:original|initial|first|earlier|previous))"
SELF_REFERENCE = re.compile(
    rf"[(\[*_•·▪■> ]{{0,6}}(?:"
    rf"This {DAY}(?:\w+ )?{PIECE}(?: above)? (?:has been|was|is|had been) (?:since )?{AMENDED}"
    rf"(?: on| at| to| after| because| since| with|,|\.| \d)"
    rf"|(?:Due to|Because of) an? (?:editing|production|typing|transcription|reporting) error,"
    rf".{{0,80}}\b(?:this|the) {PIECE}"
    rf"|{EARLIER} versions? of this {DAY}{PIECE}\b"
    rf"|This {PIECE}.{{0,60}} (?:incorrectly|mistakenly|erroneously|wrongly) (?:said|stated|named|identified|gave)"
    rf"|We (?:have|had) (?:corrected|amended|updated) (?:this|the) {PIECE}"
    rf")"
)
"""Matched at the beginning of a sentence; only a notice calls its own article `this article`."""
LABELLED_NOTICE = re.compile(
    r"[(\[*_•·▪■> ]{0,6}(?:Corrections?(?: and clarifications?)?|Clarifications?|Editor[’']?s[’']? [Nn]ote"
    r"|CORRECTIONS?|CLARIFICATIONS?|EDITOR[’']?S[’']? NOTE|Erratum|Amendment)"
    r"(?:,? ?\(?[^:()\n]{0,40}?\d[^:()\n]{0,20}\)?)?\*{0,2} ?[:–—-]+ "
)
"""Matched at the beginning of a paragraph; counts only when the words after it are about a publication."""
PUBLICATION_NOUNS = re.compile(
    rf"\b(?:{EARLIER} version|misstated|misspelled|misidentified|misquoted|misattributed|{AMENDED}|error|incorrect\w*"
    rf"|wrong\w*|mistaken\w*|erroneous\w*|inaccura\w+|(?:this|the|our|in an?) (?:\w+ )?{PIECE}|should (?:have|read)"
    r"|we (?:said|wrote|stated|reported))\b",
    re.IGNORECASE,
)
OPENING_QUOTES = "“«"
CLOSING_QUOTES = "”»"


def find_corrections(text: str) -> tuple[Span, ...]:
    """Return the correction notices in an article's text, each up to the end of its paragraph."""
    return tuple(_notices(text))


def _notices(text: str) -> Iterator[Span]:
    for paragraph in paragraphs(text):
        words = paragraph.of(text)
        label = LABELLED_NOTICE.match(words)
        if label and (SELF_REFERENCE.match(words, label.end()) or PUBLICATION_NOUNS.search(words, label.end())):
            yield paragraph
        elif SELF_REFERENCE.search(words):
            yield from _from_sentence(text, paragraph)


def _from_sentence(text: str, paragraph: Span) -> Iterator[Span]:
    for sentence in split_sentences(text, paragraph):
        before = text[paragraph.start : sentence.start]
        quoted = (
            sum(map(before.count, OPENING_QUOTES)) > sum(map(before.count, CLOSING_QUOTES)) or before.count('"') % 2
        )
        if not quoted and SELF_REFERENCE.match(sentence.of(text)):
            yield Span(start=sentence.start, end=paragraph.end)
            return
