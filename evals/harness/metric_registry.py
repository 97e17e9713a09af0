"""Metrics: each is registered once, with its scorer, and read by every report and by the gate of a merge."""

from collections.abc import Callable, Iterable
from typing import Any, Generic, Literal, ParamSpec, TypeVar

from index.types import Record

P = ParamSpec("P")
S = TypeVar("S")

Better = Literal["higher", "lower", "neither"]
HELD_OUT = "held_"
"""Prefix of a metric's name: the same metric over the held-out cases alone."""


class MetricInfo(Record):
    """A metric: its meaning, which direction is better, and whether it is an invariant."""

    says: str
    """The meaning in a line."""
    better: Better = "higher"
    """`neither` is shown and never gates."""
    invariant: float | None = None
    """The mean that every run must have: any other fails."""
    flips: bool = False
    """Whether a case that changes in it is shown with both answers."""


METRICS: dict[str, MetricInfo] = {}
"""Every metric by name, in the order in which reports show them: the order of registration."""


def register(
    name: str, says: str, better: Better = "higher", invariant: float | None = None, *, flips: bool = False
) -> None:
    """Register a metric that no scorer gives for one case, such as a quantile over all of them.

    Raises:
        ValueError: the name is taken.
    """
    if name in METRICS:
        raise ValueError(f"the metric {name!r} is registered twice")
    METRICS[name] = MetricInfo(says=says, better=better, invariant=invariant, flips=flips)


class ScorerTable(dict[str, Callable[P, S]], Generic[P, S]):
    """Scorers of one kind of case by metric name; called as a decorator, it adds one and registers its metric."""

    def __call__(
        self,
        name: str = "",
        *,
        says: str,
        better: Better = "higher",
        invariant: float | None = None,
        flips: bool = False,
    ) -> Callable[[Callable[P, S]], Callable[P, S]]:
        """Register the decorated function, under its own name where none is given."""

        def add(scorer: Callable[P, S]) -> Callable[P, S]:
            metric = name or scorer.__name__
            register(metric, says, better, invariant, flips=flips)
            self[metric] = scorer
            return scorer

        return add

    def same_as(self, other: Callable[..., Any]) -> Callable[[Callable[P, S]], Callable[P, S]]:
        """Add the decorated function as the scorer of a metric that `other`, of another table, has registered."""

        def add(scorer: Callable[P, S]) -> Callable[P, S]:
            self[other.__name__] = scorer
            return scorer

        return add

    def scores(self, *args: P.args, **kwargs: P.kwargs) -> dict[str, S]:
        """The score of every scorer for one case."""
        return {name: scorer(*args, **kwargs) for name, scorer in self.items()}


def metric_info(name: str) -> MetricInfo | None:
    """The registration of a metric, held-out or not; None for a name that is not registered."""
    return METRICS.get(name.removeprefix(HELD_OUT))


def gates(name: str) -> bool:
    """Whether a fall in it fails a merge."""
    known = metric_info(name)
    return known is not None and known.better != "neither" and known.invariant is None


def in_order(names: Iterable[str]) -> list[str]:
    """Names in the order of registration, each held-out one after the others, unknown ones last."""
    found = set(names)
    known = [*METRICS, *(f"{HELD_OUT}{name}" for name in METRICS)]
    return [*(name for name in known if name in found), *sorted(found - set(known))]
