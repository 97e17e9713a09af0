"""Admission: API keys, host names, origins, rate limits and body sizes, checked before any route runs."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.errors import InputError
from service.api import create_app
from service.api.admission import LOOPBACK_HOSTS, AdmissionPolicy
from service.api.api_keys import APIKeys, key_from_header, read_keys
from service.api.rate_limit import RateLimit
from service.api.server import admission_policy
from service.runtime.settings import Settings
from service.workspace import Workspace

KEY, OTHER = "k" * 32, "o" * 32
ORIGIN = "https://newsroom.example"


@contextmanager
def admitted(workspace: Workspace, policy: AdmissionPolicy, url: str = "http://testserver") -> Iterator[TestClient]:
    with TestClient(create_app(workspace, policy), base_url=url) as client:
        yield client


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"Authorization": f"Bearer {OTHER}"}, 401),
        ({"Authorization": f"Bearer {KEY}x"}, 401),
        ({"Authorization": "Basic %%%"}, 401),
        ({"Authorization": KEY}, 401),
        ({"Authorization": f"Bearer {KEY}"}, 200),
        ({"X-API-Key": KEY}, 200),
    ],
)
def test_api_key_is_required_where_one_is_set(workspace: Workspace, headers: dict[str, str], status: int) -> None:
    with admitted(workspace, AdmissionPolicy(keys=APIKeys([KEY]))) as client:
        response = client.get("/v1/articles", headers=headers)
        assert response.status_code == status
        assert KEY not in response.text
        assert client.get("/health").status_code == 200
        assert client.get("/ready").status_code == 401
        assert client.get("/docs").status_code == 401


def test_api_key_may_be_sent_as_a_basic_password(workspace: Workspace) -> None:
    with admitted(workspace, AdmissionPolicy(keys=APIKeys([OTHER, KEY]))) as client:
        assert "Basic" in client.get("/v1/articles").headers["www-authenticate"]
        assert client.get("/v1/articles", auth=("", KEY)).status_code == 200


@pytest.mark.parametrize("key", ["hunter2", "ümlaut" * 10, "x" * 19])
def test_api_key_that_could_be_guessed_is_refused_and_not_repeated(key: str) -> None:
    with pytest.raises(InputError, match=r"secrets\.token_urlsafe") as raised:
        APIKeys([OTHER, key])
    assert key not in str(raised.value)


def test_api_keys_are_read_from_the_setting_and_the_file(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    file.write_text(f"# ours\n{KEY}  # the newsroom\n\n", encoding="utf-8")
    keys = read_keys(f"{OTHER}, {KEY[:-1]}z", file)
    names = {keys.client_of(KEY), keys.client_of(OTHER), keys.client_of(f"{KEY[:-1]}z")}
    assert (len(names), None in names) == (3, False)
    assert keys.client_of("# ours") is None
    with pytest.raises(InputError, match="cannot be read"):
        read_keys("", tmp_path / "none")
    file.write_text("# nothing\n", encoding="utf-8")
    with pytest.raises(InputError, match="holds no key"):
        read_keys("", file)


@pytest.mark.parametrize("value", ["", "Bearer", "Basic", "Basic =", "Digest x", "Basic QQ=="])
def test_authorization_header_without_a_key_gives_none(value: str) -> None:
    assert key_from_header(value) == ""


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "news.example"])
def test_address_that_other_machines_reach_needs_an_api_key(host: str) -> None:
    with pytest.raises(InputError, match="FOOTNOTE_KEYS"):
        admission_policy(Settings(), host)
    assert admission_policy(Settings.model_validate({"keys": KEY}), host).keys.client_of(KEY)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.0.0.2", "::1", "localhost"])
def test_loopback_address_needs_no_api_key(host: str) -> None:
    policy = admission_policy(Settings(), host, hosts=["News.example"])
    assert not policy.keys
    assert policy.hosts == LOOPBACK_HOSTS | {"news.example"}


def test_settings_never_show_their_keys() -> None:
    settings = Settings.model_validate({"keys": KEY})
    assert KEY not in f"{settings!r} {settings.model_dump_json()}"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("http://127.0.0.1:8000", 200),
        ("http://LOCALHOST:9", 200),
        ("http://[::1]:8000", 200),
        ("http://rebound.example:8000", 421),
        ("http://127.0.0.1.rebound.example", 421),
        ("http://localhost.example", 421),
    ],
)
def test_host_header_of_another_name_is_refused(workspace: Workspace, url: str, status: int) -> None:
    with admitted(workspace, AdmissionPolicy(hosts=LOOPBACK_HOSTS), url) as client:
        assert client.get("/v1/articles").status_code == status


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://testserver:81", "http://testserver.example"]
)
def test_foreign_origin_may_not_write(workspace: Workspace, origin: str) -> None:
    with admitted(workspace, AdmissionPolicy()) as client:
        response = client.post("/v1/ask", json={"question": "Who?"}, headers={"Origin": origin})
        assert response.status_code == 403
        assert "access-control-allow-origin" not in response.headers
        mine = client.post("/v1/ask", json={"question": "Who?"}, headers={"Origin": "http://testserver"})
        assert mine.status_code == 200


def test_cors_allowed_origin_may_ask(workspace: Workspace) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST"}
    with admitted(workspace, AdmissionPolicy(origins=(ORIGIN,), keys=APIKeys([KEY]))) as client:
        assert client.options("/v1/ask", headers=asked).headers["access-control-allow-origin"] == ORIGIN
        headers = {"Origin": ORIGIN, "Authorization": f"Bearer {KEY}"}
        response = client.post("/v1/ask", json={"question": "Who?"}, headers=headers)
        assert (response.status_code, response.headers["access-control-allow-origin"]) == (200, ORIGIN)
        assert client.options("/v1/ask", headers={**asked, "Origin": "https://evil.example"}).status_code == 400


def test_rate_limit_is_per_key(workspace: Workspace) -> None:
    with admitted(workspace, AdmissionPolicy(keys=APIKeys([KEY, OTHER]), requests_per_minute=8.0)) as client:
        statuses = [client.get("/v1/articles", headers={"X-API-Key": KEY}).status_code for _ in range(3)]
        assert statuses == [200, 200, 429]
        refused = client.get("/v1/articles", headers={"X-API-Key": KEY})
        assert 1 <= int(refused.headers["retry-after"]) <= 8
        assert client.get("/v1/articles", headers={"X-API-Key": OTHER}).status_code == 200


def test_rate_limit_bucket_fills_again() -> None:
    limit = RateLimit(60.0)
    assert [limit.wait("a", 0.0) for _ in range(16)].count(0.0) == 15
    assert limit.wait("a", 0.0) == pytest.approx(1.0)
    assert limit.wait("a", 1.0) == 0.0


def test_body_size_limit_is_a_problem(workspace: Workspace) -> None:
    policy = AdmissionPolicy(max_body_bytes=1000, max_upload_bytes=4000)
    with admitted(workspace, policy) as client:
        for content in (b"x" * 1001, iter([b"x" * 600] * 2)):
            response = client.post("/v1/ask", content=content, headers={"content-type": "application/json"})
            assert response.status_code == 413
            assert response.headers["content-type"] == "application/problem+json"
            assert "1,000 bytes" in response.json()["detail"]
        article = {"id": "long", "text": "The harbour was closed. " * 100}
        assert client.post("/v1/articles", json={"articles": [article]}).json()["new"] == ["long"]
        article["text"] *= 2
        assert client.post("/v1/articles", json={"articles": [article]}).status_code == 413


@pytest.mark.parametrize("path", ["/v1/articles", "/health", "/v1/nothing", "/docs"])
def test_every_response_carries_the_security_headers(workspace: Workspace, path: str) -> None:
    with admitted(workspace, AdmissionPolicy()) as client:
        headers = client.get(path).headers
        assert (headers["x-content-type-options"], headers["x-frame-options"]) == ("nosniff", "DENY")
        assert headers["referrer-policy"] == "no-referrer"
        assert "access-control-allow-origin" not in headers


@pytest.mark.parametrize("path", ["../../etc/passwd", "..%2F..%2Fetc%2Fpasswd", "%2e%2e/ledger.db", "C:%5Cledger.db"])
def test_path_traversal_leads_nowhere(workspace: Workspace, path: str) -> None:
    with admitted(workspace, AdmissionPolicy()) as client:
        assert client.get(f"/v1/articles/{path}").status_code in {404, 422}
