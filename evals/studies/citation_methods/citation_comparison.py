"""Citation comparison: run every method on the same questions and print a Markdown table.

`footnote study methods`, or `make sidebyside`.
"""

import time
from pathlib import Path

import click

from evals.harness.cases import Case, read_cases
from evals.harness.runner import workspace_over
from evals.harness.scores import Located, Score
from evals.harness.suites.suite_registry import SEEDS, SEEDS_AS_OF, SUITES
from evals.harness.summary import Metric, average, current_commit
from evals.harness.text_matching import locate
from evals.studies.citation_methods.attempt import COLUMNS, Attempt, scores, summary
from evals.studies.citation_methods.citing_methods import METHODS, MethodSetup
from evals.studies.study_verb import study
from index.errors import FootnoteError
from index.types import utc_now
from service.engines import load_engines
from service.runtime.settings import Settings
from service.workspace import Workspace


@study.command("methods")
@click.option("--corpus", type=click.Path(path_type=Path), default=SEEDS, help="Articles.  [default: seeds]")
@click.option("--cases", "path", type=click.Path(path_type=Path), help="Questions.  [default: those on the seeds]")
@click.option("--limit", type=click.IntRange(1), help="So many questions, spread over the set.")
@click.option("--only", multiple=True, type=click.Choice(list(METHODS)), help="Only these methods.")
def methods(corpus: Path, path: Path | None, limit: int | None, only: tuple[str, ...]) -> None:
    """Answer the same questions the way others do, and print a table of scores.

    All methods have the same model and collection; the table is that of docs/side-by-side.md.
    """
    cases = read_cases(path or SUITES["seeds"].cases, foreign=path is not None)
    chosen = cases[:: max(1, len(cases) // limit)][:limit] if limit else cases
    settings = Settings()
    engines = load_engines(settings)
    try:
        with workspace_over([corpus], settings, engines) as workspace:
            setup = MethodSetup(workspace, engines, None if path else SEEDS_AS_OF)
            rows = {name: _run(name, setup, chosen) for name in only or METHODS}
            model = engines.generator.engine.name
    finally:
        engines.close()
    answerable = sum(case.answerable for case in chosen)
    click.echo(
        f"{utc_now()[:10]}, commit {current_commit()}, {model}, {answerable} answerable questions and "
        f"{len(chosen) - answerable} others\n"
    )
    click.echo(f"| method | {' | '.join(COLUMNS)} | seconds |")
    click.echo("|---" * (len(COLUMNS) + 2) + "|")
    for name, metrics in rows.items():
        click.echo(f"| {name} | {' | '.join(_shown(metrics[column]) for column in (*COLUMNS, 'seconds'))} |")


def _run(name: str, setup: MethodSetup, cases: list[Case]) -> dict[str, Metric]:
    found: list[dict[str, Score]] = []
    seconds: list[Score] = []
    for number, case in enumerate(cases, start=1):
        setup.set_case(case)
        attempt = _attempt(name, setup, case.question)
        if attempt is None:
            found.append(dict.fromkeys(COLUMNS, Score(value=None, status="error")))
            continue
        found.append(scores(case, attempt, _gold(setup.workspace, case)))
        seconds.append(Score(value=attempt.seconds))
        click.echo(f"{name}: {number} of {len(cases)}", err=True)
    return {**summary(found), "seconds": average(seconds)}


def _attempt(name: str, setup: MethodSetup, question: str) -> Attempt | None:
    """Return one timed answer, or None if the engine failed, which is counted separately from wrong answers."""
    started = time.perf_counter()
    try:
        attempt = METHODS[name](setup, question)
    except FootnoteError as error:
        click.echo(f"{name}: {question}: {error}", err=True)
        return None
    # A method that reuses the plain answer reports the time that it would have taken without reuse.
    return attempt.model_copy(update={"seconds": attempt.seconds or time.perf_counter() - started})


def _gold(workspace: Workspace, case: Case) -> list[Located]:
    """Return the spans of the gold sentences, or whole gold articles if the case names no sentence."""
    found = [locate(gold, workspace.article(gold.doc_id).text) for gold in case.evidence]
    if not case.evidence:
        texts = {name: workspace.article(name).text for name in case.evidence_doc_ids}
        return [Located(article_id=name, start=0, end=len(text)) for name, text in texts.items()]
    return [place for place in found if place is not None]


def _shown(metric: Metric) -> str:
    unscored = f", {metric.unscored} failed" if metric.unscored else ""
    return "-" if metric.mean is None else f"{metric.mean:.2f} ± {metric.stderr or 0.0:.2f} ({metric.n}{unscored})"
