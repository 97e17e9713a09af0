"""News agencies: a closed list of their names, because any other name may stand in brackets or below a text too."""

from pathlib import Path

AGENCIES = Path(__file__).with_name("agencies.txt")
"""One agency per line with its aliases."""


def _read_agencies() -> dict[str, str]:
    names: dict[str, str] = {}
    for line in AGENCIES.read_text(encoding="utf-8").splitlines():
        name, _, others = line.partition(":")
        for form in (name, *others.split(",")):
            if form := form.strip():
                names |= {form: name, form.upper(): name}
    return names


AGENCY_BY_NAME = _read_agencies()


def agency_named(value: str | None) -> str | None:
    """Return the agency of this name; None for any other name."""
    name = " ".join((value or "").split()).removeprefix("The ").removeprefix("the ")
    return AGENCY_BY_NAME.get(name) or AGENCY_BY_NAME.get(name.partition("/")[0])
