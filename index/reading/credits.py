"""News agency credits: finds the agency that an article credits in dateline, byline or credit line."""

import re
from collections.abc import Iterator

from index.dates.calendar import MONTH
from index.reading.agencies import AGENCY_BY_NAME
from index.types import Article, Record

HEAD_LINES = 6
"""Number of first lines of an article that are searched for a dateline or byline."""
TAIL_LINES = 6
"""Number of last lines that are searched for a credit line or sign-off."""


NAME = (
    rf"(?P<agency>{'|'.join(re.escape(name) for name in sorted(AGENCY_BY_NAME, key=lambda n: (-len(n), n)))})(?![\w-])"
)
DATE = rf"(?:{MONTH} \d{{1,2}}|\d{{1,2}} {MONTH})(?:,? \d{{4}})?"
PLACE = r"[A-Z][\w.'’-]*(?:[ /][A-Z][\w.'’-]*){0,3}(?:, [A-Z][\w.'’-]*(?: [A-Z][\w.'’-]*){0,2})?"
DASH = r"\s*[-–—:]{1,2}(?=\s|$)"
DATELINES = (
    rf"^{PLACE}(?:, {PLACE})?,? {DATE},? ?\({NAME}\)",
    rf"^{PLACE}(?:, {PLACE})?:? ?\({NAME}\){DASH}",
    rf"^[A-Z][A-Z .,'’/-]{{2,40}} ?\({NAME}\)",
)
BYLINES = (
    rf"^(?:By|BY|From|Story by|Source|SOURCE|Agency|Credit)[: ]+(?:[\w.'’,|&-]+ ){{0,8}}?(?:the |The )?{NAME}",
    rf"^\(?{NAME}\)?(?: Staff)?$",
)
CREDIT_LINES = (
    rf"^\(?[-–—]* ?\(?{NAME}\)?(?: [a-z]+/[a-z/]+)?\)?\.?$",
    rf"(?i:^\W*with (?:\w+ ){{0,2}}(?:inputs?|reporting|reports?|contributions?|files?|material) (?:from|by) )"
    rf"(?:[\w’'.]+ ){{0,6}}?(?:the )?{NAME}",
    rf"(?:^|[.] )(?:The )?{NAME}(?: [\w.’' ,]{{1,120}})? contributed to this (?:report|story|article)",
    rf"(?i:^\W*(?:source|credits?|courtesy|agency|agencies|copyright|©|\(c\))[: ]).{{0,30}}?{NAME}",
    r"(?i:^\W*this (?:story|article|report) (?:was |has been |is )?(?:\w+ )?"
    rf"(?:published|provided|distributed|produced|written|from|appeared)(?: by| on| in| from)? )(?:the |The )?{NAME}",
)
SIGN_OFFS = (rf"[.!?…]['\"’”]* *(?:\(|[-–—]{{1,2}} ?){NAME}\)?\.?$",)
NOT_CREDITED = re.compile(
    r"\b(?:not|never|no|nor|without|former|formerly|ex|once|retired|late|unlike)\b", re.IGNORECASE
)
"""Words in a line that say that the agency did not write the article, or that its author has left it."""
MAX_BYLINE_WORDS = 12
MAX_CREDIT_LINE_WORDS = 30


class Credit(Record):
    """Agency credit: the agency and the words of the article that credit it."""

    agency: str
    words: str


def find_credit(article: Article) -> Credit | None:
    """Return the agency that an article credits, or None; an agency that it only quotes does not count."""
    for name, fact in (("outlet", article.source.outlet), ("author", article.source.author)):
        if fact.value and (named := re.search(rf"(?<![\w-]){NAME}", fact.value)) and _alone(name, named, fact.value):
            return Credit(agency=AGENCY_BY_NAME[named["agency"]], words=f"{name} {fact.value!r}")
    lines = [" ".join(line.split()) for line in re.split(r"[\r\n]+", article.text) if line.strip()]
    return next(_in_lines(lines), None)


def _alone(field: str, named: re.Match[str], value: str) -> bool:
    """Whether a field credits the agency: an outlet must equal it ("Bloomberg Opinion" does not); authors need not."""
    return named.group() == value.removeprefix("The ").strip() if field == "outlet" else len(value.split()) <= 8


def _in_lines(lines: list[str]) -> Iterator[Credit]:
    head, tail = lines[:HEAD_LINES], list(reversed(lines[-TAIL_LINES:]))
    for patterns, some, longest in (
        (DATELINES, head, None),
        (BYLINES, head, MAX_BYLINE_WORDS),
        (CREDIT_LINES, tail, MAX_CREDIT_LINE_WORDS),
        (SIGN_OFFS, tail, None),
    ):
        for line in some:
            if longest is None or len(line.split()) <= longest:
                yield from filter(None, (_credit(re.search(pattern, line)) for pattern in patterns))


def _credit(found: re.Match[str] | None) -> Credit | None:
    if found is None or NOT_CREDITED.search(found.group()):
        return None
    return Credit(agency=AGENCY_BY_NAME[found["agency"]], words=found.group().strip())
