"""How often one caller may ask: a bucket of tokens each (the token bucket of ITU-T I.371)."""

from collections import OrderedDict
from threading import Lock
from time import monotonic

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Those that change nothing."""
MOST_CALLERS = 10_000
"""Buckets that are kept; the one not used for longest is forgotten first."""


class RateLimit:
    """So many requests a minute for each caller, of which a quarter may come at once."""

    def __init__(self, a_minute: float) -> None:
        self._rate = a_minute / 60.0
        self._most = max(a_minute / 4.0, 1.0)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, caller: str, now: float | None = None) -> float:
        """Seconds until this caller may ask again; 0, and one request less, when it may now."""
        now = monotonic() if now is None else now
        with self._lock:
            level, since = self._buckets.pop(caller, (self._most, now))
            level = min(self._most, level + (now - since) * self._rate)
            allowed = level >= 1.0
            self._buckets[caller] = (level - allowed, now)
            while len(self._buckets) > MOST_CALLERS:
                self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - level) / self._rate
