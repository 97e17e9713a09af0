"""Replay: the same home folder gives the same answer, and a difference is reported with what changed."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import httpx
import pytest
from fastapi.testclient import TestClient

from index.errors import InputError, NotFound
from index.reading import read_paths
from index.types import Filters
from service.answering.replay import Replay, read_reference
from service.answering.types import Question
from service.api import create_app
from service.client import RemoteWorkspace
from service.engines import Engines
from service.rendering import terminal
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import MODELS, SEEDS, light_engines

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
WRITTEN = ("1", " ISKP carried out a suicide bombing at a Baloch Awami Party (BAP) rally.")

Opener = Callable[..., Workspace]


@pytest.fixture
def opener(settings: Settings) -> Iterator[Opener]:
    """Opens a home folder over the seeds, optionally with other settings or a script; closes the previous one."""
    opened: list[Workspace] = []

    def open_(*script: str, **changed: object) -> Workspace:
        for workspace in opened:
            workspace.close()
        chosen = settings.model_copy(update=changed)
        opened[:] = [Workspace(chosen, light_engines(*script), Home(chosen.home))]
        if not opened[0].store.articles.count():
            opened[0].ingest(read_paths([SEEDS]))
        return opened[0]

    yield open_
    for workspace in opened:
        workspace.close()


def changed(replay: Replay) -> dict[str, tuple[str | None, str | None]]:
    return {change.name: (change.then, change.now) for change in replay.changes}


def rewrite(workspace: Workspace, article_id: str, old: str, new: str) -> None:
    path = workspace.settings.home / f"{article_id}.txt"
    text = workspace.article(article_id).text
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")
    assert workspace.ingest(read_paths([path])).changed


def test_the_same_home_gives_the_same_answer(workspace: Workspace) -> None:
    replay = workspace.replay(workspace.ask(Question(text=RALLY)).receipt.id)
    assert replay.same
    assert (replay.difference, replay.changes, replay.articles) == ((), (), ())
    assert terminal.replay(replay).startswith("same answer")


def test_a_refusal_and_its_closest_passages_are_replayed_too(workspace: Workspace) -> None:
    replay = workspace.replay(workspace.ask(Question(text="Which sourdough hydration suits a beginner?")).receipt.id)
    assert replay.same
    assert replay.now.verdict == "not_in_corpus"


def test_a_replay_keeps_a_receipt_of_its_own(workspace: Workspace) -> None:
    replay = workspace.replay(workspace.ask(Question(text=RALLY)).receipt.id)
    assert replay.now.receipt.id != replay.then.receipt.id
    assert workspace.replay(replay.now.receipt.id).same


def test_a_composed_sentence_is_compared_with_what_is_composed_now(opener: Opener) -> None:
    workspace = opener(*WRITTEN, "1", " ISKP bombed a Baloch Awami Party rally.", *WRITTEN)
    then = workspace.ask(Question(text=RALLY, style="compose"))
    assert [s.style for s in then.sentences] == ["compose"]
    other = workspace.replay(then.receipt.id)
    assert not other.same
    assert other.changes == ()
    assert "nothing that a receipt records has changed" in terminal.replay(other)
    assert workspace.replay(then.receipt.id).same


def test_a_changed_article_explains_the_difference(workspace: Workspace) -> None:
    then = workspace.ask(Question(text=RALLY))
    rewrite(workspace, then.citations[0].article_id, "suicide bombing", "shooting")
    replay = workspace.replay(then.receipt.id)
    assert not replay.same
    assert set(changed(replay)) == {"collection revision"}
    assert [(a.article_id, a.what) for a in replay.articles] == [(then.citations[0].article_id, "changed")]
    assert "no longer stand in it" in replay.articles[0].detail
    shown = terminal.replay(replay)
    assert f"- [1] {then.citations[0].article_id} version 1" in shown
    assert "collection revision: " in shown


def test_a_change_elsewhere_in_the_article_keeps_its_quotations(workspace: Workspace) -> None:
    then = workspace.ask(Question(text=RALLY))
    rewrite(
        workspace, then.citations[0].article_id, "Mustang district in Balochistan.", "Mustang district in Balochistan. "
    )
    replay = workspace.replay(then.receipt.id)
    assert [line.text.split(",")[0] for line in replay.difference][-1].endswith("version 2")
    assert replay.articles[0].detail == "version 2 is current; its quotations still stand"


def test_a_removed_article_is_named(workspace: Workspace) -> None:
    then = workspace.ask(Question(text=RALLY))
    workspace.remove(then.citations[0].article_id)
    replay = workspace.replay(then.receipt.id)
    assert not replay.same
    assert ("removed", then.citations[0].article_id) in [(a.what, a.article_id) for a in replay.articles]


def test_an_article_added_since_is_named(workspace: Workspace, tmp_path: Path) -> None:
    then = workspace.ask(Question(text=RALLY))
    earlier = then.receipt.model_copy(update={"created_at": "2020-01-01T00:00:00+00:00"})
    story = tmp_path / "story.txt"
    story.write_text("The political rally in the Mustang district that saw a suicide bombing was a party's rally.")
    workspace.ingest(read_paths([story]))
    replay = workspace.replay(then.model_copy(update={"receipt": earlier}))
    assert ("added", "story") in [(a.what, a.article_id) for a in replay.articles]


def test_an_article_that_is_not_cited_changes_the_revision_and_not_the_answer(
    workspace: Workspace, tmp_path: Path
) -> None:
    then = workspace.ask(Question(text=RALLY))
    story = tmp_path / "story.txt"
    story.write_text("The harbour of Norwick was closed because of the storm.")
    workspace.ingest(read_paths([story]))
    replay = workspace.replay(then.receipt.id)
    assert replay.same
    assert set(changed(replay)) == {"collection revision"}


def test_seed_passages_filters_and_style_are_those_of_the_receipt(opener: Opener) -> None:
    filters = Filters(as_of="2026-03-01", since="2020-01-01", article_ids=("000_af5a69d05544d7a4",))
    then = opener(*WRITTEN, seed=7, passages=3).ask(Question(text=RALLY, style="compose", filters=filters))
    replay = opener(*WRITTEN, seed=0, passages=20).replay(then.receipt.id)
    assert replay.same
    assert replay.changes == ()
    assert replay.now.receipt.seed == 7
    assert replay.now.receipt.settings == then.receipt.settings
    assert replay.now.receipt.article_ids == filters.article_ids


def test_as_of_is_the_day_of_the_receipt(workspace: Workspace) -> None:
    then = workspace.ask(Question(text=RALLY))
    receipt = then.receipt.model_copy(update={"settings": {**then.receipt.settings, "as_of": "2025-12-31"}})
    replay = workspace.replay(then.model_copy(update={"receipt": receipt}))
    assert replay.now.receipt.settings["as_of"] == "2025-12-31"
    assert not replay.same


def test_what_belongs_to_the_loaded_engine_is_listed_when_it_differs(opener: Opener) -> None:
    then = opener(context_tokens=1024).ask(Question(text=RALLY))
    replay = opener(context_tokens=2048).replay(then.receipt.id)
    assert replay.same
    assert changed(replay) == {"setting context_tokens": ("1024", "2048")}


@pytest.mark.parametrize("exact", [True, False])
def test_the_kind_of_search_is_that_of_the_receipt(opener: Opener, exact: bool) -> None:
    then = opener(exact=exact).ask(Question(text=RALLY))
    assert then.receipt.settings["exact"] is exact
    replay = opener(exact=not exact).replay(then.receipt.id)
    assert replay.same
    assert replay.changes == ()


def test_another_model_prompt_or_version_is_listed(workspace: Workspace) -> None:
    then = workspace.ask(Question(text=RALLY))
    receipt = then.receipt.model_copy(
        update={"relevance": "old", "prompts": {"compose": "1"}, "versions": {**then.receipt.versions, "code": "0"}}
    )
    found = changed(workspace.replay(then.model_copy(update={"receipt": receipt})))
    assert set(found) == {"reader", "prompt compose", "version of code"}
    assert found["prompt compose"] == ("1", None)


def test_an_answer_from_before_replays_existed_can_be_replayed(workspace: Workspace) -> None:
    record = json.loads(workspace.ask(Question(text=RALLY)).model_dump_json())
    del (
        record["receipt"]["article_ids"],
        record["receipt"]["settings"]["threads"],
        record["receipt"]["versions"]["code"],
    )
    workspace.store.history.keep_answer("old", json.dumps(record))
    replay = workspace.replay("old")
    assert replay.same
    assert set(changed(replay)) == {"setting threads", "version of code"}
    assert "setting threads: not recorded -> 2" in terminal.replay(replay)


def test_an_unknown_or_unusable_receipt_is_named(workspace: Workspace) -> None:
    with pytest.raises(NotFound, match="no receipt 'nothing'"):
        workspace.replay("nothing")
    workspace.store.history.keep_answer("odd", "{}")
    with pytest.raises(InputError, match="'odd' cannot be read"):
        workspace.replay("odd")
    then = workspace.ask(Question(text=RALLY))
    for wrong in ({"passages": 10**9}, {"style": "loud"}, {"as_of": "someday"}, {"exact": 7}):
        receipt = then.receipt.model_copy(update={"settings": {**then.receipt.settings, **wrong}})
        with pytest.raises(InputError, match="cannot be replayed"):
            workspace.replay(then.model_copy(update={"receipt": receipt}))


def test_a_file_has_an_answer_or_names_a_receipt(workspace: Workspace, tmp_path: Path) -> None:
    then = workspace.ask(Question(text=RALLY))
    path = tmp_path / "saved.json"
    path.write_text(then.model_dump_json(indent=2), encoding="utf-8")
    assert read_reference(str(path)) == then
    path.write_text(then.receipt.model_dump_json(), encoding="utf-8")
    assert read_reference(str(path)) == then.receipt.id
    assert read_reference(then.receipt.id) == then.receipt.id


@pytest.mark.parametrize("content", [b"", b"{}", b"[1]", b"\xff\xfe", b"none of this is JSON"])
def test_a_file_without_an_answer_is_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "saved.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"saved\.json") as caught:
        read_reference(str(path))
    assert "\n" not in str(caught.value)
    for missing in ("nowhere.json", "no/where", str(tmp_path), "/".join("x" * 5000)):
        with pytest.raises(InputError, match="is no file"):
            read_reference(missing)


def test_a_server_replays_an_id_and_a_whole_answer(workspace: Workspace) -> None:
    with TestClient(create_app(workspace)) as client:
        remote = RemoteWorkspace("http://testserver", cast(httpx.Client, client))
        then = remote.ask(Question(text=RALLY))
        assert remote.replay(then.receipt.id).same
        assert remote.replay(then).then == then
        for body, status in (({"receipt": "0"}, 404), ({}, 422), ({"answer": {"question": "?"}}, 422)):
            response = client.post("/v1/replay", json=body)
            assert response.status_code == status
            assert response.headers["content-type"] == "application/problem+json"


@pytest.mark.real_models
def test_the_real_models_give_the_same_answer_in_a_home_opened_anew(real_engines: Engines, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home", models=MODELS)
    workspace = Workspace(settings, real_engines, Home(settings.home))
    workspace.ingest(read_paths([SEEDS]))
    asked = [workspace.ask(Question(text=RALLY, style=style)) for style in ("quote", "compose")]
    assert asked[1].receipt.engine is not None
    workspace.close()
    again = Workspace(settings, real_engines, Home(settings.home))
    for then in asked:
        replay = again.replay(then.receipt.id)
        assert replay.same
        assert replay.changes == ()
        assert replay.now.receipt.replies == then.receipt.replies
    rewrite(again, asked[0].citations[0].article_id, "suicide bombing", "shooting")
    assert not again.replay(asked[0].receipt.id).same
    again.close()
