"""Sentence splitting: finds sentences as spans of the text."""

import itertools
import re
from collections.abc import Iterator

from sentencex import get_sentence_boundaries

from index.types import Span

QUOTATION = re.compile(r"“[^“”]*”|\"(?!\s)[^\"]*(?<!\s)\"|«[^«»]*»|„[^„“”]*[“”]|「[^「」]*」|『[^『』]*』")
"""Text inside marks. A straight one opens before a word and closes behind one, so that a stray one swallows nothing."""
WORD = re.compile(r"\w")
OPENING, CLOSING = re.compile(r'(?<=\s)["“«‘](?=\S)'), re.compile(r'(?<=\S)["”](?=\s|$)')
"""Quotation mark that opens or closes, as the white space on one side of it tells."""
HIDING = re.compile(r'["“”•]')
"""Marks between which the splitter sees no end of a sentence, however far apart; a bullet hides all of its line."""
LONG_CHARACTERS = 360
"""Length from which a piece with such marks is split as if they were not there: some 60 words."""
BEFORE_FIGURE = re.compile(r"\b(?:approx|ca|circ|max|min|est|al|abt|incl|excl)\.$", re.IGNORECASE)
"""Abbreviations that are followed by a figure or a bracket."""
MEASURED = re.compile(r"\d(?:[\d.,:]*\d)? ?(?:a |per )?(?:[ap]\.m|[a-z]{1,4})\.$")
"""Figure with an abbreviated unit or time of day ("9 a.m.", "2.5 pct.", "$80 a bbl.")."""
DAY_START = re.compile(
    r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b"
    r"(?=[.,;)]|$| (?:in|at|on|after|as|to|with|from|by|before|when|while|and|for|morning|night|afternoon|evening)\b)"
)
"""Day that belongs to the words before it."""
CLOSED_UNSPACED = re.compile(r"[”」』]$")
CYRILLIC = re.compile(r"[Ѐ-ӿ]")
GERMAN = re.compile(r"\b(?:der|die|das|und|nicht|ist|ein|eine|dem|den|mit|auf|wurde|sich)\b")
WINDOW_CHARACTERS = 10_000
"""Most characters per call of the splitter, which takes quadratic time on texts with opening quotation marks."""


def split_sentences(text: str, within: Span) -> tuple[Span, ...]:
    """Return the sentences of `text[within.start:within.end]` as spans of `text`: in order, not empty, not overlapping.

    A quotation of several sentences is also split inside, so that the shortest exact quotation can be shown; its last
    piece keeps the attribution.
    """
    found: list[Span] = []
    for start, end in _merge_wordless(text, _pieces(text, within)):
        span = trim(text, start, end)
        if span.end > span.start:
            found.append(span)
    return tuple(found)


def _pieces(text: str, within: Span) -> Iterator[tuple[int, int]]:
    cuts = [within.start]
    for start, end in _boundaries(within.of(text), within.start):
        cuts.extend(_beside_mark(text, cut) for cut in (*_cuts_inside_quotations(text, start, end), end))
    cuts.append(within.end)
    for start, end in itertools.pairwise(cuts):
        if end > start:
            yield start, end


def _beside_mark(text: str, cut: int) -> int:
    """Return the cut on the other side of a mark that opens what follows it or closes what is before it."""
    if cut and OPENING.match(text, cut - 1):
        return cut - 1
    return cut + 1 if CLOSING.match(text, cut) else cut


def _boundaries(text: str, offset: int) -> Iterator[tuple[int, int]]:
    for start, end in _merge_false_boundaries(text, _windowed(text)):
        yield offset + start, offset + end


def _merge_false_boundaries(text: str, pieces: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Merge a piece into the one before it where no sentence can begin: in lower case, or after an abbreviation."""
    every = list(pieces)
    lower = sum(_starts_lower(text[start:end]) for start, end in every)
    is_cased = lower < 2 or 2 * lower < len(every)  # carelessly typed text begins its sentences in lower case
    pending: tuple[int, int] | None = None
    for start, end in every:
        if pending is not None and _is_false_boundary(text[pending[0] : pending[1]], text[start:end], is_cased):
            pending = (pending[0], end)
            continue
        if pending is not None:
            yield pending
        pending = (start, end)
    if pending is not None:
        yield pending


def _is_false_boundary(before: str, after: str, is_cased: bool) -> bool:
    closed, opened = before.rstrip(), after.lstrip()
    if closed == before and opened == after and CLOSED_UNSPACED.search(closed) and opened[:1].isalpha():
        return True  # the speaker after a quotation, in a script without spaces
    if "\n" in before[len(closed) :]:
        return False
    if is_cased and _starts_lower(opened):
        return True
    if BEFORE_FIGURE.search(closed) and opened[:1] in "0123456789[($€£":
        return True
    return MEASURED.search(closed) is not None and DAY_START.match(opened) is not None


def _starts_lower(text: str) -> bool:
    word = text.lstrip(" \t\n\"'“‘«([").partition(" ")[0]
    return word[:1].islower() and word == word.lower()  # "iPhone" may begin a sentence


def _language(text: str) -> str:
    """Return the language whose abbreviations hold, as far as the letters and the commonest words tell."""
    if len(CYRILLIC.findall(text)) * 2 > len(text.split()):
        return "ru"
    return "de" if len(set(GERMAN.findall(text))) > 2 else "en"


def _windowed(text: str) -> Iterator[tuple[int, int]]:
    """Yield sentences window by window; the last one of a window may be cut off, so the next window begins with it."""
    done, language = 0, _language(text[:WINDOW_CHARACTERS])
    while done < len(text):
        window = text[done : done + WINDOW_CHARACTERS]
        found = [(int(s["start_index"]), int(s["end_index"])) for s in get_sentence_boundaries(language, window)]
        whole = done + len(window) == len(text) or len(found) < 2 or not found[-1][0]
        for start, end in found if whole else found[:-1]:
            yield from ((done + start + a, done + start + b) for a, b in _unhidden(language, window[start:end]))
        done += len(window) if whole else found[-1][0]


def _unhidden(language: str, piece: str) -> list[tuple[int, int]]:
    """Return the sentences of a long piece as if it had no marks that hide them; of another one, the piece itself."""
    if len(piece) < LONG_CHARACTERS or not HIDING.search(piece):
        return [(0, len(piece))]
    found = get_sentence_boundaries(language, HIDING.sub(" ", piece))
    ends = [int(sentence["end_index"]) for sentence in found[:-1]] + [len(piece)]
    return list(itertools.pairwise([0, *ends]))


def _cuts_inside_quotations(text: str, start: int, end: int) -> Iterator[int]:
    for quoted in QUOTATION.finditer(text, start, end):
        inside = list(_boundaries(quoted.group()[1:-1], quoted.start() + 1))
        for _, cut in inside[:-1]:
            if len(text[quoted.start() : cut].split()) > 3:
                yield cut


def _merge_wordless(text: str, pieces: Iterator[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Merge a piece without any word (a stray bracket, an ellipsis) into the one before it."""
    pending: tuple[int, int] | None = None
    for start, end in pieces:
        if pending is not None and not WORD.search(text, start, end):
            pending = (pending[0], end)
            continue
        if pending is not None:
            yield pending
        pending = (start, end)
    if pending is not None:
        yield pending


def trim(text: str, start: int, end: int) -> Span:
    """Return the span without white space at its ends; empty when there is only white space."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start=start, end=end)
