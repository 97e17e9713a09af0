"""Training rows of the two judges: what they are made of, and how they are packed into arrays of tokens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tokenizers import Tokenizer

LABELS = ("supported", "contradicted", "neither", "attributed", "not_supported", "supported_or_attributed")
"""The last two are sets of classes: a source that does not tell them apart trains their sum."""
UNKNOWN = -1


@dataclass(frozen=True)
class PairRow:
    """PairRow: a hypothesis with its premise and label."""

    hypothesis: str
    premise: str
    label: str
    source: str
    fold: int
    changed: tuple[tuple[int, int], ...] | None = None
    """Character ranges of the hypothesis that the premise does not carry; None where that is unknown."""
    kind: str = ""


@dataclass(frozen=True)
class PassageRow:
    """PassageRow: a question with a passage and the character ranges of the answer in it."""

    question: str
    passage: str
    answers: tuple[tuple[int, int], ...]
    """Empty when the passage does not answer."""
    source: str
    fold: int
    sentences_only: bool = False
    """The ranges are sentences that hold the answer, and not its exact words."""
    kind: str = ""


def _pair(tokenizer: Tokenizer, left: str, right: str, left_tokens: int, tokens: int):
    """Encode `[CLS] left [SEP] right [SEP]`; both are truncated at their ends."""
    first = tokenizer.encode(left, add_special_tokens=False)
    second = tokenizer.encode(right, add_special_tokens=False)
    a = first.ids[:left_tokens]
    b = second.ids[: tokens - len(a) - 3]
    return a, first.offsets[: len(a)], b, second.offsets[: len(b)]


def pack_pairs(rows: Sequence[PairRow], tokenizer: Tokenizer, path: Path, tokens: int = 192) -> None:
    """Pack entailment rows: ids (flat), starts, lengths of the hypothesis, labels, and a label for each of its tokens."""
    ids, starts, first, labels, marks, folds = [], [0], [], [], [], []
    for row in rows:
        a, offsets, b, _ = _pair(tokenizer, row.hypothesis, row.premise, 80, tokens)
        ids += [101, *a, 102, *b, 102]
        if row.changed is not None:
            known = [int(any(s < end and e > start for start, end in row.changed)) for s, e in offsets]
        elif row.label in ("supported", "attributed", "supported_or_attributed"):
            known = [0] * len(a)
        else:
            known = [UNKNOWN] * len(a)
        marks += [UNKNOWN, *known, *[UNKNOWN] * (len(b) + 2)]
        starts.append(len(ids))
        first.append(len(a))
        labels.append(LABELS.index(row.label))
        folds.append(row.fold)
    _write(
        path,
        rows,
        ids=np.array(ids, np.uint16),
        starts=np.array(starts),
        first=np.array(first, np.int16),
        labels=np.array(labels, np.int8),
        marks=np.array(marks, np.int8),
        folds=np.array(folds, np.int8),
    )


def pack_passages(rows: Sequence[PassageRow], tokenizer: Tokenizer, path: Path, tokens: int = 224) -> None:
    """Pack reading rows: marks hold 1 at each allowed first token of an answer, 2 at each last one, 3 where both."""
    ids, starts, first, labels, marks, folds, only = [], [0], [], [], [], [], []
    kept = []
    for row in rows:
        a, _, b, offsets = _pair(tokenizer, row.question, row.passage, 48, tokens)
        mark = [0] * len(b)
        for start, end in row.answers:
            inside = [i for i, (s, e) in enumerate(offsets) if s < end and e > start]
            if not inside or offsets[inside[-1]][1] < end:
                continue
            if row.sentences_only:
                for i in inside:
                    mark[i] = 3
            else:
                mark[inside[0]] |= 1
                mark[inside[-1]] |= 2
        if row.answers and not any(mark):
            continue
        kept.append(row)
        ids += [101, *a, 102, *b, 102]
        marks += [0] * (len(a) + 2) + mark + [0]
        starts.append(len(ids))
        first.append(len(a))
        labels.append(int(bool(row.answers)))
        only.append(row.sentences_only)
        folds.append(row.fold)
    _write(
        path,
        kept,
        ids=np.array(ids, np.uint16),
        starts=np.array(starts),
        first=np.array(first, np.int16),
        labels=np.array(labels, np.int8),
        marks=np.array(marks, np.int8),
        folds=np.array(folds, np.int8),
        only=np.array(only, bool),
    )


def _write(path: Path, rows: Iterable[PairRow | PassageRow], **arrays: np.ndarray) -> None:
    rows = list(rows)
    np.savez(path, **arrays, sources=np.array([r.source for r in rows]), kinds=np.array([r.kind for r in rows]))
