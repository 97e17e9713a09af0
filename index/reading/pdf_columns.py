"""PDF columns: divides the pieces of a page's lines into columns and boxes, in reading order."""

import bisect
import itertools
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from index.reading.pdf_layout import MAX_SIZE_CHANGE, Piece

MIN_GUTTER = 0.45
"""Narrowest gutter, in font heights."""
MAX_GUTTER_CROSSINGS = 0.25
"""Share of a page's lines that may cross a gutter: headlines and captions."""
MAX_CANDIDATES = 40
"""Most gaps that are tried as a gutter: a form has hundreds."""
MIN_COLUMN_LINES = 3
MIN_COLUMN_WORDS = 2.5
"""Fewest words of a column's median line; columns of a table have fewer."""
MAX_EDGE_SHIFT = 3.0
"""Largest distance, in points, of the left ends of lines of one box."""
MAX_BOX_PIECES = 600
"""Most pieces of lines of a region in which boxes are looked for: a table has more."""
MAX_PITCH = 2.2
"""Largest distance of two lines of a box, in font heights."""


def columns_of(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Return the pieces by column in reading order: what crosses the gutters divides the columns above and below.

    A box that stands beside the lines of a column follows that column.
    """
    gutter = _gutter(pieces)
    if gutter is None:
        box = _box(pieces)
        if box:
            return [*columns_of(_beside_box(pieces, box)), *columns_of(box)]
        return [list(pieces)] if pieces else []
    middle = (gutter[0] + gutter[1]) / 2
    crossing = [p for p in pieces if p.left < middle < p.right]
    box = _between([p for p in pieces if not p.left < middle < p.right], crossing)
    if box:
        return [*columns_of(_beside_box(pieces, box)), *columns_of(box)]
    rest = [p for p in pieces if not p.left < middle < p.right]
    found: list[list[Piece]] = []
    top = float("inf")
    for bottom in [*sorted({p.base for p in crossing}, reverse=True), float("-inf")]:
        band = [p for p in rest if bottom < p.base <= top]
        for side in ([p for p in band if p.right <= middle], [p for p in band if p.left >= middle]):
            found += columns_of(side)
        across = [p for p in crossing if p.base == bottom]
        if across and found and top != float("inf") and not band:
            found[-1] += across
        elif across:
            found.append(across)
        top = bottom
    return found


def _box(pieces: Sequence[Piece]) -> list[Piece]:
    """Return lines below each other that stand beside some lines of a column whose other lines run over their width."""
    if len(pieces) > MAX_BOX_PIECES:
        return []
    starts: defaultdict[int, list[Piece]] = defaultdict(list)
    for piece in pieces:
        starts[round(piece.left / MAX_EDGE_SHIFT)].append(piece)
    for aligned in sorted(starts.values(), key=len)[:MAX_CANDIDATES]:
        for run in _runs(sorted(aligned, key=lambda p: -p.base)):
            own = set(map(id, run))
            others = [p for p in pieces if id(p) not in own]
            near = [p for p in others if _is_level(p, run)]
            left, right, gap = min(p.left for p in run), max(p.right for p in run), MIN_GUTTER * run[0].size
            apart = all(p.right <= left - gap for p in near) or all(p.left >= right + gap for p in near)
            over = any(p.left < right and p.right > left + gap for p in others if not _is_level(p, run))
            if len(near) > 1 and apart and over and _length(near) > _length(run) and _is_column(run):
                return run
    return []


def _runs(aligned: Sequence[Piece]) -> Iterator[list[Piece]]:
    """Yield the runs of three or more lines of one size below each other."""
    run: list[Piece] = []
    for piece in aligned:
        last = run[-1] if run else piece
        alike = abs(last.size - piece.size) <= MAX_SIZE_CHANGE * piece.size
        if run and not (alike and last.base - piece.base <= MAX_PITCH * piece.size):
            if len(run) >= MIN_COLUMN_LINES:
                yield run
            run = []
        run.append(piece)
    if len(run) >= MIN_COLUMN_LINES:
        yield run


def _is_level(piece: Piece, run: Sequence[Piece]) -> bool:
    """Whether a piece stands at the height of a run of lines."""
    return run[-1].base - run[-1].size / 2 <= piece.base <= run[0].base + run[0].size / 2


def _length(pieces: Sequence[Piece]) -> int:
    return sum(len(piece.characters) for piece in pieces)


def _between(columns: Sequence[Piece], crossing: Sequence[Piece]) -> list[Piece]:
    """Return the lines across a gutter that stand between lines of both columns: a box in the middle of a page."""
    found = []
    for piece in crossing:
        level = [p for p in columns if abs(p.base - piece.base) <= max(p.size, piece.size)]
        before, after = [p for p in level if p.right <= piece.left], [p for p in level if p.left >= piece.right]
        if before and after and len(before) + len(after) == len(level):
            found.append(piece)
    return found if len(found) >= MIN_COLUMN_LINES else []


def _beside_box(pieces: Sequence[Piece], box: Sequence[Piece]) -> list[Piece]:
    """Return the pieces outside a box, those at its height with the room that it leaves them."""
    left, right = min(p.left for p in box), max(p.right for p in box)
    run = sorted(box, key=lambda p: -p.base)
    own = set(map(id, box))
    found = []
    for piece in pieces:
        if id(piece) not in own:
            level = _is_level(piece, run)
            limit, edge = level and piece.right <= left, level and piece.left >= right
            found.append(piece._replace(limit=left) if limit else piece._replace(edge=right) if edge else piece)
    return found


def _gutter(pieces: Sequence[Piece]) -> tuple[float, float] | None:
    """Return the sides of the gap that divides most lines of a region into columns; None for a single column."""
    if len(pieces) < 2 * MIN_COLUMN_LINES:
        return None
    height = statistics.median(p.size for p in pieces)
    lefts, rights = sorted(p.left for p in pieces), sorted(p.right for p in pieces)
    edges = sorted({round(edge, 1) for edge in (*lefts, *rights)})
    candidates = []
    for low, high in itertools.pairwise(edges):
        middle = (low + high) / 2
        before, after = bisect.bisect_right(rights, middle), len(pieces) - bisect.bisect_left(lefts, middle)
        crossing = len(pieces) - before - after
        if crossing <= MAX_GUTTER_CROSSINGS * len(pieces) and min(before, after) >= MIN_COLUMN_LINES:
            candidates.append((crossing, low - high, middle))
    for _, _, middle in sorted(candidates)[:MAX_CANDIDATES]:
        left = [p for p in pieces if p.right <= middle]
        right = [p for p in pieces if p.left >= middle]
        gap = (max(p.right for p in left), min(p.left for p in right))
        wide = gap[1] - gap[0] >= MIN_GUTTER * height
        if wide and _beside(left, right) >= MIN_COLUMN_LINES and _is_column(left) and _is_column(right):
            return gap
    return None


def _is_column(pieces: Sequence[Piece]) -> bool:
    words = Counter[int]()
    for piece in pieces:
        words[round(piece.base)] += len("".join(each.text for each in piece.characters).split())
    return len(words) >= MIN_COLUMN_LINES and statistics.median(words.values()) >= MIN_COLUMN_WORDS


def _beside(left: Sequence[Piece], right: Sequence[Piece]) -> int:
    """Return how many pieces on one side stand at the height of those on the other."""
    low, high = min(p.base for p in right), max(p.base for p in right)
    return sum(low - p.size <= p.base <= high + p.size for p in left)
