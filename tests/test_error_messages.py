"""Error messages: one line that names the thing and the way out, for somebody who has never seen the product."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient

from index.errors import InputError, ModelError
from index.reading import read_paths
from service.api import create_app
from service.cli import footnote
from service.cli.brief_topics import read_topics, write_briefs
from service.engines import check_server
from service.runtime.settings import Settings
from service.workspace import Workspace


@pytest.fixture
def client(workspace: Workspace) -> Iterator[TestClient]:
    with TestClient(create_app(workspace)) as opened:
        yield opened


@pytest.mark.parametrize(
    ("sent", "says"),
    [
        ({"json": {}}, "body.question is missing"),
        ({"json": {"question": "Who?", "sinse": "2025"}}, "body.sinse is not known here; check its spelling"),
        ({"json": {"question": "Who?", "as_of": "soon"}}, "body.as_of: 'soon' is not a day; write it as 2025-10-16"),
        ({"json": {"question": "Who?", "conversation": ""}}, "body.conversation is empty"),
        ({"json": {"question": "Who?", "conversation": "a b"}}, "body.conversation has characters that are not"),
        ({"json": []}, "the body is not a JSON object"),
        ({"content": b'{"question": "Who?"}'}, "with the header `content-type: application/json`"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, "the body is not a JSON object"),
    ],
)
def test_a_request_that_cannot_be_used_is_explained(client: TestClient, sent: dict[str, Any], says: str) -> None:
    reply = client.post("/v1/ask", **sent)
    assert reply.status_code == 422
    assert says in reply.json()["detail"]


WHO = {"role": "user", "content": "Who?"}
LATER = {"since": "2026-02-01", "until": "2026-01-01"}
NO_DAY = "since 2026-02-01 is later than until 2026-01-01; swap them or leave one out"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("ask", {"question": "Who?", **LATER}, 422),
        ("ask", {"question": "Who?", "stream": True, **LATER}, 422),
        ("briefs", {"topic": "The rally", **LATER}, 422),
        ("briefs", {"topic": "The rally", "stream": True, **LATER}, 422),
        ("check", {"text": "It rained.", **LATER}, 422),
        ("check", {"text": "It rained.", "stream": True, **LATER}, 422),
        ("chat/completions", {"model": "footnote", "messages": [WHO], "footnote": LATER}, 400),
    ],
)
def test_since_later_than_until_is_no_refusal(client: TestClient, path: str, body: dict[str, Any], status: int) -> None:
    reply = client.post(f"/v1/{path}", json=body)
    assert reply.status_code == status
    assert NO_DAY in reply.text


def test_since_later_than_until_is_no_empty_search(client: TestClient) -> None:
    reply = client.get("/v1/search", params={"q": "rally", **LATER})
    assert (reply.status_code, reply.json()["detail"]) == (422, NO_DAY)
    assert client.get("/v1/search", params={"q": "rally", **LATER, "until": LATER["since"]}).status_code == 200


def test_a_topic_with_since_later_than_until_is_named(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "topics.toml").write_text('since = 2026-02-01\n[[topic]]\ntopic = "The rally"\nuntil = 2026-01-01\n')
    (outcome,) = write_briefs(workspace.brief, read_topics(tmp_path / "topics.toml", {}), tmp_path / "briefs")
    assert (outcome.topic, outcome.error) == ("The rally", NO_DAY)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("FOOTNOTE_THREADS", "many", "setting FOOTNOTE_THREADS is wrong ('many'): "),
        ("FOOTNOTE_LOG", "loud", "setting FOOTNOTE_LOG is wrong ('loud'): "),
    ],
)
def test_a_setting_is_named_as_it_is_set(name: str, value: str, says: str) -> None:
    done = CliRunner().invoke(footnote, ["collections"], env={name: value})
    assert done.exit_code == 1
    assert says in done.output


def test_a_file_of_topics_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"topics.toml' cannot be read: No such file or directory; name a TOML file"):
        read_topics(tmp_path / "topics.toml", {})


def test_a_topic_without_a_name_is_named_by_its_number(tmp_path: Path) -> None:
    (tmp_path / "topics.toml").write_text('[[topic]]\ntopic = ""\n')
    assert [name for name, _ in read_topics(tmp_path / "topics.toml", {})] == ["topic 1"]


def test_briefs_are_not_written_into_a_file(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "briefs").write_text("a file")
    with pytest.raises(InputError, match=r"briefs' cannot be a folder: File exists; name another with --out"):
        list(write_briefs(workspace.brief, [], tmp_path / "briefs"))


def test_an_address_without_its_scheme_is_recognised() -> None:
    with pytest.raises(InputError, match=r"'www.example.org' does not exist; .*; an address begins with https://"):
        list(read_paths([Path("www.example.org")]))


def test_a_server_that_is_not_there_is_not_chosen(settings: Settings) -> None:
    with pytest.raises(ModelError, match=r"http://127.0.0.1:9/v1 does not answer .*is it running\?"):
        check_server("http://127.0.0.1:9/v1#a-model", settings)
