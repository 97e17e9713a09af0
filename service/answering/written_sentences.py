"""Written sentences: splits what a model writes into sentences with the evidence numbers that it gives for each."""

import re
from dataclasses import dataclass

from index.sentences import split_sentences
from index.types import Span

MARK = re.compile(r"\s*[\[［【]\s*(\d{1,3}(?:\s*(?:,|;|–|-|and)\s*\[?\d{1,3}\]?)*)\s*[\]］】]")
"""Citation marks: `[3]`, `[3, 4]`, `[3]-[5]`; a list of numbers counts each number that it names."""
BULLET = re.compile(r"^\s*(?:[-*•–]\s+|\(?\d{1,2}[.)]\s+|#{1,6}\s+)")
EMPHASIS = re.compile(r"\*\*|__|`")
NUMBER = re.compile(r"\d+")
ENDS = re.compile(r"[.!?…:]")


@dataclass(frozen=True)
class WrittenSentence:
    """Written sentence: its words without citation marks, and the numbers of the evidence that it names."""

    text: str
    numbers: tuple[int, ...]


class SentenceReader:
    """Sentence reader: takes a reply piece by piece and gives back each sentence as soon as the next one begins."""

    def __init__(self) -> None:
        self._line = ""
        self._given = 0
        """Number of sentences of the current line that were given back."""

    def feed(self, piece: str) -> list[WrittenSentence]:
        """Add a piece of the reply and return the sentences that it completes."""
        found: list[WrittenSentence] = []
        *lines, rest = (self._line + piece).split("\n")
        for line in lines:
            found += written_sentences(line)[self._given :]
            self._given = 0
        self._line = rest
        if ENDS.search(piece) or "]" in piece or lines:
            known = written_sentences(rest)[:-1]
            found += known[self._given :]
            self._given = max(self._given, len(known))
        return found

    def flush(self) -> list[WrittenSentence]:
        """Return the last sentences at the end of the reply."""
        found = written_sentences(self._line)[self._given :]
        self._line, self._given = "", 0
        return found


def written_sentences(line: str) -> list[WrittenSentence]:
    """Split one line; a mark after a full stop belongs to the sentence before it."""
    bare = EMPHASIS.sub("", BULLET.sub("", line)).strip()
    text, marks = _without_marks(bare)
    found: list[WrittenSentence] = []
    spans = split_sentences(text, Span(start=0, end=len(text))) if text.strip() else ()
    for i, span in enumerate(spans):
        end = spans[i + 1].start if i + 1 < len(spans) else len(text)
        begin = span.start if i else -1  # a mark at the beginning of a line belongs to its first sentence
        numbers = [n for at, named in marks if begin < at <= end for n in named]
        found.append(WrittenSentence(" ".join(span.of(text).split()), tuple(dict.fromkeys(numbers))))
    return found


def _without_marks(line: str) -> tuple[str, list[tuple[int, tuple[int, ...]]]]:
    text, marks, end = "", list[tuple[int, tuple[int, ...]]](), 0
    for mark in MARK.finditer(line):
        text += line[end : mark.start()]
        marks.append((len(text), tuple(int(n) for n in NUMBER.findall(mark[1]))))
        end = mark.end()
    return text + line[end:], marks
