"""Calendar vocabulary: names of months and weekdays, and regular expressions that match them."""

from datetime import date

MONTHS = "january february march april may june july august september october november december".split()
WEEKDAYS = "monday tuesday wednesday thursday friday saturday sunday".split()
"""In the order of `date.weekday()`."""
ABBREVIATIONS = [month[:3] for month in MONTHS]
MONTH_NUMBERS = {
    **{name: number for number, name in enumerate(MONTHS, start=1)},
    **{name: number for number, name in enumerate(ABBREVIATIONS, start=1)},
    "sept": 9,
}
"""Month number (1 for January) of each folded month name or abbreviation."""

# The patterns are capitalised as in English; compile them with `re.IGNORECASE` for carelessly typed text.
MONTH_NAME = "|".join(month.capitalize() for month in MONTHS)
MONTH_ABBREVIATION = "|".join(month.capitalize() for month in ABBREVIATIONS)
MONTH_OR_ABBREVIATION = "|".join(
    short.capitalize() if short == month else f"{short.capitalize()}(?:{month.removeprefix(short)})?"
    for short, month in zip(ABBREVIATIONS, MONTHS, strict=True)
)
"""For questions, in which "Sept" is not read as a month; in articles (`MONTH`) it is."""
# Month as articles and pages write it, including "Sept" and a full stop after an abbreviation.
MONTH = rf"(?:{MONTH_OR_ABBREVIATION.replace('Sep(?:tember)?', 'Sept?(?:ember)?')})\.?"
WEEKDAY_NAME = "|".join(weekday.capitalize() for weekday in WEEKDAYS)
FOREIGN_MONTHS = (
    "januar jänner janvier enero gennaio janeiro januari января январь",
    "februar feber février fevrier febrero febbraio fevereiro februari февраля февраль",
    "märz maerz mars marzo março marco maart марта март",
    "april avril abril aprile апреля апрель",
    "mai mayo maggio maio mei maj мая май",
    "juni juin junio giugno junho июня июнь",
    "juli juillet julio luglio julho июля июль",
    "august août aout agosto augustus augusti августа август",
    "september septembre septiembre setiembre settembre setembro сентября сентябрь",
    "oktober octobre octubre ottobre outubro октября октябрь",
    "november novembre noviembre novembro ноября ноябрь",
    "dezember décembre decembre diciembre dicembre dezembro december desember декабря декабрь",
)
"""German, French, Spanish, Italian, Portuguese, Dutch, Nordic and Russian names; no word means two months."""
FOREIGN_ABBREVIATIONS = (
    "jan jän janv ene genn",
    "feb fév févr",
    "mär mrz mrt",
    "apr avr abr",
    "mag",
    "jun giu",
    "jul juil lug",
    "aug ago",
    "sep sept set sett",
    "okt oct ott out",
    "nov",
    "dez déc dic",
)
FOREIGN_MONTH_NUMBERS = {
    word: number
    for table in (FOREIGN_MONTHS, FOREIGN_ABBREVIATIONS)
    for number, words in enumerate(table, start=1)
    for word in words.split()
}
FOREIGN_MONTH = rf"(?i:{'|'.join(sorted(FOREIGN_MONTH_NUMBERS, key=len, reverse=True))})\b\.?"
FOREIGN_WEEKDAY = (
    r"(?i:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag|lundi|mardi|mercredi|jeudi|vendredi"
    r"|samedi|dimanche)"
)
"""German and French names, with which datelines are written."""
YEAR = r"(?:19|20)\d\d"
ORDINAL_SUFFIX = r"(?:st|nd|rd|th)?"


def month_number(name: str) -> int:
    """Return the number of a month that is spelled out, abbreviated or in digits, in any case, with or without dot."""
    return int(name) if name.isdigit() else MONTH_NUMBERS[name[:3].casefold()]


def calendar_date(year: int, month: int, day: int) -> date | None:
    """Return the date, or None when the calendar has no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
