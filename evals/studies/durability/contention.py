"""Contention: two processes ingest into one home folder at once (`footnote study contention --rounds 20`).

Each runs `footnote ingest` with different articles. A process owns the folder, is served by its owner, or is refused
with a one-line error. Nothing that either process reported as ingested may be missing.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import click
from pydantic import Field

from evals.studies.durability.consistency import find_inconsistencies
from evals.studies.durability.synthetic_articles import story
from evals.studies.study_verb import study
from index.types import Article, Record
from service.engines import Engines, load_engines
from service.ingestion.types import IngestReport
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

ARTICLES_PER_PROCESS = 6
"""Articles that each process ingests in a round."""


class ContentionReport(Record):
    """ContentionReport: the outcome of all rounds."""

    rounds: int
    taken: int = Field(description="Articles reported as new.")
    refused: int = Field(description="Commands that were refused because another process had the folder.")
    unclear: tuple[str, ...] = Field(description="What a command said that failed in any other way.")
    lost: tuple[str, ...]
    doubled: tuple[str, ...]


def contend(rounds: int, folder: Path, progress: Callable[[str], None] = lambda line: None) -> ContentionReport:
    """In each round start two commands at once, then check the collection."""
    home, wanted = folder / "home", dict[str, Article]()
    refused = 0
    unclear: list[str] = []
    lost: list[str] = []
    doubled: list[str] = []
    with closing(load_engines(Settings())) as engines:
        for number in range(rounds):
            brought = [_articles(2 * number + side) for side in (0, 1)]
            for command, articles in [(_start(folder, home, articles), articles) for articles in brought]:
                output, complaint = command.communicate()
                if command.returncode == 0:
                    new = IngestReport.model_validate_json(output).new
                    wanted |= {article.id: article for article in articles if article.id in new}
                elif command.returncode == 1 and "the home folder" in complaint and complaint.count("\n") == 1:
                    refused += 1
                else:
                    unclear.append(f"round {number + 1}: exit {command.returncode}: {complaint[-300:]!r}")
            faults = _inconsistencies(home, engines, wanted)
            lost += [f"round {number + 1}: {fault}" for fault in faults[0]]
            doubled += [f"round {number + 1}: {fault}" for fault in faults[1]]
            counts = f"{len(wanted)} articles, {refused} refused, {len(lost)} lost, {len(doubled)} doubled"
            progress(f"round {number + 1}: {counts}")
    return ContentionReport(
        rounds=rounds,
        taken=len(wanted),
        refused=refused,
        unclear=tuple(unclear),
        lost=tuple(lost),
        doubled=tuple(doubled),
    )


def _articles(number: int) -> list[Article]:
    return [story(ARTICLES_PER_PROCESS * number + each) for each in range(ARTICLES_PER_PROCESS)]


def _start(folder: Path, home: Path, articles: list[Article]) -> "subprocess.Popen[str]":
    path = folder / f"{articles[0].id}.jsonl"
    path.write_text("\n".join(json.dumps({"id": each.id, "text": each.text}) for each in articles), encoding="utf-8")
    command = [sys.executable, "-m", "evals", "--home", str(home), "ingest", str(path), "--json"]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _inconsistencies(
    home: Path, engines: Engines, wanted: dict[str, Article]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    with closing(Workspace(Settings(home=home), engines, Home(home))) as workspace:
        faults = find_inconsistencies(workspace, wanted)
    return faults.lost, faults.doubled


@study.command("contention")
@click.option("--rounds", type=click.IntRange(1), default=20, show_default=True)
def contention(rounds: int) -> None:
    """Ingest twice at once into one home folder, again and again.

    Exits 1 on anything lost, doubled or unclear.
    """
    with tempfile.TemporaryDirectory(prefix="footnote-rivals-") as folder:
        found = contend(rounds, Path(folder), lambda line: click.echo(line, err=True))
    faults = (*found.unclear, *found.lost, *found.doubled)
    click.echo(
        f"{found.rounds} rounds of two, {found.taken} articles taken, {found.refused} commands refused in one line: "
        f"{len(found.lost)} lost, {len(found.doubled)} doubled, {len(found.unclear)} unclear"
    )
    for fault in faults:
        click.echo(fault)
    sys.exit(bool(faults))
