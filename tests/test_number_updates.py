"""Number updates: a later number of the same event takes the place of the older one, and nothing else does."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from index.reading import ArticleRecord, to_article
from index.search.scored_sentence import ScoredSentence
from index.types import Filters, Span
from service.briefing.brief_citations import lines_of
from service.briefing.clustering import Redundancy
from service.briefing.number_updates import find_update, find_updates
from service.briefing.reported_counts import Report
from service.briefing.salience import SalientStatements
from service.briefing.types import Brief, BriefRequest
from service.rendering.brief_document import brief_document
from service.rendering.brief_html import as_html
from service.rendering.markdown import as_markdown
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

TOPIC = "The flood in Norwick"
FIRST = "The flood in Norwick has killed 12 people, the mayor said."
LATER = "By Tuesday the flood in Norwick had killed 31 people, officials said."
HARBOUR = "The flood in Norwick closed the harbour."
Collect = Callable[..., Workspace]
Dispatch = tuple[str, str, str]
"""Day of publication, outlet and sentence of a report."""
Pair = tuple[str, Dispatch, Dispatch]
"""Why it is an update or only looks like one, the earlier and the later report."""


def pairs(kind: str) -> list[Pair]:
    """Read the invented pairs of one kind; the unseen ones were written before the code had met them."""
    lines = Path(__file__).with_name("number_updates.jsonl").read_text(encoding="utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [(each["why"], tuple(each["older"]), tuple(each["newer"])) for each in found if each["kind"] == kind]


def report(dispatch: Dispatch, article_id: str) -> Report:
    published, outlet, text = dispatch
    return Report(text, article_id, outlet, published)


def is_found(pair: Pair) -> bool:
    return find_update(report(pair[2], "b"), [report(pair[1], "a")]) is not None


@pytest.mark.parametrize("pair", pairs("update"), ids=lambda pair: str(pair[0]))
def test_a_later_number_of_the_same_event_is_an_update(pair: Pair) -> None:
    assert is_found(pair)


@pytest.mark.parametrize("pair", pairs("lookalike"), ids=lambda pair: str(pair[0]))
def test_what_only_looks_like_an_update_is_none(pair: Pair) -> None:
    assert not is_found(pair)


def test_of_unseen_pairs_half_of_the_updates_are_found_and_no_lookalike() -> None:
    updates, lookalikes = pairs("unseen update"), pairs("unseen lookalike")
    assert len(updates) >= 10
    assert sum(map(is_found, updates)) >= len(updates) // 2
    assert [pair for pair in lookalikes if is_found(pair)] == []


def test_a_number_that_a_later_report_repeats_is_not_replaced() -> None:
    both = [Report(FIRST, "a", "Gazette", "2031-05-04"), Report(LATER, "b", "Post", "2031-05-06")]
    again = Report(FIRST, "c", "Herald", "2031-05-07")
    assert len(find_updates(both)) == 1
    assert find_updates([*both, again]) == []


def test_a_report_without_a_day_replaces_nothing() -> None:
    assert find_update(Report(LATER, "b", "Post", "2031"), [Report(FIRST, "a", "Gazette", "2031-05-04")]) is None


@pytest.fixture
def collect(settings: Settings) -> Iterator[Collect]:
    opened: list[Workspace] = []

    def collection(*records: ArticleRecord) -> Workspace:
        workspace = Workspace(settings, light_engines(), Home(settings.home))
        opened.append(workspace)
        workspace.ingest(map(to_article, records))
        return workspace

    yield collection
    for workspace in opened:
        workspace.close()


def article(id_: str, text: str, outlet: str, published: str) -> ArticleRecord:
    return ArticleRecord(id=id_, text=text, outlet=outlet, published=published)


OLD = article("old", f"{FIRST} {HARBOUR}", "Gazette", "2031-05-04")
NEW = article("new", f"{LATER} The water of the river has begun to fall.", "Post", "2031-05-06")


def on(workspace: Workspace, *, since_last: bool = False) -> Brief:
    return workspace.brief(BriefRequest(topic=TOPIC, filters=Filters(as_of="2031-06-01"), since_last=since_last))


def test_the_later_number_takes_the_place_of_the_older_one_and_both_are_cited(collect: Collect) -> None:
    brief = on(collect(OLD, NEW))
    cited = {citation.number: citation for citation in brief.citations}
    first = [brief.summary.headline] if brief.summary.headline else []
    shown = [line for line in (*first, *brief.summary.lines, *brief.points) if "people" in line.words]
    assert [line.words for line in shown] == [LATER]
    update = shown[0].update
    assert update is not None
    assert (update.first.value, update.then.value) == ("12 people", "31 people")
    assert cited[update.first.citation or 0].quote == FIRST
    assert cited[update.then.citation or 0].quote == LATER
    assert {update.first.citation, update.then.citation} <= set(shown[0].citations)
    assert brief.differences == ()


def test_the_later_number_is_chosen_although_the_older_report_is_more_salient() -> None:
    older, newer = (
        ScoredSentence(
            to_article(article(day, text, "Gazette", day)),
            1,
            Span(start=0, end=len(text)),
            vector=np.array([1.0, 0.0], dtype=np.float32),
            score=score,
        )
        for text, day, score in ((FIRST, "2031-05-04", 1.0), (LATER, "2031-05-06", 0.6))
    )
    statements = SalientStatements([older, newer], Redundancy(None))
    assert [each.representative.text for each in statements.take(2)] == [LATER]
    assert statements.further() == []


def test_the_update_is_said_in_markdown_and_on_the_page(collect: Collect) -> None:
    brief = on(collect(OLD, NEW))
    said = "12 people (Gazette, 4 May 2031)", "31 people (Post, 6 May 2031)"
    text = as_markdown(brief_document(brief)).replace("\\", "")
    assert f"At first {said[0]}[^" in text
    assert f", then {said[1]}[^" in text
    page = as_html(brief)
    assert f"At first {said[0]}" in page
    assert f"then {said[1]}" in page


def test_the_same_numbers_of_one_day_are_a_difference(collect: Collect) -> None:
    rival = article("new", f"{LATER} The water of the river has begun to fall.", "Post", "2031-05-04")
    brief = on(collect(OLD, rival))
    assert not [line for line in lines_of(brief) if line.update]
    assert [{value.value for value in each.values} for each in brief.differences] == [{"12 people", "31 people"}]


def test_a_brief_opens_with_the_number_that_changed_since_the_last_one(collect: Collect) -> None:
    workspace = collect(OLD)
    on(workspace)
    workspace.ingest([to_article(NEW)])
    brief = on(workspace, since_last=True)
    assert brief.since_last is not None
    (change,) = (each for each in brief.since_last.changes if each.update)
    assert change.kind == "changed"
    assert change.update is not None
    assert change.before is not None
    assert change.before.quote == FIRST
    text = as_markdown(brief_document(brief)).replace("\\", "")
    opening = text[: text.index("## ", text.index("## Since") + 1)]
    assert "**Changed**: At first 12 people (Gazette, 4 May 2031)" in opening


def test_a_number_that_a_new_version_changes_is_an_update_since_the_last_brief(collect: Collect) -> None:
    workspace = collect(OLD)
    on(workspace)
    workspace.ingest([to_article(article("old", f"{FIRST.replace('12', '9')} {HARBOUR}", "Gazette", "2031-05-04"))])
    brief = on(workspace, since_last=True)
    assert brief.since_last is not None
    changed = [each.update for each in brief.since_last.changes if each.update]
    assert [(each.first.value, each.then.value) for each in changed] == [("12 people", "9 people")]
    assert [each.text for each in brief.since_last.changes if each.kind == "gone"] != []
