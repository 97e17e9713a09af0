"""The verb `footnote eval init`: draft cases from a user's articles, for a person to accept, reword or strike."""

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from shutil import copyfile

import click

from evals.data import DATA
from evals.harness.case_lines import as_lines
from evals.harness.cases import Case
from evals.harness.drafting.drafted_cases import as_case
from evals.harness.drafting.model_wording import worded_by
from evals.harness.drafting.selection import select
from evals.harness.runner import workspace_over
from index.errors import InputError
from index.reading import read_paths
from index.types import Article
from service.engines import load_engines
from service.runtime.settings import Settings
from service.workspace import Workspace

TEMPLATES = DATA / "templates"


def draft(workspace: Workspace, articles: Sequence[Article], per_article: int, progress: bool = False) -> list[Case]:
    """Return unaccepted cases from articles of the workspace, the same each time unless a model words them."""
    engines = workspace.engines
    wording = worded_by(engines.generator) if engines.capable else lambda each: each
    bar = click.progressbar(length=len(articles), label="drafting", file=sys.stderr, hidden=not progress)
    with bar:
        found = list(select(workspace, articles, per_article, wording, lambda article: bar.update(1)))
    return [as_case(number, each) for number, each in enumerate(found, start=1)]


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--to", type=click.Path(path_type=Path), default=Path("footnote-evals"), show_default=True)
@click.option(
    "--per-article", type=click.IntRange(1), default=3, show_default=True, help="Most questions from each article."
)
@click.pass_obj
def init(settings: Settings, paths: tuple[Path, ...], to: Path, per_article: int) -> None:
    """Draft questions from your own articles, and lay CI workflows and a pre-commit hook beside them.

    Each question is one whose evidence the reader finds; a near miss asks about the same people what no article
    answers. None is run until you have accepted it with `footnote eval review`.
    """
    articles = list(_articles(paths))
    path = to / "cases.jsonl"
    if path.exists():
        raise InputError(f"{str(path)!r} exists and may hold your decisions; name another folder with --to")
    engines = load_engines(settings)
    try:
        with workspace_over(paths, settings, engines) as workspace:
            cases = draft(workspace, articles, per_article, progress=sys.stderr.isatty())
    finally:
        engines.close()
    if not cases:
        raise InputError("no sentence of these articles makes a question; name more articles, or write cases by hand")
    to.mkdir(parents=True, exist_ok=True)
    path.write_text(as_lines(cases), encoding="utf-8")
    for template in sorted(TEMPLATES.iterdir()):
        copyfile(template, to / template.name)
    kinds = ", ".join(f"{count} {kind}" for kind, count in Counter(case.type for case in cases).most_common())
    click.echo(f"{len(cases)} drafts from {len(articles)} articles in {str(path)!r} ({kinds}); none is run yet")
    click.echo("accept, reword or strike each, run those that you accepted, and keep that run to compare with:")
    corpus = [word for each in paths for word in ("--corpus", str(each))]
    for words in (
        ["review", str(path)],
        ["run", *corpus, "--cases", str(path)],
        ["compare", "--suite", to.name, "--baselines", str(to), "--accept"],
    ):
        click.echo(f"  {shlex.join(['footnote', 'eval', *words])}")


def _articles(paths: Sequence[Path]) -> list[Article]:
    found = []
    for each in read_paths(paths):
        if isinstance(each, InputError):
            raise each
        found.append(each)
    return found
