"""A brief as one HTML page that needs nothing from anywhere: no script, its own style, quotes on hover and focus."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from service.answering.citations import in_marks, source_line, unmarked
from service.briefing.types import Brief
from service.language.dates import spell_date
from service.rendering.brief_markdown import CHANGED, words_of
from service.rendering.brief_repeats import without_repeats
from service.rendering.timeline_svg import draw

HERE = Path(__file__).parent


def as_html(brief: Brief) -> str:
    """The page; every word of an article is escaped, and its policy lets nothing run or load."""
    style = (HERE / "brief.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    cited = {citation.number: citation for citation in brief.citations}
    return _template().render(
        brief=without_repeats(brief),
        cited=cited,
        style=Markup(style),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        picture=Markup(draw(brief.timeline)),
        changed=CHANGED,
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "plain": lambda text: unmarked(" ".join(text.split())),
        "words_of": words_of,
        "source_line": source_line,
        "spelled": spell_date,
        "in_marks": in_marks,
    }
    return environment.from_string((HERE / "brief.html").read_text(encoding="utf-8"))
