"""Draft document: a checked draft in its own words, with its sources and every verdict but "supported" in footnotes."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from index.errors import InputError
from service.answering.citations import in_marks, source_line
from service.answering.types import Citation
from service.checking.types import CheckedSentence, CheckReport, CheckVerdict
from service.language.dates import spell_date
from service.rendering.cited_document import Block, CitedDocument, Footnote, Run, block, one_line

BACKED: tuple[CheckVerdict, ...] = ("supported", "likely_supported", "needs_attribution", "partly_supported")
"""Verdicts whose citations follow the sentence itself; those of the others follow the verdict, as evidence against."""
LINE_BREAK = re.compile(r"\s*\n\s*")
"""Between two sentences: a paragraph, an item of a list or a line of its own begins."""


def draft_document(title: str, text: str, report: CheckReport) -> CitedDocument:
    """Return the draft `text` as it was checked.

    Raises:
        InputError: the report is of another text.
    """
    for each in report.sentences:
        if text[each.start : each.end] != each.text:
            raise InputError("the report is of another text; check this one again")
    day = report.checked_at.date().isoformat()
    counts = Counter(sentence.verdict for sentence in report.sentences)
    verdicts = ", ".join(f"{number} {name.replace('_', ' ')}" for name, number in counts.most_common())
    summary = f"Checked on {spell_date(day)} against what the articles say: {verdicts or 'no sentence'}."
    footnotes: list[Footnote] = []
    paragraphs = list(_paragraphs(text, report.sentences, footnotes))
    return CitedDocument(
        title=title,
        facts={"title": title, "date": day, "collection": report.revision},
        blocks=(block("paragraph", Run(text=summary, style="emphasis")), *paragraphs),
        footnotes=tuple(footnotes),
    )


def _paragraphs(text: str, sentences: Sequence[CheckedSentence], footnotes: list[Footnote]) -> Iterator[Block]:
    """Yield the paragraphs of the draft: its sentences, and what stands between them; adds to the footnotes."""
    at = 0
    runs: list[Run] = []
    for each in sentences:
        rest, *further = LINE_BREAK.split(text[at : each.start])
        runs.append(Run(text=rest))
        for opening in further:
            yield from _paragraph(runs)
            runs = [Run(text=opening)]
        runs += _sentence(each, footnotes)
        at = each.end
    for rest in LINE_BREAK.split(text[at:]):
        yield from _paragraph([*runs, Run(text=rest)])
        runs = []


def _paragraph(runs: Sequence[Run]) -> Iterator[Block]:
    if any(run.text.strip() for run in runs):
        yield block("paragraph", *runs)


def _sentence(sentence: CheckedSentence, footnotes: list[Footnote]) -> Iterator[Run]:
    """Yield the sentence with its sources, and its verdict with the reason if it is not simply supported."""
    backed = sentence.verdict in BACKED
    sources = [_add(footnotes, citation=each) for each in sentence.citations] if backed else []
    yield Run(text=one_line(sentence.text), notes=tuple(sources))
    if sentence.verdict != "supported":
        against: Sequence[Citation | None] = () if backed else sentence.citations
        reason = _add(footnotes, remark=_remark(sentence), citation=next(iter(against), None))
        further = [_add(footnotes, citation=each) for each in against[1:]]
        yield Run(text=f" [{sentence.verdict.replace('_', ' ')}]", style="strong", notes=(reason, *further))


def _add(footnotes: list[Footnote], *, citation: Citation | None = None, remark: str = "") -> int:
    footnotes.append(Footnote(number=len(footnotes) + 1, citation=citation, remark=remark))
    return len(footnotes)


def _remark(sentence: CheckedSentence) -> str:
    """Return the reason of a verdict with the suggestion; the closest passages are shown as such, not cited."""
    lines = [sentence.reason]
    if sentence.suggestion:
        lines.append(f"Put right: {sentence.suggestion}")
    lines += [f"Closest, but it does not say so: {source_line(c)}: {in_marks(c.quote)}" for c in sentence.closest]
    return " ".join(map(_as_sentence, lines))


def _as_sentence(line: str) -> str:
    line = one_line(line)
    line = line[:1].upper() + line[1:]
    return line if line.rstrip("”").endswith((".", "!", "?")) else f"{line}."
