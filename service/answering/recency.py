"""Recency: for what is latest, evidence and extracts of newer reports come first."""

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from index.search.scored_sentence import ScoredSentence

AGE_WEIGHT = 0.5
"""Log-odds that evidence loses where the days since its publication, plus one, are e times as many (evals/LOG.md)."""


def newest_first(evidence: Sequence[ScoredSentence], today: date) -> list[ScoredSentence]:
    """Return the evidence with its probabilities weighed by age, best first; an unknown date is the oldest one.

    Args:
        today: the day on which the reader stands.
    """
    known = (day for each in evidence if (day := each.source.published_day) is not None)
    oldest = min(known, default=today.toordinal())
    ages = [max(0, today.toordinal() - (each.source.published_day or oldest)) for each in evidence]
    odds = [
        each.probability * math.exp(-AGE_WEIGHT * math.log1p(age)) for each, age in zip(evidence, ages, strict=True)
    ]
    total = sum(odds) or 1.0
    weighed = [replace(each, probability=odd / total) for each, odd in zip(evidence, odds, strict=True)]
    return sorted(weighed, key=lambda each: -round(each.probability, 5))


def newest_report_first(extracts: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the extracts of newer articles first, those without a date last; those of one day stay as they are."""
    return sorted(extracts, key=lambda each: (each.source.published.value or "")[:10], reverse=True)
