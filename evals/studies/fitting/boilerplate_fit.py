"""Fit of the boilerplate classifier on labelled sentences of articles as they are on the web.

    footnote study fit boilerplate SENTENCES.jsonl --write

A line has `text`, `article` and `boilerplate` (true or false). Prints precision and recall of several thresholds, by
five-fold cross-validation over articles.
"""

import json
import zlib
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from evals.studies.fitting.fit_verb import fit
from evals.studies.fitting.linear_classifier import fit_classes, sparse_rows
from service.answering.boilerplate import FEATURES, FITTED, hashed_features

FOLDS = 5
RIDGE_PENALTY = 0.6
THRESHOLDS = (0.0, 1.0, 2.0)
Vector = NDArray[np.float64]


@fit.command("boilerplate")
@click.argument("sentences", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--write", is_flag=True, help="Write the weights that the service uses.")
def fit_boilerplate(sentences: Path, write: bool) -> None:
    """Fit which sentences belong to the page and not to the article."""
    lines = [json.loads(line) for line in sentences.read_text("utf-8").splitlines()]
    rows = sparse_rows([hashed_features(line["text"]) for line in lines], FEATURES)
    labels = np.array([float(line["boilerplate"]) for line in lines])
    folds = np.array([zlib.crc32(line["article"].encode()) % FOLDS for line in lines])
    scores = np.zeros(len(labels))
    for fold in range(FOLDS):
        inside = folds == fold
        scores[inside] = rows[inside] @ _weights(rows[~inside], labels[~inside])
    for threshold in THRESHOLDS:
        found = scores >= threshold
        precision, recall = labels[found].mean(), found[labels > 0].mean()
        click.echo(f"{threshold:.1f}: precision {precision:.3f}, recall {recall:.3f}, {found.sum()} of {len(labels)}")
    if write:
        np.savez_compressed(FITTED, weights=_weights(rows, labels)[:, None].astype(np.float16))
        click.echo(f"wrote {FITTED.name}")


def _weights(rows: csr_matrix, labels: Vector) -> Vector:
    """Fit the log-odds of boilerplate; the last weight is the bias."""
    one_hot = np.column_stack([1.0 - labels, labels])
    article, boilerplate = fit_classes(rows, one_hot, np.ones(len(labels)), RIDGE_PENALTY).T
    return np.asarray(boilerplate - article)
