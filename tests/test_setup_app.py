"""Setup application: the page names missing models, a click downloads them, and the service starts on the same port."""

import socket
import time
from collections.abc import Callable
from threading import Thread

import httpx
from fastapi.testclient import TestClient

from index.errors import FetchFailed
from service.api.admission import LOOPBACK_HOSTS, AdmissionPolicy
from service.api.setup_app import Setup, setup_app, wait_for_models
from service.models import EMBEDDER, ModelStore
from service.runtime.settings import Settings
from tests.page.browsing import Reader as Window
from tests.page.browsing import browsing

ENTRIES = [entry for entry in ModelStore(Settings().home / "none").listing() if entry.name == EMBEDDER]


def until(met: Callable[[], object]) -> None:
    deadline = time.monotonic() + 5
    while not met() and time.monotonic() < deadline:
        time.sleep(0.01)
    assert met()


def test_missing_models_are_downloaded_and_then_reported() -> None:
    done: list[str] = []
    setup = Setup(ENTRIES, lambda name, say: say(f"fetching {name}"), lambda: done.append("done"))
    with TestClient(setup_app(setup)) as client:
        assert client.get("/").status_code == 200
        assert client.get("/ready").status_code == 503
        assert client.post("/v1/setup", json={}, headers={"Origin": "https://other.example"}).status_code == 403
        assert client.get("/v1/setup").json()["running"] is False
        refused = client.post("/v1/ask", json={"question": "Who?"})
        assert (refused.status_code, refused.json()["title"]) == (503, "ModelMissing")
        assert "footnote models pull" in refused.json()["detail"]
        client.post("/v1/setup", json={})
        until(lambda: done)
        assert client.get("/v1/setup").json()["progress"] == [f"fetching {EMBEDDER}"]
        assert client.get("/v1/setup").json()["missing"] == []


def test_a_failed_download_says_why_and_can_be_tried_again() -> None:
    tries: list[str] = []

    def fails(name: str, say: Callable[[str], None]) -> None:
        tries.append(name)
        raise FetchFailed("no network; try again")

    setup = Setup(ENTRIES, fails, lambda: tries.append("done"))
    for _ in range(2):
        setup.begin()
        until(lambda: not setup.view().running)
        assert setup.view().problem == "no network; try again"
    assert tries == [EMBEDDER, EMBEDDER]


def test_the_page_waits_for_the_models_on_the_port_of_the_service(settings: Settings) -> None:
    there: list[str] = []
    bound = socket.socket()
    bound.bind(("127.0.0.1", 0))
    base = f"http://127.0.0.1:{bound.getsockname()[1]}"
    waiting = Thread(
        target=wait_for_models,
        args=(settings, bound, base, AdmissionPolicy(hosts=LOOPBACK_HOSTS), lambda name, say: there.append(name)),
    )
    waiting.start()
    until(lambda: reaches(base))
    assert httpx.get(base, headers={"Host": "rebound.example"}).status_code == 421
    with browsing() as browser:
        window = Window(browser.new_context(), base)
        window.page.goto(base)
        window.page.get_by_text("Two small models are missing.").wait_for()
        assert window.barriers() == []
        window.picture("no-model-light")
        window.page.get_by_role("button", name="Download the models").click()
        waiting.join(timeout=10)
        assert not waiting.is_alive()
    assert sorted(there) == sorted(["all-minilm-l6-v2", "smollm2-135m-instruct"])
    with socket.create_connection(bound.getsockname(), timeout=1):  # the port is still ours and listens
        pass
    bound.close()


def reaches(base: str) -> bool:
    try:
        return httpx.get(f"{base}/health").status_code == 200
    except httpx.HTTPError:
        return False
