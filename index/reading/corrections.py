"""Notices in which an article corrects itself; an article about corrections has none."""

import re
from collections.abc import Iterator

from index.reading.layout import whole
from index.sentences import split_sentences
from index.types import Span

PIECE = r"(?:article|story|report|piece|post|column|page|headline|caption|item|review|obituary|dispatch|file|item)"
DAY = r"(?:[A-Z][a-z]{2,8}\.? \d{1,2} |\d{1,2} [A-Z][a-z]{2,8}\.? )?"
MENDED = r"(?:amended|corrected|updated|revised|edited|changed|clarified|modified)"
EARLIER = r"(?:[Aa]n? (?:earlier|previous|prior|original|initial)|[Tt]he (?:original|initial|first|earlier|previous))"
SELF = re.compile(
    rf"[(\[*_•·▪■> ]{{0,6}}(?:"
    rf"This {DAY}(?:\w+ )?{PIECE}(?: above)? (?:has been|was|is|had been) (?:since )?{MENDED}"
    rf"(?: on| at| to| after| because| since| with|,|\.| \d)"
    rf"|(?:Due to|Because of) an? (?:editing|production|typing|transcription|reporting) error,"
    rf".{{0,80}}\b(?:this|the) {PIECE}"
    rf"|{EARLIER} versions? of this {DAY}{PIECE}\b"
    rf"|This {PIECE}.{{0,60}} (?:incorrectly|mistakenly|erroneously|wrongly) (?:said|stated|named|identified|gave)"
    rf"|We (?:have|had) (?:corrected|amended|updated) (?:this|the) {PIECE}"
    rf")"
)
"""At the beginning of any sentence: only a notice calls the article `this article`."""
LABELLED = re.compile(
    r"[(\[*_•·▪■> ]{0,6}(?:Corrections?(?: and clarifications?)?|Clarifications?|Editor[’']?s[’']? [Nn]ote"
    r"|CORRECTIONS?|CLARIFICATIONS?|EDITOR[’']?S[’']? NOTE|Erratum|Amendment)"
    r"(?:,? ?\(?[^:()\n]{0,40}?\d[^:()\n]{0,20}\)?)?\*{0,2} ?[:–—-]+ "
)
"""At the beginning of a paragraph, and then only when the words after it speak of what was printed."""
PUBLICATION_NOUNS = re.compile(
    rf"\b(?:{EARLIER} version|misstated|misspelled|misidentified|misquoted|misattributed|{MENDED}|error|incorrect\w*"
    rf"|wrong\w*|mistaken\w*|erroneous\w*|inaccura\w+|(?:this|the|our|in an?) (?:\w+ )?{PIECE}|should (?:have|read)"
    r"|we (?:said|wrote|stated|reported))\b",
    re.IGNORECASE,
)
OPENING, CLOSING = "“«", "”»"


def find_corrections(text: str) -> tuple[Span, ...]:
    """The notices in an article's text, each to the end of its paragraph."""
    return tuple(_notices(text))


def _notices(text: str) -> Iterator[Span]:
    for paragraph in whole(text):
        words = paragraph.of(text)
        label = LABELLED.match(words)
        if label and (SELF.match(words, label.end()) or PUBLICATION_NOUNS.search(words, label.end())):
            yield paragraph
        elif SELF.search(words):
            yield from _from_sentence(text, paragraph)


def _from_sentence(text: str, paragraph: Span) -> Iterator[Span]:
    for sentence in split_sentences(text, paragraph):
        before = text[paragraph.start : sentence.start]
        quoted = sum(map(before.count, OPENING)) > sum(map(before.count, CLOSING)) or before.count('"') % 2
        if not quoted and SELF.match(sentence.of(text)):
            yield Span(start=sentence.start, end=paragraph.end)
            return
