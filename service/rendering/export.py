"""Export: answers, conversations, briefs and checked drafts as Word, Markdown, CSL-JSON, JSON or HTML files."""

import json
from collections.abc import Sequence
from typing import Literal

from index.types import Record
from service.answering.types import Answer, Citation
from service.briefing.types import Brief
from service.checking.types import CheckReport
from service.rendering.answer_document import answer_document
from service.rendering.brief_document import brief_document
from service.rendering.brief_html import as_html
from service.rendering.cited_document import CitedDocument
from service.rendering.csl import csl_json
from service.rendering.draft_document import draft_document
from service.rendering.escaping import printable_json
from service.rendering.markdown import as_markdown

DocumentFormat = Literal["md", "docx", "csl", "json"]
BriefFormat = Literal["md", "docx", "html", "csl", "json"]
DRAFT_TITLE = "Checked draft"
MEDIA_TYPES: dict[BriefFormat, str] = {
    "md": "text/markdown; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "html": "text/html; charset=utf-8",
    "csl": "application/vnd.citationstyles.csl+json",
    "json": "application/json",
}
SUFFIXES: dict[BriefFormat, str] = {"md": "md", "docx": "docx", "html": "html", "csl": "csl.json", "json": "json"}


class Exported(Record):
    """An exported file: content, media type and file suffix."""

    content: bytes
    media_type: str
    suffix: str


def export_answers(title: str, answers: Sequence[Answer], form: DocumentFormat) -> Exported:
    """Export one answer or a whole conversation as one file."""
    if form == "json":
        found = [answer.model_dump(mode="json") for answer in answers]
        return _file(json.dumps({"title": title, "answers": found}, ensure_ascii=False, indent=2), form)
    return _export(answer_document(title, answers), form)


def export_brief(brief: Brief, form: BriefFormat) -> Exported:
    """Export a brief as one file."""
    if form == "json":
        return _file(printable_json(brief, indent=2), form)
    if form == "html":
        return _file(as_html(brief), form)
    return _export(brief_document(brief), form)


def export_draft(text: str, report: CheckReport, form: DocumentFormat, title: str = DRAFT_TITLE) -> Exported:
    """Export a checked draft as one file; raises InputError when the report is of another text."""
    if form == "json":
        return _file(printable_json(report, indent=2), form)
    return _export(draft_document(title, text, report), form)


def _export(document: CitedDocument, form: Literal["md", "docx", "html", "csl"]) -> Exported:
    if form == "docx":
        from service.rendering.word import as_docx  # noqa: PLC0415 - a hundred modules that only this needs

        return Exported(content=as_docx(document), media_type=MEDIA_TYPES[form], suffix=SUFFIXES[form])
    citations: list[Citation] = [each.citation for each in document.footnotes if each.citation]
    return _file(csl_json(citations) if form == "csl" else as_markdown(document), form)


def _file(text: str, form: BriefFormat) -> Exported:
    return Exported(content=text.encode(), media_type=MEDIA_TYPES[form], suffix=SUFFIXES[form])
