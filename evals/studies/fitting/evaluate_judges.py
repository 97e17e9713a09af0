"""`footnote study fit evaluate`: print the numbers of the shipped judges on held-out rows.

footnote study fit evaluate --train ../shared/train --limit 200
"""

import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from functools import partial
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
from service.models.fitted_updates import apply_update
from service.models.onnx_conversion import convert
from service.runtime.settings import Settings


@fit.command("evaluate")
@click.option("--train", type=FOLDER, required=True, help="Folder with the training data; ../bench is read too.")
@click.option("--judge", type=click.Choice([READER, ENTAILMENT]), multiple=True, help="By default both.")
@click.option("--folder", type=FOLDER, help="Folder of converted judges instead of the shipped updates.")
@click.option("--limit", type=click.IntRange(1), help="Most rows of each data set.")
@click.option("--json", "json_", is_flag=True, help="Print the numbers as JSON.")
@click.pass_obj
def evaluate(
    settings: Settings, train: Path, judge: tuple[str, ...], folder: Path | None, limit: int | None, json_: bool
) -> None:
    """Print the scores of the judges on held-out rows, each with its 95 % interval."""
    judges = judge or (READER, ENTAILMENT)
    with tempfile.TemporaryDirectory() as made:
        chosen = folder or _converted(settings, judges, Path(made))
        found = list(_measures(settings, train, judges, chosen, limit))
    click.echo(json.dumps([each.model_dump() for each in found], indent=1) if json_ else as_table(found))


def _converted(settings: Settings, judges: Sequence[str], folder: Path) -> Path:
    """Convert the shipped updates of these judges into a folder each of `folder`."""
    store = ModelStore(settings.models or default_models_dir())
    store.verify(EMBEDDER)
    base = store.path(EMBEDDER)
    for judge in judges:
        (folder / judge).mkdir()
        graph = folder / judge / "model.onnx"
        convert(base / "model.safetensors", graph, kind=judge, adjust=partial(apply_update, judge))
        shutil.copyfile(base / "tokenizer.json", folder / judge / "tokenizer.json")
    return folder


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
