"""Rate limit: one token bucket per client (ITU-T I.371)."""

from collections import OrderedDict
from threading import Lock
from time import monotonic

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110)."""
MAX_BUCKETS = 10_000
"""Maximum number of buckets; the least recently used is dropped first."""


class RateLimit:
    """RateLimit: token buckets with a capacity of a quarter of a minute's requests, refilled evenly."""

    def __init__(self, requests_per_minute: float) -> None:
        self._per_second = requests_per_minute / 60.0
        self._capacity = max(requests_per_minute / 4.0, 1.0)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def wait(self, client: str, now: float | None = None) -> float:
        """Return the seconds until this client may send a request; when it may now, take a token and return 0."""
        now = monotonic() if now is None else now
        with self._lock:
            level, since = self._buckets.pop(client, (self._capacity, now))
            level = min(self._capacity, level + (now - since) * self._per_second)
            allowed = level >= 1.0
            self._buckets[client] = (level - allowed, now)
            while len(self._buckets) > MAX_BUCKETS:
                self._buckets.popitem(last=False)
        return 0.0 if allowed else (1.0 - level) / self._per_second
