"""Reader training rows: public questions over passages, passages that nearly answer, and written articles."""

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from evals.studies.fitting.judge_rows import Json, PassageRow, Ranges
from evals.studies.fitting.question_noise import as_typed
from evals.studies.fitting.written_articles import read_lines, read_rows, word_overlap, written_articles
from evals.studies.fitting.written_questions import question_rows

TEST_FOLD = 9
LONE_SENTENCES = ("qamr", "qed_sentence")
"""Sources whose context is one sentence."""
WORDS_BEFORE, WORDS_AFTER = 110, 45
"""Words of a long context that are kept before and after the answer."""


def reader_rows(train: Path, seed: int = 11) -> list[PassageRow]:
    """Return all rows made from the folder `train`, held-out ones included; the same for the same seed."""
    random = Random(seed)
    rows = [*_squad(train, random), *_selqa(train, random), *_questions(train, random)]
    return [*rows, *question_rows(list(written_articles(train)), random)]


def _fold(title: str) -> int:
    """Return one of the training folds; what is held out of these sources is their own test split."""
    return int(hashlib.sha256(title.encode()).hexdigest(), 16) % 10 % 8


def _squad(train: Path, random: Random) -> Iterator[PassageRow]:
    """Yield SQuAD 2.0 (Rajpurkar et al. 2018, arXiv 1806.03822); some questions also with a near paragraph."""
    paragraphs = {row["id"]: row for row in read_lines(train / "squad2_paragraphs.jsonl")}
    of_title = defaultdict(list)
    for row in paragraphs.values():
        of_title[row["title"]].append(row)
    for row in read_lines(train / "squad2_questions.jsonl"):
        paragraph, answers = paragraphs[row["paragraph"]], row["answers"] or []
        for_test = paragraph["split"] == "test"
        fold = TEST_FOLD if for_test else _fold(paragraph["title"])
        spans = tuple((start, start + len(text)) for start, text in (answers if for_test else answers[:3]))
        question = row["question"] if for_test else as_typed(row["question"], random)
        title = paragraph["title"]
        yield PassageRow(question, paragraph["text"], spans, "squad2", fold, group=title, split=paragraph["split"])
        if not for_test and row["answerable"] and random.random() < 0.35:
            others = [other for other in of_title[title] if other["id"] != row["paragraph"]]
            if others:
                near = _nearest(row["question"], random.sample(others, min(6, len(others))))
                if not any(answer[1].casefold() in near.casefold() for answer in answers):
                    yield PassageRow(as_typed(row["question"], random), near, (), "squad2_near", fold, group=title)


def _nearest(question: str, paragraphs: Sequence[Json]) -> str:
    """Return the text of the paragraph that shares most words with the question."""
    texts: list[str] = [paragraph["text"] for paragraph in paragraphs]
    return max(texts, key=lambda text: word_overlap(question, text))


def _selqa(train: Path, random: Random) -> Iterator[PassageRow]:
    """Yield SelQA (Jurczyk et al. 2016, arXiv 1606.08513): the answer's sentence is known, but not its words."""
    for row in read_lines(train / "selqa.jsonl"):
        for_test = row["split"] == "test"
        fold = TEST_FOLD if for_test else _fold(row["title"])
        spans, text = [], ""
        first = max(0, min(row["positive"], default=0) - random.randint(0, 4))
        for i, sentence in enumerate(row["sentences"][first : first + 8], first):
            if i in row["positive"]:
                spans.append((len(text), len(text) + len(sentence)))
            text += sentence + " "
        question = row["question"] if for_test else as_typed(row["question"], random)
        yield PassageRow(
            *(question, text.strip(), tuple(spans), "selqa", fold),
            sentences_only=True,
            group=row["title"],
            split=row["split"],
        )


def _questions(train: Path, random: Random) -> Iterator[PassageRow]:
    for path in sorted((train / "questions").glob("*.jsonl.gz")):
        yield from _Source(path.name.removesuffix(".jsonl.gz"), read_rows(path)).rows(random)


@dataclass(frozen=True)
class _Source:
    """Public source whose rows have a question, a context and an answer."""

    name: str
    questions: Sequence[Json]

    def rows(self, random: Random) -> Iterator[PassageRow]:
        """Yield a row for each question but some of `qamr`; lone sentences are mostly placed among others."""
        contexts = self._contexts()
        everywhere = [context for found in contexts.values() for context in found]
        for row in self.questions:
            fold = TEST_FOLD if self.name == "qed" and row["split"] == "dev" else row["fold"]
            if self.name == "qed_sentence" and row["split"] == "dev":
                continue
            for_test, context = fold >= 8, row["context"]
            if self.name == "quoref_contrast" and row["answer"]:
                context = _around(row["answer"], context)
            if self.name == "qamr" and random.random() < 0.45 and not for_test:
                continue
            question = row["question"] if for_test else as_typed(row["question"], random)
            if self.name in LONE_SENTENCES and not for_test and random.random() < 0.7:
                context = _among_others(context, row["answer"], contexts[row["group"]], everywhere, random)
            yield PassageRow(
                *(question, context, _ranges(row["answer"], context), self.name, fold),
                kind=row["source"],
                group=row["group"],
                split=row["split"],
            )

    def _contexts(self) -> dict[str, list[str]]:
        """Return the different contexts of each group."""
        found: dict[str, dict[str, None]] = defaultdict(dict)
        for row in self.questions:
            found[row["group"]][row["context"]] = None
        return {group: list(contexts) for group, contexts in found.items()}


def _ranges(answer: str | None, context: str) -> Ranges:
    """Return the first three ranges of the context with the answer's words."""
    if not answer:
        return ()
    return tuple(match.span() for match in re.finditer(re.escape(answer), context))[:3]


def _around(answer: str, context: str) -> str:
    """Return the words of a long context around the answer."""
    words = list(re.finditer(r"\S+", context))
    at = context.find(answer)
    first = next((i for i, word in enumerate(words) if word.end() > at), 0)
    begin = words[max(0, first - WORDS_BEFORE)].start()
    return context[begin : words[min(len(words) - 1, first + WORDS_AFTER)].end()]


def _among_others(
    context: str, answer: str | None, same: Sequence[str], everywhere: Sequence[str], random: Random
) -> str:
    """Return a lone sentence among others without the answer, those of its group if there are some."""
    others = [other for other in random.sample(same, min(3, len(same))) if other != context]
    while len(others) < 3:
        others.append(random.choice(everywhere))
    others = [other for other in others if len(other.split()) < 60 and not (answer and answer in other)]
    at = random.randint(0, len(others))
    return " ".join([*others[:at], context, *others[at:]])
