"""MCP tools, resources and prompts through the SDK's own client, in memory and over a pipe."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp_types import CallToolResult, TextContent, TextResourceContents
from pydantic import SecretStr

from index.errors import HomeInUse
from index.reading import read_paths
from index.types import Article, Span
from service.answering.types import Answer, Question
from service.briefing.types import BriefRequest
from service.mcp import IdleClosingHome, OpenWorkspace, create_server
from service.runtime.home_lock import Home, named_collections
from service.runtime.settings import Settings
from service.runtime.types import Readiness
from service.workspace import Workspace
from service.workspace_client import WorkspaceClient
from tests.conftest import MODELS, SEEDS, light_engines

ROOT = Path(__file__).parent.parent
RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"


def call(workspace: Workspace | OpenWorkspace, name: str, **arguments: object) -> CallToolResult:
    @contextmanager
    def opened(collection: str | None = None, /) -> Iterator[WorkspaceClient]:
        assert isinstance(workspace, Workspace)
        yield workspace

    async def called() -> CallToolResult:
        async with Client(create_server(opened if isinstance(workspace, Workspace) else workspace)) as client:
            return await client.call_tool(name, arguments)

    return anyio.run(called)


def read(workspace: Workspace | OpenWorkspace, address: str) -> str:
    @contextmanager
    def opened(_: str | None = None, /) -> Iterator[WorkspaceClient]:
        assert isinstance(workspace, Workspace)
        yield workspace

    async def fetched() -> str:
        async with Client(create_server(opened if isinstance(workspace, Workspace) else workspace)) as client:
            try:
                [content] = (await client.read_resource(address)).contents
            except MCPError as error:
                return f"error: {error.message}"
            assert isinstance(content, TextResourceContents)
            return content.text

    return anyio.run(fetched)


def text_of(found: CallToolResult) -> str:
    assert isinstance(found.content[0], TextContent)
    return found.content[0].text


def record_of(found: CallToolResult) -> dict[str, Any]:
    assert not found.is_error, text_of(found)
    assert found.structured_content is not None
    record: dict[str, Any] = found.structured_content
    return record


def test_ask_gives_text_with_footnotes_and_the_whole_record(workspace: Workspace) -> None:
    found = call(workspace, "ask", question=RALLY)
    answer = record_of(found)
    assert answer["verdict"] == "answered"
    for citation in answer["citations"]:
        text = workspace.store.articles.get(citation["article_id"], citation["version"]).article.text
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert f"[{citation['number']}] " in text_of(found)
    assert answer["receipt"]["id"] in text_of(found)


def test_a_refusal_is_no_error(workspace: Workspace) -> None:
    found = call(workspace, "ask", question="Which sourdough hydration suits a beginner?")
    assert record_of(found)["verdict"] == "not_in_corpus"
    assert "does not answer" in text_of(found)


def test_filters_reach_the_workspace(workspace: Workspace) -> None:
    assert record_of(call(workspace, "search", query="bombing", until="1999-01-01"))["results"] == []
    mixed = call(workspace, "search", query="bombing", since="2026-02-01", until="2026-01-01")
    assert mixed.is_error
    assert "since 2026-02-01 is later than until 2026-01-01" in text_of(mixed)
    results = record_of(call(workspace, "search", query="bombing", until="2025-12-31", limit=50))["results"]
    assert results
    assert all(hit["published"] <= "2025-12-31" for hit in results)


def test_search_and_check_answer(workspace: Workspace) -> None:
    assert "Dabori" in record_of(call(workspace, "search", query="Dabori agreement", limit=1))["results"][0]["text"]
    checked = call(workspace, "check", text="The moon is made of cheese.")
    assert record_of(checked)["sentences"][0]["verdict"] == "not_found"
    assert "not found" in text_of(checked)


def test_a_brief_comes_with_its_footnotes(workspace: Workspace) -> None:
    found = call(workspace, "brief", topic="attacks in Pakistan")
    brief = record_of(found)
    assert brief["verdict"] == "briefed"
    assert brief["points"][0]["words"] in text_of(found)
    assert f"[^{brief['points'][0]['citations'][0]}]" in text_of(found)


@pytest.mark.parametrize(
    ("name", "arguments", "says"),
    [
        ("ask", {"question": " "}, "empty"),
        ("ask", {"question": RALLY, "as_of": "yesterday"}, "not a day"),
        ("ask", {}, "question"),
        ("search", {"query": "x", "limit": 500}, "limit"),
    ],
)
def test_an_unusable_request_is_a_tool_error_in_words(
    workspace: Workspace, name: str, arguments: dict[str, Any], says: str
) -> None:
    found = call(workspace, name, **arguments)
    assert found.is_error
    assert says in text_of(found)


def test_the_list_of_articles_leads_to_each_of_them(workspace: Workspace) -> None:
    hostile = Article(id="a/../b c?", text="The pier is red.", body=(Span(start=0, end=16),))
    workspace.ingest([hostile])
    listed = json.loads(read(workspace, "footnote://articles"))
    assert listed["total"] == len(listed["articles"]) == workspace.store.articles.count()
    texts = [read(workspace, each["uri"]) for each in listed["articles"]]
    for stored in workspace.articles(100, 0).articles:
        assert any(text.startswith(f"id: {stored.id}, version {stored.version}\n") for text in texts)
    assert any(text.endswith("\n\nThe pier is red.") for text in texts)


def test_an_earlier_version_of_an_article_is_a_resource(workspace: Workspace) -> None:
    for text in ("The pier is red.", "The pier is blue."):
        workspace.ingest([Article(id="pier", text=text, body=(Span(start=0, end=len(text)),))])
    assert "blue" in read(workspace, "footnote://articles/pier")
    assert "red" in read(workspace, "footnote://articles/pier?version=1")


def test_briefs_and_receipts_are_resources(workspace: Workspace) -> None:
    brief = workspace.brief(BriefRequest(topic="attacks in Pakistan"))
    assert brief.receipt.id in read(workspace, f"footnote://briefs/{brief.receipt.id}")
    answer = workspace.ask(Question(text=RALLY))
    assert Answer.model_validate_json(read(workspace, f"footnote://receipts/{answer.receipt.id}")) == answer


@pytest.mark.parametrize("address", ["articles/none", "briefs/none", "receipts/none", "articles/pier?version=9"])
def test_a_resource_that_does_not_exist_is_an_error_in_words(workspace: Workspace, address: str) -> None:
    said = read(workspace, f"footnote://{address}")
    assert said.startswith("error: no ")
    assert address.split("/")[1].split("?")[0] in said


@pytest.mark.parametrize(
    ("name", "arguments"),
    [("ask", {"question": RALLY}), ("brief", {"topic": RALLY, "since": "2025-01-01"}), ("check", {"draft": RALLY})],
)
def test_a_prompt_names_its_tool_and_has_what_the_reader_gave(
    workspace: Workspace, name: str, arguments: dict[str, str]
) -> None:
    @contextmanager
    def opened(_: str | None = None) -> Iterator[WorkspaceClient]:
        yield workspace

    async def prompted() -> str:
        async with Client(create_server(opened)) as client:
            assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["ask", "brief", "check"]
            [message] = (await client.get_prompt(name, arguments)).messages
            assert isinstance(message.content, TextContent)
            return message.content.text

    text = anyio.run(prompted)
    assert f"tool `{name}`" in text
    assert all(value in text for value in arguments.values())


def is_open(home: Path) -> bool:
    try:
        Home(home).close()
    except HomeInUse:
        return True
    return False


def test_the_home_is_closed_soon_after_a_call(settings: Settings) -> None:
    shared = IdleClosingHome(settings, load=lambda _: light_engines(), idle_seconds=0.05)
    with shared.workspace() as workspace:
        workspace.ingest(read_paths([SEEDS]))
    deadline = time.monotonic() + 5
    while is_open(settings.home) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_open(settings.home)
    with shared.workspace() as workspace:
        assert workspace.ask(Question(text=RALLY)).verdict == "answered"
        assert is_open(settings.home)
    shared.close()
    assert not is_open(settings.home)


def test_the_tools_use_one_collection_and_only_it_where_one_is_chosen(settings: Settings) -> None:
    with closing(named_collections(settings)) as named:
        named.add("desk")
    shared = IdleClosingHome(settings, load=lambda _: light_engines())
    with closing(shared):
        with shared.workspace("desk") as desk:
            desk.ingest(read_paths([SEEDS]))
        assert record_of(call(shared.workspace, "ask", question=RALLY, collection="desk"))["verdict"] == "answered"
        receipt = record_of(call(shared.workspace, "ask", question=RALLY, collection="desk"))["receipt"]["id"]
        assert RALLY in read(shared.workspace, f"footnote://receipts/{receipt}?collection=desk")
        assert "error" in read(shared.workspace, f"footnote://receipts/{receipt}")
        assert "the collection is empty" in text_of(call(shared.workspace, "ask", question=RALLY))
        unknown = call(shared.workspace, "ask", question=RALLY, collection="sport")
        assert "there are default, desk" in text_of(unknown)
    only = settings.model_copy(update={"collection": "desk"})
    with closing(IdleClosingHome(only, load=lambda _: light_engines())) as confined:
        assert record_of(call(confined.workspace, "search", query="rally"))["results"]
        for name in ("default", "sport"):
            refused = text_of(call(confined.workspace, "search", query="rally", collection=name))
            assert refused.endswith("only the collection 'desk' may be used here")


def test_a_server_that_has_the_home_open_gets_the_key_for_its_collection(settings: Settings) -> None:
    keys = SecretStr(f"sport={'s' * 20} desk={'d' * 20}")
    asked: list[str | None] = []

    class Server(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.headers["Authorization"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(Readiness(ready=True, parts=()).model_dump_json().encode())

    with ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        url = f"http://127.0.0.1:{server.server_port}"
        keyed = settings.model_copy(update={"keys": keys})
        with (
            closing(Home(settings.home, url=url)),
            closing(IdleClosingHome(keyed)) as shared,
            shared.workspace("desk") as desk,
        ):
            assert desk.readiness().ready
        server.shutdown()
    assert asked == [f"Bearer {'d' * 20}"]


@pytest.mark.real_models
def test_the_command_speaks_over_a_pipe(tmp_path: Path) -> None:
    env = {**os.environ, "FOOTNOTE_MODELS": str(MODELS), "PYTHONPATH": str(ROOT)}
    args = ["-m", "evals", "--home", str(tmp_path / "home"), "mcp"]

    async def spoken() -> tuple[list[str], str, CallToolResult]:
        async with Client(
            stdio_client(StdioServerParameters(command=sys.executable, args=args, env=env, cwd=ROOT))
        ) as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            names += [each.uri_template for each in (await client.list_resource_templates()).resource_templates]
            names += [str(each.uri) for each in (await client.list_resources()).resources]
            names += [prompt.name for prompt in (await client.list_prompts()).prompts]
            [listed] = (await client.read_resource("footnote://articles")).contents
            assert isinstance(listed, TextResourceContents)
            return names, listed.text, await client.call_tool("ask", {"question": RALLY})

    names, listed, found = anyio.run(spoken)
    assert names == [
        *("ask", "search", "brief", "check"),
        "footnote://articles/{id}{?version,collection}",
        *(f"footnote://{kind}/{{receipt}}{{?collection}}" for kind in ("briefs", "receipts")),
        *("footnote://articles", "ask", "brief", "check"),
    ]
    assert json.loads(listed) == {"total": 0, "articles": []}
    assert found.is_error
    assert "the collection is empty" in text_of(found)
