"""Human evaluation of composed sentences that the gate accepted (`footnote study proofreading`).

An automatic scorer would only repeat the gate's judgement. `sample` writes one record per shown sentence, without a
verdict; a person fills in `faithful`; `count` prints the faithful share with its standard error.
"""

from collections.abc import Iterator
from pathlib import Path

import click
from pydantic import ValidationError

from evals.harness.cases import Case, read_cases
from evals.harness.runner import workspace_over
from evals.harness.scores import Score
from evals.harness.suites.suite_registry import SEEDS, SEEDS_AS_OF, SUITES
from evals.harness.summary import average
from evals.studies.study_verb import study
from index.errors import FootnoteError, InputError
from index.types import Filters, Record
from service.answering.types import Citation, Question
from service.engines import load_engines
from service.runtime.settings import Settings
from service.workspace import Workspace

CONTEXT_CHARACTERS = 300
"""Number of characters of the article shown before a quote."""


class Proof(Record):
    """Proof: one composed sentence with its evidence, for a person to judge."""

    case: str
    question: str
    sentence: str
    evidence: tuple[str, ...]
    """The cited sentences, each preceded by its context."""
    faithful: bool | None = None
    """The person's judgement whether the evidence supports the whole sentence; None until judged."""
    note: str = ""


@study.group("proofreading")
def proofreading() -> None:
    """Sample composed sentences, and count what a person found in them."""


@proofreading.command()
@click.option(
    "--corpus", type=click.Path(path_type=Path, exists=True), default=SEEDS, help="Articles.  [default: seeds]"
)
@click.option("--cases", "path", type=click.Path(path_type=Path, exists=True), help="[default: those on the seeds]")
@click.option("--want", type=click.IntRange(1), default=100, show_default=True, help="Stop at so many sentences.")
def sample(corpus: Path, path: Path | None, want: int) -> None:
    """Write composed sentences that were shown, each once, as JSON lines; how many were withheld goes to stderr."""
    cases = read_cases(path or SUITES["seeds"].cases, foreign=path is not None)
    settings = Settings()
    engines = load_engines(settings)
    withheld, seen = 0, set[str]()
    try:
        with workspace_over([corpus], settings, engines) as workspace:
            for case in cases:
                proofs, kept_back = _composed(workspace, case, None if path else SEEDS_AS_OF)
                withheld += kept_back
                for proof in proofs:
                    if proof.sentence not in seen:
                        click.echo(proof.model_dump_json())
                    seen.add(proof.sentence)
                if len(seen) >= want:
                    break
    finally:
        engines.close()
    click.echo(f"{len(seen)} shown, {withheld} withheld", err=True)


def _composed(workspace: Workspace, case: Case, as_of: str | None) -> tuple[list[Proof], int]:
    try:
        answer = workspace.ask(
            Question(text=case.question, style="compose", filters=Filters(as_of=case.as_of or as_of, undated=True))
        )
    except FootnoteError as error:
        click.echo(f"{case.id}: {error}", err=True)
        return [], 0
    cited = {citation.number: citation for citation in answer.citations}
    found: list[Proof] = []
    for sentence in answer.sentences:
        if sentence.style == "compose":
            backing = [cited[number] for number in sentence.citations]
            evidence = tuple(_with_context(workspace, each) for each in backing)
            found.append(Proof(case=case.id, question=case.question, sentence=sentence.text, evidence=evidence))
    return found, len(answer.withheld)


def _with_context(workspace: Workspace, citation: Citation) -> str:
    """Return the quote with the preceding text, which may resolve its pronouns and name its speaker."""
    text = workspace.article(citation.article_id, citation.version).text
    before = " ".join(text[max(0, citation.start - CONTEXT_CHARACTERS) : citation.start].split())
    spoken = f" [{citation.attribution}]" if citation.attribution else ""
    return f"({before}) {citation.quote}{spoken}"


@proofreading.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path, exists=True))
def count(files: tuple[Path, ...]) -> None:
    """The share of sentences that a person found faithful, with its standard error."""
    read = [proof for path in files for proof in _read(path)]
    judged = [proof for proof in read if proof.faithful is not None]
    share = average([Score(value=float(bool(proof.faithful))) for proof in judged])
    click.echo(f"faithful {share.mean or 0.0:.3f} ± {share.stderr or 0.0:.3f}, n = {share.n}")
    click.echo(f"not read: {len(read) - len(judged)}")
    for proof in judged:
        if not proof.faithful:
            click.echo(f"  {proof.case}: {proof.sentence}  ({proof.note})")


def _read(path: Path) -> Iterator[Proof]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield Proof.model_validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}:{number} is no proof record: {error}".splitlines()[0]) from error
