"""Other judges: entailment by an ONNX cross-encoder from any folder, or by a language model asked yes or no."""

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import OnnxEncoder
from index.errors import InputError, ModelAltered
from index.scheduling import InferenceScheduler
from service.grounding.claim_decision import LIKELY, SUPPORTED, equal_log_odds
from service.grounding.entailment import Entailment, EntailmentModel

MAX_PAIR_TOKENS = 512
LEAST_PROBABILITY = 1e-6
UNSAID = -5.0
"""Log-odds of attributed of a judge that does not tell statements apart, near the embedded one's on the average."""
STRICT, LOOSE = (equal_log_odds(score, UNSAID) for score in (SUPPORTED, LIKELY))
"""Log-odds at which such a judge supports a claim, and likely supports it."""
ENTAILED = ("entail", "support", "consistent", "label_1", "yes")
"""Beginnings of the label, in a model's `config.json`, that says that the premise carries the hypothesis."""

Probability = Callable[[str, str], float]
"""Probability that a premise (second) carries a hypothesis (first)."""


class CrossEncoderJudge:
    """Cross-encoder judge: a folder with `model.onnx`, `tokenizer.json` and, where it has labels, `config.json`.

    The model reads premise and hypothesis, in this order, and its first output has one logit per label, or one alone.
    """

    def __init__(
        self, folder: Path, *, fingerprint: str, threads: int = 2, scheduler: InferenceScheduler | None = None
    ) -> None:
        """Load the model; raises InputError for a folder without a usable one."""
        if missing := [name for name in ("model.onnx", "tokenizer.json") if not (folder / name).is_file()]:
            raise InputError(
                f"{str(folder)!r} has no {' and no '.join(missing)}; name the folder of an ONNX cross-encoder"
            )
        self.fingerprint = fingerprint
        self._label = _entailed_label(folder / "config.json")
        try:
            self._encoder = OnnxEncoder(folder, threads=threads, scheduler=scheduler)
            width = self._encoder.width
        except (ModelAltered, ValueError, TypeError) as error:
            raise InputError(
                f"{str(folder / 'model.onnx')!r} is no cross-encoder with a fixed number of labels"
            ) from error
        if width > 2 and self._label is None:
            raise InputError(f"{str(folder)!r} has {width} labels and no config.json that says which is entailment")

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Judge (hypothesis, premise) pairs; returns one entailment each, without marks."""
        encoded = [self._encoder.encode(premise, claim, max_tokens=MAX_PAIR_TOKENS) for claim, premise in pairs]
        return [entailment_of(self._probability(row)) for row in self._encoder.run(encoded)] if encoded else []

    def _probability(self, logits: NDArray[np.float32]) -> float:
        if len(logits) == 1:
            return float(1 / (1 + np.exp(-logits[0])))
        odds = np.exp(logits - logits.max())
        return float(odds[1 if self._label is None else self._label] / odds.sum())


class ProbabilityJudge:
    """Judge from a function that gives a probability, such as a language model asked yes or no."""

    def __init__(self, probability: Probability, *, fingerprint: str) -> None:
        self.fingerprint = fingerprint
        self._probability = probability

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Judge (hypothesis, premise) pairs, one call each."""
        return [entailment_of(self._probability(claim, premise)) for claim, premise in pairs]


class CalibratedJudge:
    """Calibrated judge: another judge whose log-odds are mapped so that our two thresholds mean the same for it."""

    def __init__(self, inner: EntailmentModel, *, strict: float, loose: float) -> None:
        """Args:
        strict: its log-odds at which at most 2 % of false claims pass.
        loose: those at which at most 10 % pass.
        """
        self.fingerprint = f"{inner.fingerprint}@{strict:.2f}"
        self._inner = inner
        self._strict, self._scale = strict, (STRICT - LOOSE) / max(strict - loose, 0.1)

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        """Judge (hypothesis, premise) pairs."""
        return [
            entailment_of(_sigmoid(STRICT + (each.log_odds - self._strict) * self._scale))
            for each in self._inner(pairs)
        ]


def entailment_of(supported: float) -> Entailment:
    """Return the entailment of a judge that only says how probable it is that a claim is carried."""
    inside = min(max(supported, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY)
    attributed = _sigmoid(UNSAID) * (1 - inside)
    return Entailment(inside, 0.0, 1 - inside - attributed, attributed, ())


def _sigmoid(odds: float) -> float:
    return 1 / (1 + math.exp(-min(max(odds, -50.0), 50.0)))


def _entailed_label(config: Path) -> int | None:
    """Return the position of the label that says entailment; None without a configuration that names one."""
    try:
        labels = json.loads(config.read_text(encoding="utf-8"))["id2label"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    names = {int(number): str(name).lower() for number, name in labels.items()}
    return next((n for begin in ENTAILED for n, name in names.items() if name.startswith(begin)), None)
