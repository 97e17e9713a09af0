"""Written articles: invented news with claims and questions, and the premises and passages cut from it."""

import gzip
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from evals.studies.fitting.judge_rows import TEST_FOLDS, Json
from index.search.reader import head_of
from index.sentences import split_sentences
from index.types import Span

REAL_ARTICLES = Path("bench/realtimeqa_2022/corpus.jsonl")
"""Beside the training folder: texts of the claims that were written on real articles."""
WORD = re.compile(r"[a-z]{4,}|\d+")


@dataclass(frozen=True)
class WrittenArticle:
    """WrittenArticle: an article with its sentences in order, its claims and its questions."""

    id: str
    title: str
    outlet: str
    published: str
    """ISO date, or empty."""
    sentences: tuple[str, ...]
    claims: tuple[Json, ...]
    questions: tuple[Json, ...]
    fold: int

    @property
    def for_test(self) -> bool:
        """Whether the article is held out."""
        return self.fold in TEST_FOLDS


def read_rows(path: Path) -> list[Json]:
    """Read a compressed JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def read_lines(path: Path) -> list[Json]:
    """Read a JSON Lines file."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def written_articles(train: Path) -> Iterator[WrittenArticle]:
    """Yield the articles of `train`/written; the texts of some are in the benchmark folder beside `train`."""
    real = {article["id"]: article for article in read_lines(train.parent / REAL_ARTICLES)}
    for path in sorted((train / "written").glob("*.jsonl.gz")):
        for row in read_rows(path):
            article = row if "text" in row else real[row["article_id"]]
            body = article["text"]
            spans = split_sentences(body, Span(start=0, end=len(body)))
            yield WrittenArticle(
                id=row.get("id") or row["article_id"],
                title=article["title"],
                outlet=article.get("outlet") or article.get("source") or "",
                published=(article.get("published") or "")[:10],
                sentences=tuple(" ".join(span.of(body).split()) for span in spans),
                claims=tuple(row["claims"]),
                questions=tuple(row["questions"]),
                fold=row["fold"],
            )


def header(article: WrittenArticle) -> str:
    """Return the head of a passage or premise: title, outlet and date."""
    return head_of(article.title, article.outlet, article.published)


def evidence_sentences(article: WrittenArticle, evidence: Sequence[str]) -> list[int]:
    """Return the indices of the sentences that the evidence quotes."""
    found = set()
    for quote in (" ".join(each.split()) for each in evidence):
        for i, sentence in enumerate(article.sentences):
            if quote in sentence or (len(sentence) > 20 and sentence in quote):
                found.add(i)
    return sorted(found)


def window(article: WrittenArticle, wanted: Sequence[int], random: Random) -> str:
    """Return one to five consecutive sentences around the wanted ones, with or without the article's head."""
    first, last = min(wanted), max(wanted)
    if last - first > 4:
        chosen = sorted(wanted)[:5]
    else:
        size = random.choice((1, 2, 3, 3, 4, 5))
        extra = max(0, size - (last - first + 1))
        before = random.randint(0, extra)
        chosen = list(range(max(0, first - before), min(len(article.sentences), last + 1 + extra - before)))
    text = " ".join(article.sentences[i] for i in chosen)
    return header(article) + text if random.random() < 0.6 else text


def word_overlap(left: str, right: str) -> float:
    """Return the share of the words of `left`, of four letters or more, that `right` has too."""
    a, b = (set(WORD.findall(text.casefold())) for text in (left, right))
    return len(a & b) / (len(a) or 1)
