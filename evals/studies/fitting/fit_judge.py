"""`footnote study fit reader` and `entailment`: train a judge in another Python, because PyTorch is not a dependency.

footnote study fit reader --train ../shared/train --python ~/torch/bin/python --out /tmp/reader
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import click

from evals.studies.fitting.entailment_rows import entailment_rows
from evals.studies.fitting.fit_verb import FITS, FOLDER, fit
from evals.studies.fitting.judge_rows import PairTokenizer, pack_pairs, pack_passages
from evals.studies.fitting.reader_rows import reader_rows
from index.encoder import OnnxEncoder
from service.models import EMBEDDER, ENTAILMENT, READER, ModelStore, default_models_dir
from service.runtime.settings import Settings

ROOT = Path(__file__).parents[3]
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
NEW_FOLDER = click.Path(path_type=Path, file_okay=False)
RANK = 64
"""Rank of the packed update."""

READER_WEIGHTS = {
    "written": (0.9, 1.3),
    "qamr": (0.8, 0.5),
    "swapped": (0.6, 0.4),
    "squad2": (2, 2),
    "squad2_near": (1, 1.5),
    "selqa": (1.5, 1.5),
    "qed": (1.2, 1.2),
}
"""First and last sampling weight of each source; 1 for the others."""
ENTAILMENT_WEIGHTS = {
    "breaking_nli": (1.06, 1.06),
    "bump": (5.1, 5.1),
    "cliff_goyal": (1.68, 1.68),
    "conjnli": (1.13, 1.13),
    "copies": (0.48, 0.61),
    "edits": (0.54, 0.54),
    "fever_dev": (1.02, 1.02),
    "fib_xsum": (1.01, 1.01),
    "fib_xsum_synthetic": (0.85, 0.85),
    "fm2": (4.74, 4.74),
    "ling_in_loop": (1.48, 1.14),
    "med": (0.94, 0.94),
    "negation_nli": (0.94, 0.94),
    "new_protocols": (1.68, 1.48),
    "padded": (1.65, 1.65),
    "pyramid": (0.56, 0.56),
    "qamr_answers": (0.85, 0.85),
    "rose_acu": (0.7, 0.7),
    "rte": (3.21, 3.21),
    "summedits": (4.58, 4.58),
    "wikisplit": (0.7, 0.7),
    "written": (1.08, 1.41),
    "xsumfaith": (1.76, 1.76),
}
"""More than half of the rows are pairs that people wrote, a fifth to a quarter claims about invented news."""
OPTIONS = {
    READER: ("--dropout", "0", "--rate", "1.5e-4", "--weights", json.dumps(READER_WEIGHTS)),
    ENTAILMENT: ("--dropout", "0", "--weights", json.dumps(ENTAILMENT_WEIGHTS)),
}
"""Options of `train_judge`."""


def _command(judge: str, said: str) -> click.Command:
    @click.command(judge, help=said, context_settings={"ignore_unknown_options": True})
    @click.option("--train", type=FOLDER, required=True, help="Folder with the training data; ../bench is read too.")
    @click.option("--python", type=FILE, required=True, help="Python with PyTorch, numpy and safetensors.")
    @click.option("--out", type=NEW_FOLDER, required=True, help="Folder of rows, checkpoints, log and packed update.")
    @click.option("--base", type=FOLDER, help="Folder of the embedder; by default the installed one.")
    @click.option("--minutes", type=click.FloatRange(0, min_open=True), default=100, show_default=True)
    @click.option("--threads", type=click.IntRange(1), default=1, show_default=True)
    @click.option("--device", default="cpu", show_default=True)
    @click.argument("more", nargs=-1, type=click.UNPROCESSED)
    @click.pass_obj
    def command(
        settings: Settings,
        train: Path,
        python: Path,
        out: Path,
        base: Path | None,
        minutes: float,
        threads: int,
        device: str,
        more: tuple[str, ...],
    ) -> None:
        _run(python, "-c", "import numpy, safetensors, torch")
        out.mkdir(parents=True, exist_ok=True)
        base = base or ModelStore(settings.models or default_models_dir()).path(EMBEDDER)
        rows = out / "rows.npz"
        click.echo(f"{PACK[judge](train, OnnxEncoder(base, threads=threads), rows)} rows")
        options = ("--minutes", str(minutes), "--threads", str(threads), "--device", device, *OPTIONS[judge], *more)
        module = "evals.studies.fitting.train_judge"
        _run(python, "-m", module, judge, "--data", str(rows), "--base", str(base), "--out", str(out), *options)
        packed = ("--base", str(base), "--rank", str(RANK), "--out", str(out / f"{judge}.npz"))
        _run(python, "-m", "evals.studies.fitting.pack_update", str(out / "final.safetensors"), *packed)

    return command


def _pack_reader(train: Path, tokenizer: PairTokenizer, path: Path) -> int:
    rows = reader_rows(train)
    pack_passages(rows, tokenizer, path)
    return len(rows)


def _pack_entailment(train: Path, tokenizer: PairTokenizer, path: Path) -> int:
    rows = entailment_rows(train)
    pack_pairs(rows, tokenizer, path)
    return len(rows)


PACK = {READER: _pack_reader, ENTAILMENT: _pack_entailment}


def _run(python: Path, *words: str) -> None:
    """Run the other Python in the checkout; exits with its code if it fails."""
    done = subprocess.run([str(python), *words], env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False)
    if done.returncode:
        sys.exit(done.returncode)


MORE = "All other options are passed on to evals/studies/fitting/train_judge.py."
fit.add_command(_command(READER, f"{FITS[READER][1]}\n\n{MORE}"))
fit.add_command(_command(ENTAILMENT, f"{FITS[ENTAILMENT][1]}\n\n{MORE}"))
