"""Revised numbers: a number that a new version of an article changes opens the next brief, with the one before."""

from contextlib import closing

from index.reading import ArticleRecord, to_article
from index.types import Filters
from service.briefing.types import Brief, BriefRequest
from service.rendering.brief_document import brief_document
from service.rendering.brief_html import as_html
from service.rendering.markdown import as_markdown
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

FIRST = "The flood in Norwick has killed 12 people, the mayor said."
HARBOUR = "The flood in Norwick closed the harbour."
SAID = "12 people (Gazette, 4 May 2031)", "9 people (Gazette, 4 May 2031)"


def brief_on(workspace: Workspace, text: str, *, since_last: bool = False) -> Brief:
    record = ArticleRecord(id="flood", text=text, outlet="Gazette", published="2031-05-04")
    workspace.ingest([to_article(record)])
    filters = Filters(as_of="2031-06-01")
    return workspace.brief(BriefRequest(topic="The flood in Norwick", filters=filters, since_last=since_last))


def test_a_revised_number_opens_the_next_brief_with_the_one_before(settings: Settings) -> None:
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        brief_on(workspace, f"{FIRST} {HARBOUR}")
        brief = brief_on(workspace, f"{FIRST.replace('12', '9')} {HARBOUR}", since_last=True)
    assert brief.since_last is not None
    (change,) = (each for each in brief.since_last.changes if each.update)
    assert change.kind == "changed"
    assert change.before is not None
    assert change.before.quote == FIRST
    assert [each.kind for each in brief.since_last.changes if each is not change] == ["gone"]
    text = as_markdown(brief_document(brief)).replace("\\", "")
    opening = text[: text.index("## ", text.index("## Since") + 1)]
    assert f"**Changed**: At first {SAID[0]}, then {SAID[1]}: " in opening
    page = as_html(brief)
    assert f"At first {SAID[0]}, then {SAID[1]}" in page


def test_other_words_of_a_new_version_are_no_revised_number(settings: Settings) -> None:
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        brief_on(workspace, f"{FIRST} {HARBOUR}")
        brief = brief_on(
            workspace, f"The flood in Norwick has hurt 9 people, the mayor said. {HARBOUR}", since_last=True
        )
    assert brief.since_last is not None
    assert [each.update for each in brief.since_last.changes if each.update] == []


def test_what_is_not_known_is_on_the_page(settings: Settings) -> None:
    with closing(Workspace(settings, light_engines(), Home(settings.home))) as workspace:
        brief = brief_on(workspace, f"{HARBOUR} It is not clear what caused the flood in Norwick.")
    assert [each.line.words for each in brief.unknown if each.line]
    page = as_html(brief)
    assert page.index("What is not known") < page.rindex("It is not clear what caused the flood in Norwick.")
