"""Timeline picture: render the timeline of a brief as one inline SVG without script or style."""

import textwrap
from collections.abc import Sequence
from datetime import date
from html import escape

from service.briefing.event_dates import first_day, last_day
from service.briefing.types import DatedEvent

WIDTH = 720
"""Width of the picture, in SVG units like all lengths here."""
ROW_HEIGHT = 30
TOP = 34
LEFT = 12
RIGHT = WIDTH - 12
MAX_LABEL_CHARACTERS = 78
"""Maximum length of an event's label; the list below the picture has the full words."""
CHARACTER_WIDTH = 6.4
"""Average width of a character in the font of the page."""
MAX_YEAR_MARKS = 10


def timeline_svg(events: Sequence[DatedEvent]) -> str:
    """Draw each event as a labelled mark or bar on one scale of days; empty if there are fewer than two days."""
    if len(events) < 2:
        return ""
    first = date.fromisoformat(first_day(events[0].date)).toordinal()
    last = max(date.fromisoformat(last_day(each.until or each.date)).toordinal() for each in events)
    if last <= first:
        return ""
    height = TOP + ROW_HEIGHT * len(events) + 6
    rows = [_row(each, i, first, last) for i, each in enumerate(events)]
    years = _years(first, last, height)
    label = escape(f"{len(events)} dated events from {events[0].spelled} to {events[-1].spelled}")
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{label}" class="timeline" '
        f'xmlns="http://www.w3.org/2000/svg">{"".join(years)}{"".join(rows)}</svg>'
    )


def _x(day: int, first: int, last: int) -> float:
    return LEFT + (RIGHT - LEFT) * (day - first) / (last - first)


def _row(event: DatedEvent, index: int, first: int, last: int) -> str:
    y = TOP + ROW_HEIGHT * index + 8
    start = _x(date.fromisoformat(first_day(event.date)).toordinal(), first, last)
    end = _x(date.fromisoformat(last_day(event.until or event.date)).toordinal(), first, last)
    right = start > WIDTH / 2
    at, anchor = (min(max(end, start + 6), RIGHT), "end") if right else (start, "start")
    room = int((at - LEFT if right else RIGHT - at) / CHARACTER_WIDTH) - len(event.spelled) - 1
    words = textwrap.shorten(event.line.words, max(min(room, MAX_LABEL_CHARACTERS), 1), placeholder="…")
    return (
        f'<rect class="mark" x="{start:.1f}" y="{y - 4}" width="{max(end - start, 6):.1f}" height="6" rx="3"/>'
        f'<text x="{at:.1f}" y="{y + 14}" text-anchor="{anchor}">'
        f'<tspan class="day">{escape(event.spelled)}</tspan> {escape(words)}</text>'
    )


def _years(first: int, last: int, height: int) -> list[str]:
    begin, end = date.fromordinal(first).year, date.fromordinal(last).year
    step = max(1, -(-(end - begin + 1) // MAX_YEAR_MARKS))
    found = []
    for year in range(begin, end + 1, step):
        x = _x(max(date(year, 1, 1).toordinal(), first), first, last)
        found.append(
            f'<line class="year" x1="{x:.1f}" y1="20" x2="{x:.1f}" y2="{height}"/>'
            f'<text class="year" x="{min(x, RIGHT - 30):.1f}" y="14">{year}</text>'
        )
    return found
