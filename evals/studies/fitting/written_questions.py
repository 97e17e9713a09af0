"""Reading rows of written articles: passages that answer a question, and passages that nearly do."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random

from evals.studies.fitting.judge_rows import Json, PassageRow, Ranges
from evals.studies.fitting.question_noise import as_typed
from evals.studies.fitting.written_articles import WrittenArticle, evidence_sentences, header, word_overlap

WORD = re.compile(r"[a-z]{4,}")
NEAR_MISS = "near_miss/"
"""First part of the kind of a row whose question the whole article does not answer."""
STORY_LETTERS = 5
"""Articles whose ids begin with the same letters may tell one story."""


def question_rows(articles: Sequence[WrittenArticle], random: Random) -> Iterator[PassageRow]:
    """Yield the rows of all questions: once for held-out articles, and twice, with other random cuts, for the rest."""
    index = NearArticles(articles)
    for article in articles:
        for question in article.questions:
            for _ in range(1 if article.for_test else 2):
                yield from _QuestionRows(article, question, random).rows(index)


def passages(article: WrittenArticle, random: Random) -> list[list[int]]:
    """Cut an article into passages of whole sentences, as the chunker does: at most 60, 90 or 130 words each.

    Returns indices of sentences; half of the passages begin with the last sentence of the one before.
    """
    found: list[list[int]] = []
    current: list[int] = []
    words = 0
    most = random.choice((60, 90, 130))
    for i, sentence in enumerate(article.sentences):
        n = len(sentence.split())
        if current and words + n > most:
            found.append(current)
            current = current[-1:] if random.random() < 0.5 else []
            words = sum(len(article.sentences[k].split()) for k in current)
        current.append(i)
        words += n
    return [*found, current]


@dataclass(frozen=True)
class _Placed:
    """Passage text with the offset of each of its sentences."""

    text: str
    head: int
    starts: dict[int, int]


def _placed(article: WrittenArticle, chosen: Sequence[int], *, headed: bool) -> _Placed:
    text = header(article) if headed else ""
    head, starts = len(text), {}
    for i in chosen:
        starts[i] = len(text)
        text += article.sentences[i] + " "
    return _Placed(text.rstrip(), head, starts)


class _QuestionRows:
    """Builder of the rows of one question."""

    def __init__(self, article: WrittenArticle, question: Json, random: Random) -> None:
        self._article, self._random = article, random
        self._question: str = question["question"]
        self._answer: str | None = question["answer"]
        self._kind: str = question["kind"]
        self._evidence = evidence_sentences(article, question["evidence"] or ())

    def rows(self, index: "NearArticles") -> Iterator[PassageRow]:
        """Yield a passage that answers, one that does not, and at times one of another article; or near misses."""
        random, article = self._random, self._article
        cut = passages(article, random)
        if self._answer is None:
            ranked = sorted(cut, key=lambda c: -self._overlap(article, c) - random.random() * 0.1)
            for chosen in ranked[: 1 if article.for_test else 2]:
                yield self._without_answer(article, chosen, NEAR_MISS + self._kind)
            return
        yield from self._answering(cut)
        empty = [c for c in cut if not set(c) & set(self._evidence) and not self._has_answer(article, c)]
        if empty:
            best = max(empty, key=lambda c: self._overlap(article, c) + random.random() * 0.2)
            yield self._without_answer(article, best, "same_article")
        if random.random() < 0.4 and not article.for_test:
            other = index.near(article, self._question, random)
            near = max(passages(other, random), key=lambda c: self._overlap(other, c))
            if not self._has_answer(other, near):
                yield self._without_answer(other, near, "other_article")

    def _answering(self, cut: Sequence[Sequence[int]]) -> Iterator[PassageRow]:
        """Yield the first passage that holds the answer's words in a sentence of the evidence."""
        answer = re.compile(re.escape(" ".join((self._answer or "").split())))
        for chosen in cut:
            if not set(chosen) & set(self._evidence):
                continue
            placed = self._place(self._article, chosen)
            spans = tuple(
                (placed.starts[i] + match.start(), placed.starts[i] + match.end())
                for i in self._evidence
                if i in placed.starts
                for match in answer.finditer(self._article.sentences[i])
            )
            if spans:
                yield self._row(self._article, placed, spans, self._kind)
                return

    def _without_answer(self, article: WrittenArticle, chosen: Sequence[int], kind: str) -> PassageRow:
        return self._row(article, self._place(article, chosen), (), kind)

    def _place(self, article: WrittenArticle, chosen: Sequence[int]) -> _Placed:
        return _placed(article, chosen, headed=self._article.for_test or self._random.random() < 0.75)

    def _row(self, article: WrittenArticle, placed: _Placed, spans: Ranges, kind: str) -> PassageRow:
        for_test = self._article.for_test
        asked = self._question if for_test else as_typed(self._question, self._random)
        fold = article.fold if for_test else self._article.fold
        return PassageRow(
            asked, placed.text, spans, "written", fold, kind=kind, group=self._article.id, head=placed.head
        )

    def _overlap(self, article: WrittenArticle, chosen: Sequence[int]) -> float:
        return word_overlap(self._question, _placed(article, chosen, headed=False).text)

    def _has_answer(self, article: WrittenArticle, chosen: Sequence[int]) -> bool:
        text = _placed(article, chosen, headed=False).text
        return (self._answer or "").casefold() in text.casefold()


class NearArticles:
    """Near articles: those that share rare words with a question, as retrieval finds them beside the right one."""

    def __init__(self, articles: Sequence[WrittenArticle]) -> None:
        self._articles = articles
        self._words = [set(WORD.findall(" ".join(a.sentences).casefold())) for a in articles]
        self._counts = Counter(word for words in self._words for word in words)

    def near(self, own: WrittenArticle, question: str, random: Random) -> WrittenArticle:
        """Return the nearest of 150 random articles of other stories that are not held out."""
        wanted = [word for word in WORD.findall(question.casefold()) if word in self._counts]
        sample = random.sample(range(len(self._articles)), min(150, len(self._articles)))
        sample = [i for i in sample if self._of_another_story(i, own) and not self._articles[i].for_test]
        best = max(sample, key=lambda i: self._rare_words(wanted, i) + random.random() * 0.01)
        return self._articles[best]

    def _of_another_story(self, i: int, own: WrittenArticle) -> bool:
        return self._articles[i].id[:STORY_LETTERS] != own.id[:STORY_LETTERS]

    def _rare_words(self, wanted: Sequence[str], i: int) -> float:
        return sum(1 / self._counts[word] for word in wanted if word in self._words[i])
