"""`footnote eval`, and the whole command: it is put together here because only evals may import evals."""

import json
import sys
from pathlib import Path

import click
from rich.console import Console

from evals import reporting
from evals.benching import PARTS, bench, show
from evals.cases import CASES, Case, read_cases
from evals.claims import ClaimCase, read_claims, run_claims
from evals.comparing import accept, compare
from evals.followups import FollowupCase, read_followups, run_followups
from evals.running import desk_over, observe_all
from evals.summarising import Report, as_json, summarise
from index.errors import InputError
from service.cli import footnote
from service.desk import Desk, Engines, load_engines
from service.settings import Settings
from service.types import Style

SEEDS = Path(__file__).parent.parent / "seeds"
SUITES = {
    "seeds": (SEEDS, CASES / "seeds.jsonl"),
    "claims": (SEEDS, CASES / "claims.jsonl"),
    "followups": (SEEDS, CASES / "followups.jsonl"),
}
"""Name of a fixed set: its articles and its cases."""
REPORTS = Path("reports")


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
    name, articles, path = _chosen(suite, corpus, cases_)
    engines = load_engines(settings)
    try:
        with desk_over([articles], settings, engines) as desk:
            if suite == "claims":
                report = _run_claims(name, read_claims(path)[:limit], desk, engines)
            elif suite == "followups":
                report = _run_followups(name, read_followups(path)[:limit], desk, engines)
            else:
                report = _run(name, read_cases(path)[:limit], desk, engines, style)
    finally:
        engines.close()
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / f"{name}.json").write_text(report.model_dump_json(indent=1), encoding="utf-8")
    click.echo(json.dumps(as_json(report), ensure_ascii=False, indent=1) if json_ else reporting.as_text(report))


def _chosen(suite: str | None, corpus: Path | None, cases: Path | None) -> tuple[str, Path, Path]:
    if suite and not (corpus or cases):
        return suite, *SUITES[suite]
    if corpus and cases and not suite:
        for path in (corpus, cases):
            if not path.exists():
                raise InputError(f"{str(path)!r} does not exist; name a file of articles and a file of questions")
        return cases.parent.name or "cases", corpus, cases
    raise click.UsageError("name --suite, or both --corpus and --cases")


def _run(name: str, cases: list[Case], desk: Desk, engines: Engines, style: Style) -> Report:
    with click.progressbar(length=len(cases), label=name, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        observed = observe_all(desk, cases, style, lambda line: bar.update(1))
    return summarise(
        name,
        cases,
        observed,
        style=style,
        revision=desk.catalogue.revision(),
        engine=engines.generator.engine.name,
        embedder=engines.embedder.name,
    )


def _run_claims(name: str, cases: list[ClaimCase], desk: Desk, engines: Engines) -> Report:
    with click.progressbar(length=len(cases), label=name, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        return run_claims(desk, cases, name, engines.embedder.name, lambda line: bar.update(1))


def _run_followups(name: str, cases: list[FollowupCase], desk: Desk, engines: Engines) -> Report:
    with click.progressbar(length=len(cases), label=name, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar:
        return run_followups(desk, cases, name, engines.embedder.name, lambda line: bar.update(1))


@evaluate.command("compare")
@click.option("--suite", type=click.Choice(sorted(SUITES)), default="seeds", show_default=True)
@click.option("--accept", "accept_", is_flag=True, help="Make the last run the new baseline.")
def compare_(suite: str, accept_: bool) -> None:
    """Hold the last run against the baseline; exits 1 when a metric fell or a promise is broken."""
    report = _last(suite)
    if accept_:
        accept(report)
        click.echo(f"the baseline of {suite} is now commit {report.commit}")
        return
    found = compare(report)
    click.echo(reporting.comparison(found))
    if found.failures:
        sys.exit(1)


@evaluate.command("report")
@click.argument("name", default="seeds")
def report_(name: str) -> None:
    """The last run as Markdown, with every case that went wrong."""
    click.echo(reporting.as_markdown(_last(name)))


@footnote.command("bench")
@click.option("--part", "parts", type=click.Choice(PARTS), multiple=True, help="Only this; may be repeated.")
@click.option("--chunks", type=click.IntRange(10), multiple=True, default=(1000,), show_default=True)
@click.option("--limit", type=click.IntRange(4), default=24, show_default=True, help="How many questions to ask.")
@click.option("--style", type=click.Choice(["auto", "compose", "quote"]), default="auto", show_default=True)
@click.option("--json", "json_", is_flag=True, help="Print the record as JSON.")
@click.pass_obj
def bench_(
    settings: Settings, parts: tuple[str, ...], chunks: tuple[int, ...], limit: int, style: str, json_: bool
) -> None:
    """Time every part in one run, beside what it is held against: a bare engine, exact search, one caller.

    Two minutes as it stands; --chunks 20000 takes some more, --chunks 200000 half an hour. Nothing else should run.
    """
    corpus, path = SUITES["seeds"]
    cases = read_cases(path)
    questions = [case.question for case in cases[:: max(len(cases) // limit, 1)][:limit]]
    report = bench(
        settings, corpus, questions, style, parts=parts or PARTS, chunks=chunks,
        tell=lambda measure: click.echo(f"{measure.part}: {measure.what}", err=True),
    )  # fmt: skip
    if json_:
        click.echo(report.model_dump_json(indent=2))
    else:
        show(report, Console(width=120))


def _last(name: str) -> Report:
    path = REPORTS / f"{name}.json"
    if not path.exists():
        raise InputError(f"{str(path)!r} does not exist; run `footnote eval run --suite {name}` first")
    return Report.model_validate_json(path.read_text(encoding="utf-8"))


def main() -> None:
    """The console command."""
    footnote(prog_name="footnote")
