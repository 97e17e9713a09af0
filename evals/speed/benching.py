"""`footnote bench`: every speed that a reader or an operator meets, in one run, beside what it is held against."""

import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from evals.speed.measuring import Measure, asking, embedding, machine, querying, writing
from index.types import Record
from service.settings import Settings

PARTS = ("write", "ingest", "query", "ask")
SHORTEST = 80
"""Characters of a paragraph that articles are made of."""


class BenchReport(Record):
    """All that was measured, in the order in which it was."""

    machine: str
    style: str
    measures: tuple[Measure, ...]


def bench(
    settings: Settings,
    corpus: Path,
    questions: Sequence[str],
    style: str,
    *,
    parts: Sequence[str] = PARTS,
    chunks: Sequence[int] = (1000,),
    articles: int = 12,
    tell: Callable[[Measure], None] = lambda measure: None,
) -> BenchReport:
    """Measure the chosen parts one after the other, on a machine that has nothing else to do.

    Args:
        chunks: sizes of the made-up collections that are searched.
        articles: how many are taken in to time that.
    """
    where = machine()

    def measured() -> Iterator[Measure]:
        if "write" in parts:
            yield from writing(settings)
        if "ingest" in parts:
            yield from embedding(_paragraphs(corpus), articles)
        for size in chunks if "query" in parts else ():
            with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
                yield from querying(settings, size, Path(folder))
        if "ask" in parts:
            with tempfile.TemporaryDirectory(prefix="footnote-bench-") as folder:
                yield from asking(Path(folder) / "home", str(corpus), questions, style)

    found: list[Measure] = []
    for measure in measured():
        tell(measure)
        found.append(measure)
    return BenchReport(machine=where, style=style, measures=tuple(found))


def _paragraphs(corpus: Path) -> list[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted(corpus.glob("*.txt"))]
    return [part.strip() for text in texts for part in text.split("\n\n") if len(part) >= SHORTEST]


def show(report: BenchReport, console: Console) -> None:
    """The report as a table."""
    table = Table(title=f"style {report.style}; {report.machine}", title_justify="left")
    for name, justify in (("part", "left"), ("what", "left"), ("measured", "right"), ("beside", "right")):
        table.add_column(name, justify="right" if justify == "right" else "left")
    table.add_column("ratio", justify="right")
    table.add_column("n", justify="right")
    last = ""
    for measure in report.measures:
        if last and measure.part != last:
            table.add_section()
        shown = measure.part if measure.part != last else ""
        table.add_row(shown, measure.what, _value(measure.value, measure.unit), *_anchor(measure), f"{measure.n:,}")
        last = measure.part
    console.print(table)


def _anchor(measure: Measure) -> tuple[str, str]:
    if measure.beside is None:
        return "", ""
    return f"{_value(measure.beside, measure.unit)} ({measure.anchor})", f"{measure.value / measure.beside:.2f}"


def _value(value: float, unit: str) -> str:
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}".rstrip()
