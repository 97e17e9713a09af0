"""Benchmark records: measurements with their anchors, quantiles, and the report."""

import math
import os
from collections.abc import Iterator, Sequence

import numpy as np
from pydantic import Field

from index.types import Record
from service.runtime.settings import usable_cores


class Measurement(Record):
    """Measurement: one measured number, optionally with an anchor to compare it with."""

    part: str
    what: str
    value: float
    unit: str
    n: int = Field(description="How many times it was measured.")
    beside: float | None = Field(default=None, description="The anchor, in the same unit and the same run.")
    anchor: str = ""

    @property
    def ratio(self) -> float | None:
        """Measured value divided by the anchor; None without one."""
        return self.value / self.beside if self.beside else None

    @property
    def more_is_better(self) -> bool:
        """Whether a higher value is better: yes for rates, no for time and memory."""
        return self.unit == "/s"


class BenchReport(Record):
    """BenchReport: all measurements, in the order in which they were made."""

    machine: str
    how: str
    """Style or embedder used, as text."""
    measures: tuple[Measurement, ...]


def quantile(values: Sequence[float], share: float) -> float:
    """Return the quantile of the values at `share`; NaN if there are none."""
    return float(np.quantile(values, share)) if values else math.nan


def spread(
    part: str,
    what: str,
    seconds: Sequence[float],
    shares: Sequence[float],
    beside: Sequence[float] = (),
    anchor: str = "",
) -> Iterator[Measurement]:
    """Yield quantiles in milliseconds, each with the same quantile of the anchor."""
    for share in shares:
        yield Measurement(
            part=part,
            what=f"{what}, p{share * 100:g}",
            value=1000 * quantile(seconds, share),
            unit="ms",
            n=len(seconds),
            beside=1000 * quantile(beside, share) if beside else None,
            anchor=anchor if beside else "",
        )


def machine() -> str:
    """Describe the machine and its load in one line."""
    load = f"load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{usable_cores()} cores, {load} when it began"
