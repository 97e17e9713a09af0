"""Answer export: Markdown with footnotes, a Word document, CSL-JSON for reference managers, or JSON."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from index.types import Record
from service.answering.citations import in_marks, source_line
from service.answering.types import Answer, Citation
from service.rendering.csl import csl_items
from service.rendering.escaping import escape_markdown
from service.rendering.footnotes import remarks

Format = Literal["markdown", "docx", "csl-json", "json"]
INVALID_IN_XML = re.compile(r"[^\n\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that XML does not allow."""


class Exported(Record):
    """An exported file: content, media type and file suffix."""

    content: bytes
    media_type: str
    suffix: str


def export(title: str, answers: Sequence[Answer], form: Format) -> Exported:
    """Export answers as one file, with footnotes numbered consecutively."""
    if form == "markdown":
        return Exported(content=_markdown(title, answers).encode(), media_type="text/markdown", suffix="md")
    if form == "docx":
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        return Exported(content=_docx(title, answers), media_type=kind, suffix="docx")
    if form == "csl-json":
        text = json.dumps(
            csl_items((citation for _, citation in _notes(answers)), _quoted_note), ensure_ascii=False, indent=2
        )
        return Exported(content=text.encode(), media_type="application/vnd.citationstyles.csl+json", suffix="csl.json")
    found = [answer.model_dump(mode="json") for answer in answers]
    text = json.dumps({"title": title, "answers": found}, ensure_ascii=False, indent=2)
    return Exported(content=text.encode(), media_type="application/json", suffix="json")


def _quoted_note(citation: Citation) -> str:
    return f"{in_marks(' '.join(citation.quote.split()))} (characters {citation.start} to {citation.end})"


def _notes(answers: Sequence[Answer]) -> Iterator[tuple[int, Citation]]:
    """Yield every citation with its footnote number in the document."""
    number = 0
    for answer in answers:
        for citation in answer.citations:
            number += 1
            yield number, citation


def _numbering(answers: Sequence[Answer]) -> list[Mapping[int, int]]:
    """Return, for each answer, a map from its citation numbers to the footnote numbers of the document."""
    found: list[Mapping[int, int]] = []
    before = 0
    for answer in answers:
        found.append({citation.number: before + i for i, citation in enumerate(answer.citations, start=1)})
        before += len(answer.citations)
    return found


def _markdown(title: str, answers: Sequence[Answer]) -> str:
    blocks = [f"# {escape_markdown(title)}"]
    for answer, numbers in zip(answers, _numbering(answers), strict=True):
        blocks.append(f"## {escape_markdown(answer.question)}")
        if answer.asked:
            blocks.append(f"*Understood as: {escape_markdown(answer.asked)}*")
        if answer.short:
            marked = f"[^{numbers[answer.short.citation]}]"
            blocks.append(f"**{escape_markdown(' '.join(answer.short.text.split()))}**{marked}")
        for sentence in answer.sentences:
            marks = "".join(f"[^{numbers[number]}]" for number in sentence.citations)
            blocks.append(f"{escape_markdown(sentence.text)}{marks}")
        if answer.verdict == "not_in_corpus":
            blocks.append(escape_markdown(answer.text))
            blocks += [f"> {escape_markdown(_note(citation))}" for citation in answer.closest]
        blocks += [escape_markdown(remark) for remark in remarks(answer)]
    blocks += [f"[^{number}]: {escape_markdown(_note(citation))}" for number, citation in _notes(answers)]
    blocks.append(_receipts(answers))
    return "\n\n".join(blocks) + "\n"


def _docx(title: str, answers: Sequence[Answer]) -> bytes:
    from docx import Document  # noqa: PLC0415 - a hundred modules that only this needs

    document = Document()
    document.core_properties.title = _xml_safe(title)[:255]
    document.core_properties.author = "Footnote"
    document.add_heading(_xml_safe(title), level=0)
    for answer, numbers in zip(answers, _numbering(answers), strict=True):
        document.add_heading(_xml_safe(answer.question), level=1)
        if answer.asked:
            document.add_paragraph().add_run(_xml_safe(f"Understood as: {answer.asked}")).italic = True
        if answer.short:
            paragraph = document.add_paragraph()
            paragraph.add_run(_xml_safe(" ".join(answer.short.text.split()))).bold = True
            paragraph.add_run(f"[{numbers[answer.short.citation]}]").font.superscript = True
        for sentence in answer.sentences:
            paragraph = document.add_paragraph(_xml_safe(sentence.text))
            for number in sentence.citations:
                paragraph.add_run(f"[{numbers[number]}]").font.superscript = True
        if answer.verdict == "not_in_corpus":
            document.add_paragraph(_xml_safe(answer.text))
            for citation in answer.closest:
                document.add_paragraph(_xml_safe(_note(citation)), style="Intense Quote")
        for remark in remarks(answer):
            document.add_paragraph(_xml_safe(remark))
    if any(answer.citations for answer in answers):
        document.add_heading("Notes", level=1)
    for number, citation in _notes(answers):
        document.add_paragraph(_xml_safe(f"[{number}] {_note(citation)}"))
    document.add_paragraph().add_run(_receipts(answers)).italic = True
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _note(citation: Citation) -> str:
    words = in_marks(" ".join(citation.quote.split()))
    address = f" {citation.url}" if citation.url else ""
    return f"{source_line(citation)}: {words} ({citation.article_id}, {citation.start} to {citation.end}){address}"


def _receipts(answers: Sequence[Answer]) -> str:
    return "Receipts: " + ", ".join(answer.receipt.id for answer in answers)


def _xml_safe(text: str) -> str:
    return INVALID_IN_XML.sub("\ufffd", text)
