"""Word footnotes: the footnotes part of a document, which python-docx does not write (ECMA-376 part 1, 17.11)."""

import re
from itertools import count

from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.oxml.xmlchemy import BaseOxmlElement
from docx.parts.story import StoryPart
from docx.shared import Pt, RGBColor
from docx.text.paragraph import Paragraph

from service.rendering.cited_document import Footnote

NOT_SHOWN = re.compile(r"[^\n\t\x20-\x7e\xa0-\u2029\u202f-\u2065\u206a-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not allow, or that turn the direction of what follows."""
SEPARATORS = (("-1", "separator"), ("0", "continuationSeparator"))
TEXT, REFERENCE, LINK = "footnote text", "footnote reference", "Hyperlink"
AFTER_FOOTNOTE_SETTINGS = ("w:endnotePr", "w:compat")
"""Elements of the settings before which the schema wants those of footnotes."""


class WordFootnotes:
    """Footnotes of one document: each mark gets a footnote of its own, and Word numbers them in the order of the text.

    A citation that is cited again gets its whole footnote again. A cross-reference (NOTEREF) to the first would show a
    number that goes stale until fields are updated, and would point at nothing once the first sentence is deleted.
    """

    def __init__(self, document: Document) -> None:
        _add_styles(document)
        package = document.part.package
        root = parse_xml(f"<w:footnotes {nsdecls('w', 'r')}/>")
        self._part = StoryPart(PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, root, package)
        document.part.relate_to(self._part, RELATIONSHIP_TYPE.FOOTNOTES)
        settings = _element("w:footnotePr")
        for number, kind in SEPARATORS:
            self._footnote(number, kind).add_run()._r.append(_element(f"w:{kind}"))
            settings.append(_element("w:footnote", id=number))
        _insert_settings(document, settings)
        self._numbers = count(1)

    def add(self, paragraph: Paragraph, footnote: Footnote) -> None:
        """Add a footnote with its text and a link to the address of the cited article."""
        number = str(next(self._numbers))
        mark = paragraph.add_run(style=REFERENCE)
        mark._r.append(_element("w:footnoteReference", id=number))
        note = self._footnote(number)
        note.style = TEXT
        note.add_run(style=REFERENCE)._r.append(_element("w:footnoteRef"))
        note.add_run(f" {xml_safe(footnote.text)}")
        if footnote.address:
            note.add_run(" ")
            self._link(note, footnote.address)

    def _footnote(self, number: str, kind: str | None = None) -> Paragraph:
        element = _element("w:footnote", id=number, **({"type": kind} if kind else {}))
        paragraph = _element("w:p")
        element.append(paragraph)
        self._part.element.append(element)
        return Paragraph(paragraph, self._part)

    def _link(self, paragraph: Paragraph, address: str) -> None:
        run = paragraph.add_run(address, style=LINK)
        link = _element("w:hyperlink")
        link.set(qn("r:id"), self._part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
        paragraph._p.append(link)
        link.append(run._r)


def xml_safe(text: str) -> str:
    """Return the text with a mark in place of every character that a document must not have."""
    return NOT_SHOWN.sub("\ufffd", text)


def _element(name: str, **attributes: str) -> BaseOxmlElement:
    element = OxmlElement(name)
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), value)
    return element


def _add_styles(document: Document) -> None:
    """Add the styles of Word's own for footnotes and links, which the template lacks."""
    text = document.styles.add_style(TEXT, WD_STYLE_TYPE.PARAGRAPH, builtin=True)
    text.base_style = document.styles["Normal"]
    text.font.size = Pt(9)
    text.paragraph_format.space_after = Pt(2)
    document.styles.add_style(REFERENCE, WD_STYLE_TYPE.CHARACTER, builtin=True).font.superscript = True
    link = document.styles.add_style(LINK, WD_STYLE_TYPE.CHARACTER, builtin=True)
    link.font.underline, link.font.color.rgb = True, RGBColor(0x05, 0x63, 0xC1)


def _insert_settings(document: Document, settings: BaseOxmlElement) -> None:
    element = document.settings.element
    later = next((found for name in AFTER_FOOTNOTE_SETTINGS if (found := element.find(qn(name))) is not None), None)
    if later is None:
        element.append(settings)
    else:
        later.addprevious(settings)
