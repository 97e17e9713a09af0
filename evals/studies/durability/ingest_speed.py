"""Ingest speed: throughput, and the share of embedding in it (`footnote study ingest-speed --corpus FILE`).

Articles are made by joining paragraphs of public text in a fixed random order. A child process ingests them as the
command does; after some batches it embeds the same chunks with the embedder alone, so that both speeds are measured at
the same time on the same machine.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import click

from evals.studies.durability.crashes import engines_of
from evals.studies.durability.stopwatch import Stopwatch, TimedEmbedder
from evals.studies.study_verb import study
from index.errors import InputError
from index.reading import read_paths
from index.types import Record
from service.engines import Engines
from service.ingestion.prefetch import prefetch
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

WORDS_PER_ARTICLE = 850
"""Words per article, about ten chunks."""
MIN_PARAGRAPH_CHARACTERS = 80
ARTICLES_PER_BATCH = 50
BARE_EVERY = 4
"""Interval, in batches, at which the embedder alone embeds the same chunks."""


class Ratios(Record):
    """Ratios: speeds divided by that of the embedder alone on the same texts."""

    embedding: float
    """Speed of embedding chunks and their sentences during the ingest."""
    ingest: float
    """Speed of the whole ingest."""


class IngestSpeed(Record):
    """IngestSpeed: the speed of one ingest, and of ingesting the same articles again."""

    articles: int
    chunks: int
    words: int
    """Number of single words that were embedded."""
    seconds: float
    chunks_per_second: float
    embedding_share: float
    """Share of the time spent embedding chunks and their sentences."""
    words_share: float
    """Share of the time spent embedding single words."""
    bare_chunks_per_second: float
    """Speed of the embedder alone on the same texts."""
    over_bare: Ratios
    over_bare_processor: Ratios
    """The same ratios by CPU time, which is less affected by other processes."""
    unchanged_seconds: float
    unchanged_calls: int
    """Embedder calls during the second ingest, when no article had changed."""
    peak_megabytes: float


def paragraphs(files: Sequence[Path]) -> list[str]:
    """Return the distinct paragraphs of JSON lines with `text` or `sentences`, in a fixed random order."""
    found: set[str] = set()
    for path in files:
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            text = " ".join(record.get("sentences", ())) or record.get("text", "")
            found.update(part.strip() for part in text.split("\n\n") if len(part) >= MIN_PARAGRAPH_CHARACTERS)
    if not found:
        raise InputError(
            f"{str(files[0])!r} holds no paragraph of {MIN_PARAGRAPH_CHARACTERS} characters in `text` or `sentences`"
        )
    shuffled = sorted(found)
    random.Random(1).shuffle(shuffled)
    return shuffled


def joined_articles(parts: Sequence[str], articles: int) -> Iterator[str]:
    """Yield `articles` articles as JSON lines; if the paragraphs run out, reuse them in another order."""
    rng, waiting = random.Random(2), list(parts)
    for number in range(articles):
        body: list[str] = []
        while sum(len(part.split()) for part in body) < WORDS_PER_ARTICLE:
            if not waiting:
                waiting = rng.sample(parts, len(parts))
            body.append(waiting.pop())
        title = " ".join(body[0].split()[:8])
        known = {"id": f"made-{number:05}", "title": title, "outlet": "The Gazette", "published": "2026-01-05"}
        yield json.dumps({**known, "text": "\n\n".join(body)})


def measure(path: Path, home: Path, engines: Engines) -> IngestSpeed:
    """Measure two ingests of the articles of `path`; runs in the child process."""
    bare, embedder = Stopwatch(), TimedEmbedder(engines.embedder)
    timed = Engines(embedder, engines.reader, engines.generator, composes=False)
    with closing(Workspace(Settings(home=home), timed, Home(home))) as workspace:
        whole = Stopwatch()
        with closing(prefetch(read_paths([path]))) as found:
            taken = compared = 0
            while taken <= workspace.store.articles.count():
                taken += ARTICLES_PER_BATCH
                with whole:
                    workspace.ingest(islice(found, ARTICLES_PER_BATCH))
                texts = embedder.take_texts()
                if taken // ARTICLES_PER_BATCH % BARE_EVERY == 1:
                    compared += len(texts)
                    with bare:
                        engines.embedder.embed(texts)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        chunks, articles, calls = workspace.store.chunks.count(), workspace.store.articles.count(), embedder.calls
        again = Stopwatch()
        with again, closing(prefetch(read_paths([path]))) as found:
            workspace.ingest(found)
        calls = embedder.calls - calls
    return IngestSpeed(
        articles=articles,
        chunks=chunks,
        words=embedder.words_embedded,
        seconds=whole.seconds,
        chunks_per_second=chunks / whole.seconds,
        embedding_share=embedder.chunks.seconds / whole.seconds,
        words_share=embedder.words.seconds / whole.seconds,
        bare_chunks_per_second=compared / bare.seconds,
        over_bare=_over(bare, embedder, whole, compared / chunks, "seconds"),
        over_bare_processor=_over(bare, embedder, whole, compared / chunks, "processor_seconds"),
        unchanged_seconds=again.seconds,
        unchanged_calls=calls,
        peak_megabytes=peak,
    )


def _over(bare: Stopwatch, embedder: TimedEmbedder, whole: Stopwatch, part: float, clock: str) -> Ratios:
    seconds = float(getattr(bare, clock)) / part
    return Ratios(embedding=seconds / getattr(embedder.chunks, clock), ingest=seconds / getattr(whole, clock))


def as_text(found: IngestSpeed, embedder: str) -> str:
    """Format the measurements, one per line."""
    wall, own = found.over_bare, found.over_bare_processor
    return "\n".join(
        [
            f"{found.articles} articles, {found.chunks} chunks, embedder {embedder}, {os.cpu_count()} cores",
            f"{found.chunks_per_second:.1f} chunks/s in {found.seconds:.1f} s; the bare engine on the same texts "
            f"{found.bare_chunks_per_second:.1f}",
            f"of that time: chunks being embedded {found.embedding_share:.2f}, {found.words} single words "
            f"{found.words_share:.2f}",
            f"over bare speed: embedding {wall.embedding:.2f} ({own.embedding:.2f} by processor time), "
            f"whole ingest {wall.ingest:.2f} ({own.ingest:.2f})",
            f"again, unchanged: {found.unchanged_seconds:.2f} s, {found.unchanged_calls} calls of the embedder",
            f"peak memory {found.peak_megabytes:.0f} MB",
        ]
    )


@study.command("ingest-speed")
@click.option("--corpus", type=click.Path(path_type=Path, exists=True), multiple=True, required=True)
@click.option("--articles", type=click.IntRange(1), multiple=True, default=(1000,), show_default=True)
@click.option("--embedder", type=click.Choice(["real", "light"]), default="real", show_default=True)
@click.option("--json", "json_", is_flag=True, help="Print the records as JSON.")
@click.option("--child", type=click.Path(path_type=Path), hidden=True)
def ingest_speed(
    corpus: tuple[Path, ...], articles: tuple[int, ...], embedder: str, json_: bool, child: Path | None
) -> None:
    """Time an ingest beside the bare embedder on the same texts.

    With several sizes, also how memory grows from one to the next.
    """
    if child is not None:
        with closing(engines_of(embedder)) as engines:
            click.echo(measure(corpus[0], child, engines).model_dump_json())
        return
    parts = paragraphs(corpus)
    found = [in_child(parts, number, embedder) for number in articles]
    for each in found:
        click.echo(each.model_dump_json(indent=2) if json_ else as_text(each, embedder))
    if len(found) > 1:
        growth = found[-1].peak_megabytes / found[0].peak_megabytes
        click.echo(
            f"peak memory at {found[-1].articles} over that at {found[0].articles} articles: {growth:.2f}", err=True
        )


def in_child(parts: Sequence[str], articles: int, embedder: str) -> IngestSpeed:
    """Run `measure` in a child process, so that its peak memory is measured separately."""
    with tempfile.TemporaryDirectory(prefix="footnote-ingesting-") as folder:
        made, home = Path(folder) / "articles.jsonl", Path(folder) / "home"
        made.write_text("\n".join(joined_articles(parts, articles)), encoding="utf-8")
        command = [
            sys.executable,
            "-m",
            "evals",
            "study",
            "ingest-speed",
            "--corpus",
            str(made),
            "--child",
            str(home),
            "--embedder",
            embedder,
        ]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    return IngestSpeed.model_validate_json(done.stdout)
