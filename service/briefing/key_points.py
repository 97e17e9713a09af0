"""Key points: the three to eight most important statements on a topic, grouped, for an answer to a broad question."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from index.search.scored_sentence import ScoredSentence
from service.answering.types import Citation
from service.briefing.brief_citations import NumberedCitations
from service.briefing.clustering import Redundancy, SentenceCluster
from service.briefing.line_writer import LineWriter, TopicRelevance
from service.briefing.salience import SalientStatements
from service.briefing.types import BriefLine
from service.grounding import EntailmentModel

Grouping = Literal["matter", "outlet"]
MAX_STATEMENTS = 24
"""Number of statements from which the points of each outlet are chosen."""
MAX_PER_OUTLET = 3
SAME_MATTER_COSINE = 0.55
"""Cosine from which a point stands beside an earlier one as the same matter."""


@dataclass(frozen=True)
class KeyPoint:
    """One key point: a quotation that the gate accepts, with the sentence that it was copied from."""

    line: BriefLine
    """Its `citations` are numbers into `KeyPoints.citations`; the first is the one quoted."""
    sentence: ScoredSentence
    members: tuple[ScoredSentence, ...]
    """All sentences that say it, the quoted one first."""


@dataclass(frozen=True)
class PointGroup:
    """Points on one matter, or of one outlet."""

    heading: str
    """The outlet; empty for a matter."""
    points: tuple[KeyPoint, ...]


@dataclass(frozen=True)
class KeyPoints:
    """The key points of a topic, the most important group first; no group where nothing is on the topic."""

    groups: tuple[PointGroup, ...]
    citations: tuple[Citation, ...]
    """Numbered from 1 in order of first use."""


def write_key_points(
    topic: str,
    sentences: Sequence[ScoredSentence],
    relevance: TopicRelevance,
    entailment: EntailmentModel | None,
    *,
    by: Grouping,
    limit: int,
    max_words: int,
) -> KeyPoints:
    """Choose and write the points, at most `limit` of at most `max_words` in all, but at least one."""
    citations = NumberedCitations()
    writer = LineWriter(topic, citations, relevance)
    statements = SalientStatements(sentences, Redundancy(entailment))
    chosen = statements.take(limit if by == "matter" else MAX_STATEMENTS)
    if by == "outlet":
        chosen = _of_each_outlet(chosen, limit)
    points: list[KeyPoint] = []
    words = 0
    for cluster in chosen:
        length = len(cluster.representative.text.split())
        if points and words + length > max_words:
            continue
        if (line := writer.write_statement(cluster)) is not None:
            points.append(KeyPoint(line, cluster.representative, cluster.members))
            words += length
    groups = _by_outlet(points) if by == "outlet" else _by_matter(points)
    return KeyPoints(tuple(groups), tuple(citations.citations))


def _outlet(sentence: ScoredSentence) -> str:
    return sentence.source.outlet.value or ""


def _of_each_outlet(statements: Iterable[SentenceCluster], limit: int) -> list[SentenceCluster]:
    """Return the best statements of each outlet in turn, so that none is left out for another's third."""
    ranked: dict[str, list[SentenceCluster]] = {}
    for each in statements:
        ranked.setdefault(_outlet(each.representative), []).append(each)
    turns = (own[i] for i in range(MAX_PER_OUTLET) for own in ranked.values() if i < len(own))
    return [each for each, _ in zip(turns, range(limit), strict=False)]


def _by_outlet(points: Sequence[KeyPoint]) -> list[PointGroup]:
    outlets = dict.fromkeys(_outlet(each.sentence) for each in points)
    return [PointGroup(name, tuple(e for e in points if _outlet(e.sentence) == name)) for name in outlets]


def _by_matter(points: Sequence[KeyPoint]) -> list[PointGroup]:
    groups: list[list[KeyPoint]] = []
    for point in points:
        near = (g for g in groups if max(_cosine(point, other) for other in g) >= SAME_MATTER_COSINE)
        own = next(near, None)
        if own is None:
            groups.append([point])
        else:
            own.append(point)
    return [PointGroup("", tuple(group)) for group in groups]


def _cosine(one: KeyPoint, other: KeyPoint) -> float:
    return float(one.sentence.vector @ other.sentence.vector)
