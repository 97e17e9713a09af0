"""Benchmark bar chart as SVG: `footnote bench --plot FILE.svg`.

Written by hand because it only needs bars: a plotting library would be the largest dependency, and would support only
one background colour.
"""

import math
from collections.abc import Iterator
from html import escape

from evals.studies.speed.bench_text import beside, with_unit
from evals.studies.speed.measurement import BenchReport, Measurement

WIDTH = 1120
ROW_HEIGHT = 24
HEADER_HEIGHT = 92
LEFT = 16
MIDDLE = 620
"""x coordinate of a ratio of 1."""
HALF_SCALE = 150
"""Distance from the middle to either end of the scale."""
MAX_RATIO = 10.0
"""Ratio at the right end of the scale, its inverse at the left; bars are clipped there, their numbers are not."""
STYLE = """
:root { --ink: #1d2733; --soft: #5b6876; --line: #d5dbe1; --well: #2a7f86; --ill: #b4641e; --back: #ffffff }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8edf2; --soft: #a3b0bd; --line: #3a4550; --well: #57b8bf; --ill: #e0965a; --back: #14191f } }
.back { fill: var(--back) } .well { fill: var(--well) } .ill { fill: var(--ill) }
.one { stroke: var(--soft) } .tick { stroke: var(--line) }
text { fill: var(--ink); font: 13px system-ui, sans-serif } .soft { fill: var(--soft); font-size: 12px }
.title { font-size: 17px; font-weight: 600 } .part { font-weight: 600 }
"""


def draw(report: BenchReport) -> str:
    """Render the report as SVG: a bar from 1 to each measurement's ratio to its anchor, on a logarithmic scale."""
    lines: list[str] = []
    y = HEADER_HEIGHT
    last = ""
    for measure in report.measures:
        if measure.part != last:
            y += 14
            lines.append(_text(LEFT, y, measure.part, "part"))
            y, last = y + ROW_HEIGHT, measure.part
        lines += _row(measure, y)
        y += ROW_HEIGHT
    bottom = y - ROW_HEIGHT + 8
    words = "How fast: each measurement over its anchor, in the same run"
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {bottom + 20}" width="{WIDTH}"'
        f' height="{bottom + 20}" role="img" aria-label="{escape(words)}">',
        f"<style>{STYLE}</style>",
        f'<rect class="back" width="{WIDTH}" height="{bottom + 20}"/>',
        _text(LEFT, 28, words, "title"),
        _text(LEFT, 50, f"{report.how}; {report.machine}", "soft"),
    ]
    return "\n".join([*head, *_scale(bottom), *lines, "</svg>\n"])


def _scale(bottom: int) -> Iterator[str]:
    for ratio in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0):
        x = _position(ratio)
        kind = "one" if ratio == 1.0 else "tick"
        yield f'<line class="{kind}" x1="{x}" x2="{x}" y1="{HEADER_HEIGHT - 8}" y2="{bottom}"/>'
        yield _text(x, HEADER_HEIGHT - 16, f"{ratio:g}", "soft", "middle")


def _row(measure: Measurement, y: int) -> Iterator[str]:
    yield _text(LEFT + 12, y, measure.what)
    yield _text(MIDDLE - HALF_SCALE - 34, y, f"{with_unit(measure.value, measure.unit)}", anchor="end")
    n = f"n = {measure.n:,}"
    if measure.ratio is None:
        yield _text(MIDDLE + HALF_SCALE + 16, y, n, "soft")
        return
    well = measure.ratio >= 1 if measure.more_is_better else measure.ratio <= 1
    first, last = sorted((_position(1.0), _position(measure.ratio)))
    yield (
        f'<rect class="{"well" if well else "ill"}" x="{first}" y="{y - 12}" width="{max(last - first, 2):.1f}"'
        ' height="14" rx="2"/>'
    )
    yield _text(MIDDLE + HALF_SCALE + 16, y, f"{measure.ratio:.2f} × {beside(measure)}; {n}", "soft")


def _position(ratio: float) -> float:
    inside = min(max(ratio, 1 / MAX_RATIO), MAX_RATIO)
    return round(MIDDLE + HALF_SCALE * math.log(inside) / math.log(MAX_RATIO), 1)


def _text(x: float, y: int, words: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text class="{kind}" x="{x}" y="{y}" text-anchor="{anchor}">{escape(words)}</text>'
