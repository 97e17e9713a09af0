"""Brief as one self-contained HTML page: no script, inline style, quotes on hover and focus."""

import base64
import hashlib
from functools import cache
from pathlib import Path

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from service.answering.citations import in_marks, source_line, unmarked
from service.briefing.types import Brief
from service.language.dates import spell_date
from service.rendering.brief_document import CHANGE_LABELS, little_on_this, words_shown
from service.rendering.brief_repeats import without_repeats
from service.rendering.timeline_svg import timeline_svg

HERE = Path(__file__).parent


def as_html(brief: Brief) -> str:
    """Render the page, with all article text escaped and a content security policy that blocks scripts and loading."""
    style = (HERE / "brief.css").read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    cited = {citation.number: citation for citation in brief.citations}
    return _template().render(
        brief=without_repeats(brief),
        title=brief.title or brief.topic,
        cited=cited,
        style=Markup(style),
        policy=f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'",
        picture=Markup(timeline_svg(brief.timeline)),
        changed=CHANGE_LABELS,
        little=little_on_this(brief),
    )


@cache
def _template() -> Template:
    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters |= {
        "plain": lambda text: unmarked(" ".join(text.split())),
        "words_shown": words_shown,
        "source_line": source_line,
        "spelled": spell_date,
        "in_marks": in_marks,
    }
    return environment.from_string((HERE / "brief.html").read_text(encoding="utf-8"))
