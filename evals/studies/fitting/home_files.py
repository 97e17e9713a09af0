"""Home files: fitting data about the articles of home folders, one JSON object a line."""

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import click

from evals.studies.fitting.fit_verb import FOLDER
from evals.studies.fitting.judge_rows import Json
from service.engines import load_engines
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

HOME_AND_FILE = (FOLDER, click.Path(path_type=Path, exists=True, dir_okay=False))
"""Type of an option that takes a home folder, and a file of lines about its articles."""


def lines_about(settings: Settings, files: Sequence[tuple[Path, Path]]) -> Iterator[tuple[Workspace, str, list[Json]]]:
    """Open each home folder in turn; yields its workspace with the name of the file and its lines."""
    engines = load_engines(settings)
    try:
        for home, file in files:
            with closing(Workspace(settings, engines, Home(home), reads=True)) as workspace:
                yield workspace, file.name, [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    finally:
        engines.close()
