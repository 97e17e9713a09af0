"""Footnoted text of an answer: sentences with their [n], then the quoted words for each number."""

from collections.abc import Sequence

from index.types import Record
from service.answering.citations import in_marks, source_line, unmarked
from service.answering.types import Answer, Citation, Sentence, ShortAnswer

PARAGRAPH_BREAK = "\n\n"
"""A blank line, because most programs that show such a text read it as Markdown."""


class CitationMark(Record):
    """A [n] in a text, as the character range from start to end."""

    start: int
    end: int
    number: int


class FootnotedText(Record):
    """The text of an answer with the positions of its citation marks."""

    text: str
    marks: tuple[CitationMark, ...]


def footnoted(answer: Answer) -> FootnotedText:
    """Render an answer with footnotes; a refusal gives its reason and the closest passages, without numbers."""
    if answer.verdict == "not_in_corpus":
        closest = [f"Closest passage: {source_note(citation)}" for citation in answer.closest]
        return FootnotedText(text=PARAGRAPH_BREAK.join([answer.text, *closest]), marks=())
    opening = short_line(answer.short)
    text = opening + sentences_text(answer.sentences)
    notes = [f"[{citation.number}] {source_note(citation)}" for citation in answer.citations]
    return FootnotedText(
        text=PARAGRAPH_BREAK.join([text, *notes, *remarks(answer)]), marks=tuple(_marks(answer, len(opening)))
    )


def short_line(short: ShortAnswer | None) -> str:
    """Render the short answer as the opening line of an answer's text, with its [n]; empty if there is none."""
    return f"{unmarked(' '.join(short.text.split()))} [{short.citation}]{PARAGRAPH_BREAK}" if short else ""


def sentences_text(sentences: Sequence[Sentence]) -> str:
    """Render the sentences without footnotes: what the text of `footnoted` has after its opening line."""
    text = ""
    for i, sentence in enumerate(sentences):
        text += (break_before(sentences[i - 1], sentence) if i else "") + sentence_text(sentence)
    return text


def sentence_text(sentence: Sentence) -> str:
    """Render one sentence with its marks."""
    return f"{sentence.text} {_numbers(sentence)}"


def break_before(previous: Sentence, sentence: Sentence) -> str:
    """Return what stands between two sentences: composed ones are prose, quotations are paragraphs of their own."""
    return " " if previous.style == sentence.style == "compose" else PARAGRAPH_BREAK


def remarks(answer: Answer) -> list[str]:
    """Return the remarks on an answer: disagreement between sources, number of origins, withheld sentences."""
    found = [f"Sources differ: {each.reason}" for each in answer.disagreements]
    if (origins := answer.origins) and origins.articles > 1:
        counts = f"{_count(origins.articles, 'article')}, {_count(origins.outlets, 'outlet')}"
        found.append(f"{counts}, {_count(origins.origins, 'origin')} ({', '.join(map(unmarked, origins.names))})")
    if answer.withheld:
        found.append(f"{_count(len(answer.withheld), 'sentence')} withheld: the evidence does not carry it.")
    return found


def source_note(citation: Citation) -> str:
    """Format the source of a citation in one line: outlet, headline, date, quoted words and URL."""
    said = f" ({' '.join(citation.attribution.split())})" if citation.attribution else ""
    words = in_marks(" ".join(citation.quote.split()))
    return unmarked(f"{source_line(citation)}: {words}{said}") + (f" {citation.url}" if citation.url else "")


def _numbers(sentence: Sentence) -> str:
    return "".join(f"[{number}]" for number in sentence.citations)


def _marks(answer: Answer, opening: int) -> list[CitationMark]:
    marks: list[CitationMark] = []
    if answer.short:
        end = opening - len(PARAGRAPH_BREAK)
        marks.append(CitationMark(start=end - len(f"[{answer.short.citation}]"), end=end, number=answer.short.citation))
    at = opening
    sentences = answer.sentences
    for i, sentence in enumerate(sentences):
        at += (len(break_before(sentences[i - 1], sentence)) if i else 0) + len(sentence.text) + 1
        for number in sentence.citations:
            end = at + len(f"[{number}]")
            marks.append(CitationMark(start=at, end=end, number=number))
            at = end
    return marks


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"
