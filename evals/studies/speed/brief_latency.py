"""Brief latency: time briefs over many short articles (`footnote study brief-latency --corpus FILE.jsonl`).

The first part is what a reader sees while the rest is generated.
"""

import re
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

import click

from evals.studies.durability.crashes import engines_of
from evals.studies.speed.bench_text import print_report
from evals.studies.speed.measurement import BenchReport, Measurement, machine, spread
from evals.studies.study_verb import study
from index.errors import InputError
from index.reading import read_paths
from index.types import Article, Record
from service.briefing.types import BriefRequest, PartReady
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

CAPITALISED_NAME = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+(?: [A-Z][a-z]+)+")
"""Two or more capitalised words in a row, not at the start of a sentence."""


class BriefTiming(Record):
    """BriefTiming: seconds for one brief, and the number of articles that it cites."""

    first: float | None
    """Seconds to the first part; None if no article is about the topic."""
    whole: float
    articles: int


def names(articles: Iterable[Article], number: int) -> list[str]:
    """Return the names that occur in the most articles, as topics with much material."""
    found = Counter(name for article in articles for name in set(CAPITALISED_NAME.findall(article.text)))
    return [name for name, _ in sorted(found.items(), key=lambda each: (-each[1], each[0]))[:number]]


def time_brief(workspace: Workspace, topic: str) -> BriefTiming:
    """Time one brief to its first part and to its end."""
    began, first, cited = time.perf_counter(), None, set[str]()
    with closing(workspace.brief_stream(BriefRequest(topic=topic))) as events:
        for event in events:
            if isinstance(event, PartReady):
                first = first if first is not None else time.perf_counter() - began
                cited |= {citation.article_id for citation in event.citations}
    return BriefTiming(first=first, whole=time.perf_counter() - began, articles=len(cited))


def measure(
    corpus: Path, articles: int, topics: Sequence[str], number: int, embedder: str
) -> tuple[list[BriefTiming], int]:
    """Ingest the articles and time a brief on each topic, by default on the most frequent names.

    Returns:
        The timings, and the number of articles ingested.
    """
    read = [found for found in islice(read_paths([corpus]), articles) if isinstance(found, Article)]
    if not read:
        raise InputError(f"{str(corpus)!r} holds no article; name a file of JSON lines with `id` and `text`")
    with (
        tempfile.TemporaryDirectory(prefix="footnote-briefing-") as folder,
        closing(engines_of(embedder)) as engines,
        closing(Workspace(Settings(home=Path(folder)), engines, Home(Path(folder)))) as workspace,
    ):
        workspace.ingest(read)
        return [time_brief(workspace, topic) for topic in topics or names(read, number)], len(read)


@study.command("brief-latency")
@click.option("--corpus", type=click.Path(path_type=Path, exists=True), required=True)
@click.option("--articles", type=click.IntRange(1), default=1000, show_default=True, help="Only the first so many.")
@click.option("--topic", "topics", multiple=True, help="Instead of the names that most articles share.")
@click.option("--limit", type=click.IntRange(1), default=12, show_default=True, help="How many of those names.")
@click.option("--embedder", type=click.Choice(["real", "light"]), default="real", show_default=True)
@click.option("--json", "json_", is_flag=True, help="Print the record as JSON.")
def brief_latency(corpus: Path, articles: int, topics: tuple[str, ...], limit: int, embedder: str, json_: bool) -> None:
    """Time briefs, first part and whole, over the articles of a file."""
    where = machine()
    found, read = measure(corpus, articles, topics, limit, embedder)
    part = f"briefs over {read:,} articles"
    measures: list[Measurement] = [
        *spread(part, "first part", [each.first for each in found if each.first is not None], (0.5, 0.95)),
        *spread(part, "whole", [each.whole for each in found], (0.5, 0.95)),
        Measurement(
            part=part, what="articles cited in all", value=sum(w.articles for w in found), unit="", n=len(found)
        ),
    ]
    report = BenchReport(machine=where, how=f"embedder {embedder}", measures=tuple(measures))
    print_report(report, as_json=json_)
