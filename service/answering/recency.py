"""Recency: for what is latest, evidence and extracts of newer reports come first."""

import math
from collections.abc import Sequence
from dataclasses import replace

from index.search.scored_sentence import ScoredSentence

AGE_WEIGHT = 1.0
"""Log-odds that evidence loses where its days of age, plus one, are e times as many (evals/LOG.md)."""


def newest_first(evidence: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the evidence with its probabilities weighed by age, best first; an unknown date is the oldest one.

    Ages are counted from the newest evidence, not from the reader's day: from years away all reports are equally old.
    """
    days = [each.source.published_day for each in evidence]
    known = [day for day in days if day is not None]
    newest, oldest = max(known, default=0), min(known, default=0)
    odds = [
        each.probability * math.exp(-AGE_WEIGHT * math.log1p(newest - (oldest if day is None else day)))
        for each, day in zip(evidence, days, strict=True)
    ]
    total = sum(odds) or 1.0
    weighed = [replace(each, probability=odd / total) for each, odd in zip(evidence, odds, strict=True)]
    return sorted(weighed, key=lambda each: -round(each.probability, 5))


def newest_report_first(extracts: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the extracts of newer articles first, those without a date last; those of one day stay as they are."""
    return sorted(extracts, key=lambda each: (each.source.published.value or "")[:10], reverse=True)
