"""Page latency: time from Enter until the answer is painted in a real Chromium (`footnote study page-latency`).

A script in the page records when the key was pressed and when first evidence and first sentence were painted.
"""

import shutil
import subprocess
import tempfile
from collections.abc import Sequence

import click
from playwright.sync_api import Browser, sync_playwright

from evals.harness.cases import CASES, read_cases
from evals.harness.suites.suite_registry import SEEDS
from evals.studies.speed.bench_server import command, server
from evals.studies.speed.bench_text import print_report
from evals.studies.speed.measurement import BenchReport, Measurement, machine, spread
from evals.studies.study_verb import study
from index.errors import InputError
from index.types import Record

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
BROWSER_FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
)
WARM_UP_QUESTIONS = 2
OBSERVE_PAINTS = """() => {
  const seen = window.seen = {};
  const wanted = { evidence: ".turn:not(.refused) .note", sentence: ".turn .answer .sentence" };
  addEventListener("keydown", (event) => { if (event.key === "Enter") seen.enter = performance.now(); }, 1);
  new MutationObserver(() => {
    for (const [name, selector] of Object.entries(wanted)) {
      if (name in seen || !document.querySelector(selector)) continue;
      seen[name] = null;
      // A frame is painted after its callbacks, and a task that they post runs after that.
      requestAnimationFrame(() => setTimeout(() => { seen[name] = performance.now(); }));
    }
  }).observe(document.body, { childList: 1, subtree: 1 });
}"""


class PageTiming(Record):
    """PageTiming: seconds from Enter until evidence and sentence were painted; None if a refusal shows none."""

    evidence: float | None
    sentence: float | None


def time_questions(browser: Browser, address: str, questions: Sequence[str]) -> list[PageTiming]:
    """Ask each question in a new conversation in the same tab, and return the timings."""
    page = browser.new_page()
    page.set_default_timeout(60_000)
    found = []
    for number, question in enumerate(questions):
        page.goto(f"{address}/?{number}#ask")  # a different address, so that the page is loaded again
        page.wait_for_selector("#question")
        page.evaluate(OBSERVE_PAINTS)
        page.fill("#question", question)
        page.press("#question", "Enter")
        page.wait_for_selector(".turn .actions")
        page.wait_for_function("Object.values(window.seen).every((at) => at !== null)")
        seen = page.evaluate("window.seen")
        after = {name: (seen[name] - seen["enter"]) / 1000 for name in ("evidence", "sentence") if name in seen}
        found.append(PageTiming(evidence=after.get("evidence"), sentence=after.get("sentence")))
    page.close()
    return found


def measure(questions: Sequence[str]) -> list[PageTiming]:
    """Time the questions in a browser on a server over the seeds, without the warm-up ones."""
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        raise InputError("no Chromium on this machine; `make browser` installs it")
    with tempfile.TemporaryDirectory(prefix="footnote-page-") as home:
        subprocess.run(command(home, "ingest", str(SEEDS)), check=True, capture_output=True)
        with server(home, {"FOOTNOTE_KEPT_ANSWERS": "0"}) as served, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=path, args=list(BROWSER_FLAGS))
            found = time_questions(browser, f"http://127.0.0.1:{served.port}", questions)
            browser.close()
    return found[WARM_UP_QUESTIONS:]


@study.command("page-latency")
@click.option("--limit", type=click.IntRange(1), default=24, show_default=True, help="How many questions to ask.")
@click.option("--json", "json_", is_flag=True, help="Print the record as JSON.")
def page_latency(limit: int, json_: bool) -> None:
    """Time the page from Enter to evidence and sentence on the screen."""
    questions = [case.question for case in read_cases(CASES / "seeds.jsonl") if case.answerable]
    chosen = questions[:: max(len(questions) // (limit + WARM_UP_QUESTIONS), 1)][: limit + WARM_UP_QUESTIONS]
    where = machine()
    found = measure(chosen)
    measures: list[Measurement] = []
    for name in ("evidence", "sentence"):
        seconds = [at for at in (getattr(each, name) for each in found) if at is not None]
        measures += spread("page", f"Enter to first {name} on the screen", seconds, (0.5, 0.95))
    report = BenchReport(machine=where, how="style auto", measures=tuple(measures))
    print_report(report, as_json=json_)
