"""Training data of the relevance head: question-sentence pairs of SQuAD 2.0 and SelQA with hard negatives, tokenised.

Sources: SQuAD 2.0 (Rajpurkar et al. 2018, arXiv 1806.03822, whose "entity swap" makes a question unanswerable),
SelQA (Jurczyk et al. 2016, arXiv 1606.00851).
"""

from __future__ import annotations

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from nupunkt import sent_spans
from tokenizers import Tokenizer

from evals.studies.fitting.head_model import Batch

DEV_TITLES = frozenset({"Huguenot", "Harvard University"})
WORD = re.compile(r"\w+")
NAME = re.compile(r"(?<!^)(?<![.?!] )\b(?:[A-Z][\w'-]+(?: (?:of |the )?[A-Z][\w'-]+)*|\d[\d,.]*\d|\d)\b")


@dataclass(frozen=True)
class LabelledSentence:
    text: str
    title: str
    before: str
    """The previous sentence of the paragraph, or an empty string."""

    @property
    def context(self) -> str:
        return f"{self.title}. {self.before}".strip()


@dataclass(frozen=True)
class SquadQuestion:
    text: str
    split: str
    kind: str
    paragraph: tuple[LabelledSentence, ...]
    positive: frozenset[int]
    """Indices of the sentences that answer; empty if none does."""
    span: tuple[int, int] | None = None
    """Character span of the answer within its sentence."""


@dataclass(frozen=True)
class TrainingPair:
    question: str
    sentence: LabelledSentence
    label: float
    span: tuple[int, int] | None = None
    spans_known: bool = False


@dataclass(frozen=True)
class EncodedPair:
    ids: list[int]
    question: int
    """Number of tokens of the question, including [CLS] and [SEP]."""
    answer: list[float]
    """1 for each token of the answer, 0 for the others."""
    pair: TrainingPair = field(repr=False)


def lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def words(text: str) -> set[str]:
    return {w for w in WORD.findall(text.lower()) if len(w) > 3}


def overlap(question: str, sentence: LabelledSentence) -> float:
    asked = words(question)
    return len(asked & words(sentence.text)) / max(1, len(asked))


def with_context(sentences: Sequence[str], title: str) -> tuple[LabelledSentence, ...]:
    return tuple(LabelledSentence(s, title, sentences[i - 1] if i else "") for i, s in enumerate(sentences))


def read_squad(folder: Path) -> list[SquadQuestion]:
    rows = {p["id"]: p for p in lines(folder / "squad2_paragraphs.jsonl")}
    spans = {key: list(sent_spans(p["text"])) for key, p in rows.items()}
    paragraphs = {
        key: with_context([p["text"][a:b].strip() for a, b in spans[key]], p["title"].replace("_", " "))
        for key, p in rows.items()
    }
    return [
        squad_question(q, rows[q["paragraph"]], paragraphs[q["paragraph"]], spans[q["paragraph"]])
        for q in lines(folder / "squad2_questions.jsonl")
    ]


def squad_question(
    row: dict[str, Any],
    paragraph: dict[str, Any],
    sentences: tuple[LabelledSentence, ...],
    spans: list[tuple[int, int]],
) -> SquadQuestion:
    split = "dev" if sentences[0].title in DEV_TITLES else paragraph["split"]
    holds = [i for start, _ in row["answers"] for i, (a, b) in enumerate(spans) if a <= start < b]
    question = SquadQuestion(row["question"].strip(), split, "squad", sentences, frozenset(holds))
    if not holds:
        return question
    start, text = row["answers"][0]
    offset = sentences[holds[0]].text.find(text, max(0, start - spans[holds[0]][0] - 3))
    return replace(question, span=(offset, offset + len(text)) if offset >= 0 else None)


def read_selqa(folder: Path) -> list[SquadQuestion]:
    return [
        SquadQuestion(
            r["question"], r["split"], "selqa", with_context(r["sentences"], r["title"]), frozenset(r["positive"])
        )
        for r in lines(folder / "selqa.jsonl")
    ]


class Candidates:
    """Candidates: builds the training pairs of a question, with newly sampled hard negatives on each call."""

    def __init__(
        self, questions: Sequence[SquadQuestion], swaps: float, rng: random.Random, reword: Callable[[str], str] = str
    ) -> None:
        self.rng, self.swaps, self.reword = rng, swaps, reword
        self.article: dict[str, list[LabelledSentence]] = defaultdict(list)
        self.names: dict[str, list[str]] = defaultdict(list)
        for q in questions:
            title = q.paragraph[0].title
            self.names[title] += NAME.findall(q.text)
            if q.paragraph[0] not in self.article[title]:
                self.article[title] += q.paragraph

    def group(self, asked: SquadQuestion) -> list[TrainingPair]:
        q = replace(asked, text=self.reword(asked.text))
        negatives = [s for i, s in enumerate(q.paragraph) if i not in q.positive]
        negatives.sort(key=lambda s: overlap(q.text, s) + self.rng.random() * 0.2, reverse=True)
        known = q.kind == "squad"
        if not q.positive:
            return [TrainingPair(q.text, s, 0.0, None, known) for s in negatives[:3]]
        right = q.paragraph[min(q.positive)] if known else q.paragraph[self.rng.choice(sorted(q.positive))]
        found = [TrainingPair(q.text, right, 1.0, q.span, known and q.span is not None)]
        far = self.elsewhere(q)
        found += [TrainingPair(q.text, s, 0.0, None, known) for s in [*negatives[: 4 - len(far)], *far]]
        swapped = self.swapped(q.text, right)
        return [*found, TrainingPair(swapped, right, 0.0, None, known)] if swapped else found

    def elsewhere(self, q: SquadQuestion) -> list[LabelledSentence]:
        """Return a sentence of the same article but another paragraph that shares words with the question, if any."""
        others = (
            [s for s in self.rng.sample(pool, min(40, len(pool))) if s not in q.paragraph]
            if (pool := self.article[q.paragraph[0].title])
            else []
        )
        return [max(others, key=lambda s: overlap(q.text, s))] if others else []

    def swapped(self, question: str, sentence: LabelledSentence) -> str | None:
        """Replace a name or number shared by question and sentence with another of the article; None if not drawn."""
        if self.rng.random() >= self.swaps:
            return None
        shared = [n for n in NAME.findall(question) if n.lower() in sentence.text.lower()]
        if not shared:
            return None
        old = self.rng.choice(shared)
        other = [
            n
            for n in self.names[sentence.title]
            if n[0].isdigit() == old[0].isdigit() and n not in f"{sentence.text} {sentence.context} {question}"
        ]
        return question.replace(old, self.rng.choice(other)) if other else None


class PairEncoder:
    """PairEncoder: encodes `[CLS] question [SEP] sentence | title. previous sentence [SEP]`, truncated at the end."""

    def __init__(self, path: Path, limit: int) -> None:
        self.tokenizer, self.limit = Tokenizer.from_file(str(path)), limit
        self.tokenizer.no_truncation()
        self.tokenizer.no_padding()

    def __call__(self, pair: TrainingPair) -> EncodedPair:
        asked = self.tokenizer.encode(pair.question).ids[:64]
        said = self.tokenizer.encode(f"{pair.sentence.text} | {pair.sentence.context}")
        ids = [*[*asked, *said.ids[1:-1]][: self.limit - 1], said.ids[-1]]
        start, end = pair.span or (0, 0)
        answer = [float(a >= start and b <= end and b > a) if pair.span else 0.0 for a, b in said.offsets[1:]]
        return EncodedPair(ids, len(asked), ([0.0] * len(asked) + answer)[: len(ids)], pair)


def collate(rows: Sequence[EncodedPair]) -> Batch:
    width = max(len(r.ids) for r in rows)
    ids, segments = torch.zeros(len(rows), width, dtype=torch.long), torch.zeros(len(rows), width, dtype=torch.long)
    mask = torch.zeros(len(rows), width, dtype=torch.bool)
    for i, row in enumerate(rows):
        ids[i, : len(row.ids)] = torch.tensor(row.ids)
        segments[i, row.question : len(row.ids)] = 1
        mask[i, : len(row.ids)] = True
    return Batch(ids, segments, mask)


def batches(groups: list[list[EncodedPair]], pairs: int, rng: random.Random) -> list[list[list[EncodedPair]]]:
    """Batch groups of similar length, at most about `pairs` pairs per batch, in random order."""
    groups = sorted(groups, key=lambda g: max(len(e.ids) for e in g) + rng.random() * 8)
    found: list[list[list[EncodedPair]]] = [[]]
    for group in groups:
        if sum(map(len, found[-1])) + len(group) > pairs:
            found.append([])
        found[-1].append(group)
    rng.shuffle(found)
    return found
