"""Saved and fetched HTML pages: the article's own paragraphs as its text, and what the page states about it."""

from collections.abc import Iterator, Sequence

from index.errors import InputError, UnreadableFile
from index.reading.encodings import declared_in, decode
from index.reading.facts import first
from index.reading.html_blocks import HEADINGS, Block, blocks, main_blocks, parse
from index.reading.layout import Layout, is_prose
from index.reading.page_metadata import facts, read_head
from index.reading.plain_text import read_layout
from index.reading.raw import Raw
from index.types import Article, Source, Span

FEWEST_WORDS = 20
"""A page with fewer is a notice, a wall or a menu."""
SPACELESS = 60
"""Characters that count for as much in a script that does not part its words."""


def read_page(raw: Raw) -> Iterator[Article | InputError]:
    """The one article of a page."""
    html = decode(raw.content, raw.name, raw.charset or declared_in(raw.content))
    tree = parse(html, raw.name)
    every = blocks(tree)
    source = facts(tree, read_head(tree, html, raw.url), every)
    found = main_blocks(tree, every)
    if not is_enough(found):
        found = [block for block in every if not block.beside and is_prose(block.text)]
    if not is_enough(found):
        raise UnreadableFile(f"{raw.name!r} is a page without the text of an article; save it when it is fully loaded")
    yield compose(raw.id, found, source)


def compose(article_id: str, found: Sequence[Block], source: Source) -> Article:
    """An article of the blocks of a page or a part of one: all are its text, the paragraphs of prose its body."""
    text, spans = _joined(found)
    paragraphs = [i for i, block in enumerate(found) if block.tag not in HEADINGS and block.text != source.title.value]
    prose = [i for i in paragraphs if is_prose(found[i].text)] or paragraphs or list(range(len(found)))
    kept = [i for i in paragraphs or prose if prose[0] <= i <= prose[-1]]
    read = read_layout(text, Layout(body=tuple(spans[i] for i in kept)))
    known = {"place": read.source.place, "published": first(source.published, read.source.published)}
    return Article(id=article_id, text=text, source=source.model_copy(update=known), body=read.body)


def is_enough(found: Sequence[Block]) -> bool:
    """Whether there is more than a notice."""
    words = [word for block in found for word in block.text.split()]
    return len(words) >= FEWEST_WORDS or sum(len(word) for word in words if not word.isascii()) >= SPACELESS


def _joined(found: Sequence[Block]) -> tuple[str, list[Span]]:
    parts: list[str] = []
    spans: list[Span] = []
    at = 0
    for block in found:
        spans.append(Span(start=at, end=at + len(block.text)))
        parts.append(block.text)
        at += len(block.text) + 2
    return "\n\n".join(parts), spans
