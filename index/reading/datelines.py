"""Datelines: read place, date and agency at the beginning of an article ("KYIV, Ukraine, March 4 (AP) —").

A name before a dash or a colon is a dateline only with a date, with an agency, with its region ("KYIV, Ukraine —"), or
when it is a city that stands alone by convention; else it is the beginning of a sentence and stays.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from index.dates.calendar import FOREIGN_MONTH, FOREIGN_WEEKDAY, MONTH, WEEKDAY_NAME, YEAR
from index.reading.agencies import agency_named
from index.types import Record
from index.words import FUNCTION_WORDS

PLACES = Path(__file__).with_name("dateline_places.txt")
"""Cities that stand alone in a dateline, a closed list."""
REGIONS = Path(__file__).with_name("dateline_regions.txt")
"""Countries, states and provinces, a closed list."""
CAPITAL = "[A-ZÀ-ÖØ-Þ]"
WORD = rf"(?!(?:{MONTH}|{WEEKDAY_NAME}|{FOREIGN_WEEKDAY})\b){CAPITAL}[\w.'’-]*"
PARTICLE = r"(?:de|of|al|la|el|au|sur|am|an|der|ob)"
PLACE = rf"{WORD}(?:[ /](?:{PARTICLE} ){{0,2}}{WORD}){{0,4}}"
REGION = rf"{WORD}(?: (?:{WORD}|of|and)){{0,3}}"
DAY = rf"(?:{MONTH} \d{{1,2}}(?:st|nd|rd|th)?|\d{{1,2}}(?:st|nd|rd|th)?\.? {MONTH})(?:,? {YEAR})?"
FOREIGN_DAY = rf"\d{{1,2}}(?:\.|er|º)? ?(?:de )?{FOREIGN_MONTH}(?:,? (?:de )?{YEAR})?"
OF_DAY = r"(?:(?:^|(?<=, ))(?i:le|den|am) )?"
BEFORE_DAY = rf"(?:{OF_DAY}(?:{WEEKDAY_NAME}|{FOREIGN_WEEKDAY}),? (?:(?:le|den) )?)?{OF_DAY}"
DATE = rf"{BEFORE_DAY}(?P<date>{DAY}|{FOREIGN_DAY})"
SOURCE = r" ?(?:\((?P<agency>[^()\n]{2,40})\)|/(?P<wire>[^/\n]{2,40})/)"
DASH = r"\.? ?(?:[:—–]|--?|—–) ?(?=\S)"
ISO = r"^(?:date )?(?:(?P<iso>\d{4}-\d\d-\d\d) )?"
DATED = re.compile(
    rf"{ISO}(?P<place>{PLACE})(?:, (?P<region>{REGION}))?,? {DATE},?(?:{SOURCE})?"
    rf"(?:{DASH}|\. (?=[A-Z“\"‘'0-9])|\.?$| (?=[A-Z“\"‘']))"
)
CREDITED = re.compile(rf"^(?P<place>{PLACE})(?:, (?P<region>{REGION}))?,?{SOURCE}(?:{DASH}| (?=[A-Z“\"‘'])|$)")
IN_REGION = re.compile(rf"^(?P<place>{PLACE}), (?P<region>{REGION})(?: ?[—–]| --?) (?=[A-Z“\"‘'0-9])")
ALONE = re.compile(rf"^(?P<place>{PLACE})(?: ?(?P<dash>[—–])| --?| ?:) (?=[A-Z“\"‘'0-9])")
DATE_LINE = re.compile(rf"{DATE}\.?")
DATE_ONLY = re.compile(r"^(?:date )?(?P<iso>\d{4}-\d\d-\d\d) (?=[A-Z“\"])")


def _read_places(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    names = [name.strip() for line in lines if not line.startswith("#") for name in line.split(",")]
    return {name.upper(): name for name in names}


STANDING_ALONE = _read_places(PLACES)
BEFORE_DATES = frozenset(
    "ab am au bis das del den depuis der des die du dès el en il im le nach op seit vom vor zum".split()
)
"""German, French and other words that stand before a date as a place does."""
KNOWN_REGIONS = frozenset(_read_places(REGIONS).values())


class Dateline(Record):
    """Dateline: its length in the text that it begins, and what it says."""

    end: int
    place: str | None = None
    agency: str | None = None
    """A known news agency; another name in brackets credits nobody."""
    iso: str | None = None
    date: str | None = None
    """Day and month as written, with or without a year."""


def find_dateline(text: str) -> Dateline | None:
    """Return the dateline that a text begins with, or None."""
    return next(_forms(text), None)


def _forms(text: str) -> Iterator[Dateline]:
    if (found := DATED.match(text)) and _is_place(found["place"]):
        yield _dateline(found)
    if (found := CREDITED.match(text)) and _is_place(found["place"]) and _is_known(found):
        yield _dateline(found)
    if (found := IN_REGION.match(text)) and found["region"] in KNOWN_REGIONS and len(found["place"]) > 3:
        yield _dateline(found)
    if (found := ALONE.match(text)) and found["place"].upper() in STANDING_ALONE:
        yield from [_dateline(found)] if found["place"].isupper() or found["dash"] else []
    if found := DATE_ONLY.match(text):
        yield Dateline(end=found.end(), iso=found["iso"])


def is_date_line(line: str) -> bool:
    """Whether a line is a date and nothing else."""
    return DATE_LINE.fullmatch(line) is not None


def _is_known(found: re.Match[str]) -> bool:
    """Whether a dateline without a date has an agency, or a place that stands alone or in its region."""
    agency = agency_named(found["agency"] or found["wire"])
    place = found["place"]
    return bool(agency) or (place.isupper() and (place in STANDING_ALONE or found["region"] in KNOWN_REGIONS))


def _is_place(name: str) -> bool:
    return name.split()[0].casefold() not in FUNCTION_WORDS and name.casefold() not in BEFORE_DATES


def _dateline(found: re.Match[str]) -> Dateline:
    known = found.groupdict()
    place = known["place"]
    return Dateline(
        end=found.end(),
        place=spell_place(place) if place else None,
        agency=agency_named(known.get("agency") or known.get("wire")),
        iso=known.get("iso"),
        date=known.get("date"),
    )


def spell_place(place: str) -> str:
    """Return a place that is written in capitals as other text writes it."""
    if not place.isupper():
        return place
    spelled = re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", _capitalised, place)
    return STANDING_ALONE.get(place) or re.sub(
        r"(?<= )(?:Am|An|Der|Ob|Sur)(?= )", lambda found: found[0].lower(), spelled
    )


def _capitalised(word: re.Match[str]) -> str:
    return word.group().capitalize()
