"""The command `footnote bench`."""

from pathlib import Path

import click

from evals.harness.cases import CASES, read_cases
from evals.harness.suites.suite_registry import SEEDS
from evals.studies.speed.bench import PARTS, bench
from evals.studies.speed.bench_svg import draw
from evals.studies.speed.bench_text import print_report, with_unit
from evals.studies.speed.embedding_speed import SCRIPTS
from service.runtime.settings import Settings


def _pythons(context: click.Context, option: click.Parameter, values: tuple[str, ...]) -> dict[str, Path]:
    found = {}
    for value in values:
        name, equals, python = value.partition("=")
        if name not in SCRIPTS or not equals:
            raise click.BadParameter(f"{value!r}: write NAME=PYTHON, where NAME is one of {', '.join(SCRIPTS)}")
        found[name] = Path(python)
    return found


@click.command("bench")
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, help="Only this; may be repeated.")
@click.option("--chunks", type=click.IntRange(10), multiple=True, default=(1000,), show_default=True)
@click.option("--limit", type=click.IntRange(4), default=24, show_default=True, help="How many questions to ask.")
@click.option("--style", type=click.Choice(["auto", "compose", "quote"]), default="auto", show_default=True)
@click.option(
    "--peer",
    "others",
    multiple=True,
    metavar="NAME=PYTHON",
    callback=_pythons,
    help="Embed with another library too, in its own environment: sentence-transformers (`make peers`).",
)
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False, writable=True), help="A picture too, as SVG.")
@click.option("--json", "json_", is_flag=True, help="Print the record as JSON.")
@click.pass_obj
def bench_command(
    settings: Settings,
    parts: tuple[str, ...],
    chunks: tuple[int, ...],
    limit: int,
    style: str,
    others: dict[str, Path],
    plot: Path | None,
    json_: bool,
) -> None:
    """Time every part in one run, beside its anchor: a bare engine, exact search, one caller.

    A few minutes as it stands; filling Chroma for --chunks 200000 takes the better part of an hour. Nothing else should
    run meanwhile. With --peer and no --part, only embedding is compared.
    """
    cases = read_cases(CASES / "seeds.jsonl")
    questions = [case.question for case in cases[:: max(len(cases) // limit, 1)][:limit]]
    report = bench(
        settings, SEEDS, questions, style, parts=parts or (() if others else PARTS), chunks=chunks, others=others,
        progress=lambda measure: click.echo(
            f"{measure.part}: {measure.what}, {with_unit(measure.value, measure.unit)}", err=True
        ),
    )  # fmt: skip
    if plot is not None:
        plot.write_text(draw(report), encoding="utf-8")
    print_report(report, as_json=json_)
