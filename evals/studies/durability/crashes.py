"""Crash safety: test that a kill at any moment loses nothing (`footnote study crashes --times 100`).

A child process adds, changes and removes synthetic articles and reports each step. It is killed (SIGKILL) at a random
moment, the home folder is opened as at the next start, and both stores are compared with what the child had reported.
"""

import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path

import click
from pydantic import Field

from evals.studies.durability.consistency import Inconsistencies, find_inconsistencies
from evals.studies.durability.synthetic_articles import articles_after, do_steps, step
from evals.studies.study_verb import study
from index.embedding import HashEmbedder
from index.errors import FootnoteError, NotFound
from index.near_duplicate_articles import sketch
from index.search.reranking import OverlapReader
from index.types import Record
from service.engines import Engines, load_engines
from service.generation.scripted_generator import ScriptedGenerator
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

SHARE_WHILE_OPENING = 0.25
"""Share of the kills that are timed while the child is opening the home folder."""
MAX_OPENING_SECONDS = 3.0
MAX_WORKING_SECONDS = 3.0
KILLS_PER_HOME = 25


class CrashReport(Record):
    """CrashReport: the outcome of all kills."""

    times: int
    acknowledged: int = Field(description="Steps (articles added, changed or removed) that the children had reported.")
    in_flight: int = Field(description="Steps that were in the ledger at the next start, though not yet reported.")
    while_opening: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    unusable: tuple[str, ...]


def engines_of(embedder: str) -> Engines:
    """Return the served models for `real`, otherwise a hash embedder with stubs."""
    if embedder == "real":
        return load_engines(Settings())
    return Engines(HashEmbedder(), OverlapReader(), ScriptedGenerator([]), composes=False)


def crash(
    times: int, seed: int, embedder: str, folder: Path, progress: Callable[[str], None] = lambda line: None
) -> CrashReport:
    """Kill a child process `times` times, and check the home folder each time."""
    rng = random.Random(seed)
    lost: list[str] = []
    doubled: list[str] = []
    unusable: list[str] = []
    acknowledged = in_flight = opening = done = 0
    with closing(engines_of(embedder)) as engines:
        for number in range(times):
            home = folder / f"home-{number // KILLS_PER_HOME}-{len(unusable)}"
            done = done if home.exists() else 0
            before, reported = done, killed(home, done, embedder, rng)
            done += reported.steps
            acknowledged, opening = acknowledged + reported.steps, opening + (not reported.opened)
            try:
                faults, extra = after(home, engines, before, done)
            except FootnoteError as error:
                unusable.append(f"kill {number + 1}: {error}")
                continue
            done, in_flight = done + extra, in_flight + extra
            lost += [f"kill {number + 1}: {fault}" for fault in faults.lost]
            doubled += [f"kill {number + 1}: {fault}" for fault in faults.doubled]
            progress(
                f"kill {number + 1}: {done} steps, {len(lost)} lost, {len(doubled)} doubled, {len(unusable)} unusable"
            )
    return CrashReport(
        times=times,
        acknowledged=acknowledged,
        in_flight=in_flight,
        while_opening=opening,
        lost=tuple(lost),
        doubled=tuple(doubled),
        unusable=tuple(unusable),
    )


class ChildReport(Record):
    """ChildReport: what a child reported until it was killed."""

    opened: bool
    steps: int


def killed(home: Path, done: int, embedder: str, rng: random.Random) -> ChildReport:
    """Start a child at step `done`, kill it at a random moment, and read what it had reported."""
    command = [sys.executable, "-m", "evals", "study", "crashes", "--child", str(home), "--first", str(done)]
    child = subprocess.Popen([*command, "--embedder", embedder], stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    opened = False
    if rng.random() < SHARE_WHILE_OPENING:
        time.sleep(rng.uniform(0, MAX_OPENING_SECONDS))
        child.kill()
    else:
        opened = child.stdout.readline() == "open\n"
        assert opened, f"the child could not open {str(home)!r}"
        threading.Timer(rng.uniform(0, MAX_WORKING_SECONDS), child.kill).start()
    # A last line without a newline is incomplete and does not count as reported.
    lines = [line for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    child.wait()
    steps = [line for line in lines if line != "open\n"]
    assert [int(line) for line in steps] == list(range(done, done + len(steps)))
    return ChildReport(opened=opened or "open\n" in lines, steps=len(steps))


def after(home: Path, engines: Engines, before: int, done: int) -> tuple[Inconsistencies, int]:
    """Return the inconsistencies at the next start, and 1 if the step in progress at the kill was kept, else 0."""
    with closing(Workspace(Settings(home=home), engines, Home(home))) as workspace:
        under_way = step(done)
        extra = int(_text(workspace, under_way.id) == (under_way.article.text if under_way.article else None))
        wanted = articles_after(done + extra)
        fresh = {step(number).id for number in range(before, done + extra)}
        return find_inconsistencies(workspace, wanted, sorted(fresh & wanted.keys())), extra


def _text(workspace: Workspace, article_id: str) -> str | None:
    try:
        return workspace.store.articles.get(article_id).article.text
    except NotFound:
        return None


def work(home: Path, first: int, embedder: str) -> None:
    """Run in the child process: do steps until killed."""
    engines = engines_of(embedder)
    workspace = Workspace(Settings(home=home), engines, Home(home))
    sketch(frozenset())  # loads a library now, so that loading does not use up the time until the kill
    print("open", flush=True)
    do_steps(workspace, first, lambda number: print(number, flush=True))


def as_text(found: CrashReport) -> str:
    """Format the counts, then every fault."""
    faults: Sequence[str] = (*found.lost, *found.doubled, *found.unusable)
    head = (
        f"{found.times} kills ({found.while_opening} while opening), {found.acknowledged} steps acknowledged, "
        f"{found.in_flight} more kept: {len(found.lost)} lost, {len(found.doubled)} doubled, "
        f"{len(found.unusable)} unusable"
    )
    return "\n".join([head, *faults])


@study.command("crashes")
@click.option("--times", type=click.IntRange(1), default=100, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--embedder", type=click.Choice(["real", "light"]), default="real", show_default=True)
@click.option("--child", type=click.Path(path_type=Path), hidden=True)
@click.option("--first", type=int, default=0, hidden=True)
def crashes(times: int, seed: int, embedder: str, child: Path | None, first: int) -> None:
    """Kill an ingest at random moments, and count what was lost.

    Exits 1 when anything was lost, doubled or left unusable.
    """
    if child is not None:
        work(child, first, embedder)
        return
    with tempfile.TemporaryDirectory(prefix="footnote-crashing-") as folder:
        found = crash(times, seed, embedder, Path(folder), lambda line: click.echo(line, err=True))
    click.echo(as_text(found))
    sys.exit(bool(found.lost or found.doubled or found.unusable))
