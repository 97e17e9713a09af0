"""Metric registry: each metric is registered once, with its scorer, for all reports and the CI merge gate."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Literal, ParamSpec, TypeVar

from index.types import Record

P = ParamSpec("P")
S = TypeVar("S")

Better = Literal["higher", "lower", "neither"]
HELD_OUT = "held_"
"""Prefix of a metric's name if it is averaged over the held-out cases only."""


class MetricInfo(Record):
    """MetricInfo: the meaning of a metric, which direction is better, and whether it is an invariant."""

    says: str
    """One-line description, shown in reports."""
    better: Better = "higher"
    """Which direction is better; a metric with `neither` is shown but never fails a merge."""
    invariant: float | None = None
    """Mean that every run must have; any other fails a merge."""
    flips: bool = False
    """Whether reports show both answers of each case whose score changed."""


METRICS: dict[str, MetricInfo] = {}
"""Every metric by name, in order of registration, which is the order in reports."""


def register(
    name: str, says: str, better: Better = "higher", invariant: float | None = None, *, flips: bool = False
) -> None:
    """Register a metric that has no scorer of single cases, such as a quantile over all cases.

    Raises:
        ValueError: if the name is already registered.
    """
    if name in METRICS:
        raise ValueError(f"the metric {name!r} is registered twice")
    METRICS[name] = MetricInfo(says=says, better=better, invariant=invariant, flips=flips)


class ScorerTable(dict[str, Callable[P, S]], Generic[P, S]):
    """ScorerTable: the scorers of one kind of case by metric name; also the decorator that adds one."""

    def __call__(
        self,
        name: str = "",
        *,
        says: str,
        better: Better = "higher",
        invariant: float | None = None,
        flips: bool = False,
    ) -> Callable[[Callable[P, S]], Callable[P, S]]:
        """Return a decorator that registers a scorer and its metric, by default under the function's name."""

        def add(scorer: Callable[P, S]) -> Callable[P, S]:
            metric = name or scorer.__name__
            register(metric, says, better, invariant, flips=flips)
            self[metric] = scorer
            return scorer

        return add

    def same_as(self, other: Callable[..., Any]) -> Callable[[Callable[P, S]], Callable[P, S]]:
        """Return a decorator that adds a scorer for the metric that `other` registered in another table."""

        def add(scorer: Callable[P, S]) -> Callable[P, S]:
            self[other.__name__] = scorer
            return scorer

        return add

    def scores(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, S]:
        """Return the result of every scorer for one case, by metric name."""
        return {name: scorer(*args, **kwargs) for name, scorer in self.items()}


def metric_info(name: str) -> MetricInfo | None:
    """Return the registration of a metric, with or without the held-out prefix, or None."""
    return METRICS.get(name.removeprefix(HELD_OUT))


def unregistered(names: Iterable[str]) -> list[str]:
    """Return a message for each name that is not registered, such as one of a suite whose module was not imported."""
    unknown = sorted(name for name in {*names} if metric_info(name) is None)
    return [f"metric {name!r} is not registered, so no fall would be seen; import its scorer" for name in unknown]


def gates(name: str) -> bool:
    """Whether a fall in the metric fails a merge; invariants are checked separately."""
    known = metric_info(name)
    return known is not None and known.better != "neither" and known.invariant is None


def in_order(names: Iterable[str]) -> list[str]:
    """Sort names by registration: plain metrics, then held-out ones, then unknown names."""
    found = set(names)
    known = [*METRICS, *(f"{HELD_OUT}{name}" for name in METRICS)]
    return [*(name for name in known if name in found), *sorted(found - set(known))]
