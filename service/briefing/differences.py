"""Differences between articles: group pairwise contradictions by value, and write a line for each value."""

from collections.abc import Iterator, Sequence
from itertools import combinations

from index.search.scored_sentence import ScoredSentence
from service.briefing.contradictions import Contradiction, find_contradictions, has_comparable_value
from service.briefing.line_writer import LineWriter
from service.briefing.topic_retrieval import near_best
from service.briefing.types import BriefDifference, ReportedValue

MIN_SHARE_OF_BEST_SCORE = 0.5
"""Minimum score as a share of the best sentence's score; below it a difference would be off topic."""
MAX_DIFFERENCES = 8


def find_differences(sentences: Sequence[ScoredSentence], writer: LineWriter) -> tuple[BriefDifference, ...]:
    """Find the differences between articles, those of the most similar sentences first, each value once."""
    contradictions = sorted(
        _contradictions(near_best(sentences, MIN_SHARE_OF_BEST_SCORE)), key=lambda each: -each.similarity
    )
    groups: list[list[Contradiction]] = []
    for each in contradictions:
        own = next((group for group in groups if any(_share_value(each, other) for other in group)), None)
        if own is not None:
            own.append(each)
        elif len(groups) < MAX_DIFFERENCES:
            groups.append([each])
    differences = (_difference(group, writer) for group in groups)
    return tuple(each for each in differences if each is not None)


def _contradictions(sentences: Sequence[ScoredSentence]) -> Iterator[Contradiction]:
    comparable = {id(each) for each in sentences if has_comparable_value(each)}
    for one, other in combinations(sentences, 2):
        if one.article_id != other.article_id and {id(one), id(other)} & comparable:
            yield from find_contradictions(one, other)


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
