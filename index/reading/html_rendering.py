"""HTML rendering: turns superscripts, `q`, line breaks, tables and entries of live blogs into plain paragraphs."""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from datetime import datetime

from index.reading.html_hidden import Tree, detach

BLOCK_TAGS = set(
    "address article aside blockquote body caption cell center dd details div dl dt fieldset figcaption figure footer "
    "form h1 h2 h3 h4 h5 h6 head header hr item lb li list main nav ol p pre quote row section summary table tbody td "
    "tfoot th thead title tr ul".split()
)
UNITS = re.compile(
    r"(?:^|[\d\s/(·*])(?:[kcdmnµμ]m|hm|ha|ft|yd|per (?:m|in|mi|s|h))$|(?:\d\s?|/)(?:in|mi|s|h|sec)$|(?:[\s/(]|\d\s?)m$"
    r"|\d\s(?:(?:kilo|centi|milli)?met(?:re|er)s?|miles?|feet|foot|inch(?:es)?|yards?)$"
)
MONEY_BEFORE = re.compile(r"[$€£¥]\s?[\d.,]+\s?\w?$")
POWER_OF_TEN = re.compile(r"(?:^|[^\d.,])10$|[×x·*]\s?10$|\d[×x·*e]10$")
SMALL_BASE = re.compile(r"(?:^|[\s(=+*/×·−^])[2-9]$")
AFTER_AN_OPERATOR = re.compile(r"[=+*/×·−^<>≈]\s?\(?\d+$")
BEFORE_AN_OPERATOR = re.compile(r"\s*[=+*/×·−^<>≈]")
ROMAN = re.compile(r"\b[IVXLC]+$")
VARIABLE = re.compile(r"(?:(?<![^\W\d_])(?<![.'’])[^\W\d_]|(?:^|[\s=+*/(×·−-])[a-z]c|[=+*/×·−]\s?[^\W\d_]{2})$")
"""Single letter, or two in a formula."""
BRACKET = re.compile(r"[)\]|}]$")
WORDS_IN_BRACKETS = re.compile(r"[^\W\d_]{4}[^()]*\)$")
EXPONENT = re.compile(r"[-−–+]?\d{1,3}$")
NOTE_MARK = re.compile(r"[\[(]?(?:\d{1,3}|[*†‡§¶#]+|[ivx]{1,4})(?:\s?[,;–-]\s?\d{1,3})*[\])]?[,.]?$|\[[^\]]{1,20}\]$")
LETTER_MARK = re.compile(r"[a-z](?:,\s?[a-z])*$")
NOTE_NAME = re.compile(r"(?:foot|end)?-?note|reference|\bref\b|\bfn|cit(?:e|ation)", re.IGNORECASE)
SUPERSCRIPTS = str.maketrans("0123456789-−–+", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁻⁻⁺")
QUOTES = "\"'“”„‘’«»‹›"
MAX_RECENT = 60
MAX_CELL_WORDS = 60
"""Most words of a cell in a table of data; a longer one is a part of a page that is arranged as a table."""
ROW_CLASS = "row-of-a-table"
MAX_TABLE_CELLS = 20_000
MIN_ENTRIES = 2
MAX_ENTRY_HEAD_WORDS = 12
MAX_ENTRY_SHARE = 0.8
"""Share of a group's text that no entry of a live blog exceeds; an article beside teasers does."""
ENTRY_DASH = re.compile(r"^\s*(?:[-–—:|]\s+)?")
BULLET = re.compile(r"\s*(?:[•·▪◦‣*–—-]|\d{1,2}[.)])\s")


def render(tree: Tree) -> None:
    """Render a page's elements in place: what is left is text in blocks."""
    for table in [*tree.iter("table")]:
        _render_table(table)
    _render_entries(tree)
    _render_inline(tree)


def _render_inline(tree: Tree) -> None:
    recent = ""
    stack: list[tuple[Tree, bool]] = [(tree, False)]
    while stack:
        node, leaving = stack.pop()
        if not isinstance(node.tag, str):
            continue
        if leaving:
            if node.tag == "q":
                _append(node, "’" if _quote_depth(node) % 2 else "”")
            recent = "" if node.tag in BLOCK_TAGS else recent
        else:
            recent = "" if node.tag in BLOCK_TAGS else recent
            if node.tag == "sup":
                node.text, node[:] = superscript("".join(node.itertext()).strip(), recent, node.tail or "", node), []
            elif node.tag == "q":
                if _is_quoted(node):
                    node.tag = "span"
                else:
                    node.text = ("‘" if _quote_depth(node) % 2 else "“") + (node.text or "").lstrip()
            elif node.tag == "br":
                _render_break(node)
            recent = (recent + (node.text or ""))[-MAX_RECENT:]
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node))
            continue
        if node is not tree:
            recent = (recent + (node.tail or ""))[-MAX_RECENT:]


def superscript(raised: str, before: str, after: str, node: Tree | None = None) -> str:
    """Return a superscript in plain text: nothing for a note marker, an exponent as one, and letters as they are.

    >>> superscript("3", "killed 12", " people"), superscript("6", "of 10", " cells"), superscript("2", "12 m", " of")
    ('', '^6', '²')
    >>> superscript("16", "has 2", " bins"), superscript("2", "the χ", " test"), superscript("-3", "of 5", " m")
    ('^16', '²', '^-3')
    """
    names = _names_of_notes(node) if node is not None else False
    digits = EXPONENT.fullmatch(raised) is not None
    if after[:1] in "/⁄" and after[:1] and raised.isdigit():
        return f" {raised}" if before[-1:].isdigit() else raised
    if not names and digits:
        if POWER_OF_TEN.search(before) or _is_power(raised, before, after):
            return "^" + raised.replace("−", "-").replace("–", "-")
        if (UNITS.search(before) or VARIABLE.search(before) or _is_formula(before)) and not MONEY_BEFORE.search(before):
            return raised.translate(SUPERSCRIPTS)
        if re.search(r"[$€£]\s?\d+$", before) and len(raised) == 2:
            return f".{raised}"
        if not before[-1:].strip() and re.match(r"[A-Z][a-z]?(?![a-z])", after) and len(raised) > 1:
            return raised.translate(SUPERSCRIPTS)
    word = re.search(r"[^\W\d_]{3,}[.,;:!?…”’\")]*$|[.,;:!?…”’\")]$", before)
    if names or NOTE_MARK.fullmatch(raised) or (word and LETTER_MARK.fullmatch(raised) and not ROMAN.search(before)):
        return ""
    return raised


def _is_power(raised: str, before: str, after: str) -> bool:
    """Whether digits above a number are its exponent: beside an operator, or above one digit; a note may be meant."""
    if not raised[0].isdigit():
        return before[-1:].isdigit()
    if AFTER_AN_OPERATOR.search(before) or (before[-1:].isdigit() and BEFORE_AN_OPERATOR.match(after)):
        return True
    return raised not in ("0", "1") and SMALL_BASE.search(before) is not None


def _is_formula(before: str) -> bool:
    """Whether a text ends with a bracket that does not enclose words."""
    return BRACKET.search(before) is not None and WORDS_IN_BRACKETS.search(before) is None


def _names_of_notes(node: Tree) -> bool:
    """Whether a superscript is marked as a note: it links within the page, or is named so."""
    for each in (node, *node.iter()):
        if isinstance(each.tag, str):
            names = " ".join(each.get(name) or "" for name in ("class", "id", "role", "epub:type", "rel"))
            if (each.get("href") or "").startswith("#") or NOTE_NAME.search(names):
                return True
    parent = node.getparent()
    return parent is not None and parent.tag == "a" and "#" in (parent.get("href") or "")


def _quote_depth(node: Tree) -> int:
    return sum(above.tag == "q" for above in node.iterancestors())


def _is_quoted(node: Tree) -> bool:
    """Whether the quotation marks are already in the text."""
    text = "".join(node.itertext()).strip()
    before = node.getprevious()
    earlier = (before.tail if before is not None else node.getparent().text) or ""
    return text[:1] in QUOTES or (earlier[-1:] in QUOTES and earlier[-1:] != "")


def _append(node: Tree, text: str) -> None:
    if len(node):
        node[-1].tail = (node[-1].tail or "").rstrip() + text
    else:
        node.text = (node.text or "").rstrip() + text


def _render_break(node: Tree) -> None:
    """Turn a single line break into a space; two of them, or one after a line in bold, stay and end a paragraph."""
    before, after = node.getprevious(), node.getnext()
    double = (after is not None and after.tag == "br" and not (node.tail or "").strip()) or (
        before is not None and before.tag == "br" and not (before.tail or "").strip()
    )
    heading = before is not None and before.tag in ("b", "strong") and not (before.tail or "").strip()
    first = heading and before.getprevious() is None and not (node.getparent().text or "").strip()
    if not (double or first or BULLET.match(node.tail or "")):
        node.tag = "span"
        node.text = " "


def _render_table(table: Tree) -> None:
    """Replace a table of data by a paragraph a row, each cell after the head of its column."""
    paragraphs = _table_lines(table)
    if paragraphs is None:
        return
    caption = [" ".join("".join(node.itertext()).split()) for node in table.iter("caption")]
    for child in list(table):
        table.remove(child)
    table.tag, table.text = "div", None
    for text, kind in [
        *((each, "figcaption") for each in caption if each),
        *((each, "p") for each in paragraphs if each),
    ]:
        made = table.makeelement(kind, {"class": ROW_CLASS} if kind == "p" else {})
        made.text = text
        table.append(made)


def text_table_lines(rows: Sequence[Sequence[tuple[str, int]]]) -> list[str] | None:
    """Return a line for each row of a table of texts, each with its number of columns; None if it is no data."""
    import lxml.etree as lxml  # type: ignore[import-untyped]  # noqa: PLC0415

    table = lxml.Element("table")
    for row in rows:
        made = lxml.SubElement(table, "tr")
        for text, columns in row:
            lxml.SubElement(made, "td", colspan=str(columns)).text = " ".join(text.split())
    return _table_lines(table)


def _table_lines(table: Tree) -> list[str] | None:
    grid = _rows(table)
    if grid is None:
        return None
    heads, rows = _heads(grid)
    lines = []
    for row in rows:
        cells = [(head, text) for head, text in zip(heads, row, strict=True) if text]
        line = "; ".join(f"{head.rstrip(':')}: {text}" if head and head != text else text for head, text in cells)
        if not any(heads) and len(cells) == 2:
            line = f"{cells[0][1].rstrip(':')}: {cells[1][1]}"
        lines.append(line)
    return lines


def _rows(table: Tree) -> list[list["_Cell"]] | None:
    """Return the cells of a table of data as a grid; None for a page that is arranged as a table."""
    if table.get("role") in ("presentation", "none") or next(table.iterdescendants("table"), None) is not None:
        return None
    grid: list[list[_Cell]] = []
    spans: dict[int, tuple[int, _Cell]] = {}
    for row in table.iter("tr"):
        cells: list[_Cell] = []
        own = [_Cell(node) for node in row if node.tag in ("td", "th")]
        if any(cell.words > MAX_CELL_WORDS or cell.blocks > 1 for cell in own):
            return None
        for cell in own:
            while len(cells) in spans and spans[len(cells)][0] > 0:
                left, above = spans[len(cells)]
                spans[len(cells)] = (left - 1, above)
                cells.append(above)
            for _ in range(cell.columns):
                if cell.rows > 1:
                    spans[len(cells)] = (cell.rows - 1, cell)
                cells.append(cell)
        while len(cells) in spans and spans[len(cells)][0] > 0:
            left, above = spans[len(cells)]
            spans[len(cells)] = (left - 1, above)
            cells.append(above)
        if own:
            grid.append(cells)
    width = max(map(len, grid), default=0)
    if len(grid) < 2 and not (grid and any(cell.is_head for cell in grid[0])):
        return None
    if width < 2 or width * len(grid) > MAX_TABLE_CELLS:
        return None
    empty = _Cell(None)
    return [row + [empty] * (width - len(row)) for row in grid]


class _Cell:
    def __init__(self, node: Tree | None) -> None:
        self.text = _cell_text(node) if node is not None else ""
        self.words = len(self.text.split())
        self.is_head = node is not None and node.tag == "th"
        self.columns = _span(node, "colspan")
        self.rows = _span(node, "rowspan")
        self.blocks = sum(1 for _ in node.iter("p", "div", "h1", "h2", "h3", "ul", "ol")) if node is not None else 0
        self.in_head = node is not None and any(above.tag == "thead" for above in node.iterancestors())


def _cell_text(node: Tree) -> str:
    _render_inline(node)
    parts = []
    for each in node.iter():
        if isinstance(each.tag, str):
            parts.append((" " if each.tag in BLOCK_TAGS or each.tag == "br" else "") + (each.text or ""))
        if each is not node:
            parts.append((" " if each.tag in BLOCK_TAGS else "") + (each.tail or ""))
    return " ".join("".join(parts).split())


def _span(node: Tree | None, name: str) -> int:
    value = (node.get(name) or "") if node is not None else ""
    return min(max(int(value), 1), 100) if value.isdigit() else 1


def _heads(grid: list[list[_Cell]]) -> tuple[list[str], list[list[str]]]:
    """Return the head of each column and the texts of the rows below; a column without a head has an empty one."""
    count = 0
    for row in grid:
        if all(cell.is_head or cell.in_head or not cell.text for cell in row) and any(cell.text for cell in row):
            count += 1
        else:
            break
    if count == 0 and len(grid) > 2 and _looks_like_heads(grid):
        count = 1
    texts = [[cell.text for cell in _unspanned(row)] for row in grid[count:]]
    if count == 0 or count == len(grid):
        return [""] * len(grid[0]), [[cell.text for cell in _unspanned(row)] for row in grid]
    columns = zip(*grid[:count], strict=True)
    heads = [" ".join(dict.fromkeys(cell.text for cell in column if cell.text)) for column in columns]
    return heads, texts


def _unspanned(row: Sequence[_Cell]) -> Iterator[_Cell]:
    """Yield the cells of a row, with an empty one for each column that a wide cell covers after its first."""
    for number, cell in enumerate(row):
        yield _Cell(None) if number and cell is row[number - 1] and cell.columns > 1 else cell


def _looks_like_heads(grid: list[list[_Cell]]) -> bool:
    """Whether a first row without `th` names columns: it has no figure, and each column of figures is below a name."""
    first = [cell.text for cell in grid[0]]
    figures = [any(cell.text[:1].isdigit() for cell in column) for column in zip(*grid[1:], strict=True)]
    return (
        all(first)
        and any(figures)
        and not any(
            any(map(str.isdigit, text)) and len(text.split()) == 1 and not re.fullmatch(r"(?:19|20)\d\d", text)
            for text in first
        )
    )


def _render_entries(tree: Tree) -> None:
    """Put the time of each entry of a live blog at the head of its text, as a date that can be read."""
    times = list(tree.iter("time"))
    timed = Counter((node.getparent(), node.tag) for node in {*times, *_around(times)})
    with_blocks = _around(node for node in tree.iter() if node.tag in BLOCK_TAGS)
    groups: dict[tuple[Tree, str], list[tuple[Tree, Tree, Tree]]] = {}
    for time in times:
        if entry_time(time.get("datetime") or "") and (entry := _entry_of(time, timed)) is not None:
            paragraph = _entry_paragraph(entry, time, with_blocks)
            if paragraph is not None:
                groups.setdefault((entry.getparent(), entry.tag), []).append((entry, time, paragraph))
    for found in groups.values():
        lengths = [sum(map(len, entry.itertext())) for entry in {entry: None for entry, _, _ in found}]
        if len(lengths) >= MIN_ENTRIES and max(lengths) <= MAX_ENTRY_SHARE * sum(lengths):
            for time, paragraph in {entry: (time, paragraph) for entry, time, paragraph in reversed(found)}.values():
                stamp = f"{entry_time(time.get('datetime'))}: "
                if time in list(paragraph.iter("time")):
                    time.text, time[:] = stamp, []
                    time.tail = ENTRY_DASH.sub("", time.tail or "")
                else:
                    paragraph.text = stamp + (paragraph.text or "").lstrip()
                    detach(time)


def _around(nodes: Iterable[Tree]) -> set[Tree]:
    """Return all elements that contain one of the nodes."""
    found: set[Tree] = set()
    for node in nodes:
        for above in node.iterancestors():
            if above in found:
                break
            found.add(above)
    return found


def _entry_of(time: Tree, timed: Mapping[tuple[Tree, str], int]) -> Tree | None:
    """Return the innermost element around a time that repeats beside its like, each with a time of its own."""
    for node in (time, *time.iterancestors()):
        parent = node.getparent()
        if parent is not None and timed[parent, node.tag] > 1:
            return node
    return None


def _entry_paragraph(entry: Tree, time: Tree, with_blocks: Set[Tree]) -> Tree | None:
    """Return the first paragraph after an entry's time and before the next; None when prose comes before the time."""
    around = next((node for node in time.iterancestors() if node.tag in BLOCK_TAGS), None)
    if (
        around is not None
        and around not in with_blocks
        and ("".join(around.itertext()).strip()).startswith("".join(time.itertext()).strip())
    ):
        words = "".join(around.itertext()).split()
        if len(words) > MAX_ENTRY_HEAD_WORDS or (len(words) > 4 and words[-1][-1:] in '.!?”"'):
            return around
    after = False
    for node in (node for each in itertools.chain([entry], entry.itersiblings()) for node in each.iter()):
        if node is time:
            after = True
        elif not isinstance(node.tag, str) or node in with_blocks:
            continue
        elif node.tag == "time" and after:
            return None
        elif node.tag in ("p", "div", "section", "blockquote", "li", "dd", "td"):
            words = "".join(node.itertext()).split()
            if after and len(words) > 2:
                return node
            if not after and len(words) > MAX_ENTRY_HEAD_WORDS and entry in list(node.iterancestors()):
                return None
    return None


def entry_time(value: str) -> str:
    """Return the time of a live entry in words, as its own clock shows it; empty when it is not a full date and time.

    >>> entry_time("2026-03-05T21:40:00+01:00")
    '5 March 2026, 21:40'
    """
    try:
        found = datetime.fromisoformat(value.strip())
    except ValueError:
        return ""
    return f"{found.day} {found:%B %Y, %H:%M}"
