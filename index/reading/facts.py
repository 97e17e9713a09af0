"""Names and dates that a file states of itself, as facts."""

import re

from index.dates.written import written_date
from index.types import UNKNOWN, Fact, inferred, stated

LINE = 1_000
"""Characters of a title or a name: what is longer is a text in the wrong field."""
UNLINKED = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")
LINKED = ("https://", "http://")
"""What an address may begin with: a page may make a link of it, and `javascript:` is an address too."""


def one_line(value: str | None) -> str:
    """The value without line breaks (one in a name could pose as the beginning of another footnote) or halves of
    characters; empty when it is too long to be a name.
    """
    line = " ".join((value or "").encode("utf-8", "ignore").decode("utf-8").split())
    return line if len(line) <= LINE else ""


def stated_line(value: str | None, source: str) -> Fact:
    """A name or a title as a stated fact, or unknown."""
    line = one_line(value)
    return stated(line, source) if any(character.isalnum() for character in line) else UNKNOWN


def stated_day(value: str | None, source: str) -> Fact:
    """A date that stands in a field of its own, or unknown with what stood there."""
    line = one_line(value)
    day = written_date(line[:10]) or written_date(line)
    if day:
        return stated(day, source)
    return Fact(source=f"{source} is {line[:40]!r}, not one full date") if line else UNKNOWN


def linked(value: str | None) -> str | None:
    """The value, when it is an address that a page may link to."""
    line = (value or "").strip()
    return line if line.lower().startswith(LINKED) and len(line) <= 2 * LINE and UNLINKED.search(line) is None else None


def first(*facts: Fact) -> Fact:
    """The first that is known; else the first that says why it is not."""
    return next((fact for fact in facts if fact.value), next((fact for fact in facts if fact.source), UNKNOWN))


def from_domain(url: str | None, where: str) -> Fact:
    """The outlet as far as an address tells it: its domain, and only inferred."""
    host = (url or "").partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    name = host.removeprefix("www.")
    return inferred(name, f"domain of {where}") if "." in name and not name.replace(".", "").isdigit() else UNKNOWN
