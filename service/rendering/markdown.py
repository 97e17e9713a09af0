"""Markdown output: a cited document with front matter and footnotes, as Obsidian, Zotero and Pandoc read it."""

import json
import re
from itertools import groupby

from service.rendering.cited_document import Block, CitedDocument, Footnote, Run, RunStyle, one_line
from service.rendering.escaping import escape_markdown, printable

LIST_MARK = re.compile(r"^(\s*\d*)([-+.)])(?=\s)")
"""What would make a list of a paragraph."""
MARKS: dict[RunStyle, str] = {"plain": "", "strong": "**", "emphasis": "*"}


def as_markdown(document: CitedDocument) -> str:
    """Render the document, with every character of its words escaped that Markdown would act on."""
    parts = [_front_matter(document), f"# {escape_markdown(document.title)}"]
    for kind, found in groupby(document.blocks, lambda block: block.kind):
        lines = [_line(each, number) for number, each in enumerate(found, start=1)]
        parts += ["\n".join(lines)] if kind in ("quote", "bullet", "numbered") else lines
    return "\n\n".join([*parts, *map(_footnote, document.footnotes)]) + "\n"


def _front_matter(document: CitedDocument) -> str:
    return "\n".join(["---", *(f"{name}: {_scalar(value)}" for name, value in document.facts.items()), "---"])


def _scalar(value: str | list[str]) -> str:
    """Return a value as YAML: a JSON string of printable characters is a YAML string in double quotes."""
    lines = [printable(one_line(each)) for each in ([value] if isinstance(value, str) else value)]
    text = json.dumps(lines[0] if isinstance(value, str) else lines, ensure_ascii=False)
    # For a program that knows no front matter and reads it as Markdown.
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def _line(block: Block, number: int) -> str:
    words = "".join(map(_run, block.runs))
    indent = "    " * (block.level - 1)
    return {
        "heading": f"{'#' * (block.level + 1)} {words}",
        "paragraph": LIST_MARK.sub(r"\1\\\2", words),
        "quote": f"> {words}  ",
        "bullet": f"{indent}- {words}",
        "numbered": f"{indent}{number}. {words}",
    }[block.kind]


def _run(run: Run) -> str:
    notes = "".join(f"[^{number}]" for number in run.notes)
    words = escape_markdown(run.text)
    # Markdown sees no emphasis where a space is inside its marks.
    before, after = (" " if run.text[:1].isspace() else ""), (" " if run.text[-1:].isspace() else "")
    if not words:
        return (before or after) + notes
    mark = MARKS[run.style]
    return f"{before}{mark}{words}{mark}{notes}{after}"


def _footnote(footnote: Footnote) -> str:
    address = f" <{footnote.address}>" if footnote.address else ""
    return f"[^{footnote.number}]: {escape_markdown(footnote.text)}{address}"
