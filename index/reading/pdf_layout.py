"""PDF layout: puts the characters of a page together to pieces and lines, and joins lines to paragraphs."""

import itertools
import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from index.reading.html_rendering import superscript
from index.reading.pdf_hyphens import Words, join
from index.reading.pdf_pages import Character, PdfPage

LIGATURES = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "st", "ﬆ": "st", "\xa0": " ", "\xad": "-", "‐": "-"}
)
UNPRINTED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u2060\ufeff\ufffe\uffff]")
MAX_WORD_GAP = 0.75
"""Widest gap inside a piece of a line, in font heights; a wider one may be the gutter between two columns."""
MIN_SPACE = 0.12
"""Narrowest space between two words, in font heights."""
MIN_TOUCH = 0.03
"""Distance of two characters, in font heights, below which PDFium's space between them is none."""
MAX_SHADOW = 1.5
"""Largest distance, in points, of a character from its shadow; two equal letters of text are wider apart."""
MAX_SHADOW_SIZE = 0.18
"""The same in font heights, for small print."""
MIN_LIGATURE = 0.45
"""Least width, in font heights, of a ligature of one letter twice; that letter drawn twice for a shadow is narrower."""
MAX_SIZE_CHANGE = 0.06
"""Largest relative difference between the font heights of one paragraph."""
MIN_PARAGRAPH_GAP = 1.3
"""Smallest distance of two paragraphs, in distances of lines."""
MIN_INDENT = 0.5
"""Smallest indent of a first line, in font heights."""
MIN_RAISED = 0.12
"""Smallest rise of a superscript above the base line, in font heights."""
MAX_RAISED_SIZE = 0.85
MIN_INITIAL = 1.8
"""Smallest font height of a large initial, as a multiple of that of the letters after it."""
SENTENCE_END = re.compile(r"[.!?…:]['\"”’»)\]]*(?:\[\d+\])?$")
BULLET = re.compile(r"(?:[•·▪◦‣■●○–—*-]|\(?\d{1,2}[.)]|\(?[a-z]\))\s")
MAX_SKIPPED = 8
"""Number of captions, notes and the like that may stand between two halves of a sentence."""


class Piece(NamedTuple):
    """Piece of a line between two wide gaps."""

    characters: tuple[Character, ...]
    left: float
    right: float
    base: float
    size: float
    edge: float = float("-inf")
    """Right side of a box that it stands beside."""
    limit: float = float("inf")
    """Left side of a box that it stands beside."""


class Line(NamedTuple):
    """Line of a column."""

    text: str
    left: float
    right: float
    base: float
    size: float
    first_word: float
    """Width of its first word."""
    edge: float = float("-inf")
    limit: float = float("inf")


class Paragraph(NamedTuple):
    """Paragraph: its text, font height and page, and whether its last line is full."""

    text: str
    size: float
    page: int
    starts_column: bool
    full: bool
    """Whether the next word would not have fitted into its last line."""
    lines: int


def pieces_of(page: PdfPage) -> list[Piece]:
    """Return the pieces of a page's lines in the order of the file."""
    found: list[Piece] = []
    run: list[Character] = []
    last: Character | None = None
    broken = False
    for each in _without_shadows(_spread(page.characters)):
        if each.breaks:
            # PDFium sees the ends of lines where there are none; only the places of the characters decide.
            broken = broken or each.text != " "
            if each.text == " " and run:
                run.append(each)
            continue
        if last is not None and run and _is_apart(last, each):
            found += _pieces(run)
            run = []
        elif last is not None and run and each.left - last.right < MIN_TOUCH * last.size:
            while run[-1].breaks:
                run.pop()
        elif last is not None and run and broken and each.left - last.right > MIN_SPACE * last.size:
            run.append(Character(" ", breaks=True))
        run.append(each)
        last, broken = each, False
    return [*found, *_pieces(run)]


def _spread(characters: Sequence[Character]) -> Iterator[Character]:
    """Give each letter of a ligature, which all have its place, a part of its width."""
    for _, same in itertools.groupby(characters, lambda each: (each.left, each.right, each.base, each.breaks)):
        letters = list(same)
        first = letters[0]
        width = (first.right - first.left) / len(letters)
        alike = len({each.text for each in letters}) == 1
        if first.breaks or len(letters) == 1 or (alike and first.right - first.left < MIN_LIGATURE * first.size):
            yield from letters
        else:
            for number, each in enumerate(letters):
                left = first.left + number * width
                yield each._replace(left=left, right=left + width)


def _without_shadows(characters: Iterable[Character]) -> Iterator[Character]:
    """Yield the characters without those drawn twice, a little aside, as a shadow or in bold."""
    drawn: defaultdict[str, dict[tuple[int, int], Character]] = defaultdict(dict)
    for each in characters:
        if not each.breaks:
            x, y = int(each.left // MAX_SHADOW), int(each.base // MAX_SHADOW)
            near = (drawn[each.text].get((x + i, y + j)) for i in (-1, 0, 1) for j in (-1, 0, 1))
            most = min(MAX_SHADOW, MAX_SHADOW_SIZE * each.size)
            if any(
                other and abs(other.left - each.left) < most and abs(other.base - each.base) < most for other in near
            ):
                continue
            drawn[each.text][x, y] = each
        yield each


def _is_apart(last: Character, each: Character) -> bool:
    height = max(last.size, each.size)
    moved = each.left - last.right > MAX_WORD_GAP * height or each.left < last.left - height
    return moved or abs(each.base - last.base) > 0.6 * height


def _pieces(run: Sequence[Character]) -> Iterator[Piece]:
    inked = [each for each in run if not each.breaks and each.text.strip()]
    if not inked:
        return
    size = _most(inked, lambda each: round(each.size, 1))
    base = _most([each for each in inked if abs(each.size - size) <= 0.5] or inked, lambda each: round(each.base, 1))
    yield Piece(tuple(run), min(each.left for each in inked), max(each.right for each in inked), base, size)


def _most(characters: Sequence[Character], of: Callable[[Character], float]) -> float:
    return Counter(of(each) for each in characters).most_common(1)[0][0]


def lines_of(column: Sequence[Piece]) -> list[Line]:
    """Return the lines of a column from top to bottom."""
    rows: list[list[Piece]] = []
    for piece in sorted(column, key=lambda p: (-p.base, p.left)):
        row = rows[-1] if rows else None
        if row and abs(row[0].base - piece.base) <= 0.45 * max(row[0].size, piece.size):
            row.append(piece)
        else:
            rows.append([piece])
    return [line for row in rows if (line := _line(sorted(row, key=lambda p: p.left))) is not None]


def _line(row: Sequence[Piece]) -> Line | None:
    widest = max(row, key=lambda p: sum(not each.breaks for each in p.characters))
    parts: list[str] = []
    raised = ""
    characters = _without_gap_after_initial(_in_order(row))
    for number, each in enumerate(characters):
        if each.breaks or not each.text.strip():
            raised = _add_raised(parts, raised, characters[number : number + 12])
            parts.append(" ")
            continue
        if _is_raised(each, widest):
            raised += each.text
            continue
        raised = _add_raised(parts, raised, characters[number : number + 12])
        parts.append(each.text)
    text = " ".join(UNPRINTED.sub("", "".join(parts).translate(LIGATURES)).split())
    if not text:
        return None
    left, right = row[0].left, max(p.right for p in row)
    first = text.split(" ", 1)[0]
    room = (max(p.edge for p in row), min(p.limit for p in row))
    return Line(text, left, right, widest.base, widest.size, (right - left) * len(first) / len(text), *room)


def _without_gap_after_initial(characters: list[Character]) -> list[Character]:
    """Join a large initial to the rest of its word; `A` and `I` may be words of their own."""
    inked = [i for i, each in enumerate(characters[:4]) if not each.breaks and each.text.strip()]
    if len(inked) > 1:
        first, second = characters[inked[0]], characters[inked[1]]
        large = first.size >= MIN_INITIAL * second.size and first.text.isupper() and first.text not in "AI"
        if large and second.text.islower():
            return [first, *characters[inked[1] :]]
    return characters


def _in_order(row: Sequence[Piece]) -> list[Character]:
    """Return the characters of a line from left to right, with spaces between them."""
    space = Character(" ", breaks=True)
    found: list[Character] = []
    if all(after.left >= before.right - 0.3 * before.size for before, after in itertools.pairwise(row)):
        for number, piece in enumerate(row):
            if number and piece.left - row[number - 1].right > MIN_SPACE * piece.size:
                found.append(space)
            found += piece.characters
        return found
    # Runs that overlap were drawn in another order than they are read in.
    inked = sorted((each for piece in row for each in piece.characters if not each.breaks), key=lambda c: c.left)
    for each in inked:
        if found and each.left - found[-1].right > MIN_SPACE * each.size:
            found.append(space)
        found.append(each)
    return found


def _is_raised(each: Character, line: Piece) -> bool:
    return each.size <= MAX_RAISED_SIZE * line.size and each.base - line.base >= MIN_RAISED * line.size


def _add_raised(parts: list[str], raised: str, after: Sequence[Character]) -> str:
    if raised:
        parts.append(superscript(raised, "".join(parts[-60:]), "".join(each.text for each in after)))
    return ""


def paragraphs_of(lines: Sequence[Line], page: int, words: Words) -> list[Paragraph]:
    """Join the lines of a column to paragraphs."""
    if not lines:
        return []
    right = _right_edge(lines)
    left = statistics.median_low([line.left for line in lines])
    pitch = _pitch(lines)
    groups: list[list[Line]] = []
    for line in lines:
        if groups and not _begins(groups[-1], line, left, right, pitch):
            groups[-1].append(line)
        else:
            groups.append([line])
    found = []
    for number, group in enumerate(groups):
        text = group[0].text
        for line in group[1:]:
            text = join(text, line.text, words)
        size = statistics.median_high([line.size for line in group])
        following = groups[number + 1][0].first_word if number + 1 < len(groups) else 3 * size
        full = right - group[-1].right < following + 0.3 * size
        found.append(Paragraph(text, size, page, number == 0, full, len(group)))
    return found


def _right_edge(lines: Sequence[Line]) -> float:
    """Return where full lines end: of lines of unequal length, where the longest do."""
    ends = sorted(line.right for line in lines)
    return ends[min(len(ends) - 1, int(0.9 * len(ends)))]


def _pitch(lines: Sequence[Line]) -> float:
    gaps = [a.base - b.base for a, b in itertools.pairwise(lines) if a.base > b.base]
    close = [gap for gap in gaps if gap < 3 * lines[0].size]
    return statistics.median_low(close) if close else 1.5 * lines[0].size


def _begins(group: Sequence[Line], line: Line, left: float, right: float, pitch: float) -> bool:
    """Whether a line begins a paragraph after these lines."""
    last = group[-1]
    if abs(last.size - line.size) > MAX_SIZE_CHANGE * max(last.size, line.size):
        return True
    if last.base - line.base > MIN_PARAGRAPH_GAP * max(pitch, 0.9 * line.size) or last.base < line.base:
        return True
    if BULLET.match(line.text) and (SENTENCE_END.search(last.text) or BULLET.match(group[0].text)):
        return True
    fits = min(right, last.limit) - last.right > line.first_word + 0.5 * line.size and not re.search(r"\w-$", last.text)
    if fits and not line.text[:1].islower():
        return True
    indented = line.edge == float("-inf") and line.left - left > MIN_INDENT * line.size
    hanging = len(group) > 1 and abs(last.left - line.left) <= 0.3 * line.size
    first_is_out = len(group) == 1 and last.left < line.left - MIN_INDENT * line.size and BULLET.match(last.text)
    return indented and not hanging and not first_is_out and not line.text[:1].islower() and not last.text.endswith("-")


def join_over_breaks(found: Sequence[Paragraph], words: Words) -> list[Paragraph]:
    """Join paragraphs that a column or page divides, past the captions and notes between them."""
    waiting = list(found)
    joined: list[Paragraph] = []
    while waiting:
        first = waiting.pop(0)
        while (number := _rest_of(first, waiting)) is not None:
            rest = waiting.pop(number)
            first = rest._replace(
                text=join(first.text, rest.text, words),
                page=first.page,
                starts_column=first.starts_column,
                lines=first.lines + rest.lines,
            )
        joined.append(first)
    return joined


def _rest_of(first: Paragraph, following: Sequence[Paragraph]) -> int | None:
    """Return which of the following paragraphs continues an unfinished one at the beginning of a column."""
    if (SENTENCE_END.search(first.text) and not first.text.endswith("-")) or not (first.full or first.lines > 1):
        return None
    boxed = True
    for number, each in enumerate(following[:MAX_SKIPPED]):
        alike = abs(each.size - first.size) <= MAX_SIZE_CHANGE * first.size
        if alike and each.starts_column and (each.text[:1].islower() or first.full) and not BULLET.match(each.text):
            return number
        if alike and boxed and number and each.text[:1].islower() and each.page == first.page:
            return number
        if alike and not each.starts_column and number == 0 and not each.text[:1].islower():
            return None
        boxed = boxed and each.size < first.size and not alike
    return None
