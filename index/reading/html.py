"""HTML reader: extracts the article's text without boilerplate, and the metadata of the page."""

from collections.abc import Iterator, Sequence

from index.errors import InputError, UnreadableFile
from index.reading.datelines import find_dateline
from index.reading.encodings import declared_in, decode
from index.reading.html_blocks import HEADINGS, MAX_LINKED, Block, article_blocks, blocks, parse
from index.reading.layout import Layout, is_prose, is_sentence, join_paragraphs
from index.reading.page_kinds import page_kind
from index.reading.page_metadata import page_node, page_source, read_page_metadata
from index.reading.plain_text import parse_layout
from index.reading.raw_file import RawFile
from index.reading.source_facts import first_known
from index.types import Article, Source

LIST_TAGS = ("li", "dd", "dt", "item")
MIN_ARTICLE_WORDS = 20
"""Fewest words of a page with an article; a page with fewer is a notice, a paywall or a menu."""
MIN_UNSPACED_CHARACTERS = 60
"""The same limit, in non-ASCII characters, for scripts without spaces between words."""


def read_html(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the article of a page; raises UnreadableFile when the page has none."""
    html = decode(raw.content, raw.name, raw.charset or declared_in(raw.content))
    tree = parse(html, raw.name)
    head = read_page_metadata(tree, html, raw.url)
    page = blocks(tree)
    node = page_node(head, page)
    source = page_source(head, page, node)
    found = article_blocks(tree, page)
    if not has_article_text(found):
        found = [block for block in page if not block.boilerplate and is_prose(block.text)]
    if not has_article_text(found):
        raise UnreadableFile(f"{raw.name!r} is a page without the text of an article; save it when it is fully loaded")
    kind = page_kind(head, node, page, found)
    if kind.refused:
        raise UnreadableFile(f"{raw.name!r} {kind.refused}")
    yield compose_article(raw.id, found, source)
    if kind.reported:
        yield InputError(f"{raw.name!r} {kind.reported}")


def compose_article(article_id: str, found: Sequence[Block], source: Source) -> Article:
    """Compose an article from blocks: all of them become its text; headings, captions and lines around it no body."""
    text, spans = join_paragraphs([f"Caption: {block.text}" if block.caption else block.text for block in found])
    candidates = [i for i, block in enumerate(found) if _may_be_body(block) and block.text != source.title.value]
    prose = [i for i in candidates if _is_prose(found[i])] or candidates or list(range(len(found)))
    kept = [i for i in candidates or prose if prose[0] <= i <= prose[-1] and found[i].linked < MAX_LINKED] or prose
    above = [i for i in range(kept[0]) if find_dateline(found[i].text)] if kept else []
    layout = Layout(head=tuple(spans[i] for i in above), body=tuple(spans[i] for i in kept))
    parsed = parse_layout(text, layout)
    known = {"place": parsed.source.place, "published": first_known(source.published, parsed.source.published)}
    return Article(id=article_id, text=text, source=source.model_copy(update=known), body=parsed.body)


def _may_be_body(block: Block) -> bool:
    """Whether a block may be body; a heading that is a whole sentence may, as the questions of an interview are."""
    heading = block.tag in HEADINGS and (block.tag == "h1" or not is_sentence(block.text))
    return not heading and not block.caption


def _is_prose(block: Block) -> bool:
    """Whether a block at the edge of an article belongs to it: a whole sentence, an item of a list, a table's row."""
    fits = is_sentence(block.text) or is_prose(block.text) or block.tag in LIST_TAGS or block.row
    return fits and block.tag not in HEADINGS and block.linked < MAX_LINKED


def has_article_text(found: Sequence[Block]) -> bool:
    """Whether the blocks have enough text for an article; a notice has less."""
    words = [word for block in found for word in block.text.split()]
    return (
        len(words) >= MIN_ARTICLE_WORDS
        or sum(len(word) for word in words if not word.isascii()) >= MIN_UNSPACED_CHARACTERS
    )
