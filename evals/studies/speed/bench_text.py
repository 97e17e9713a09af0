"""Benchmark table: print a report in a terminal."""

import click
from rich.console import Console
from rich.table import Table

from evals.studies.speed.measurement import BenchReport, Measurement


def print_report(report: BenchReport, *, as_json: bool) -> None:
    """Print the report as a table or as JSON."""
    if as_json:
        click.echo(report.model_dump_json(indent=2))
    else:
        show(report, Console(width=120))


def show(report: BenchReport, console: Console) -> None:
    """Print the report as a table with a section for each part."""
    table = Table(title=f"{report.how}; {report.machine}", title_justify="left")
    for name in ("part", "what"):
        table.add_column(name)
    for name in ("measured", "beside", "ratio", "n"):
        table.add_column(name, justify="right")
    last = ""
    for measure in report.measures:
        if last and measure.part != last:
            table.add_section()
        shown = measure.part if measure.part != last else ""
        ratio = "" if measure.ratio is None else f"{measure.ratio:.2f}"
        table.add_row(
            shown, measure.what, with_unit(measure.value, measure.unit), beside(measure), ratio, f"{measure.n:,}"
        )
        last = measure.part
    console.print(table)


def beside(measure: Measurement) -> str:
    """Format the anchor with its name; empty if there is none."""
    return "" if measure.beside is None else f"{with_unit(measure.beside, measure.unit)} ({measure.anchor})"


def with_unit(value: float, unit: str) -> str:
    """Format a number with its unit, to about three significant digits."""
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f} {unit}".rstrip()
