"""The verbs `footnote eval` and `footnote bench`."""

import json
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import click
from pydantic import ValidationError

from evals.harness.baselines import BASELINES, accept, read_baseline
from evals.harness.cases import ClaimCase, read_cases, read_records
from evals.harness.comparison import Comparison, compare, flagged_line
from evals.harness.drafting.init_verb import init
from evals.harness.flagged_cases import run_current
from evals.harness.reader_cases import add
from evals.harness.reporting import as_junit, as_markdown, as_page, as_text, comparison_text
from evals.harness.review_verb import review
from evals.harness.run_inputs import require_current, run_inputs
from evals.harness.runner import EvalContext, workspace_over
from evals.harness.suites.cassettes.cassette_format import RECORDINGS, drafts_of, write_claims, write_questions
from evals.harness.suites.cassettes.player import no_engines
from evals.harness.suites.cassettes.recorder import Recorder, record_claims, record_questions, recording_header
from evals.harness.suites.suite_registry import SEEDS, SEEDS_AS_OF, SUITES, TIERS, Suite, Tier
from evals.harness.summary import Report, as_json
from evals.studies.ablation import ablate_command
from evals.studies.speed.bench_verb import bench_command
from index.errors import InputError
from service.answering.types import Style
from service.cli import footnote
from service.engines import Engines, load_engines
from service.runtime.settings import Settings

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
    """Measure answers on a fixed question set, and compare them with the baseline."""


@evaluate.command()
@click.option("--suite", type=click.Choice(sorted(SUITES)), help="One of the project's own sets.")
@click.option("--tier", type=click.Choice(TIERS), help="All sets of a tier: replay loads no model.")
@click.option(
    "--corpus", type=click.Path(path_type=Path), multiple=True, help="Articles: a file or a folder; may be repeated."
)
@click.option("--cases", "cases_", type=click.Path(path_type=Path), help="Questions, as JSON lines.")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many cases.")
@click.option("--style", type=click.Choice(["auto", "compose", "quote"]), default="auto", show_default=True)
@click.option("--model", help="Another model that writes; see `footnote models list`.")
@click.option("--json", "json_", is_flag=True, help="Print the whole report as JSON.")
@click.pass_obj
def run(
    settings: Settings,
    suite: str | None,
    tier: Tier | None,
    corpus: tuple[Path, ...],
    cases_: Path | None,
    limit: int | None,
    style: Style,
    model: str | None,
    json_: bool,
) -> None:
    """Run a set through the real service with exact search, and write reports/NAME.json."""
    chosen = _chosen(suite, tier, corpus, cases_)
    settings = settings.model_copy(update={"model": model}) if model else settings
    if tier == "replay":
        with ProcessPoolExecutor(mp_context=get_context("spawn")) as pool:
            reports = list(pool.map(partial(_run_replay, settings=settings, limit=limit), chosen))
    else:
        with engines_for(settings, {each.tier for each in chosen.values()}) as engines:
            reports = [_run(name, each, engines[each.tier], settings, style, limit) for name, each in chosen.items()]
    bodies = [as_json(report) for report in reports]
    text = json.dumps(bodies if tier else bodies[0], ensure_ascii=False, indent=1)
    click.echo(text if json_ else "\n\n".join(map(as_text, reports)))


def _run_replay(name: str, settings: Settings, limit: int | None) -> Report:
    """Run a replay suite inside a worker process: it loads no engine, and the gate uses one core."""
    return _run(name, SUITES[name], no_engines(), settings, "auto", limit)


def _run(name: str, suite: Suite, engines: Engines, settings: Settings, style: Style, limit: int | None) -> Report:
    cases = suite.read(suite.cases)[:limit]
    command = _command(name, suite, settings, style, limit)
    inputs = run_inputs(command, suite.cases, suite.corpus, settings, replayed=suite.tier == "replay")
    with (
        workspace_over(suite.corpus, settings, engines) as workspace,
        click.progressbar(length=len(cases), label=name, file=sys.stderr, hidden=not sys.stderr.isatty()) as bar,
    ):
        report = suite.run(EvalContext(name, workspace, engines, style, suite.as_of, lambda line: bar.update(1)), cases)
    if report.flagged:
        click.echo(f"warning: {flagged_line(report)}", err=True)
    report = report.model_copy(update={"inputs": inputs})
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / f"{name}.json").write_text(report.model_dump_json(indent=1), encoding="utf-8")
    return report


def _command(name: str, suite: Suite, settings: Settings, style: Style, limit: int | None) -> str:
    """Return the command that repeats a run."""
    own = [*(word for path in suite.corpus for word in ("--corpus", str(path))), "--cases", str(suite.cases)]
    words = ["--suite", name] if name in SUITES else own
    words += ["--style", style] if style != "auto" else []
    words += ["--model", settings.model] if settings.model else []
    words += ["--limit", str(limit)] if limit else []
    return shlex.join(["footnote", "eval", "run", *words])


@contextmanager
def engines_for(settings: Settings, tiers: set[Tier]) -> Iterator[dict[Tier, Engines]]:
    """Yield the engines of each tier and close them afterwards; load the models only for the embedded tier."""
    found: dict[Tier, Engines] = {"replay": no_engines()}
    if "embedded" in tiers:
        found["embedded"] = load_engines(settings)
    try:
        yield found
    finally:
        for engines in found.values():
            engines.close()


def _chosen(
    suite: str | None, tier: Tier | None, corpus: tuple[Path, ...] = (), cases: Path | None = None
) -> dict[str, Suite]:
    if sum(map(bool, (suite, tier, corpus or cases))) != 1 or bool(corpus) != bool(cases):
        raise click.UsageError("name --suite, --tier, or both --corpus and --cases")
    if suite:
        return {suite: SUITES[suite]}
    if corpus and cases:
        for path in (*corpus, cases):
            if not path.exists():
                raise InputError(f"{str(path)!r} does not exist; name a file of articles and a file of questions")
        read = partial(read_cases, foreign=True)
        return {cases.parent.name or "cases": Suite(cases, read, run_current, corpus, as_of=None)}
    return {name: each for name, each in SUITES.items() if each.tier == tier}


@evaluate.command()
@click.option("--only", type=click.Choice(["questions", "claims"]), help="One of the two recordings: claims are quick.")
@click.option("--afresh", is_flag=True, help="Write every draft again, also to prompts that have not changed.")
@click.pass_obj
def record(settings: Settings, only: str | None, afresh: bool) -> None:
    """Record what the embedded models do, for the replay tier.

    Look at the diff of evals/data/recordings/ before you commit it: each line is a sentence found or a draft written.
    """
    questions = read_cases(SUITES["seeds"].cases)
    claims = [case for name in ("claims", "hedges") for case in read_records(SUITES[name].cases, ClaimCase)]
    with engines_for(settings, {"embedded"}) as found:
        known = {} if afresh else drafts_of(found["embedded"].generator.engine)
        recorder = Recorder(found["embedded"], known)
        with workspace_over([SEEDS], settings, recorder.engines, recorder.steps) as workspace:
            head = recording_header(workspace, recorder.engines)
            if only != "claims":
                write_questions(head, record_questions(workspace, recorder, questions, SEEDS_AS_OF, _progress))
            if only != "questions":
                write_claims(head, record_claims(workspace, claims, SEEDS_AS_OF, _progress))
    click.echo(f"recorded {only or 'questions and claims'} below {str(RECORDINGS)!r}")


def _progress(line: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r{line:<60}", err=True, nl=False)


baselines = click.option(
    "--baselines",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=BASELINES,
    help="Folder of the accepted runs.  [default: evals/data/baselines of Footnote itself]",
)


@evaluate.command("compare")
@click.option("--suite", help="The set, by the name under which it was run.  [default: seeds]")
@click.option("--tier", type=click.Choice(TIERS), help="All sets of a tier.")
@baselines
@click.option("--accept", "accept_", is_flag=True, help="Make the last run the new baseline.")
@click.option("--json", "json_", is_flag=True, help="Print the comparison as JSON.")
@click.pass_obj
def compare_(
    settings: Settings, suite: str | None, tier: Tier | None, folder: Path, accept_: bool, json_: bool
) -> None:
    """Compare the last run with the baseline, case by case.

    Exits 1 when a metric fell by more than chance explains (the 90 % bootstrap interval of the paired differences lies
    below 0), when an invariant is broken, or when a case ended in an error. A run of other cases, articles, models or
    code than there are now is refused.
    """
    if suite and tier:
        raise click.UsageError("name --suite or --tier")
    names = list(_chosen(None, tier)) if tier else [suite or "seeds"]
    for name in names:
        require_current(name, _last(name).inputs, settings)
    if accept_:
        for name in names:
            _accept(name, folder)
        return
    found = [compare(_last(name), folder) for name in names]
    bodies = [each.model_dump(mode="json") for each in found]
    text = json.dumps(bodies if tier else bodies[0], ensure_ascii=False, indent=1)
    click.echo(text if json_ else "\n\n".join(map(comparison_text, found)))
    if any(each.failures for each in found):
        sys.exit(1)


def _accept(name: str, folder: Path) -> None:
    report, suite = _last(name), SUITES.get(name)
    if suite and report.n_cases < (whole := len(suite.read(suite.cases))):
        raise InputError(f"the last run of {name!r} has {report.n_cases} of {whole} cases; run it without --limit")
    kept = accept(report, folder)
    click.echo(f"the baseline of {name} is now commit {kept.commit}, accepted {kept.accepted_at[:10]}")


@evaluate.command("report")
@click.argument("names", nargs=-1, metavar="[SUITE]...")
@click.option("--format", "format_", type=click.Choice(sorted(FORMATS)), default="markdown", show_default=True)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="A file instead of the terminal.")
@baselines
def report_(names: tuple[str, ...], format_: str, output: Path | None, folder: Path) -> None:
    """The last runs (all of them, unless you name some) with their comparison to the baselines.

    html is one page that needs nothing else: slices, flips, plots, and why each case failed.
    """
    chosen = names or tuple(sorted(path.stem for path in REPORTS.glob("*.json")))
    if not chosen:
        raise InputError("nothing was run yet; run `footnote eval run --suite seeds` first")
    reports = list(map(_last, chosen))
    runs = [(each, compare(each, folder) if read_baseline(each.suite, folder) else None) for each in reports]
    body = FORMATS[format_](runs)
    if output is None:
        click.echo(body)
    else:
        output.write_text(body, encoding="utf-8")


def _texts(report: Report, found: Comparison | None) -> list[str]:
    return [as_text(report), *([comparison_text(found)] if found else [])]


def _last(name: str) -> Report:
    path = REPORTS / f"{name}.json"
    if not path.exists():
        raise InputError(f"{str(path)!r} does not exist; run `footnote eval run --suite {name}` first")
    try:
        return Report.model_validate_json(path.read_text(encoding="utf-8"))
    except ValidationError as error:
        raise InputError(f"{str(path)!r} is of another version of Footnote; run {name!r} again") from error


evaluate.add_command(ablate_command, "ablate")
evaluate.add_command(init)
evaluate.add_command(review)
evaluate.add_command(add)
footnote.add_command(bench_command)
