"""Word output: a cited document as .docx, with footnotes that Word numbers."""

import io
from datetime import datetime

from docx import Document as new_document
from docx.document import Document
from docx.text.paragraph import Paragraph

from service.rendering.cited_document import BlockKind, CitedDocument, Run
from service.rendering.word_footnotes import REFERENCE, WordFootnotes, xml_safe

STYLES: dict[BlockKind, tuple[str, str]] = {
    "heading": ("Heading 1", "Heading 2"),
    "paragraph": ("Normal", "Normal"),
    "quote": ("Quote", "Quote"),
    "bullet": ("List Bullet", "List Bullet 2"),
    "numbered": ("List Number", "List Number 2"),
}
"""Paragraph styles by kind of block, for its two levels."""
MAX_PROPERTY_CHARACTERS = 255
AUTHOR = "Footnote"


def as_docx(document: CitedDocument) -> bytes:
    """Render the document as a Word file."""
    word = new_document()
    _set_properties(word, document)
    footnotes = WordFootnotes(word)
    notes = {each.number: each for each in document.footnotes}
    word.add_heading(xml_safe(document.title), level=0)
    for block in document.blocks:
        paragraph = word.add_paragraph(style=STYLES[block.kind][block.level - 1])
        for run in block.runs:
            _add_run(paragraph, run)
            for i, number in enumerate(run.notes):
                if i:
                    paragraph.add_run(", ", style=REFERENCE)
                footnotes.add(paragraph, notes[number])
    file = io.BytesIO()
    word.save(file)
    return file.getvalue()


def _add_run(paragraph: Paragraph, run: Run) -> None:
    added = paragraph.add_run(xml_safe(run.text))
    added.bold = True if run.style == "strong" else None
    added.italic = True if run.style == "emphasis" else None


def _set_properties(word: Document, document: CitedDocument) -> None:
    properties = word.core_properties
    properties.title = xml_safe(document.title)[:MAX_PROPERTY_CHARACTERS]
    properties.author = properties.last_modified_by = AUTHOR
    properties.comments = ""
    if day := document.facts.get("date"):
        properties.created = properties.modified = datetime.fromisoformat(str(day))
