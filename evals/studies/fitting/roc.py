"""ROC AUC: needs only numpy, so that the training of the judges can use it too."""

import numpy as np
from numpy.typing import NDArray


def auc(scores: NDArray[np.float64], labels: NDArray[np.float64]) -> float:
    """Return the area under the ROC curve: the chance that a positive scores above a negative; ties count half.

    Args:
        scores: shape (n,).
        labels: shape (n,), 1 for positives and 0 for negatives.
    """
    positive, negative = scores[labels > 0], scores[labels == 0]
    wins = (positive[:, None] > negative).mean() + 0.5 * (positive[:, None] == negative).mean()
    return float(wins)
