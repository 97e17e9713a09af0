"""`footnote study fit head`: train the relevance head in another Python, because PyTorch is not a dependency."""

import os
import subprocess
import sys
from pathlib import Path

import click

from evals.studies.fitting.fit_verb import fit

ROOT = Path(__file__).parents[3]


@fit.command("head", context_settings={"ignore_unknown_options": True}, add_help_option=False)
@click.option("--python", type=click.Path(path_type=Path, exists=True), required=True)
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
def head(python: Path, words: tuple[str, ...]) -> None:
    """Fit the relevance head with the --python of an environment that has PyTorch.

    All other options are passed on to evals/studies/fitting/head.py.
    """
    command = [str(python), "-m", "evals.studies.fitting.head", *words]
    sys.exit(subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=False).returncode)
