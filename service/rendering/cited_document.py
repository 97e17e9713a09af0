"""Cited document: headings, paragraphs and lists whose words carry footnotes; the input of Markdown and Word output."""

from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import AnyHttpUrl, TypeAdapter, ValidationError

from index.types import Record
from service.answering.citations import in_marks, source_line
from service.answering.types import Citation

RunStyle = Literal["plain", "strong", "emphasis"]
BlockKind = Literal["heading", "paragraph", "quote", "bullet", "numbered"]
WEB_ADDRESS = TypeAdapter(AnyHttpUrl)


class Run(Record):
    """Run: words of one style, and the footnotes that follow them."""

    text: str
    style: RunStyle = "plain"
    notes: tuple[int, ...] = ()


class Block(Record):
    """Block: a heading, a paragraph, a line of a quote or an item of a list."""

    kind: BlockKind
    runs: tuple[Run, ...]
    level: int = 1


class Footnote(Record):
    """Footnote: its number in the document, what it remarks, and the citation that it shows."""

    number: int
    citation: Citation | None = None
    remark: str = ""

    @property
    def text(self) -> str:
        """Text of the footnote without the address of the article."""
        cited = citation_text(self.citation) if self.citation else ""
        return f"{self.remark} {cited}".strip()

    @property
    def address(self) -> str | None:
        """Address of the cited article, if it has one that can be linked to."""
        return web_address(self.citation.url) if self.citation else None


class CitedDocument(Record):
    """Cited document: title, facts for a front matter, blocks and footnotes."""

    title: str
    facts: dict[str, str | list[str]]
    blocks: tuple[Block, ...]
    footnotes: tuple[Footnote, ...]


def block(kind: BlockKind, *runs: Run | str, level: int = 1) -> Block:
    """Return a block of these runs; a string is a run in plain style."""
    return Block(kind=kind, level=level, runs=tuple(Run(text=each) if isinstance(each, str) else each for each in runs))


def numbered(citations: Iterable[Citation]) -> tuple[Footnote, ...]:
    """Return a footnote for each citation, numbered from 1."""
    return tuple(Footnote(number=number, citation=each) for number, each in enumerate(citations, start=1))


def citation_text(citation: Citation) -> str:
    """Return a citation as text without its address: source, author, quoted words, speaker and location."""
    author = f", by {one_line(citation.author)}" if citation.author else ""
    said = f" (said by: {one_line(citation.attribution)})" if citation.attribution else ""
    also = f"; also printed by {', '.join(_printers(citation))}" if citation.also else ""
    corrected = (
        f"; the article carries a correction: {in_marks(one_line(citation.correction))}" if citation.correction else ""
    )
    quoted = in_marks(one_line(citation.quote))
    location = f"{citation.article_id}, characters {citation.start} to {citation.end}"
    return f"{one_line(source_line(citation))}{author}: {quoted}{said}; {location}{also}{corrected}."


def web_address(url: str | None) -> str | None:
    """Return an address of the web in the form that a link needs; None for any other address and for a broken one."""
    try:
        return str(WEB_ADDRESS.validate_python(url))
    except ValidationError:
        return None


def one_line(text: str) -> str:
    """Return a text on one line."""
    return " ".join(text.split())


def _printers(citation: Citation) -> Sequence[str]:
    return [one_line(each.outlet or each.article_id) for each in citation.also]
