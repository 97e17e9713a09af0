"""Entailment model: says whether a premise supports a hypothesis, contradicts it, or neither."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import numpy as np

from index.search.cross_encoder import CrossEncoder
from index.types import Span

MAX_TOKENS = 224
"""Most tokens of hypothesis and premise together; the longer of the two is truncated at its end."""


@dataclass(frozen=True)
class Entailment:
    """Entailment of one hypothesis by one premise: four probabilities that sum to 1, and the words not carried."""

    supported: float
    contradicted: float
    neither: float
    attributed: float
    """The premise has it only as somebody's statement, and the hypothesis states it flat."""
    marks: tuple[tuple[Span, float], ...]
    """Each token of the hypothesis (offsets in characters) with the probability that the premise does not carry it."""

    @property
    def log_odds(self) -> float:
        """Log-odds of supported against all else."""
        return _log_odds(self.supported)

    @property
    def log_odds_attributed(self) -> float:
        """Log-odds of attributed against all else."""
        return _log_odds(self.attributed)


def _log_odds(probability: float) -> float:
    p = min(max(probability, 1e-9), 1 - 1e-9)
    return float(np.log(p / (1 - p)))


class EntailmentModel(Protocol):
    """Entailment model protocol: judges hypotheses against premises."""

    fingerprint: str
    """Identifies the model; recorded in every receipt."""

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Judge (hypothesis, premise) pairs; returns one entailment each."""
        ...


class CrossEncoderEntailment(CrossEncoder):
    """Cross-encoder entailment model (Devlin et al. 2019, arXiv 1810.04805) with a mark per hypothesis token."""

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Judge (hypothesis, premise) pairs; returns one entailment each."""
        encoded, found = self.run(pairs, MAX_TOKENS, "labels", "marks")
        judged = []
        for tokens, (labels, marks) in zip(encoded, found, strict=True):
            odds = np.exp(labels - labels.max())
            supported, contradicted, neither, attributed = (float(p) for p in odds / odds.sum())
            carried = tuple(
                (Span(start=start, end=end), float(1 / (1 + np.exp(-mark))))
                for (start, end), kind, mark in zip(tokens.offsets, tokens.types, marks, strict=False)
                if kind == 0 and end > start
            )
            judged.append(Entailment(supported, contradicted, neither, attributed, carried))
        return judged


class LazyEntailment:
    """Entailment model that is loaded when it is first asked: questions for no single fact need none."""

    def __init__(self, load: Callable[[], EntailmentModel], *, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._load = load
        self._model: EntailmentModel | None = None
        self._loading = Lock()

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Judge (hypothesis, premise) pairs; raises ModelMissing or ModelAltered at the first call."""
        with self._loading:
            self._model = self._model or self._load()
        return self._model(pairs)
