"""`footnote study fit evaluate`: print the numbers of the installed judges on held-out rows.

footnote study fit evaluate --train ../shared/train --limit 200
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from evals.studies.fitting.entailment_rows import entailment_rows
from evals.studies.fitting.fit_verb import FOLDER, fit
from evals.studies.fitting.judge_evaluation import entailment_measures, reader_measures
from evals.studies.fitting.judge_scores import Measure
from evals.studies.fitting.reader_rows import reader_rows
from index.search.reader import CrossEncoderReader
from service.grounding import CrossEncoderEntailment
from service.models import EMBEDDER, ENTAILMENT, READER, ModelStore, default_models_dir
from service.runtime.settings import Settings


@fit.command("evaluate")
@click.option("--train", type=FOLDER, required=True, help="Folder with the training data; ../bench is read too.")
@click.option("--judge", type=click.Choice([READER, ENTAILMENT]), multiple=True, help="By default both.")
@click.option("--folder", type=FOLDER, help="Folder of converted judges instead of the installed ones.")
@click.option("--limit", type=click.IntRange(1), help="Most rows of each data set.")
@click.option("--json", "json_", is_flag=True, help="Print the numbers as JSON.")
@click.pass_obj
def evaluate(
    settings: Settings, train: Path, judge: tuple[str, ...], folder: Path | None, limit: int | None, json_: bool
) -> None:
    """Print the scores of the judges on held-out rows, each with its 95 % interval."""
    found = list(_measures(settings, train, judge or (READER, ENTAILMENT), folder or _installed(settings), limit))
    click.echo(json.dumps([each.model_dump() for each in found], indent=1) if json_ else as_table(found))


def _installed(settings: Settings) -> Path:
    store = ModelStore(settings.models or default_models_dir())
    store.verify(EMBEDDER)
    return store.path(EMBEDDER)


def _measures(
    settings: Settings, train: Path, judges: Sequence[str], folder: Path, limit: int | None
) -> Iterator[Measure]:
    if READER in judges:
        reader = CrossEncoderReader(folder / READER, fingerprint=READER, threads=settings.threads)
        yield from reader_measures(reader, reader_rows(train), limit)
    if ENTAILMENT in judges:
        model = CrossEncoderEntailment(folder / ENTAILMENT, fingerprint=ENTAILMENT, threads=settings.threads)
        yield from entailment_measures(model, entailment_rows(train), limit)


def as_table(measures: Sequence[Measure]) -> str:
    """Return the measures as a table in Markdown."""
    lines = ["| judge | data | measure | value | 95 % interval | n |", "|---|---|---|---|---|---|"]
    lines += [
        f"| {m.judge} | {m.data} | {m.name} | {m.value:.3f} | {m.low:.3f} to {m.high:.3f} | {m.n} |" for m in measures
    ]
    return "\n".join(lines)
