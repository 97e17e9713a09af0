"""Benchmark behind `footnote bench`: measure in one run every speed that matters to readers and operators."""

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from evals.studies.speed.answer_latency import measure_answers
from evals.studies.speed.embedding_speed import measure_peers
from evals.studies.speed.footprint import measure_footprint
from evals.studies.speed.generation_speed import measure_generation, measure_ingest
from evals.studies.speed.measurement import BenchReport, Measurement, machine
from evals.studies.speed.search_latency import measure_search
from service.runtime.settings import Settings

PARTS = ("write", "ingest", "query", "ask", "size")
MIN_PARAGRAPH_CHARACTERS = 80
"""Minimum length of the paragraphs from which articles are made."""


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
    progress: Callable[[Measurement], None] = lambda measure: None,
) -> BenchReport:
    """Measure the chosen parts one after the other; the machine should be otherwise idle.

    Args:
        chunks: sizes of the synthetic collections to search.
        articles: number of articles to ingest.
        others: by name, other embedding libraries and the Python of each one's environment.
    """
    where = machine()
    paragraphs = _paragraphs(corpus)

    def measured(folder: Path) -> Iterator[Measurement]:
        if "write" in parts:
            yield from measure_generation(settings)
        if "ingest" in parts:
            yield from measure_ingest(paragraphs, articles)
        if others:
            yield from measure_peers(settings, others, paragraphs)
        for size in chunks if "query" in parts else ():
            with tempfile.TemporaryDirectory(dir=folder) as made:
                yield from measure_search(settings, size, questions, Path(made))
        if "ask" in parts:
            yield from measure_answers(folder / "asked", str(corpus), questions, style)
        if "size" in parts:
            yield from measure_footprint(settings, str(corpus), questions[0], folder)

    found: list[Measurement] = []
    with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
        for measure in measured(Path(folder)):
            progress(measure)
            found.append(measure)
    return BenchReport(machine=where, how=f"style {style}", measures=tuple(found))


def _paragraphs(corpus: Path) -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(corpus.glob("*.txt"))]
    return [part.strip() for text in texts for part in text.split("\n\n") if len(part) >= MIN_PARAGRAPH_CHARACTERS]
