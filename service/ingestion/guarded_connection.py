"""Connections to addresses that were checked, and for no longer than allowed."""

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from service.ingestion.address_guard import Resolve, checked


class GuardedBackend(httpcore.NetworkBackend):
    """Looks a name up once, checks what it finds, and connects to exactly that: the name cannot change in between."""

    def __init__(self, inner: httpcore.NetworkBackend, find: Resolve, *, allow_private: bool) -> None:
        self._inner = inner
        self._find = find
        self._allow_private = allow_private
        self.deadline = float("inf")
        """On the monotonic clock; a server that drips bytes would otherwise hold a connection for ever."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the checked address of a host."""
        address = checked(host, port, self._find, allow_private=self._allow_private)
        left = _left(self.deadline, httpcore.ConnectTimeout)
        stream = self._inner.connect_tcp(address, port, left, local_address, socket_options)
        return GuardedStream(stream, self.deadline)


class GuardedStream(httpcore.NetworkStream):
    """A connection on which nothing waits beyond the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: float) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """At most so many bytes."""
        return self._inner.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """All of the bytes."""
        self._inner.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        """Close the connection."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        """Go on in TLS, with the certificate of the name that was asked for."""
        left = _left(self._deadline, httpcore.ConnectTimeout)
        return GuardedStream(self._inner.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        """What the connection beneath knows."""
        return self._inner.get_extra_info(info)


def _left(deadline: float, late: type[httpcore.TimeoutException]) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise late("the time is up")
    return left
