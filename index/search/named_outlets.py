"""Outlet quota: reserves a share of the retrieved passages for each outlet that a query names."""

import re
from collections.abc import Iterable, Mapping, Sequence

SECTION_SEPARATOR = re.compile(r"\s+[-–—|]\s+|:\s")
"""Separates an outlet's name from its section or slogan: "The Harbour Post - Sports"."""


def named_outlets(query: str, outlets: Iterable[str]) -> frozenset[str]:
    """Return the outlets whose name occurs in the query, spelled with the same capitals.

    A one-word name at the beginning of the query does not count: "Fortune favours whom?" does not ask about a magazine.
    """
    return frozenset(o for o in outlets if _is_named(SECTION_SEPARATOR.split(o, maxsplit=1)[0], query))


def _is_named(name: str, query: str) -> bool:
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", query) if name[:1].isupper() else None
    return found is not None and (found.start() > 0 or " " in name)


def reserve_places(
    ranked: Sequence[tuple[str, float]], outlet_of: Mapping[str, str | None], named: frozenset[str], limit: int
) -> list[tuple[str, float]]:
    """Move the best chunks of each named outlet to the front, in their order, as many as its share of `limit` allows.

    Each named outlet gets an equal share, and one such share remains for all others: with two outlets a third each.
    """
    left = dict.fromkeys(named, limit // (len(named) + 1))
    kept: list[tuple[str, float]] = []
    others: list[tuple[str, float]] = []
    for chunk in ranked:
        outlet = outlet_of.get(chunk[0])
        if outlet is not None and left.get(outlet, 0):
            left[outlet] -= 1
            kept.append(chunk)
        else:
            others.append(chunk)
    return kept + others
