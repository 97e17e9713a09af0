"""One server and one browser for the tests of a file."""

from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser

from tests.page.browsing import SIZES, Open, Reader, browsing, serving


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with serving(tmp_path_factory.mktemp("page") / "home") as address:
        assert len(httpx.post(f"{address}/v1/samples", json={}, timeout=60).json()["new"]) == 5
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as opened:
        yield opened


@pytest.fixture
def reader(browser: Browser, base: str) -> Iterator[Open]:
    """Opens windows; at the end nothing may have gone wrong in any, nor any have asked another machine."""
    opened: list[Reader] = []

    def open_(scheme: str = "light", size: str = "wide", address: str = base) -> Reader:
        width, height = SIZES[size]
        context = browser.new_context(
            color_scheme="dark" if scheme == "dark" else "light",
            viewport={"width": width, "height": height},
            permissions=["clipboard-read", "clipboard-write"],
            accept_downloads=True,
        )
        opened.append(Reader(context, address))
        return opened[-1]

    yield open_
    for each in opened:
        assert each.errors == []
        assert [url for url in each.asked if not url.startswith((each.base, "blob:"))] == []
        each.page.context.close()
