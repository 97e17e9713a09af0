"""An answer as one text: its sentences with their [n], then a footnote for each number with the exact words."""

from collections.abc import Sequence

from index.types import Record
from service.answering.citations import in_marks, source_line, unmarked
from service.answering.types import Answer, Citation, Sentence

BETWEEN = "\n\n"
"""A blank line: most of what shows such a text reads it as Markdown."""


class Mark(Record):
    """Where in a text an [n] stands."""

    start: int
    end: int
    number: int


class Footnoted(Record):
    """The text of an answer and its marks."""

    text: str
    marks: tuple[Mark, ...]


def footnoted(answer: Answer) -> Footnoted:
    """The whole answer; a refusal is its reason and the closest passages, which carry no number."""
    if answer.verdict == "not_in_corpus":
        closest = [f"Closest passage: {source_note(citation)}" for citation in answer.closest]
        return Footnoted(text=BETWEEN.join([answer.text, *closest]), marks=())
    text = opening(answer.sentences)
    notes = [f"[{citation.number}] {source_note(citation)}" for citation in answer.citations]
    return Footnoted(text=BETWEEN.join([text, *notes, *remarks(answer)]), marks=tuple(_marks(answer.sentences)))


def opening(sentences: Sequence[Sentence]) -> str:
    """The sentences alone: what `footnoted` begins with."""
    return BETWEEN.join(f"{sentence.text} {_numbers(sentence)}" for sentence in sentences)


def remarks(answer: Answer) -> list[str]:
    """What a reader should know besides: where sources differ, how many origins there are, what was withheld."""
    found = [f"Sources differ: {each.reason}" for each in answer.disagreements]
    if (origins := answer.origins) and origins.articles > 1:
        counts = f"{_count(origins.articles, 'article')}, {_count(origins.outlets, 'outlet')}"
        found.append(f"{counts}, {_count(origins.origins, 'origin')} ({', '.join(map(unmarked, origins.names))})")
    if answer.withheld:
        found.append(f"{_count(len(answer.withheld), 'sentence')} withheld: the evidence does not carry it.")
    return found


def source_note(citation: Citation) -> str:
    """Outlet, headline, date, the exact words and the address."""
    said = f" ({' '.join(citation.attribution.split())})" if citation.attribution else ""
    words = in_marks(" ".join(citation.quote.split()))
    return unmarked(f"{source_line(citation)}: {words}{said}") + (f" {citation.url}" if citation.url else "")


def _numbers(sentence: Sentence) -> str:
    return "".join(f"[{number}]" for number in sentence.citations)


def _marks(sentences: Sequence[Sentence]) -> list[Mark]:
    marks: list[Mark] = []
    at = 0
    for sentence in sentences:
        at += len(sentence.text) + 1
        for number in sentence.citations:
            end = at + len(f"[{number}]")
            marks.append(Mark(start=at, end=end, number=number))
            at = end
        at += len(BETWEEN)
    return marks


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
