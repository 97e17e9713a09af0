"""`footnote eval`, and the whole command: it is put together here because only evals may import evals."""

import json
import sys
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import click

from evals import benching
from evals.baselines import accept, read_baseline
from evals.cases import read_cases
from evals.comparing import Comparison, compare
from evals.reporting import as_junit, as_markdown, as_page, as_text, comparison_text
from evals.running import Sitting, desk_over, run_questions
from evals.suites import SUITES, Suite
from evals.summarising import Report, as_json
from index.errors import InputError
from service.cli import footnote
from service.loading import load_engines
from service.settings import Settings
from service.types import Style

REPORTS = Path("reports")
Runs = Sequence[tuple[Report, Comparison | None]]
FORMATS: dict[str, Callable[[Runs], str]] = {
    "text": lambda runs: "\n\n".join("\n\n".join(_texts(*run)) for run in runs),
    "json": lambda runs: json.dumps([as_json(report) for report, _ in runs], ensure_ascii=False, indent=1),
    "markdown": lambda runs: "\n".join(as_markdown(*run) for run in runs),
    "junit": as_junit,
    "html": as_page,
}


@footnote.group("eval")
def evaluate() -> None:
    """Measure answers on a fixed question set, and hold them against the baseline."""


@evaluate.command()
@click.option("--suite", type=click.Choice(sorted(SUITES)), help="One of the project's own sets.")
@click.option("--corpus", type=click.Path(path_type=Path), help="Articles, as JSON lines, text or a folder.")
@click.option("--cases", "cases_", type=click.Path(path_type=Path), help="Questions, as JSON lines.")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many cases.")
@click.option("--style", type=click.Choice(["auto", "compose", "quote"]), default="auto", show_default=True)
@click.option("--json", "json_", is_flag=True, help="Print the whole report as JSON.")
@click.pass_obj
def run(
    settings: Settings,
    suite: str | None,
    corpus: Path | None,
    cases_: Path | None,
    limit: int | None,
    style: Style,
    json_: bool,
) -> None:
    """Run a set through the real service with exact search, and write reports/NAME.json."""
    name, chosen = _chosen(suite, corpus, cases_)
    cases = chosen.read(chosen.cases)[:limit]
    engines = load_engines(settings)
    try:
        with (
            desk_over([chosen.corpus], settings, engines) as desk,
            click.progressbar(length=len(cases), label=name, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar,
        ):
            report = chosen.run(Sitting(name, desk, engines, style, lambda line: bar.update(1)), cases)
    finally:
        engines.close()
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / f"{name}.json").write_text(report.model_dump_json(indent=1), encoding="utf-8")
    click.echo(json.dumps(as_json(report), ensure_ascii=False, indent=1) if json_ else as_text(report))


def _chosen(suite: str | None, corpus: Path | None, cases: Path | None) -> tuple[str, Suite]:
    if suite and not (corpus or cases):
        return suite, SUITES[suite]
    if corpus and cases and not suite:
        for path in (corpus, cases):
            if not path.exists():
                raise InputError(f"{str(path)!r} does not exist; name a file of articles and a file of questions")
        return cases.parent.name or "cases", Suite(cases, partial(read_cases, foreign=True), run_questions, corpus)
    raise click.UsageError("name --suite, or both --corpus and --cases")


@evaluate.command("compare")
@click.option("--suite", type=click.Choice(sorted(SUITES)), default="seeds", show_default=True)
@click.option("--accept", "accept_", is_flag=True, help="Make the last run the new baseline.")
@click.option("--json", "json_", is_flag=True, help="Print the comparison as JSON.")
def compare_(suite: str, accept_: bool, json_: bool) -> None:
    """Hold the last run against the baseline, case by case.

    Exits 1 when a measure fell by more than chance explains (the 90 % bootstrap interval of the paired differences lies
    below 0), when a promise is broken, or when a case ended in an error.
    """
    report = _last(suite)
    if accept_:
        if report.n_cases < (whole := len(SUITES[suite].read(SUITES[suite].cases))):
            raise InputError(f"the last run of {suite!r} has {report.n_cases} of {whole} cases; run it without --limit")
        kept = accept(report)
        click.echo(f"the baseline of {suite} is now commit {kept.commit}, accepted {kept.accepted_at[:10]}")
        return
    found = compare(report)
    click.echo(found.model_dump_json(indent=1) if json_ else comparison_text(found))
    if found.failures:
        sys.exit(1)


@evaluate.command("report")
@click.argument("names", nargs=-1, metavar="[SUITE]...")
@click.option("--format", "format_", type=click.Choice(sorted(FORMATS)), default="markdown", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of the terminal.")
def report_(names: tuple[str, ...], format_: str, output: Path | None) -> None:
    """The last runs (all of them, unless you name some) with their comparison to the baselines.

    html is one page that needs nothing else: slices, flips, plots, and why each case failed.
    """
    chosen = names or tuple(sorted(path.stem for path in REPORTS.glob("*.json")))
    if not chosen:
        raise InputError("nothing was run yet; run `footnote eval run --suite seeds` first")
    runs = [(report, compare(report) if read_baseline(report.suite) else None) for report in map(_last, chosen)]
    body = FORMATS[format_](runs)
    if output is None:
        click.echo(body)
    else:
        output.write_text(body, encoding="utf-8")


@footnote.command("bench")
@click.option("--limit", type=click.IntRange(4), default=60, show_default=True, help="How many questions to ask.")
@click.option("--style", type=click.Choice(["auto", "compose", "quote"]), default="auto", show_default=True)
@click.option("--json", "json_", is_flag=True, help="Print the record as JSON.")
def bench_(limit: int, style: str, json_: bool) -> None:
    """Time a server of its own over the seeds: start-up, first evidence, whole answer."""
    cases = read_cases(SUITES["seeds"].cases)
    report = benching.bench(cases[:: max(len(cases) // limit, 1)][:limit], str(SUITES["seeds"].corpus), style)
    click.echo(report.model_dump_json(indent=2) if json_ else benching.as_text(report))


def _texts(report: Report, found: Comparison | None) -> list[str]:
    return [as_text(report), *([comparison_text(found)] if found else [])]


def _last(name: str) -> Report:
    path = REPORTS / f"{name}.json"
    if not path.exists():
        raise InputError(f"{str(path)!r} does not exist; run `footnote eval run --suite {name}` first")
    return Report.model_validate_json(path.read_text(encoding="utf-8"))


def main() -> None:
    """The console command."""
    footnote(prog_name="footnote")
