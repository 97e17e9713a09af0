"""Reader: reads question and passage together, and says whether, where and in which words the passage answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import TokenIds
from index.search.cross_encoder import CrossEncoder
from index.types import Source, Span

MAX_TOKENS = 288
"""Most tokens of question and passage together; the end of a longer passage is not read."""
MAX_SPAN_TOKENS = 40
"""Longest answer span; a reason is a clause."""
UNREAD = -20.0
"""Log-odds of a sentence that lies behind the last token read."""


@dataclass(frozen=True)
class ReaderPassage:
    """Passage as the reader gets it: a head (title, outlet, date) and consecutive sentences."""

    head: str
    text: str
    sentences: tuple[Span, ...]
    """Offsets in `text`."""


@dataclass(frozen=True)
class AnswerSpan:
    """Answer span: the words of a sentence that answer, as offsets in the passage's text."""

    span: Span
    score: float
    """Log-odds against no answer."""


@dataclass(frozen=True)
class Reading:
    """Reading of one passage for one question."""

    answers: float
    """Log-odds that the passage answers the question."""
    sentences: tuple[float, ...]
    """For each sentence the log-odds, against no answer, that the answer's words are in it."""
    spans: tuple[AnswerSpan | None, ...]
    """Best answer span of each sentence; None where it was not read."""


class Reader(Protocol):
    """Reader protocol: reads passages for a question."""

    fingerprint: str
    """Identifies the reader; recorded in every receipt."""

    def __call__(self, question: str, passages: Sequence[ReaderPassage]) -> list[Reading]:
        """Return one reading per passage."""
        ...


class CrossEncoderReader(CrossEncoder):
    """Cross-encoder reader: extractive question answering with a null answer (Devlin et al. 2019, section 4.3)."""

    def __call__(self, question: str, passages: Sequence[ReaderPassage]) -> list[Reading]:
        """Return one reading per passage."""
        texts = [(question, passage.head + passage.text) for passage in passages]
        pairs, found = self.run(texts, MAX_TOKENS, "answers", "spans")
        return [
            _reading(passage, pair, float(answers[0]), spans[: len(pair.ids)])
            for passage, pair, (answers, spans) in zip(passages, pairs, found, strict=True)
        ]


def passage_head(source: Source) -> str:
    """Return the head of a passage or premise: title, outlet and date, as the judges were trained on them."""
    return head_of(source.title.value or "", source.outlet.value or "", source.published.value or "")


def head_of(title: str, outlet: str, published: str) -> str:
    """Return the head of a passage; `published` is an ISO date, and what is empty is left out."""
    day = published[:10]
    if len(day) == len("2026-11-28"):
        parsed = date.fromisoformat(day)
        day = f"{parsed.day} {parsed:%B %Y}"
    where = ", ".join(part for part in (outlet, day) if part)
    return "".join(f"{part}. " for part in (title.rstrip("."), where) if part)


def _reading(passage: ReaderPassage, pair: TokenIds, answers: float, logits: NDArray[np.float32]) -> Reading:
    """Read the span logits, shape (tokens, 2), sentence by sentence."""
    null = float(logits[0].sum())
    inside = np.array(pair.types) == 1
    starts = np.array([start for start, _ in pair.offsets]) - len(passage.head)
    ends = np.array([end for _, end in pair.offsets]) - len(passage.head)
    scores: list[float] = []
    spans: list[AnswerSpan | None] = []
    for sentence in passage.sentences:
        tokens = np.flatnonzero(inside & (starts >= sentence.start) & (ends <= sentence.end) & (ends > starts))
        if not len(tokens):
            scores.append(UNREAD)
            spans.append(None)
            continue
        own = logits[tokens]
        total = float(np.logaddexp.reduce(own[:, 0]) + np.logaddexp.reduce(own[:, 1]))
        scores.append((total - null) / 2)
        first, last = _best_span(own)
        span = Span(start=int(starts[tokens[first]]), end=int(ends[tokens[last]]))
        spans.append(AnswerSpan(span, float(own[first, 0] + own[last, 1] - null) / 2))
    return Reading(answers, tuple(scores), tuple(spans))


def _best_span(logits: NDArray[np.float32]) -> tuple[int, int]:
    """Return first and last token of the best span: the highest sum of start and end logit, at most 40 tokens long."""
    sums = logits[:, 0][:, None] + logits[:, 1][None, :]
    lengths = np.arange(len(logits))[None, :] - np.arange(len(logits))[:, None]
    sums = np.where((lengths >= 0) & (lengths < MAX_SPAN_TOKENS), sums, -np.inf)
    first, last = np.unravel_index(int(sums.argmax()), sums.shape)
    return int(first), int(last)
