"""Which addresses may be connected to: a page of the open web must not make this machine ask its own network."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from index.errors import Unfetchable

Resolve = Callable[[str, int], list[str]]
"""Every address of a host's name."""
TRANSLATED = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""Addresses whose last four bytes are an IPv4 address that a gateway goes on to."""


def resolve(host: str, port: int) -> list[str]:
    """Ask the system for every address of a host.

    Raises:
        Unfetchable: there is none.
    """
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Unfetchable(f"no address is known for {host!r}; check its name and your connection") from error


def checked(host: str, port: int, find: Resolve, *, allow_private: bool) -> str:
    """The address to connect to; all that a name has must be allowed, so that none is left to chance.

    Raises:
        Unfetchable: one of them is not allowed.
    """
    found = find(host, port)
    for address in found:
        if not is_allowed(address, allow_private=allow_private):
            way_out = "" if allow_private else "; `--allow-private` lets it be fetched, if you trust it"
            raise Unfetchable(f"{host!r} is {address}, which is not an address of the open web{way_out}")
    if not found:
        raise Unfetchable(f"no address is known for {host!r}; check its name and your connection")
    return found[0]


def is_allowed(address: str, *, allow_private: bool = False) -> bool:
    """Open to the world; with `allow_private` also this machine and its networks."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and (inner := _inside(ip)) is not None:
        return is_allowed(str(inner), allow_private=allow_private)
    if ip.is_multicast or ip.is_unspecified or str(ip) == "255.255.255.255":
        return False
    return allow_private or (ip.is_global and not ip.is_reserved)


def _inside(ip: IPv6Address) -> IPv4Address | None:
    """The IPv4 address that an IPv6 address stands for."""
    if any(ip in network for network in TRANSLATED):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
