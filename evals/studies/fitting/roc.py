"""Quality of a score that separates two classes; needs numpy alone, so that the fit of the head can use it too."""

import numpy as np
from numpy.typing import NDArray


def auc(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Area under the ROC curve: the chance that a positive scores above a negative, ties counting half.

    Args:
        scores: shape (n,).
        labels: shape (n,), 1 for positives and 0 for negatives.
    """
    positive, negative = scores[labels > 0], scores[labels == 0]
    wins = (positive[:, None] > negative).mean() + 0.5 * (positive[:, None] == negative).mean()
    return float(wins)
