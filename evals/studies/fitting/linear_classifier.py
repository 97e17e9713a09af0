"""Linear classifiers of texts by their hashed features: rows, and multinomial logistic regression."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
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


def fit_classes(
    rows: csr_matrix, labels: NDArray[np.float64], weights: NDArray[np.float64], ridge: float
) -> NDArray[np.float64]:
    """Fit multinomial logistic regression; returns weights, shape (size + 1, classes), the bias last.

    Args:
        labels: one-hot, shape (texts, classes).
        weights: weight of each text.
        ridge: L2 penalty on every weight but the biases.
    """
    shape = (rows.shape[1], labels.shape[1])

    def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        w = flat.reshape(shape)
        scores = rows @ w
        log = scores - np.logaddexp.reduce(scores, axis=1, keepdims=True)
        value = -float((weights[:, None] * labels * log).sum())
        gradient = rows.T @ (weights[:, None] * (np.exp(log) - labels))
        penalty = ridge / 2 * float((w[:-1] ** 2).sum())
        gradient[:-1] += ridge * w[:-1]
        return value + penalty, gradient.ravel()

    start = np.zeros(shape[0] * shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 300}).x
    return np.asarray(found).reshape(shape)
