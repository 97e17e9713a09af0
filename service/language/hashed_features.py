"""Hashed features: a text as a few positions of a fixed vector (Weinberger et al. 2009, arXiv 0902.2206)."""

import zlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SCALE = 3.0
"""Length of the vector of a text: each of its features has the weight SCALE / sqrt(number of features)."""


def hashed(features: Iterable[str], size: int) -> NDArray[np.int64]:
    """Return the distinct positions of features among `size`, in order."""
    return np.array(sorted({zlib.crc32(each.encode()) % size for each in features}), np.int64)


@cache
def load_weights(path: Path) -> NDArray[np.float32]:
    """Return the weights of a fitted classifier, array `weights` of an npz file; shape (size + 1, classes)."""
    with np.load(path) as stored:
        return np.asarray(stored["weights"], np.float32)


def linear_scores(weights: NDArray[np.floating], positions: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the scores of a text, shape (classes,).

    Args:
        weights: shape (size + 1, classes); the last row is the bias.
    """
    scale = SCALE / np.sqrt(max(len(positions), 1))
    return np.asarray(weights[positions].sum(0) * scale + weights[-1], np.float64)
