"""Sparse rows: texts by their hashed features, for fits of linear classifiers."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from service.language.hashed_features import SCALE


def sparse_rows(hashed: Sequence[NDArray[np.int64]], size: int) -> csr_matrix:
    """Return the rows of texts, shape (texts, size + 1); the last column is 1, for the bias."""
    values = [np.full(len(found), SCALE / np.sqrt(max(len(found), 1))) for found in hashed]
    rows = np.repeat(np.arange(len(hashed)), [len(found) for found in hashed])
    ones = np.arange(len(hashed))
    return csr_matrix(
        (
            np.concatenate([*values, np.ones(len(hashed))]),
            (np.concatenate([rows, ones]), np.concatenate([*hashed, np.full(len(hashed), size)])),
        ),
        shape=(len(hashed), size + 1),
    )
