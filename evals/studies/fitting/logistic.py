"""Logistic regression: pointwise, and listwise for ranking."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Matrix = NDArray[np.float64]

RIDGE_PENALTY = 0.0001
"""L2 penalty on every weight, because the signals are correlated."""


def fit_logistic(rows: Matrix, labels: Matrix) -> Matrix:
    """Fit weights (k,) on rows (n, k) and labels (n,) in {0, 1}, by log loss with balanced classes."""
    balance = np.where(labels > 0, 0.5 / max(labels.mean(), 1e-9), 0.5 / max(1 - labels.mean(), 1e-9))

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        margins = rows @ weights
        probability = 1.0 / (1.0 + np.exp(-margins))
        value = float((balance * (np.logaddexp(0.0, margins) - labels * margins)).mean())
        gradient = rows.T @ (balance * (probability - labels)) / len(rows)
        return value + RIDGE_PENALTY * float(weights @ weights), gradient + 2 * RIDGE_PENALTY * weights

    return np.asarray(minimize(loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B").x)


def named_weights(rows: Sequence[Mapping[str, float]], labels: Sequence[float]) -> dict[str, float]:
    """Fit the log-odds of the labels by name; the constant `one` is that of the true share, not of balanced classes."""
    names, share = list(rows[0]), float(np.mean(labels))
    weights = fit_logistic(np.array([[row[name] for name in names] for row in rows]), np.array(labels))
    weights[names.index("one")] += np.log(share / (1 - share))
    return {name: round(float(weight), 3) for name, weight in zip(names, weights, strict=True)}


def fit_listwise(lists: Sequence[tuple[Matrix, Matrix]]) -> Matrix:
    """Fit weights (k,) that rank a right row first in each list of rows (n, k) and labels (n,) (Cao et al. 2007)."""

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        value, gradient = 0.0, np.zeros_like(weights)
        for rows, labels in lists:
            scores = rows @ weights
            odds = np.exp(scores - scores.max())
            odds /= odds.sum()
            right = odds * labels / (odds @ labels)
            value -= float(np.log(odds @ labels))
            gradient -= rows.T @ (right - odds)
        return (
            value / len(lists) + RIDGE_PENALTY * float(weights @ weights),
            gradient / len(lists) + 2 * RIDGE_PENALTY * weights,
        )

    return np.asarray(minimize(loss, np.zeros(lists[0][0].shape[1]), jac=True, method="L-BFGS-B").x)
