"""Source facts: turns metadata fields (names, dates, addresses) into stated or inferred facts."""

import re

from index.reading.field_dates import field_date
from index.types import UNKNOWN, Fact, inferred, stated

MAX_NAME_CHARACTERS = 1_000
"""Longest title or name; a longer value is a text in the wrong field."""
UNSAFE_IN_ADDRESS = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")
NOT_AN_OUTLET = re.compile(
    r"^@|\S@\S+\.\w|://|^(?:hosted|powered|published|copyright|all rights|privacy|terms|contact)\b"
    r"|^(?:the )?(?:u\.?s\.?a?\.?|u\.?k\.?|e\.?u\.?|u\.?n\.?|united states|home|news|world|politics|business|sports?"
    r"|local|opinion|latest|unknown|none|null|n/?a|various|other)$"
    r"|^\d+ [\w.' -]+\b(?:street|st|avenue|ave|road|rd|lane|drive|boulevard|blvd|floor|suite|square|plaza)\b"
    r"|\bP\.? ?O\.? Box \d|,\s*[A-Z]{2}\s+\d{5}\b",
    re.IGNORECASE,
)
"""Values that stand where an outlet should: accounts, addresses, countries, sections, notes of a hosting service."""
WEB_SCHEMES = ("https://", "http://")
"""Schemes that may become a link on the page; `javascript:` may not."""


def one_line(value: str | None) -> str:
    """Return the value on one line, without lone surrogates; empty when it is too long for a name.

    Otherwise a line break in a name could fake the beginning of another footnote.
    """
    line = " ".join((value or "").encode("utf-8", "ignore").decode("utf-8").split())
    return line if len(line) <= MAX_NAME_CHARACTERS else ""


def stated_name(value: str | None, source: str) -> Fact:
    """Return a name or title as a stated fact; unknown when it has no letter or digit."""
    line = one_line(value)
    return stated(line, source) if any(character.isalnum() for character in line) else UNKNOWN


def is_outlet(name: str) -> bool:
    """Whether a name can be that of an outlet: no account, address, country, section of a page, or hosting note."""
    line = one_line(name)
    return bool(line) and any(map(str.isalpha, line)) and NOT_AN_OUTLET.search(line) is None


def stated_outlet(value: str | None, source: str) -> Fact:
    """Return an outlet as a stated fact; unknown, with the value in `source`, when it is none."""
    line = one_line(value)
    if line.lower().startswith(WEB_SCHEMES) and " " not in line:
        return outlet_from_domain(line, f"{source}, {line!r}")
    if line and not is_outlet(line):
        return Fact(source=f"{source} is {line[:40]!r}, which names no outlet")
    return stated_name(line, source)


def stated_day(value: str | None, source: str) -> Fact:
    """Return a date field as a stated fact; unknown, with the value in `source`, when it is not one full date."""
    line = one_line(value)
    day = field_date(line)
    if day:
        return stated(day, source)
    return Fact(source=f"{source} is {line[:40]!r}, not one full date") if line else UNKNOWN


def web_address(value: str | None) -> str | None:
    """Return the value if it is a web address that a page may link to, else None."""
    line = (value or "").strip()
    return (
        line
        if line.lower().startswith(WEB_SCHEMES)
        and len(line) <= 2 * MAX_NAME_CHARACTERS
        and UNSAFE_IN_ADDRESS.search(line) is None
        else None
    )


def first_known(*facts: Fact) -> Fact:
    """Return the first known fact, else the first one that says why it is unknown."""
    return next((fact for fact in facts if fact.value), next((fact for fact in facts if fact.source), UNKNOWN))


def host_of(url: str | None) -> str:
    """Return the host of an address in lower case, without `www.`."""
    host = (url or "").partition("://")[2].partition("/")[0].rpartition("@")[2].partition(":")[0].lower()
    return host.removeprefix("www.")


def outlet_from_domain(url: str | None, where: str) -> Fact:
    """Infer the outlet from the domain of an address."""
    name = host_of(url)
    return inferred(name, f"domain of {where}") if "." in name and not name.replace(".", "").isdigit() else UNKNOWN
