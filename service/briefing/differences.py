"""Differences between articles: group pairwise contradictions by value, and write a line for each value."""

from collections.abc import Iterator, Sequence, Set
from itertools import combinations

import numpy as np

from index.search.scored_sentence import ScoredSentence
from service.briefing.contradictions import (
    Contradiction,
    contradictions_of_copies,
    contradictions_of_reports,
    has_comparable_value,
)
from service.briefing.line_writer import LineWriter
from service.briefing.types import BriefDifference, ReportedValue
from service.briefing.value_comparison import MIN_COSINE, compare_values
from service.grounding import EntailmentModel

MIN_COSINE_OF_COPIES = 0.75
"""Minimum cosine of two sentences that may be near-duplicates."""
MAX_SALIENT = 90
"""Number of sentences, the most salient first, that are compared in other words; bounds the time of a brief."""
MAX_DIFFERENCES = 8


def find_differences(
    sentences: Sequence[ScoredSentence],
    salient: Sequence[ScoredSentence],
    writer: LineWriter,
    model: EntailmentModel | None = None,
) -> tuple[BriefDifference, ...]:
    """Find the differences between articles, those of the most similar sentences first, each value once.

    Args:
        sentences: all sentences on the topic, among which near-duplicates are compared.
        salient: those of them that are compared in other words, the most salient first.
        model: decides whether two values in other words are of the same thing; without it, only their words do.
    """
    contradictions = sorted(_contradictions(sentences, salient, model), key=lambda each: -each.similarity)
    groups: list[list[Contradiction]] = []
    for each in contradictions:
        own = next((group for group in groups if any(_share_value(each, other) for other in group)), None)
        if own is not None:
            own.append(each)
        elif len(groups) < MAX_DIFFERENCES:
            groups.append([each])
    differences = (_difference(group, writer) for group in groups)
    return tuple(each for each in differences if each is not None)


def _contradictions(
    sentences: Sequence[ScoredSentence], salient: Sequence[ScoredSentence], model: EntailmentModel | None
) -> Iterator[Contradiction]:
    copies = [found for pair in _pairs(sentences, MIN_COSINE_OF_COPIES) for found in contradictions_of_copies(*pair)]
    yield from copies
    known = {frozenset(each.location for each in found.sentences) for found in copies}
    pairs = _pairs(salient[:MAX_SALIENT], MIN_COSINE)
    new = [pair for pair in pairs if frozenset(each.location for each in pair) not in known]
    if model is not None:
        yield from compare_values(new, model)
    else:
        yield from (found for pair in new for found in contradictions_of_reports(*pair))


def _pairs(sentences: Sequence[ScoredSentence], min_cosine: float) -> list[tuple[ScoredSentence, ScoredSentence]]:
    """Return the pairs of sentences of different articles that are near enough, the nearest first."""
    if len(sentences) < 2:
        return []
    comparable = {id(each) for each in sentences if has_comparable_value(each)}
    vectors = np.stack([each.vector for each in sentences])
    if not vectors.shape[1]:
        return [pair for pair in combinations(sentences, 2) if _may_differ(*pair, comparable)]
    cosines = np.triu(vectors @ vectors.T, k=1)
    rows, columns = np.nonzero(cosines >= min_cosine)
    order = np.argsort(-cosines[rows, columns], kind="stable")
    pairs = ((sentences[rows[i]], sentences[columns[i]]) for i in order)
    return [pair for pair in pairs if _may_differ(*pair, comparable)]


def _may_differ(one: ScoredSentence, other: ScoredSentence, comparable: Set[int]) -> bool:
    return one.article_id != other.article_id and bool({id(one), id(other)} & comparable)


def _share_value(one: Contradiction, other: Contradiction) -> bool:
    """Whether two contradictions share a sentence and its value, so that they belong to one group of values."""
    own, others = (
        {(sentence.location, value) for sentence, value in zip(each.sentences, each.values, strict=True)}
        for each in (one, other)
    )
    return one.kind == other.kind and bool(own & others)


def _difference(contradictions: Sequence[Contradiction], writer: LineWriter) -> BriefDifference | None:
    """Write each value once, with its first sentence; None if the gate accepts fewer than two."""
    by_value: dict[str, tuple[str, ScoredSentence]] = {}
    for each in contradictions:
        for value, sentence in zip(each.values, each.sentences, strict=True):
            by_value.setdefault(value.casefold(), (value, sentence))
    values = [
        ReportedValue(value=value, line=line)
        for value, sentence in by_value.values()
        if (line := writer.write(sentence)) is not None
    ]
    if len(values) < 2:
        return None
    return BriefDifference(kind=contradictions[0].kind, about=contradictions[0].about, values=tuple(values))
