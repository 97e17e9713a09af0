"""Kept briefs: titles, renaming, deleting, comparing and replaying, over HTTP, as commands and in both stores."""

from collections.abc import Iterator
from typing import Any, cast

import httpx
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from index.errors import InputError, NotFound
from index.reading import ArticleRecord, to_article
from index.store.store import DocumentStore
from index.types import Feedback, Filters
from service.answering.types import Question
from service.api import create_app
from service.briefing.brief_replay import BriefReplay
from service.briefing.brief_titles import default_title
from service.briefing.types import Brief, BriefRequest
from service.cli import footnote, options
from service.client import RemoteWorkspace
from service.rendering import brief_lists, terminal
from service.rendering.brief_document import brief_document
from service.rendering.brief_html import as_html
from service.rendering.markdown import as_markdown
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

TOPIC = "The storm in Norwick"
STORM = "The storm in Norwick killed 12 people on 3 May 2025. The storm in Norwick destroyed 40 houses."
MARKET = "The storm in Norwick flooded the market square."


def article(id_: str, text: str, outlet: str = "Gazette", published: str = "2025-05-04") -> ArticleRecord:
    return ArticleRecord(id=id_, text=text, outlet=outlet, published=published)


@pytest.fixture
def storm(settings: Settings) -> Iterator[Workspace]:
    opened = Workspace(settings, light_engines(), Home(settings.home))
    opened.ingest(map(to_article, [article("a", STORM), article("b", MARKET, "Post")]))
    yield opened
    opened.close()


@pytest.fixture
def client(storm: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(storm)) as opened:
        yield opened


def on(workspace: Workspace, topic: str = TOPIC, as_of: str = "2026-11-01", **wanted: Any) -> Brief:
    return workspace.brief(BriefRequest(topic=topic, filters=Filters(as_of=as_of), **wanted))


def change(workspace: Workspace) -> None:
    """Add an article, change a number in another one and remove a third."""
    workspace.ingest([to_article(article("c", "The storm in Norwick sank 7 boats.", "Herald", "2025-05-06"))])
    workspace.ingest([to_article(article("a", STORM.replace("12", "21")))])
    workspace.remove("b")


@pytest.mark.parametrize(
    ("topic", "quotes", "title"),
    [
        ("the storm in norwick", ["It was said that the storm in Norwick killed 12."], "The storm in Norwick"),
        ("  The  storm,\n in Norwick. ", [], "The storm, in Norwick"),
        ("NATO IN NORWICK", ["Then the storm hit Norwick and the NATO base."], "NATO in Norwick"),
        ("who pays for the storm?", [], "Who pays for the storm?"),
        ("trade with us", ["The US talked to us."], "Trade with us"),
        ("ISKP and the Taliban", ["Here iskp is small."], "ISKP and the Taliban"),
        ("?", [], "?"),
        ("x" * 300, [], f"X{'x' * 198}…"),
        ("x y " * 99, [], f"X {'y x ' * 49}y…"),
    ],
)
def test_the_default_title_is_the_topic_as_the_articles_spell_it(topic: str, quotes: list[str], title: str) -> None:
    assert default_title(topic, quotes) == title
    assert len(title) <= 200


def test_a_brief_is_renamed_and_deleted_in_both_stores(store: DocumentStore) -> None:
    history = store.history
    for receipt in ("one", "two"):
        history.keep_brief(receipt, "storm", "Storm", "{}")
    history.keep_answer("answer", "{}")
    history.keep_feedback(Feedback(receipt_id="two", verdict="wrong", note="", created="2026-01-01"))
    history.rename_brief("one", "The storm, first week")
    assert [(each.receipt, each.title, each.topic) for each in history.briefs("STORM", 9)] == [
        ("two", "Storm", "storm"),
        ("one", "The storm, first week", "storm"),
    ]
    history.delete_brief("two")
    assert [each.receipt for each in history.briefs(None, 9)] == ["one"]
    assert history.feedback() == []
    assert (history.receipt("answer"), history.receipt("one")) == ("{}", "{}")
    with pytest.raises(NotFound, match="no receipt"):
        history.receipt("two")
    with pytest.raises(NotFound, match="no brief"):
        history.rename_brief("two", "x")
    for receipt in ("two", "answer"):
        with pytest.raises(NotFound, match="no brief"):
            history.delete_brief(receipt)
    assert history.receipt("answer") == "{}"


def test_a_brief_of_an_older_ledger_has_its_topic_as_title(store: DocumentStore) -> None:
    store.history.keep_brief("one", "storm", "Storm", "{}")
    with store.ledger.transaction(searched=False):
        store.ledger.execute("UPDATE brief SET title = NULL", ())
    assert store.history.brief("one").title == "storm"


def test_a_title_is_shown_in_lists_and_exports(client: TestClient) -> None:
    made = client.post("/v1/briefs", json={"topic": "the storm in norwick"}).json()
    path = f"/v1/briefs/{made['receipt']['id']}"
    assert made["title"] == "The storm in Norwick"
    renamed = client.patch(path, json={"title": "  The storm, <b>first</b> week "}).json()
    assert (renamed["title"], renamed["topic"]) == ("The storm, <b>first</b> week", "the storm in norwick")
    assert client.get("/v1/briefs").json()["briefs"] == [renamed]
    again = client.get(path).json()
    assert again == {**made, "title": renamed["title"]}
    assert "<h1>The storm, &lt;b&gt;first&lt;/b&gt; week</h1>" in client.get(f"{path}?format=html").text
    assert client.get(f"{path}?format=md").text.count("\n# The storm, \\<b\\>first\\</b\\> week\n") == 1


@pytest.mark.parametrize("title", ["", "  ", "x" * 201])
def test_an_unusable_title_is_a_problem_and_changes_nothing(client: TestClient, title: str) -> None:
    made = client.post("/v1/briefs", json={"topic": TOPIC}).json()
    response = client.patch(f"/v1/briefs/{made['receipt']['id']}", json={"title": title})
    assert response.status_code == 422
    assert "200 characters" in response.json()["detail"]
    assert client.get("/v1/briefs").json()["briefs"][0]["title"] == TOPIC


def test_deleting_a_brief_loses_nothing_else(client: TestClient, storm: Workspace) -> None:
    one, two = (client.post("/v1/briefs", json={"topic": TOPIC}).json() for _ in range(2))
    answer = storm.ask(Question(text="How many houses did the storm in Norwick destroy?"))
    revision = storm.store.revision()
    path = f"/v1/briefs/{two['receipt']['id']}"
    assert client.delete(path).json()["receipt"] == two["receipt"]["id"]
    assert (client.get(path).status_code, client.delete(path).status_code) == (404, 404)
    assert client.patch(path, json={"title": "x"}).status_code == 404
    assert client.get(f"/v1/briefs/{one['receipt']['id']}").json() == one
    assert storm.archive.answer(answer.receipt.id) == answer
    assert (storm.store.revision(), storm.articles(9, 0).total) == (revision, 2)
    since = on(storm, since_last=True).since_last
    assert since is not None
    assert since.previous == one["receipt"]["id"]


def test_an_answer_cannot_be_deleted_as_a_brief(client: TestClient, storm: Workspace) -> None:
    answer = storm.ask(Question(text="How many houses did the storm in Norwick destroy?"))
    assert client.delete(f"/v1/briefs/{answer.receipt.id}").status_code == 404
    assert storm.archive.answer(answer.receipt.id) == answer


def test_two_versions_are_compared_whichever_is_named_first(client: TestClient, storm: Workspace) -> None:
    one = on(storm, as_of="2026-11-01")
    change(storm)
    two = on(storm, as_of="2026-11-02")
    names = one.receipt.id, two.receipt.id
    found = client.get(f"/v1/briefs/{names[0]}/comparison", params={"with": names[1]}).json()
    assert found == client.get(f"/v1/briefs/{names[1]}/comparison", params={"with": names[0]}).json()
    assert (found["then"]["receipt"], found["now"]["receipt"], found["same"]) == (*names, False)
    by_kind = {each["kind"]: each for each in found["statements"]}
    assert set(by_kind) == {"changed", "new", "gone"}
    assert "killed 12" in by_kind["changed"]["then"]["line"]["words"]
    assert "killed 21" in by_kind["changed"]["now"]["line"]["words"]
    assert by_kind["changed"]["update"]["then"]["value"] == "21 people"
    assert by_kind["changed"]["now"]["citation"]["article_id"] == "a"
    assert "7 boats" in by_kind["new"]["now"]["line"]["words"]
    assert "market square" in by_kind["gone"]["then"]["line"]["words"]
    assert found["unchanged"] == 1
    assert client.get(f"/v1/briefs/{names[0]}/comparison", params={"with": "none"}).status_code == 404
    assert client.get(f"/v1/briefs/{names[0]}/comparison").status_code == 422


def test_what_a_shorter_brief_leaves_out_is_neither_new_nor_withdrawn(storm: Workspace) -> None:
    one = on(storm)
    fewer = one.model_copy(update={"points": (), "timeline": (), "speakers": (), "summary": one.summary.model_copy(
        update={"lines": one.summary.lines[:1], "headline": None})})  # fmt: skip
    other = fewer.model_copy(update={"receipt": one.receipt.model_copy(update={"id": "fewer"})})
    storm.brief_archive.keep(other)
    found = storm.brief_archive.compare("fewer", one.receipt.id)
    assert {each.kind for each in found.statements} == {"only_then"}
    assert storm.brief_archive.compare("fewer", "fewer").same


def test_a_brief_is_replayed_on_its_filters_and_day_and_not_kept(client: TestClient, storm: Workspace) -> None:
    then = on(storm, as_of="2025-05-05", length="summary")
    same = client.post("/v1/replay", json={"receipt": then.receipt.id}).json()
    assert (same["same"], same["difference"], same["changes"], same["articles"]) == (True, [], [], [])
    assert same["now"]["receipt"]["settings"]["length"] == "summary"
    storm.ingest([to_article(article("late", "The storm in Norwick sank 7 boats.", "Herald", "2025-05-06"))])
    later = storm.replay_answer_or_brief(then.receipt.id)
    assert isinstance(later, BriefReplay)
    assert later.same
    assert [each.name for each in later.changes] == ["collection revision"]
    assert storm.brief_archive.briefs(None, 9, 0).total == 1


def test_a_replayed_brief_shows_what_differs_and_which_article_changed(storm: Workspace) -> None:
    then = on(storm)
    change(storm)
    found = storm.replay_answer_or_brief(then.receipt.id)
    assert isinstance(found, BriefReplay)
    assert not found.same
    assert {(each.article_id, each.what) for each in found.articles} >= {("a", "changed"), ("b", "removed")}
    text = terminal.replay(found)
    assert text.startswith(f"a different brief on: {TOPIC}")
    assert "\n- " in text
    assert "\n+ " in text
    assert "receipt" not in text.splitlines()[-1]


def test_an_answer_is_still_replayed_as_one(storm: Workspace, client: TestClient) -> None:
    answer = storm.ask(Question(text="How many houses did the storm in Norwick destroy?"))
    remote = RemoteWorkspace("http://testserver", cast(httpx.Client, client))
    assert remote.replay(answer.receipt.id).same
    with pytest.raises(InputError, match="is of a brief"):
        remote.replay(on(storm).receipt.id)


def test_the_command_keeps_briefs_in_order_here_and_over_http(
    storm: Workspace, client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    remote = RemoteWorkspace("http://testserver", cast(httpx.Client, client))
    monkeypatch.setattr(storm, "close", lambda: None)
    monkeypatch.setattr(remote, "close", lambda: None)
    one = on(storm).receipt.id
    change(storm)
    two = on(storm, as_of="2026-11-02").receipt.id
    seen: list[str] = []
    for workspace in (storm, remote):
        monkeypatch.setattr(options, "own_or_served", lambda settings, workspace=workspace: workspace)

        def run(*words: str) -> str:
            done = CliRunner().invoke(footnote, ["briefs", *words])
            assert done.exit_code == 0, done.output
            return done.stdout

        assert run("rename", one, "First week").strip() == f"renamed {one}: First week"
        listed = run("list").splitlines()
        assert [line.split()[0] for line in listed] == ["receipt", two, one]
        assert listed[2].endswith("First week")
        assert "\n# First week\n" in run("show", one)
        seen.append(run("compare", one, two))
        assert "Changed:" in seen[-1]
        assert "at first 12 people (Gazette, 4 May 2025), then 21 people" in " ".join(seen[-1].split())
        assert "Withdrawn:" in seen[-1]
        assert '"same": false' in run("compare", one, two, "--json")
        replayed = CliRunner().invoke(footnote, ["replay", one])
        assert replayed.stdout.startswith(f"a different brief on: {TOPIC}")
    assert seen[0] == seen[1]
    assert run("delete", one, two).splitlines() == [f"deleted {one}: First week", f"deleted {two}: {TOPIC}"]
    assert "no briefs" in run("list")
    missing = CliRunner().invoke(footnote, ["briefs", "show", one])
    assert (missing.exit_code, "no brief" in missing.stderr) == (1, True)


def test_an_equal_pair_is_said_to_be_equal(storm: Workspace) -> None:
    one, two = on(storm).receipt.id, on(storm).receipt.id
    assert "both make the same statements" in brief_lists.comparison(storm.brief_archive.compare(two, one))


def test_what_is_withdrawn_opens_every_form_of_a_brief(storm: Workspace) -> None:
    on(storm)
    change(storm)
    brief = on(storm, since_last=True)
    for text, first in (
        (as_markdown(brief_document(brief)), "**Withdrawn**"),
        (as_html(brief), '<span class="flag">Withdrawn</span>'),
    ):
        assert 0 < text.index("Since the last brief") < text.index(first) < text.index("Sources")
