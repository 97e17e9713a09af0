"""HTML as blocks of text; the only file that knows trafilatura."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from index.errors import UnreadableFile
from index.types import Record

XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
LARGEST = 16 * 1024 * 1024
"""Characters; a tree takes many times as much memory as its text."""
BREAKING = set(
    "address article aside blockquote body br caption cell center dd details div dl dt fieldset figcaption figure "
    "footer form h1 h2 h3 h4 h5 h6 head header hr item lb li list main nav ol p pre quote row section summary table "
    "tbody td tfoot th thead title tr ul".split()
)
HIDDEN = set("audio button iframe noscript object script select style svg template textarea title video".split())
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "head")
BESIDE = ("aside", "footer", "form", "nav")
BESIDE_NAMED = re.compile(
    r"(?:sidebar|related|comment|widget|breadcrumb|newsletter|promo|footer|cookie|share|social|recommended|popular"
    r"|trending|latest|most-read|more-from|teaser)",
    re.IGNORECASE,
)
ALIKE = 0.35
"""Share of a block's runs of three words that the chosen text must have: where it dropped some, most are left."""
WHOLE = ("html", "body", "main")
MODIFIED = re.compile(r"updat|modif", re.IGNORECASE)

Tree = Any
"""An element of lxml, which has no types."""


class Moment(Record):
    """A `time` element that says when."""

    before: str
    """The words of its block that stand before it."""
    when: str


class Block(Record):
    """One paragraph, heading or line of a page."""

    text: str
    tag: str
    beside: bool = False
    """It stands in a sidebar, a footer, a menu or among the comments."""
    moments: tuple[Moment, ...] = ()
    author: str = ""
    """What it marks as the author's name."""


def parse(html: str, name: str) -> Tree:
    """The page as a tree of elements.

    Raises:
        UnreadableFile: there is no page in it.
    """
    from trafilatura import load_html  # noqa: PLC0415 - only pages need it, and no question does

    if len(html) > LARGEST:
        raise UnreadableFile(f"{name!r} is a page of more than {LARGEST // 2**20} million characters; split it")
    tree = load_html(XML_DECLARATION.sub("", html, count=1))
    if tree is None:
        raise UnreadableFile(f"{name!r} holds no page that can be parsed; save it anew")
    return tree


def main_blocks(tree: Tree, page: Sequence[Block]) -> list[Block]:
    """The blocks of `page` that trafilatura takes for the article; may be none.

    It only chooses: the words it gives back lack some elements in the middle of a sentence (`time` is one), and a
    quotation must not.
    """
    from trafilatura import bare_extraction  # noqa: PLC0415 - as above

    chosen = bare_extraction(tree, include_comments=False, include_images=False, include_links=False)
    body = getattr(chosen, "body", None)
    if body is None:
        return []
    lines = [block.text for block in blocks(body)]
    short, long = set(lines), {shingle for line in lines for shingle in _shingles(line)}
    found: dict[str, Block] = {}
    for block in page:
        shingles = _shingles(block.text)
        if shingles:
            fits = sum(shingle in long for shingle in shingles) >= ALIKE * len(shingles)
        else:
            fits = block.text in short and not block.beside
        if fits:
            found.setdefault(block.text, block)
    return list(found.values())


def _shingles(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + 3]) for i in range(len(words) - 2)]


def blocks(tree: Tree) -> list[Block]:
    """Every visible block of text in document order, its white space as a browser shows it."""
    walk = _Walk()
    # An explicit stack: a page may be nested deeper than Python calls.
    stack: list[tuple[Tree, bool]] = [(tree, False)]
    while stack:
        node, leaving = stack.pop()
        if leaving:
            walk.leave(node)
        elif _is_shown(node):
            walk.enter(node)
            stack.append((node, True))
            stack.extend((child, False) for child in reversed(node))
            continue
        if node is not tree:
            walk.add(node.tail)
    walk.end()
    return walk.found


def texts(tree: Tree, tag: str) -> Iterator[str]:
    """What stands in each element of that name, hidden or not."""
    for node in tree.iter(tag):
        yield "".join(node.itertext())


class _Walk:
    def __init__(self) -> None:
        self.found: list[Block] = []
        self._text: list[str] = []
        self._tags: list[str] = ["body"]
        self._beside: list[Tree] = []
        self._moments: list[Moment] = []
        self._author = ""

    def add(self, text: str | None) -> None:
        if text:
            self._text.append(text)

    def enter(self, node: Tree) -> None:
        if node.tag in BREAKING:
            self.end()
            if node.tag not in ("br", "lb"):
                self._tags.append(node.tag)
        if is_beside(node):
            self._beside.append(node)
        if node.tag == "time" and node.get("datetime") and not _is_modified(node):
            self._moments.append(Moment(before=self._so_far(), when=str(node.get("datetime"))))
        if node.get("rel") == "author":
            self._author = " ".join("".join(node.itertext()).split())
        self.add(node.text)

    def leave(self, node: Tree) -> None:
        if node.tag in BREAKING:
            self.end()
            if node.tag not in ("br", "lb"):
                self._tags.pop()
        if self._beside and self._beside[-1] is node:
            self._beside.pop()

    def end(self) -> None:
        text = self._so_far()
        if text:
            found = Block(
                text=text,
                tag=self._tags[-1],
                beside=bool(self._beside),
                moments=tuple(self._moments),
                author=self._author,
            )
            self.found.append(found)
        self._text, self._moments, self._author = [], [], ""

    def _so_far(self) -> str:
        return " ".join("".join(self._text).split())


def _is_shown(node: Tree) -> bool:
    """Comments and instructions have a function for a tag; `head` is a page's head only directly below `html`."""
    if not isinstance(node.tag, str) or node.tag in HIDDEN or node.get("hidden") is not None:
        return False
    parent = node.getparent()
    return not (node.tag == "head" and parent is not None and parent.tag == "html")


def is_beside(node: Tree) -> bool:
    """Whether an element is a sidebar, a footer, a menu, comments or the like, by its kind or its name."""
    if node.tag in BESIDE:
        return True
    names = f"{node.get('class') or ''} {node.get('id') or ''}".split()
    return node.tag not in WHOLE and any(BESIDE_NAMED.match(name) for name in names)


def _is_modified(node: Tree) -> bool:
    return bool(MODIFIED.search(f"{node.get('class') or ''} {node.get('itemprop') or ''}"))
