"""Rendering of a brief: page, Markdown and citations, whatever an article says."""

import re
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import pytest

from index.reading import ArticleRecord, to_article
from index.types import Filters
from service.briefing.types import Brief, BriefLine, BriefRequest, Speaker, SpeakerStatement
from service.rendering.brief_document import brief_document
from service.rendering.brief_html import as_html
from service.rendering.brief_repeats import REPEATED, shortened
from service.rendering.csl import csl_json
from service.rendering.markdown import as_markdown
from tests.conftest import Opener

HOSTILE = (
    "The <script>alert(1)</script> storm in Norwick killed 12 people on 3 May 2025 [2]. Ada Voss said in 2024 that the "
    "storm in Norwick *was* a [link](javascript:alert(1)). The storm in Norwick sank 7 boats."
)


@pytest.fixture
def hostile(workspace_of: Opener) -> Brief:
    record = ArticleRecord(id="x", text=HOSTILE, outlet="<b>Post</b>", published="2025-05-04", title="</title><i>")
    brief: Brief = workspace_of(to_article(record)).brief(
        BriefRequest(topic="The storm in Norwick <script>", filters=Filters(as_of="2025-06-01"))
    )
    return brief


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))


def test_the_page_runs_and_loads_nothing_whatever_an_article_says(hostile: Brief) -> None:
    page = as_html(hostile)
    tags = Tags()
    tags.feed(page)
    names = {tag for tag, _ in tags.seen}
    assert not names & {"script", "b", "i", "img", "link", "iframe"}
    policy = next(a["content"] for tag, a in tags.seen if tag == "meta" and a.get("http-equiv"))
    assert policy is not None
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert not [a for _, a in tags.seen if "style" in a or any(name.startswith("on") for name in a)]
    assert all((a.get("href") or "#").startswith("#") for tag, a in tags.seen if tag == "a")


def test_every_mark_of_the_page_has_its_quote_and_its_footnote(hostile: Brief) -> None:
    page = as_html(hostile)
    marks = re.findall(r'href="#note-(\d+)"', page)
    assert marks
    assert {f'id="note-{mark}"' in page for mark in marks} == {True}
    assert page.count('<span role="tooltip"') == len(marks)


def test_the_timeline_is_drawn_as_one_picture(hostile: Brief) -> None:
    page = as_html(hostile)
    picture = page[page.index("<svg") : page.index("</svg>") + 6]
    root = ET.fromstring(picture)
    assert len(root.findall("{*}rect")) == len(hostile.timeline) == 2
    assert root.get("role") == "img"


def test_markdown_has_a_footnote_for_each_mark_and_nothing_active(hostile: Brief) -> None:
    text = as_markdown(brief_document(hostile))
    assert set(re.findall(r"\[\^(\d+)\](?!:)", text)) == set(re.findall(r"^\[\^(\d+)\]:", text, re.MULTILINE))
    assert "<script>" not in text.replace(r"\<script\>", "")
    assert not re.search(r"(?<!\\)\]\(javascript", text)
    assert "## Timeline" in text


def test_citations_are_csl(hostile: Brief) -> None:
    assert '"type": "article-newspaper"' in csl_json(hostile.citations)
    assert '"date-parts": [\n' in csl_json(hostile.citations)
    assert '"container-title": "<b>Post</b>"' in csl_json(hostile.citations)


def test_a_statement_is_only_pointed_back_to_where_all_of_it_was_shown() -> None:
    def line(words: str) -> BriefLine:
        return BriefLine(text=words, words=words, source="The Post", citations=(1,))

    whole = line("The crane fell, though inspectors had warned of it twice.")
    assert shortened(whole, {(1, "The crane fell")}) == whole
    assert shortened(line("The crane fell"), {(1, whole.words)}).words == REPEATED


def test_a_speaker_who_is_only_quoted_above_takes_no_line(hostile: Brief) -> None:
    line = hostile.points[0] if hostile.points else hostile.summary.lines[0]
    speaker = Speaker(name="Ada Voss", statements=(SpeakerStatement(verb="say", alleged=False, line=line),))
    text = as_markdown(brief_document(hostile.model_copy(update={"speakers": (speaker,)})))
    assert "- **Ada Voss**" not in text


def test_a_day_counted_from_the_publication_date_has_a_mark_that_is_explained_once(hostile: Brief) -> None:
    event = hostile.timeline[0].model_copy(update={"spelled": "3 May 2025"})
    line = event.line.model_copy(update={"source": "The Post, 4 May 2025"})
    bases = {
        "stated": "**3 May 2025**: ",
        "inferred: counted from the publication date, 4 May 2025": "**3 May 2025**°: ",
        "inferred: counted from the publication date, itself inferred, 4 May 2025": "**3 May 2025** (counted from the "
        "publication date, itself inferred, 4 May 2025): ",
        "inferred: counted from “Friday”, 2 May 2025": "**3 May 2025** (counted from “Friday”, 2 May 2025): ",
    }
    for basis, shown in bases.items():
        only = event.model_copy(update={"basis": basis, "line": line})
        text = as_markdown(brief_document(hostile.model_copy(update={"timeline": (only,)})))
        assert f"- {shown}" in text
        assert ("° counted from the publication date of the source." in text) == ("°: " in shown)
