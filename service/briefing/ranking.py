"""Which statements matter most: central, specific, from several origins, new; and then no two alike."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from service.answering.query import names
from service.briefing.clustering import Group
from service.briefing.decontextualisation import leans, loose_pronouns, states
from service.language.numbers import numbers
from service.language.parsing import parse

WEIGHTS = {
    "score": 0.7,
    "centrality": 0.15,
    "specific": 0.15,
    "origins": 0.15,
    "recent": 0.05,
    "leans": -0.25,
    "loose": -0.15,
}
SPECIFICS = 4
"""Names and figures from which a sentence is as specific as it needs to be."""
SEVERAL = 3
"""Origins that count as many."""
ALIKE, CROWDED = 0.35, 0.04
"""What it costs to be like something that was chosen, and for each that was chosen from the same article."""
LEAST, OF_BEST = 0.25, 0.4
"""Score that a point has at least, and as a share of the best one's."""
FEWEST = 5
"""Statements that are looked at even when the best one is far better: a narrow topic has few."""
WORTH = 0.3
"""Value from which a statement is a point at all."""


def rank(groups: Sequence[Group]) -> list[tuple[Group, float]]:
    """Groups with their weight, most important first; those that are hardly on the topic, or no statement, are out."""
    least = max(LEAST, OF_BEST * max((each.best.score for each in groups), default=0.0))
    groups = [each for each in groups if each.best.score >= LEAST and states(parse(each.best.quote))]
    groups = [each for i, each in enumerate(groups) if each.best.score >= least or i < FEWEST]
    if not groups:
        return []
    vectors = np.stack([each.best.vector for each in groups])
    near = np.clip(vectors @ vectors.T, 0.0, None)
    central = (near * np.array([each.best.score for each in groups])).mean(axis=1)
    central = central / max(float(central.max()), 1e-9)
    days = [_day(each) for each in groups]
    first, last = min((d for d in days if d), default=0), max((d for d in days if d), default=0)
    weighed = [
        (
            each,
            _weight(each, float(central[i]), (days[i] - first) / (last - first) if last > first and days[i] else 0.0),
        )
        for i, each in enumerate(groups)
    ]
    return sorted(weighed, key=lambda pair: (-round(pair[1], 5), pair[0].best.location))


def choose(ranked: Sequence[tuple[Group, float]], most: int, told: Sequence[Group] = ()) -> list[Group]:
    """Statements by falling weight, each less what it repeats of those told before (Carbonell and Goldstein 1998)."""
    left, chosen = list(ranked), list[Group]()
    while left and len(chosen) < most:
        values = [weight - _repeated(each, [*told, *chosen]) for each, weight in left]
        best = max(range(len(left)), key=lambda i: (round(values[i], 5), -i))
        if len(told) + len(chosen) >= FEWEST and values[best] < WORTH - (ALIKE if told or chosen else 0.0):
            break
        chosen.append(left.pop(best)[0])
    return chosen


def _repeated(each: Group, chosen: Sequence[Group]) -> float:
    if not chosen:
        return 0.0
    alike = max(float(each.best.vector @ other.best.vector) for other in chosen)
    article = each.best.article_id
    return ALIKE * max(alike, 0.0) + CROWDED * sum(other.best.article_id == article for other in chosen)


def _weight(each: Group, centrality: float, recent: float) -> float:
    specifics = len({token.folded for token in names(each.best.text)}) / 2 + len(set(numbers(each.best.text)))
    signs = {
        "score": each.best.score,
        "centrality": centrality,
        "specific": min(specifics / SPECIFICS, 1.0),
        "origins": min((len(each.origins) - 1) / (SEVERAL - 1), 1.0),
        "recent": recent,
        "leans": leans(parse(each.best.quote)),
        "loose": min(loose_pronouns(parse(each.best.quote)), 2) / 2,
    }
    return sum(weight * signs[name] for name, weight in WEIGHTS.items())


def _day(each: Group) -> int:
    try:
        return date.fromisoformat((each.best.source.published.value or "")[:10]).toordinal()
    except ValueError:
        return 0
