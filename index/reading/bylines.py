"""Bylines: read the authors that a line above the text names ("By Jane Doe, John Roe and Ann Poe, Herald Staff")."""

import re

from index.dates.calendar import MONTHS, WEEKDAYS
from index.reading.agencies import agency_named

OPENING = re.compile(r"^(?:By|BY|Written by|Author|Authors|Story by|Text by|Reporting by|From)(?::| ) ?(?=[A-Z])")
PARTICLE = r"(?:de|del|della|di|da|dos|van|von|der|den|al|el|bin|ibn|la|le)"
NAME = re.compile(rf"[A-Z][\w.'’-]*(?:,? (?:Jr|Sr)\.?)?(?: (?:[A-Z][\w.'’-]*|{PARTICLE})){{0,4}}")
SEPARATOR = re.compile(r",? (?:and|AND) |,? (?:with|WITH) | & |; |, | ?\| ?| [•·–—-] ")
NOT_A_NAME = re.compile(
    r"\b(?:staff|writers?|correspondents?|editors?|reporters?|contributors?|columnists?|bureau|desk|news|press|times|post"
    r"|herald|gazette|journal|tribune|chronicle|agency|agencies|service|media|magazine|daily|today|special|published"
    rf"|updated|photo\w*|{'|'.join((*MONTHS, *WEEKDAYS))}|a\.?m|p\.?m|the)\b",
    re.IGNORECASE,
)
MAX_BYLINE_CHARACTERS = 250


def read_byline(line: str) -> str | None:
    """Return the authors that a byline names, joined by commas; None when the line is no byline."""
    line = " ".join(line.split())
    opening = OPENING.match(line)
    if not opening or len(line) > MAX_BYLINE_CHARACTERS:
        return None
    parts = SEPARATOR.split(line[opening.end() :].rstrip(" ."))
    names: list[str] = []
    for part in (part.strip() for part in parts):
        if not NAME.fullmatch(part) or names_staff(part):
            break
        if part in ("Jr.", "Sr.", "Jr", "Sr") and names:
            names[-1] += f", {part}"
        elif names and " " not in part:
            break
        else:
            names.append(part)
    if not names and _is_credit(parts[0]):
        return parts[0].strip()
    return ", ".join(dict.fromkeys(names)) or None


def names_staff(part: str) -> bool:
    """Return whether a part of a byline names an agency, an outlet or a staff instead of a person."""
    return bool(NOT_A_NAME.search(part) or agency_named(part))


def _is_credit(part: str) -> bool:
    """Whether a byline names an agency or a staff in place of a person."""
    part = part.strip()
    words = [word for word in part.split() if word.casefold() not in ("the", "staff", "writer", "writers")]
    return bool(agency_named(part)) or (bool(words) and bool(agency_named(" ".join(words))))
