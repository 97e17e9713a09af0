"""Cross-encoder: a model of the embedder's architecture that reads two texts together."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoder import OnnxEncoder, TokenIds
from index.scheduling import InferenceScheduler

TOKENS_PER_PASS = 640
"""Most padded tokens of one forward pass, which cannot be interrupted."""


class CrossEncoder:
    """Cross-encoder (Nogueira and Cho 2019, arXiv 1901.04085): base of the reader and of the entailment model.

    It is the embedder with a fitted update of its weights (`evals/studies/fitting/`), so it needs no download.
    """

    def __init__(
        self, folder: Path, *, fingerprint: str, threads: int = 2, scheduler: InferenceScheduler | None = None
    ) -> None:
        """Load the model; raises ModelMissing or ModelAltered, whose message names the command that repairs it."""
        self.fingerprint = fingerprint
        self._scheduler = scheduler or InferenceScheduler()
        self._encoder = OnnxEncoder(folder, threads=threads, scheduler=self._scheduler, tokens_per_pass=TOKENS_PER_PASS)

    def run(
        self, texts: Sequence[tuple[str, str]], max_tokens: int, *outputs: str
    ) -> tuple[list[TokenIds], list[tuple[NDArray[np.float32], ...]]]:
        """Return the tokens of each pair of texts, and its named outputs, padded along the tokens."""
        pairs = [self._encoder.encode(first, second, max_tokens=max_tokens) for first, second in texts]
        with self._scheduler.reranking():
            return pairs, self._encoder.outputs(pairs, *outputs)
