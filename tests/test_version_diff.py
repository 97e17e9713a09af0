"""Version diff: what an edit removed and added, and how it is rendered."""

from collections.abc import Iterator

import click
import pytest
from fastapi.testclient import TestClient

from index.errors import NotFound
from service.answering.types import Question
from service.api import create_app
from service.library.versions import Edit
from service.rendering import diffs, terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines
from tests.test_syndication import STORY, article

ASKED = "How much would the damage cost the town?"
NOTICE = "This article was amended on 7 March 2025 to correct the cost."


@pytest.fixture
def workspace(settings: Settings) -> Iterator[Workspace]:
    opened = Workspace(settings, light_engines(), Home(settings.home))
    opened.ingest([article("storm")])
    yield opened
    opened.close()


def change(workspace: Workspace, *swaps: tuple[str, str]) -> tuple[Edit, ...]:
    text = STORY
    for old, new in swaps:
        text = text.replace(old, new)
    workspace.ingest([article("storm", text)])
    found = workspace.article("storm", difference=True).difference
    assert found is not None
    return found.edits


def test_a_changed_figure_is_one_change_and_is_listed(workspace: Workspace) -> None:
    workspace.ingest([article("storm", STORY.replace("two cranes", "2 cranes"))])
    (edit,) = change(workspace, ("two cranes", "5 cranes"))
    assert [(p.kind, p.words) for p in edit.pieces if p.kind != "same"] == [("removed", "2"), ("added", "5")]
    assert (edit.gone, edit.come) == (("2",), ("5",))


def test_a_sentence_removed_and_one_added_are_two_edits(workspace: Workspace) -> None:
    found = change(workspace, (" Engineers were to look at the foundations of the quay in the morning, he added.", ""))
    assert [{p.kind for p in edit.pieces} for edit in found] == [{"removed"}]
    found = change(workspace, ("Engineers", "Nobody was hurt. Engineers"))
    assert [(p.kind, p.words) for p in found[0].pieces] == [("added", "Nobody was hurt.")]


def test_every_edit_has_its_exact_span(workspace: Workspace) -> None:
    edits = change(workspace, ("four million", "nine million"), ("Friday", "Sunday"))
    then, now = workspace.article("storm", 1).text, workspace.article("storm").text
    assert len(edits) == 2
    for edit in edits:
        kept = (
            [p.words for p in edit.pieces if p.kind != "added"],
            [p.words for p in edit.pieces if p.kind != "removed"],
        )
        assert (" ".join(kept[0]), " ".join(kept[1])) == (edit.then.of(then), edit.now.of(now))


def test_another_date_with_the_same_words_is_a_change_of_fact_only(workspace: Workspace) -> None:
    workspace.ingest([article("storm", day="2025-03-09")])
    found = workspace.article("storm", difference=True).difference
    assert found is not None
    assert [(fact.name, fact.then, fact.now) for fact in found.facts] == [("published", "2025-03-04", "2025-03-09")]
    assert found.edits == ()


def test_any_earlier_version_can_be_compared(workspace: Workspace) -> None:
    change(workspace, ("four", "five"))
    change(workspace, ("four", "six"))
    found = workspace.article("storm", 1, difference=True).difference
    assert found is not None
    assert (found.from_version, found.to_version, found.edits[0].come) == (1, 3, ())


def test_a_single_version_has_nothing_to_compare_with(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="one version only"):
        workspace.article("storm", difference=True)


def test_a_diff_without_a_terminal_has_marks_and_no_colours(workspace: Workspace) -> None:
    change(workspace, ("four million", "9 million"))
    shown = click.unstyle(diffs.difference(workspace.article("storm", difference=True)))
    assert "storm: version 1 -> 2, 1 change in the words" in shown
    assert "[-four-] {+9+}" in shown
    assert "figures and names: none -> 9" in shown


def test_control_characters_of_an_edit_are_escaped_in_the_terminal(workspace: Workspace) -> None:
    change(workspace, ("four million", "\x1b[31mnine million"))
    assert "\x1b[31mnine" not in click.unstyle(diffs.difference(workspace.article("storm", difference=True)))


def test_the_diff_route_gives_the_same_record(workspace: Workspace) -> None:
    change(workspace, ("four", "five"))
    body = TestClient(create_app(workspace)).get("/v1/articles/storm?difference=true").json()
    assert body == workspace.article("storm", difference=True).model_dump(mode="json")
    assert (body["version"], body["current"], len(body["difference"]["edits"])) == (2, 2, 1)


def test_a_citation_of_an_old_version_resolves_and_names_the_current_one(workspace: Workspace) -> None:
    (citation,) = (c for c in workspace.ask(Question(text=ASKED)).citations if "four" in c.quote)
    change(workspace, ("four", "five"))
    old = workspace.article("storm", citation.version)
    assert old.text[citation.start : citation.end] == citation.quote
    assert "version 2 is current" in terminal.article(old)


def test_replay_names_cited_words_that_were_removed(workspace: Workspace) -> None:
    then = workspace.ask(Question(text=ASKED))
    change(workspace, ("four", "five"))
    found = workspace.replay(then.receipt.id)
    assert [words for change in found.articles for words in change.gone] == [
        "The mayor said that the damage would cost the town four million crowns."
    ]
    assert "these words are no longer in the current version" in " ".join(terminal.replay(found).split())


def test_a_correction_is_shown_with_the_article_and_its_citations(workspace: Workspace) -> None:
    workspace.ingest([article("storm", f"{STORY}\n\n{NOTICE}")])
    view, answer = workspace.article("storm"), workspace.ask(Question(text=ASKED))
    assert [span.of(view.text) for span in view.corrections] == [NOTICE]
    assert f"correction: {NOTICE}" in terminal.article(view)
    assert answer.citations[0].correction == NOTICE
    assert "the article carries a correction" in terminal.answer(answer)


def test_the_article_list_names_each_origin(workspace: Workspace) -> None:
    workspace.ingest(
        [article("copy", STORY, "2025-03-08"), article("wire", f"OSLO (AP) — {STORY[:150]} Nobody saw it.")]
    )
    shown = terminal.articles(workspace.articles(10, 0))
    assert "AP" in shown
    assert {found.origin.id for found in workspace.articles(10, 0).articles} == {"wire:AP"}
