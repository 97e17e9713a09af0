"""Outlets that a question names: what it asks of each of them must find a place among the passages."""

import re
from collections.abc import Iterable, Mapping, Sequence

SECTION = re.compile(r"\s+[-–—|]\s+|:\s")
"""What parts an outlet's name from its section or its slogan: "The Harbour Post - Sports"."""


def named_outlets(question: str, outlets: Iterable[str]) -> frozenset[str]:
    """Those of the outlets whose name stands in the question, in the outlet's own capitals.

    A name of one word that begins the question is not taken for one: "Fortune favours whom?" asks of no magazine.
    """
    return frozenset(outlet for outlet in outlets if _stands_in(SECTION.split(outlet, maxsplit=1)[0], question))


def _stands_in(name: str, question: str) -> bool:
    found = re.search(rf"(?<!\w){re.escape(name)}(?!\w)", question) if name[:1].isupper() else None
    return found is not None and (found.start() > 0 or " " in name)


def keep_places(
    ranked: Sequence[tuple[str, float]], outlet_of: Mapping[str, str | None], named: frozenset[str], limit: int
) -> list[tuple[str, float]]:
    """The ranking with the best chunks of every named outlet moved up among the first `limit`, in the order they had.

    Each gets an equal share and the collection at large one more: with two outlets named a third of the places each.
    """
    share = limit // (len(named) + 1)
    left = dict.fromkeys(named, share)
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
