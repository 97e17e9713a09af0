"""Plot coordinates for the report page; its template only draws them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from evals.harness.metric_registry import in_order
from evals.harness.summary import CaseResult, Metric, Report

WIDTH = 320
HEIGHT = 240
RELIABILITY_BINS = 10
TIME_AXIS_QUANTILE = 0.99
"""Quantile at which the time axis ends, because one stalled case would flatten the rest."""


class Bar(NamedTuple):
    """Bar: a metric between 0 and 1 with its standard error."""

    name: str
    label: str
    start: float
    end: float
    low: float
    high: float
    y: float


class Point(NamedTuple):
    """Point: one bin of the reliability diagram, with the cases whose predicted probability falls into it."""

    x: float
    y: float
    radius: float
    predicted: float
    observed: float
    n: int


class Column(NamedTuple):
    """Column: one bin of the histogram of times."""

    x: float
    y: float
    width: float
    height: float
    label: str


def bars(report: Report) -> list[Bar]:
    """Return a bar for every metric with a mean between 0 and 1, except times."""
    found: list[Bar] = []
    for name in in_order(set(report.metrics)):
        metric = report.metrics[name]
        if metric.mean is None or not 0.0 <= metric.mean <= 1.0 or "_p5" in name or "_p9" in name:
            continue
        found.append(_bar(name, metric, metric.mean, 22.0 * len(found) + 14.0))
    return found


def _bar(name: str, metric: Metric, mean: float, y: float) -> Bar:
    error = metric.stderr or 0.0
    low, high = max(0.0, mean - error), min(1.0, mean + error)
    label = f"{mean:.2f} ± {error:.2f}, n={metric.n}"
    return Bar(name, label, 0.0, mean * WIDTH, low * WIDTH, high * WIDTH, y)


def reliability(cases: Sequence[CaseResult]) -> list[Point]:
    """Return the reliability diagram: the share of answerable cases by predicted probability."""
    known = [(case.chance, bool(case.expected)) for case in cases if case.chance is not None]
    found: list[Point] = []
    for low in np.arange(RELIABILITY_BINS) / RELIABILITY_BINS:
        inside = [
            (p, yes)
            for p, yes in known
            if low <= p < low + 1 / RELIABILITY_BINS or (p == 1.0 and low == 1 - 1 / RELIABILITY_BINS)
        ]
        if inside:
            predicted, observed = (float(np.mean([each[i] for each in inside])) for i in (0, 1))
            radius = 3.0 + 9.0 * (len(inside) / len(known)) ** 0.5
            found.append(Point(predicted * HEIGHT, (1 - observed) * HEIGHT, radius, predicted, observed, len(inside)))
    return found


def calibration_error(points: Sequence[Point]) -> float:
    """Return the expected calibration error (Naeini et al. 2015): case-weighted mean distance from the diagonal."""
    total = sum(point.n for point in points)
    return sum(point.n * abs(point.predicted - point.observed) for point in points) / total


def durations(cases: Sequence[CaseResult]) -> list[Column]:
    """Return the histogram of seconds per case."""
    seconds = [case.seconds for case in cases if case.seconds is not None]
    if not seconds:
        return []
    longest = float(np.quantile(seconds, TIME_AXIS_QUANTILE)) or 1.0
    counts, edges = np.histogram(np.minimum(seconds, longest), bins=2 * RELIABILITY_BINS, range=(0.0, longest))
    width, highest = WIDTH / len(counts), int(counts.max())
    return [
        Column(
            i * width,
            HEIGHT - HEIGHT * int(count) / highest,
            width - 1,
            HEIGHT * int(count) / highest,
            f"{edges[i]:.2f} to {edges[i + 1]:.2f} s: {count}",
        )
        for i, count in enumerate(counts)
    ]
