"""Checked draft: renders the verdict on each sentence of a draft for a terminal."""

import textwrap
from collections.abc import Callable, Iterator

from service.answering.citations import in_marks, source_line
from service.answering.types import Citation
from service.checking.types import CheckedSentence, CheckReport, CheckVerdict
from service.rendering.escaping import printable

WIDTH = 100
"""Width of wrapped text, in columns."""
VERDICT_MARKS: dict[CheckVerdict, str] = {
    "supported": "✓",
    "likely_supported": "≈",
    "needs_attribution": "”",
    "partly_supported": "½",
    "contradicted": "✗",
    "altered_quote": "≠",
    "not_found": "?",
}
Paint = Callable[[str, CheckVerdict], str]
"""Function that gives a text the colour of a verdict."""


def as_text(report: CheckReport, paint: Paint = lambda text, verdict: text) -> str:
    """Render a summary, then each sentence with its verdict, what would put it right, and the quoted evidence."""
    if not report.sentences:
        return "no sentence to check"
    is_numbered = len(report.sentences) > 1
    blocks = [
        _sentence(sentence, f"{number} " if is_numbered else "", paint)
        for number, sentence in enumerate(report.sentences, start=1)
    ]
    summary = [_summary(report), *(_places(report, paint) if is_numbered else ())]
    return "\n\n".join(["\n".join(summary), *blocks])


def verdict_line(sentence: CheckedSentence, paint: Paint = lambda text, verdict: text) -> str:
    """Render a checked sentence in one short line, for progress."""
    mark = f"{VERDICT_MARKS[sentence.verdict]} {_name(sentence.verdict)}"
    return f"{paint(mark, sentence.verdict)}: {printable(textwrap.shorten(sentence.text, WIDTH - 40))}"


def _name(verdict: CheckVerdict) -> str:
    return verdict.replace("_", " ")


def _by_verdict(report: CheckReport) -> dict[CheckVerdict, list[int]]:
    """Return the numbers of the sentences with each verdict that occurs."""
    numbers: dict[CheckVerdict, list[int]] = {name: [] for name in VERDICT_MARKS}
    for number, sentence in enumerate(report.sentences, start=1):
        numbers[sentence.verdict].append(number)
    return {name: found for name, found in numbers.items() if found}


def _summary(report: CheckReport) -> str:
    number = len(report.sentences)
    counts = ", ".join(f"{len(found)} {_name(name)}" for name, found in _by_verdict(report).items())
    return f"{number} {'sentence' if number == 1 else 'sentences'}: {counts}"


def _places(report: CheckReport, paint: Paint) -> Iterator[str]:
    """Yield for each verdict that asks for something the numbers of its sentences."""
    for name, found in _by_verdict(report).items():
        if name != "supported":
            mark = paint(f"{VERDICT_MARKS[name]} {_name(name)}", name)
            yield textwrap.fill(f"  {mark}: {', '.join(map(str, found))}", WIDTH, subsequent_indent="    ")


def _sentence(sentence: CheckedSentence, number: str, paint: Paint) -> str:
    mark = VERDICT_MARKS[sentence.verdict]
    hanging = " " * len(f"{number}{mark} ")
    text = textwrap.wrap(printable(_one_line(sentence.text)), WIDTH, initial_indent=hanging, subsequent_indent=hanging)
    head = "\n".join(text).removeprefix(hanging)
    lines = [f"{number}{paint(mark, sentence.verdict)} {head}", *_verdict(sentence, paint)]
    if sentence.suggestion:
        lines.append(_indented(f"put right: {sentence.suggestion}"))
    for label, citations in _evidence(sentence):
        for each in citations:
            lines += [_indented(f"{label}{source_line(each)}:"), _indented(in_marks(_one_line(each.quote)))]
    return "\n".join(lines)


def _verdict(sentence: CheckedSentence, paint: Paint) -> Iterator[str]:
    name = _name(sentence.verdict)
    said = name if sentence.verdict == "supported" else f"{name}: {sentence.reason}"
    first, *rest = _indented(said).split("\n")
    yield first.replace(name, paint(name, sentence.verdict), 1)
    yield from rest


def _evidence(sentence: CheckedSentence) -> tuple[tuple[str, tuple[Citation, ...]], ...]:
    return (("", sentence.citations), ("closest, ", sentence.closest))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _indented(text: str) -> str:
    line = printable(_one_line(text))
    return textwrap.fill(line, WIDTH, initial_indent="    ", subsequent_indent="    ")
