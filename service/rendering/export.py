"""Answers taken elsewhere: as Markdown with footnotes, as a Word document, as CSL-JSON for reference managers."""

import io
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from index.types import Record
from service.answering.citations import in_marks, source_line
from service.answering.types import Answer, Citation
from service.rendering.footnotes import remarks

Format = Literal["markdown", "docx", "csl-json", "json"]
ACTIVE = re.compile(r"([\\`*_{}\[\]<>#|~])")
"""What Markdown would act on; in the words of an article it is only a character."""
UNFIT = re.compile(r"[^\n\t\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML cannot hold."""


class Exported(Record):
    """A file."""

    content: bytes
    media_type: str
    suffix: str


def export(title: str, answers: Sequence[Answer], form: Format) -> Exported:
    """The answers as one file; footnotes are numbered through."""
    if form == "markdown":
        return Exported(content=_markdown(title, answers).encode(), media_type="text/markdown", suffix="md")
    if form == "docx":
        kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
        return Exported(content=_docx(title, answers), media_type=kind, suffix="docx")
    if form == "csl-json":
        text = json.dumps(csl(answers), ensure_ascii=False, indent=2)
        return Exported(content=text.encode(), media_type="application/vnd.citationstyles.csl+json", suffix="csl.json")
    found = [answer.model_dump(mode="json") for answer in answers]
    text = json.dumps({"title": title, "answers": found}, ensure_ascii=False, indent=2)
    return Exported(content=text.encode(), media_type="application/json", suffix="json")


def csl(answers: Sequence[Answer]) -> list[dict[str, Any]]:
    """Each cited article once, with every cited passage of it as a note."""
    items: dict[tuple[str, int], dict[str, Any]] = {}
    for _, citation in _notes(answers):
        key = (citation.article_id, citation.version)
        note = f"{in_marks(' '.join(citation.quote.split()))} (characters {citation.start} to {citation.end})"
        if key in items:
            items[key]["note"] += f"\n{note}"
        else:
            items[key] = {**_csl(citation), "note": note}
    return list(items.values())


def _csl(citation: Citation) -> dict[str, Any]:
    item: dict[str, Any] = {"id": f"{citation.article_id}@{citation.version}", "type": "article-newspaper"}
    known = {"title": citation.title, "container-title": citation.outlet, "URL": citation.url}
    item |= {name: value for name, value in known.items() if value}
    if citation.published:
        item["issued"] = {"date-parts": [[int(part) for part in citation.published.split("-")]]}
    return item


def _notes(answers: Sequence[Answer]) -> Iterator[tuple[int, Citation]]:
    """Every citation with its number in the whole document."""
    number = 0
    for answer in answers:
        for citation in answer.citations:
            number += 1
            yield number, citation


def _numbering(answers: Sequence[Answer]) -> list[Mapping[int, int]]:
    """For each answer, which number in the document stands for which of its own."""
    found: list[Mapping[int, int]] = []
    before = 0
    for answer in answers:
        found.append({citation.number: before + i for i, citation in enumerate(answer.citations, start=1)})
        before += len(answer.citations)
    return found


def _markdown(title: str, answers: Sequence[Answer]) -> str:
    blocks = [f"# {_plain(title)}"]
    for answer, numbers in zip(answers, _numbering(answers), strict=True):
        blocks.append(f"## {_plain(answer.question)}")
        if answer.asked:
            blocks.append(f"*Understood as: {_plain(answer.asked)}*")
        for sentence in answer.sentences:
            marks = "".join(f"[^{numbers[number]}]" for number in sentence.citations)
            blocks.append(f"{_plain(sentence.text)}{marks}")
        if answer.verdict == "not_in_corpus":
            blocks.append(_plain(answer.text))
            blocks += [f"> {_plain(_note(citation))}" for citation in answer.closest]
        blocks += [_plain(remark) for remark in remarks(answer)]
    blocks += [f"[^{number}]: {_plain(_note(citation))}" for number, citation in _notes(answers)]
    blocks.append(_receipts(answers))
    return "\n\n".join(blocks) + "\n"


def _docx(title: str, answers: Sequence[Answer]) -> bytes:
    from docx import Document  # noqa: PLC0415 - a hundred modules that only this needs

    document = Document()
    document.core_properties.title = _holdable(title)[:255]
    document.core_properties.author = "Footnote"
    document.add_heading(_holdable(title), level=0)
    for answer, numbers in zip(answers, _numbering(answers), strict=True):
        document.add_heading(_holdable(answer.question), level=1)
        if answer.asked:
            document.add_paragraph().add_run(_holdable(f"Understood as: {answer.asked}")).italic = True
        for sentence in answer.sentences:
            paragraph = document.add_paragraph(_holdable(sentence.text))
            for number in sentence.citations:
                paragraph.add_run(f"[{numbers[number]}]").font.superscript = True
        if answer.verdict == "not_in_corpus":
            document.add_paragraph(_holdable(answer.text))
            for citation in answer.closest:
                document.add_paragraph(_holdable(_note(citation)), style="Intense Quote")
        for remark in remarks(answer):
            document.add_paragraph(_holdable(remark))
    if any(answer.citations for answer in answers):
        document.add_heading("Notes", level=1)
    for number, citation in _notes(answers):
        document.add_paragraph(_holdable(f"[{number}] {_note(citation)}"))
    document.add_paragraph().add_run(_receipts(answers)).italic = True
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def _note(citation: Citation) -> str:
    words = in_marks(" ".join(citation.quote.split()))
    address = f" {citation.url}" if citation.url else ""
    return f"{source_line(citation)}: {words} ({citation.article_id}, {citation.start} to {citation.end}){address}"


def _receipts(answers: Sequence[Answer]) -> str:
    return "Receipts: " + ", ".join(answer.receipt.id for answer in answers)


def _plain(text: str) -> str:
    return ACTIVE.sub(r"\\\1", " ".join(text.split()))


def _holdable(text: str) -> str:
    return UNFIT.sub("\ufffd", text)
