"""`footnote bench`: every speed that a reader or an operator meets, in one run, beside what it is held against."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from evals.studies.speed.answer_latency import asking
from evals.studies.speed.footprint import sizing
from evals.studies.speed.generation_speed import embedding, writing
from evals.studies.speed.measurement import BenchReport, Measure, machine
from evals.studies.speed.peers import peers
from evals.studies.speed.search_latency import querying
from service.runtime.settings import Settings

PARTS = ("write", "ingest", "query", "ask", "size")
SHORTEST = 80
"""Characters of a paragraph that articles are made of."""


def bench(
    settings: Settings,
    corpus: Path,
    questions: Sequence[str],
    style: str,
    *,
    parts: Sequence[str] = PARTS,
    chunks: Sequence[int] = (1000,),
    articles: int = 12,
    others: Mapping[str, Path] | None = None,
    tell: Callable[[Measure], None] = lambda measure: None,
) -> BenchReport:
    """Measure the chosen parts one after the other, on a machine that has nothing else to do.

    Args:
        chunks: sizes of the made-up collections that are searched.
        articles: how many are taken in to time that.
        others: libraries that embed the same texts, each with the Python of its environment.
    """
    where = machine()
    paragraphs = _paragraphs(corpus)

    def measured(folder: Path) -> Iterator[Measure]:
        if "write" in parts:
            yield from writing(settings)
        if "ingest" in parts:
            yield from embedding(paragraphs, articles)
        if others:
            yield from peers(settings, others, paragraphs)
        for size in chunks if "query" in parts else ():
            with tempfile.TemporaryDirectory(dir=folder) as made:
                yield from querying(settings, size, questions, Path(made))
        if "ask" in parts:
            yield from asking(folder / "asked", str(corpus), questions, style)
        if "size" in parts:
            yield from sizing(settings, str(corpus), questions[0], folder)

    found: list[Measure] = []
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
        for measure in measured(Path(folder)):
            tell(measure)
            found.append(measure)
    return BenchReport(machine=where, how=f"style {style}", measures=tuple(found))


def _paragraphs(corpus: Path) -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(corpus.glob("*.txt"))]
    return [part.strip() for text in texts for part in text.split("\n\n") if len(part) >= SHORTEST]
