"""Outlets that a query names: each gets a share of the retrieved passages."""

import re
from collections.abc import Iterable, Mapping, Sequence

SECTION_SEPARATOR = re.compile(r"\s+[-–—|]\s+|:\s")
"""Between an outlet's name and its section or its slogan: "The Harbour Post - Sports"."""


def named_outlets(query: str, outlets: Iterable[str]) -> frozenset[str]:
    """Those of the outlets whose name the query has, in the outlet's own capitals.

    A name of one word that begins the query does not count: "Fortune favours whom?" asks of no magazine.
    """
    return frozenset(o for o in outlets if _is_named(SECTION_SEPARATOR.split(o, maxsplit=1)[0], query))


def _is_named(name: str, query: str) -> bool:
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", query) if name[:1].isupper() else None
    return found is not None and (found.start() > 0 or " " in name)


def reserve_places(
    ranked: Sequence[tuple[str, float]], outlet_of: Mapping[str, str | None], named: frozenset[str], limit: int
) -> list[tuple[str, float]]:
    """The ranking with the best chunks of every named outlet moved up among the first `limit`, in the order they had.

    Each gets an equal share and the collection at large one more: with two outlets named a third of the places each.
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
