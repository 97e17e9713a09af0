"""Cross-encoder: a reranker that reads question and sentence together."""

from collections.abc import Sequence
from pathlib import Path

from index.encoder import OnnxEncoder
from index.scheduling import InferenceScheduler
from index.search.reranking import RerankerInput

MAX_TOKENS = 128
"""Most tokens of one pair and of one forward pass. A pass takes about as long as the first stage of a question, which
never waits for more than one pass."""


class CrossEncoder:
    """Cross-encoder reranker (Nogueira and Cho 2019, arXiv 1901.04085).

    It is the embedder with a small fitted update of its weights (`evals/studies/fitting/`), so it needs no download.
    """

    def __init__(
        self, folder: Path, *, fingerprint: str, threads: int = 2, scheduler: InferenceScheduler | None = None
    ) -> None:
        """Load the model; raises ModelMissing or ModelAltered, whose message names the command that repairs it."""
        self.fingerprint = fingerprint
        """Digest of the fitted update, recorded in every receipt."""
        self._scheduler = scheduler or InferenceScheduler()
        self._encoder = OnnxEncoder(folder, threads=threads, scheduler=self._scheduler, tokens_per_pass=MAX_TOKENS)

    def __call__(self, question: str, sentences: Sequence[RerankerInput]) -> list[float]:
        """Return for each sentence the log-odds that it answers the question; shape (len(sentences),)."""
        pairs = [self._encoder.encode(question, _with_context(s), max_tokens=MAX_TOKENS) for s in sentences]
        with self._scheduler.reranking():
            return [float(logit) for logit in self._encoder.run(pairs)[:, 0]]


def _with_context(sentence: RerankerInput) -> str:
    """Return the sentence followed by its context, as in fitting; when it is too long, the end is truncated."""
    context = f"{sentence.title}. {sentence.before}" if sentence.title else sentence.before
    return " ".join(f"{sentence.text} | {context}".split())
