"""HTML blocks: parses pages into blocks of text and marks boilerplate; the only importer of trafilatura."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence, Set

from index.errors import UnreadableFile
from index.reading.html_hidden import Tree, remove_hidden
from index.reading.html_rendering import BLOCK_TAGS, ROW_CLASS, render
from index.reading.layout import is_sentence
from index.types import Record

XML_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
MAX_PAGE_CHARACTERS = 16 * 1024 * 1024
"""Largest page that is parsed: its element tree takes many times as much memory as its text."""
BREAKS = ("br", "lb")
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6", "head")
BOILERPLATE_TAGS = ("aside", "footer", "form", "nav")
BOILERPLATE_NAME = re.compile(
    r"(?:sidebar|related|comment|widget|breadcrumb|newsletter|promo|footer|cookie|share|social|recommended|popular"
    r"|trending|latest|most-read|more-from|teaser)",
    re.IGNORECASE,
)
MIN_SLOT_SHARE = 0.2
"""Share of the extracted sentences' length from which a part of the page's template belongs to the article."""
MAX_LINKED = 0.8
"""Share of a block's text in links from which it refers to other pages."""
MIN_SHINGLE_OVERLAP = 0.35
"""Share of a block's word trigrams that must be in the extracted text, which may lack some inline elements."""
CAPTION_NAME = re.compile(
    r"(?:^|\s)(?:[\w-]*[_-])?(?:fig|wp|image|photo|picture|img|media)?[_-]?caption(?:[_-]text)?(?:$|\s)", re.IGNORECASE
)
INVISIBLE = re.compile("[\u00ad\u200b\u2060\ufeff]")
"""Characters that a browser shows as nothing: places where a line may be broken, and byte order marks."""
ROOT_TAGS = ("html", "body", "main")
AUTHOR_CLASS = re.compile(
    r"(?:(?:p|byline|article|entry|post|story|c)[-_]{1,2})?author(?:[-_]{1,2}(?:name|link))?", re.I
)
AUTHOR_CREDIT = re.compile(r"^(?:by|von|par|por|di|door|av)\s+", re.IGNORECASE)
MAX_NAME_WORDS = 6
QUOTED_MAIL = re.compile(r"\w+[-_]quoted?", re.IGNORECASE)
MODIFIED = re.compile(r"updat|modif", re.IGNORECASE)


class TimeElement(Record):
    """Time element: a `time` element with a `datetime` attribute."""

    preceding: str
    """Text before it in the same block."""
    value: str


class Block(Record):
    """Block: the text of one paragraph, heading or line of a page."""

    text: str
    tag: str
    boilerplate: bool = False
    """Whether it is in a sidebar, footer, menu or comment section."""
    times: tuple[TimeElement, ...] = ()
    caption: bool = False
    """Whether it is the caption of a picture."""
    row: bool = False
    """Whether it is a row of a table."""
    quoted: int = 0
    """Number of mails that quote it, each in an element that mail programs put around a quoted mail."""
    linked: float = 0.0
    """Share of its text that is in links."""
    slot: str = ""
    """Part of the page's template that it is in: the elements around its own, with their classes."""
    authors: tuple[str, ...] = ()
    """Texts inside it that are marked as the names of authors (`rel="author"`, or a class `author`)."""


def parse(html: str, name: str) -> Tree:
    """Parse a page into an element tree.

    Raises:
        UnreadableFile: the page is too large, or cannot be parsed.
    """
    from trafilatura import load_html  # noqa: PLC0415 - only pages need it, and no question does

    if len(html) > MAX_PAGE_CHARACTERS:
        raise UnreadableFile(
            f"{name!r} is a page of more than {MAX_PAGE_CHARACTERS // 2**20} million characters; split it"
        )
    tree = load_html(XML_DECLARATION.sub("", html, count=1))
    if tree is None:
        raise UnreadableFile(f"{name!r} contains no page that can be parsed; save it again")
    return tree


def article_blocks(tree: Tree, page: Sequence[Block]) -> list[Block]:
    """Return the blocks of a page that belong to the article; may be empty.

    Trafilatura only selects blocks: its own text drops inline elements such as `time`, and a quotation must be exact.
    It drops short paragraphs, so whole sentences in the same part of the page's template as those that it takes are
    added.
    """
    from trafilatura import bare_extraction  # noqa: PLC0415 - as above

    # Favouring precision finds more of the article's own text and less around it on pages of a public benchmark.
    extracted = bare_extraction(
        tree, include_comments=False, include_images=False, include_links=False, favor_precision=True
    )
    body = getattr(extracted, "body", None)
    if body is None:
        return []
    lines = [block.text for block in _walk(body)]
    chosen = _chosen(page, set(lines), {shingle for line in lines for shingle in _shingles(line)})
    slots = Counter[str]()
    for i in chosen:
        if is_sentence(page[i].text):
            slots[page[i].slot] += len(page[i].text)
    own = {slot for slot, length in slots.items() if length >= MIN_SLOT_SHARE * slots.total()}
    near = _until_other_articles(page, chosen)
    inside = range(min(chosen, default=0), max(chosen, default=-1) + 1)
    found: list[Block] = []
    before: Block | None = None
    for i, block in enumerate(page):
        known = (i in near and block.slot in own) or (i in inside and block.slot in slots)
        fits = i in chosen or (known and _is_paragraph(block))
        if fits or (before is not None and _continues(before, block)):
            found.append(block)
            before = block
        else:
            before = None
    return found


def _continues(before: Block, block: Block) -> bool:
    """Whether a block is the next row of a table or item of a list whose beginning belongs to the article."""
    if block.boilerplate or block.linked >= MAX_LINKED:
        return False
    item = block.tag == "li" and (before.text.endswith(":") or (before.tag == "li" and before.slot == block.slot))
    return block.row or item


def _until_other_articles(page: Sequence[Block], chosen: Set[int]) -> range:
    """Return the numbers of the blocks around the chosen ones up to the next main heading on each side."""
    first, last = min(chosen, default=0), max(chosen, default=-1)
    titles = [i for i, block in enumerate(page) if block.tag == "h1"]
    return range(
        max((i for i in titles if i < first), default=0), min((i for i in titles if i > last), default=len(page))
    )


def _chosen(page: Sequence[Block], short: Set[str], long: Set[str]) -> set[int]:
    """Return the numbers of the blocks that were extracted; a line of one or two words counts only between others."""
    found: dict[str, int] = {}
    for i, block in enumerate(page):
        shingles = _shingles(block.text)
        if shingles and sum(shingle in long for shingle in shingles) >= MIN_SHINGLE_OVERLAP * len(shingles):
            found.setdefault(block.text, i)
    numbers = set(found.values())
    inside = range(min(numbers), max(numbers) + 1) if numbers else range(len(page))
    return numbers | {i for i in inside if page[i].text in short and not page[i].boilerplate}


def _is_paragraph(block: Block) -> bool:
    return (
        is_sentence(block.text)
        and not (block.boilerplate or block.caption)
        and block.linked < MAX_LINKED
        and block.tag not in HEADINGS
    )


def _shingles(text: str) -> list[str]:
    words = text.split()
    return [" ".join(words[i : i + 3]) for i in range(len(words) - 2)]


def blocks(tree: Tree) -> list[Block]:
    """Return all visible blocks in document order, with white space collapsed as in a browser; changes the tree."""
    remove_hidden(tree)
    render(tree)
    return _walk(tree)


def _walk(tree: Tree) -> list[Block]:
    walk = _Walk()
    # An explicit stack, because pages may be nested deeper than the recursion limit.
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
    """Yield the text of each element with that tag, hidden ones included."""
    for node in tree.iter(tag):
        yield "".join(node.itertext())


class _Walk:
    def __init__(self) -> None:
        self.found: list[Block] = []
        self._text: list[str] = []
        self._tags: list[str] = ["body"]
        self._slots: list[str] = ["", ""]
        self._boilerplate: list[Tree] = []
        self._captions = 0
        self._row = False
        self._quotes = 0
        self._links = 0
        self._linked = 0
        self._times: list[TimeElement] = []
        self._authors: list[str] = []

    def add(self, text: str | None) -> None:
        if text:
            self._text.append(text)
            if self._links:
                self._linked += len("".join(text.split()))

    def enter(self, node: Tree) -> None:
        if node.tag in BLOCK_TAGS or node.tag in BREAKS:
            self.end()
        if node.tag in BLOCK_TAGS:
            self._tags.append(node.tag)
            self._row = node.get("class") == ROW_CLASS
            self._slots.append(f"{self._slots[-1].rpartition('/')[2]}/{node.tag}.{node.get('class') or ''}")
        self._captions += _is_caption(node)
        self._quotes += _is_quoted_mail(node)
        self._links += node.tag == "a"
        if is_boilerplate(node):
            self._boilerplate.append(node)
        if node.tag == "time" and node.get("datetime") and not _is_modified(node):
            self._times.append(TimeElement(preceding=self._so_far(), value=str(node.get("datetime"))))
        if name := _author_name(node):
            self._authors.append(name)
        self.add(node.text)

    def leave(self, node: Tree) -> None:
        if node.tag in BLOCK_TAGS or node.tag in BREAKS:
            self.end()
        if node.tag in BLOCK_TAGS:
            self._tags.pop()
            self._slots.pop()
        self._captions -= _is_caption(node)
        self._quotes -= _is_quoted_mail(node)
        self._links -= node.tag == "a"
        if self._boilerplate and self._boilerplate[-1] is node:
            self._boilerplate.pop()

    def end(self) -> None:
        text = self._so_far()
        if text:
            found = Block(
                text=text,
                tag=self._tags[-1],
                boilerplate=bool(self._boilerplate),
                times=tuple(self._times),
                caption=bool(self._captions),
                row=self._row,
                quoted=self._quotes,
                linked=min(self._linked / len("".join(text.split())), 1.0),
                slot=self._slots[-2],
                authors=tuple(dict.fromkeys(self._authors)),
            )
            self.found.append(found)
        self._text, self._times, self._authors, self._linked = [], [], [], 0

    def _so_far(self) -> str:
        return " ".join(INVISIBLE.sub("", "".join(self._text)).split())


def _is_shown(node: Tree) -> bool:
    """Whether an element has text. The tag of a comment is a function; only below `html` is `head` the page head."""
    if not isinstance(node.tag, str):
        return False
    parent = node.getparent()
    return not (node.tag == "head" and parent is not None and parent.tag == "html")


def _author_name(node: Tree) -> str:
    """Return the name in an element that is marked as an author and has none so marked inside; else nothing."""
    if not _is_author(node) or any(_is_author(inner) for inner in node.iterdescendants()):
        return ""
    name = AUTHOR_CREDIT.sub("", " ".join("".join(node.itertext()).split()))
    linked = "author" in (node.get("rel") or "").split()
    return name if linked or (len(name.split()) <= MAX_NAME_WORDS and name[:1].isupper()) else ""


def _is_author(node: Tree) -> bool:
    if not isinstance(node.tag, str):
        return False
    classes = (node.get("class") or "").split()
    return "author" in (node.get("rel") or "").split() or any(map(AUTHOR_CLASS.fullmatch, classes))


def _is_caption(node: Tree) -> bool:
    return node.tag == "figcaption" or bool(CAPTION_NAME.search(node.get("class") or ""))


def _is_quoted_mail(node: Tree) -> bool:
    """Whether a mail program put an element around a quoted mail; other quotations belong to the text."""
    marked = node.get("type") == "cite" or any(map(QUOTED_MAIL.fullmatch, (node.get("class") or "").split()))
    return node.tag == "blockquote" and marked


def is_boilerplate(node: Tree) -> bool:
    """Whether an element is boilerplate (sidebar, footer, menu, comments) by its tag, class or id."""
    if node.tag in BOILERPLATE_TAGS:
        return True
    names = f"{node.get('class') or ''} {node.get('id') or ''}".split()
    return node.tag not in ROOT_TAGS and any(BOILERPLATE_NAME.match(name) for name in names)


def _is_modified(node: Tree) -> bool:
    return bool(MODIFIED.search(f"{node.get('class') or ''} {node.get('itemprop') or ''}"))
