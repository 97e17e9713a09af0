"""SSRF guard: check IP addresses before connecting, so that no web page makes this machine query its own network."""

import socket
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

from index.errors import Unfetchable

Resolve = Callable[[str, int], list[str]]
"""DNS look-up: returns the addresses of a host name and port."""
NAT64_NETWORKS = (IPv6Network("64:ff9b::/96"), IPv6Network("64:ff9b:1::/48"))
"""IPv6 networks whose last four bytes are an IPv4 address, to which a gateway forwards (RFC 6052, RFC 8215)."""


def resolve(host: str, port: int) -> list[str]:
    """Look up the addresses of a host with the system's resolver.

    Raises:
        Unfetchable: the host has no address.
    """
    try:
        return [str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise Unfetchable(f"no address is known for {host!r}; check its name and your connection") from error


def checked(host: str, port: int, find: Resolve, *, allow_private: bool) -> str:
    """Return the address to connect to; every address of the host must be allowed.

    Raises:
        Unfetchable: one of them is not allowed.
    """
    found = find(host, port)
    for address in found:
        if not is_allowed(address, allow_private=allow_private):
            advice = "" if allow_private else "; `--allow-private` lets it be fetched, if you trust it"
            raise Unfetchable(f"{host!r} is {address}, which is not an address of the open web{advice}")
    if not found:
        raise Unfetchable(f"no address is known for {host!r}; check its name and your connection")
    return found[0]


def is_allowed(address: str, *, allow_private: bool = False) -> bool:
    """Whether an address is global unicast; `allow_private` also allows this machine and its networks."""
    try:
        ip = ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, IPv6Address) and (inner := _embedded_ipv4(ip)) is not None:
        return is_allowed(str(inner), allow_private=allow_private)
    if ip.is_multicast or ip.is_unspecified or str(ip) == "255.255.255.255":
        return False
    return allow_private or (ip.is_global and not ip.is_reserved)


def _embedded_ipv4(ip: IPv6Address) -> IPv4Address | None:
    """Return the IPv4 address embedded in an IPv6 address (NAT64, IPv4-mapped, 6to4, Teredo)."""
    if any(ip in network for network in NAT64_NETWORKS):
        return IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)
