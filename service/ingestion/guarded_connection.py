"""Guarded connections: an httpcore network backend that connects only to checked addresses, with one deadline."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from service.ingestion.address_guard import Resolve, checked


class GuardedBackend(httpcore.NetworkBackend):
    """Looks up a host once, checks its addresses and connects to the checked one (prevents DNS rebinding)."""

    def __init__(self, inner: httpcore.NetworkBackend, find: Resolve, *, allow_private: bool) -> None:
        self._inner = inner
        self._find = find
        self._allow_private = allow_private
        self.deadline = float("inf")
        """Deadline on the monotonic clock; without it, a slow server could keep a connection open for ever."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the checked address of a host; raises Unfetchable if it is not allowed."""
        address = checked(host, port, self._find, allow_private=self._allow_private)
        left = _seconds_left(self.deadline, httpcore.ConnectTimeout)
        stream = self._inner.connect_tcp(address, port, left, local_address, socket_options)
        return GuardedStream(stream, self.deadline)


class GuardedStream(httpcore.NetworkStream):
    """Connection whose reads and writes time out at the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read at most `max_bytes`; times out at the deadline."""
        return self._inner.read(max_bytes, _seconds_left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write the whole buffer; times out at the deadline."""
        self._inner.write(buffer, _seconds_left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the inner connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Upgrade to TLS; the certificate is checked against the host's name, not against the address."""
        left = _seconds_left(self._deadline, httpcore.ConnectTimeout)
        return GuardedStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """Return information about the inner connection."""
        return self._inner.get_extra_info(info)


def _seconds_left(deadline: float, late: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("the time is up")
    return left
