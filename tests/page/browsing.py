"""A real Chromium against a real server over the seeds: what the tests of the page share."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Request, sync_playwright

from tests.conftest import MODELS

ROOT = Path(__file__).parents[2]
PICTURES = ROOT / "reports" / "page"
NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
RALLY = "What is said about the attack on the BAP rally?"
BREAD = "Which sourdough hydration suits a beginner?"
SIZES = {"wide": (1360, 860), "phone": (390, 844), "zoomed": (680, 430)}
"""Width and height in pixels of the page; zoomed is a wide window at 200 %."""


@contextmanager
def serving(home: Path, **environment: str) -> Iterator[str]:
    """The address of a server on a free port over that home folder, with these environment variables."""
    command = [sys.executable, "-m", "evals", "--home", str(home), "serve", "--port", "0"]
    env = {**os.environ, "FOOTNOTE_MODELS": str(MODELS), "PYTHONPATH": str(ROOT), **environment}
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env, cwd=ROOT)
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        yield line.split(" on ")[1].split()[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


@contextmanager
def browsing() -> Iterator[Browser]:
    """A headless Chromium.

    Raises:
        AssertionError: there is none on this machine.
    """
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, "no Chromium on this machine: `make browser` installs it, or put one named chromium on the PATH"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
        yield browser
        browser.close()


class Reader:
    """One window on the page, and whatever went wrong in it."""

    def __init__(self, context: BrowserContext, base: str) -> None:
        self.base = base
        self.page: Page = context.new_page()
        self.page.set_default_timeout(20_000)
        self.errors: list[str] = []
        self.asked: list[str] = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", lambda said: self.errors.append(said.text) if "Content Security" in said.text else None)
        self.page.on("request", self._note)

    def _note(self, request: Request) -> None:
        self.asked.append(request.url)

    def open(self, where: str = "ask", wait: str = "#question") -> None:
        self.page.goto(f"{self.base}/#{where}")
        self.page.wait_for_selector(wait)

    def ask(self, question: str) -> None:
        """Ask and wait until the answer is whole."""
        before = self.page.locator(".turn .actions").count()
        self.page.fill("#question", question)
        self.page.press("#question", "Enter")
        self.page.locator(".turn .actions").nth(before).wait_for()

    def picture(self, name: str) -> None:
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}.png")

    def barriers(self) -> list[str]:
        """What axe finds serious or critical, once nothing is fading in any more."""
        self.page.evaluate("Promise.allSettled(document.getAnimations().map(each => each.finished))")
        found = Axe().run(self.page).response["violations"]
        return [
            f"{each['id']}: {each['nodes'][0]['html'][:200]} {each['nodes'][0].get('failureSummary', '')[:200]}"
            for each in found
            if each["impact"] in ("serious", "critical")
        ]

    def fits(self) -> bool:
        """Whether nothing sticks out sideways."""
        wide = self.page.evaluate("document.scrollingElement.scrollWidth - document.documentElement.clientWidth")
        return int(wide) <= 0

    def share_kept(self) -> float:
        """Share of the window's height that stays as it is while the rest is scrolled."""
        return float(
            self.page.evaluate(
                """() => [...document.querySelectorAll(".top, #banner, .dock, .selection")]
                    .filter((each) => getComputedStyle(each).position === "sticky")
                    .reduce((height, each) => height + each.getBoundingClientRect().height, 0) / innerHeight"""
            )
        )


Open = Callable[..., Reader]
"""Opens a window: scheme, size, address."""
