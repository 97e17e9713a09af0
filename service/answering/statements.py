"""Statements: the sentences of the articles that a question is about, each with the signals of its salience."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from index.search.candidate_sentences import sentence_kind
from index.search.scored_sentence import ScoredSentence
from index.words import stems
from service.answering.article_sentences import ArticleSentences
from service.answering.boilerplate import CLOSING_MARKS, LIMIT, boilerplate_log_odds
from service.language.numbers import numbers
from service.language.quotations import quoted_share

FITTED = Path(__file__).with_name("salience.json")
"""Log-odds that a sentence states a fact that a good answer needs, by `footnote study fit salience`."""
Answering = Literal["overview", "reasons"]
"""What a sentence is salient for: the overview that a broad question gets, or why, how and several things at once."""
MAX_ARTICLES = 3
"""Maximum number of articles that are read whole and quoted: those of the best sentences."""
MIN_WORDS = 5
FEW_WORDS = 9
FULL_COUNT = 4
"""Number of numbers in a sentence from which more of them add nothing."""
UNREAD = -2.0
"""Signal `relevance` of a sentence that the reader did not read, or found much worse than the best."""
TERMINAL_MARKS = (".", "!", "?")


@dataclass(frozen=True, eq=False)
class Statement:
    """Statement of an article, by its position, with the signals of its salience."""

    source: ArticleSentences
    position: int
    words: int
    stems: frozenset[str]
    signals: dict[str, float]

    @property
    def text(self) -> str:
        """Text of the sentence."""
        return self.source.spans[self.position].of(self.source.article.text)

    def fits(self, words: int) -> bool:
        """Whether it is not quoted yet and has at most so many words."""
        return not self.source.taken[self.position] and self.words <= words

    def share_in(self, other: "Statement") -> float:
        """Return the share of the other statement's stems that this one has."""
        return len(self.stems & other.stems) / max(1, len(other.stems))


def statements(question: str, evidence: Sequence[ScoredSentence]) -> list[Statement]:
    """Return the statements of the articles with the best evidence, in order, with their signals."""
    grouped: dict[tuple[str, int], list[ScoredSentence]] = defaultdict(list)
    for each in evidence:
        grouped[each.article_id, each.version].append(each)
    groups = list(grouped.values())[:MAX_ARTICLES]
    newest = max((group[0].source.published.value or "" for group in groups), default="")
    best = max((each.signals.get("relevance", 0.0) for each in evidence), default=0.0)
    asked = stems(question)
    found: list[Statement] = []
    for rank, group in enumerate(groups):
        shared = {
            "one": 1.0,
            "article": sum(each.probability for each in group),
            "article_rank": 1.0 / (1 + rank),
            "newest": float((group[0].source.published.value or "") == newest),
        }
        found += _statements_of(ArticleSentences(group), asked, best, shared)
    return found


def _statements_of(
    source: ArticleSentences, asked: frozenset[str], best: float, shared: dict[str, float]
) -> list[Statement]:
    title = stems(source.article.source.title.value or "")
    texts = [" ".join(span.of(source.article.text).split()) for span in source.spans]
    stated = [i for i, text in enumerate(texts) if sentence_kind(text) == "statement"]
    own = {i: stems(texts[i]) for i in stated}
    probabilities = [e.probability if (e := source.known.get(span.start)) else 0.0 for span in source.spans]
    found: list[Statement] = []
    for ordinal, i in enumerate(stated):
        before = own[stated[ordinal - 1]] if ordinal else frozenset[str]()
        read = source.known.get(source.spans[i].start)
        relevance = (read.signals.get("relevance", 0.0) - best) / 4 if read else UNREAD
        around = [probabilities[j] for j in (i - 1, i + 1) if 0 <= j < len(texts)]
        signals = shared | {
            "relevance": max(relevance, UNREAD),
            "probability": probabilities[i],
            "beside": max(around, default=0.0),
            "covered": len(asked & (own[i] | before | title)) / max(1, len(asked)),
            "position": ordinal / len(stated),
            "title": len(title & own[i]) / max(1, len(title)),
            "numbers": min(len(set(numbers(texts[i]))), FULL_COUNT) / FULL_COUNT,
            "quoted": 1.0 if read and read.attribution else quoted_share(texts[i]),
            "short": float(source.words[i] < FEW_WORDS),
            "boilerplate": boilerplate_log_odds(texts[i]) / LIMIT,
            "unfinished": float(not texts[i].rstrip(CLOSING_MARKS).endswith(TERMINAL_MARKS)),
        }
        if source.words[i] >= MIN_WORDS:
            found.append(Statement(source, i, source.words[i], own[i], signals))
    return found


@cache
def salience_weights(answering: Answering) -> Mapping[str, float]:
    """Return the fitted weight of each signal."""
    fitted: dict[str, dict[str, float]] = json.loads(FITTED.read_text(encoding="utf-8"))
    return fitted[answering]
