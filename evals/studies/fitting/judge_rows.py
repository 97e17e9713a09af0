"""Training rows of the two judges, reader and entailment model, and their packing into arrays of token ids."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import TokenIds

LABELS = ("supported", "contradicted", "neither", "attributed", "not_supported", "supported_or_attributed")
"""The last two are sets of classes: a source that does not tell them apart trains their sum."""
SUPPORTED = ("supported", "attributed", "supported_or_attributed")
"""Labels of hypotheses whose words the premise carries."""
UNKNOWN = -1
TEST_FOLDS = (8, 9)
"""Folds that are never trained on."""
CLS, SEP = 101, 102
PAIR_TOKENS, HYPOTHESIS_TOKENS = 192, 80
PASSAGE_TOKENS, QUESTION_TOKENS = 224, 48
FIRST, LAST = 1, 2
"""Bits of a reading row's mark: an answer may begin with this token, or end with it."""
WHOLE = 1_000_000
"""Maximum number of tokens that truncates no text."""

Ranges = tuple[tuple[int, int], ...]
"""Half-open character ranges of a text."""
Json = dict[str, Any]
"""One object of a JSON Lines file."""


class PairTokenizer(Protocol):
    """Pair tokenizer protocol: `index.encoder.OnnxEncoder`, or a fake in tests."""

    def encode(self, text: str, other: str | None = None, *, max_tokens: int) -> TokenIds:
        """Tokenize a pair of texts."""
        ...


@dataclass(frozen=True)
class PairRow:
    """PairRow: a hypothesis with its premise and label."""

    hypothesis: str
    premise: str
    label: str
    source: str
    fold: int
    changed: Ranges | None = None
    """Ranges of the hypothesis that the premise does not carry; None where that is unknown."""
    kind: str = ""
    group: str = ""
    """Article or document that the row comes from, for the bootstrap; it is not packed."""

    @property
    def for_test(self) -> bool:
        """Whether the row is held out."""
        return self.fold in TEST_FOLDS


@dataclass(frozen=True)
class PassageRow:
    """PassageRow: a question with a passage and the character ranges of the answer in it."""

    question: str
    passage: str
    answers: Ranges
    """Empty when the passage does not answer."""
    source: str
    fold: int
    sentences_only: bool = False
    """The ranges are sentences that hold the answer, and not its exact words."""
    kind: str = ""
    group: str = ""
    """Article that the row comes from, for the bootstrap; it is not packed."""
    head: int = 0
    """Length of the passage's head (title, outlet, date) in characters; it is not packed."""
    split: str = ""
    """The source's own split; it is not packed."""

    @property
    def for_test(self) -> bool:
        """Whether the row is held out."""
        return self.fold in TEST_FOLDS


def pack_pairs(rows: Sequence[PairRow], tokenizer: PairTokenizer, path: Path) -> None:
    """Write entailment rows as arrays, with a mark for each token of the hypothesis: 1 where the premise lacks it."""
    packed = _Packed()
    for row in rows:
        pair = _Pair(tokenizer, row.hypothesis, row.premise, HYPOTHESIS_TOKENS, PAIR_TOKENS)
        if row.changed is not None:
            changed = row.changed
            known = [int(any(s < end and e > start for start, end in changed)) for s, e in pair.left_offsets]
        else:
            known = [0 if row.label in SUPPORTED else UNKNOWN] * len(pair.left)
        marks = [UNKNOWN, *known, *[UNKNOWN] * (len(pair.right) + 2)]
        packed.add(row, pair, LABELS.index(row.label), marks)
    packed.write(path)


def pack_passages(rows: Sequence[PassageRow], tokenizer: PairTokenizer, path: Path) -> None:
    """Write reading rows as arrays; a mark holds the bits FIRST and LAST where an answer may begin and end.

    A row whose answers all lie behind the last token read is left out.
    """
    packed = _Packed()
    for row in rows:
        pair = _Pair(tokenizer, row.question, row.passage, QUESTION_TOKENS, PASSAGE_TOKENS)
        mark = _answer_marks(row, pair.right_offsets)
        if row.answers and not any(mark):
            continue
        packed.add(row, pair, int(bool(row.answers)), [0] * (len(pair.left) + 2) + mark + [0])
        packed.only.append(row.sentences_only)
    packed.write(path, only=np.array(packed.only, bool))


def _answer_marks(row: PassageRow, offsets: Sequence[tuple[int, int]]) -> list[int]:
    mark = [0] * len(offsets)
    for start, end in row.answers:
        inside = [i for i, (s, e) in enumerate(offsets) if s < end and e > start]
        if not inside or offsets[inside[-1]][1] < end:
            continue
        if row.sentences_only:
            for i in inside:
                mark[i] = FIRST | LAST
        else:
            mark[inside[0]] |= FIRST
            mark[inside[-1]] |= LAST
    return mark


class _Pair:
    """Token ids and offsets of two texts, each truncated at its end, without special tokens."""

    def __init__(self, tokenizer: PairTokenizer, left: str, right: str, left_tokens: int, tokens: int) -> None:
        whole = tokenizer.encode(left, right, max_tokens=WHOLE)
        middle = whole.types.index(1) if 1 in whole.types else len(whole.ids)
        a, b = slice(1, min(middle - 1, 1 + left_tokens)), slice(middle, len(whole.ids) - 1)
        self.left, self.left_offsets = whole.ids[a], whole.offsets[a]
        most = tokens - len(self.left) - 3
        self.right, self.right_offsets = whole.ids[b][:most], whole.offsets[b][:most]

    @property
    def ids(self) -> list[int]:
        return [CLS, *self.left, SEP, *self.right, SEP]


@dataclass
class _Packed:
    """Arrays under construction: `ids` and `marks` are flat, and row i has those from starts[i] to starts[i + 1]."""

    ids: list[int] = field(default_factory=list)
    marks: list[int] = field(default_factory=list)
    starts: list[int] = field(default_factory=lambda: [0])
    first: list[int] = field(default_factory=list)
    """Number of tokens of the left text."""
    labels: list[int] = field(default_factory=list)
    rows: list[PairRow | PassageRow] = field(default_factory=list)
    only: list[bool] = field(default_factory=list)

    def add(self, row: PairRow | PassageRow, pair: _Pair, label: int, marks: list[int]) -> None:
        self.ids += pair.ids
        self.marks += marks
        self.starts.append(len(self.ids))
        self.first.append(len(pair.left))
        self.labels.append(label)
        self.rows.append(row)

    def write(self, path: Path, **more: NDArray[Any]) -> None:
        arrays: dict[str, Any] = {
            "ids": np.array(self.ids, np.uint16),
            "starts": np.array(self.starts),
            "first": np.array(self.first, np.int16),
            "labels": np.array(self.labels, np.int8),
            "marks": np.array(self.marks, np.int8),
            "folds": np.array([row.fold for row in self.rows], np.int8),
            **more,
            "sources": np.array([row.source for row in self.rows]),
            "kinds": np.array([row.kind for row in self.rows]),
        }
        np.savez(path, **arrays)
