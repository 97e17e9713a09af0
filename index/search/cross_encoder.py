"""The relevance model: does this sentence answer that question?"""

from collections.abc import Sequence
from pathlib import Path

from index.encoder import Encoder
from index.scheduling import InferenceScheduler
from index.search.reranking import Reading

MAX_TOKENS = 128
"""Also of one pass: it takes about as long as a question's first steps, and they never wait for more than one."""


class CrossEncoder:
    """A cross-encoder that reads question and sentence together (Nogueira and Cho 2019, arXiv 1901.04085).

    It is the embedder with a small fitted update (`evals/studies/fitting/`), so it needs no download of its own.
    """

    def __init__(
        self, folder: Path, *, stamp: str, threads: int = 2, scheduler: InferenceScheduler | None = None
    ) -> None:
        """Load it; raises ModelMissing or ModelAltered with the command that mends it."""
        self.stamp = stamp
        """Which fit this is: goes into every receipt."""
        self._scheduler = scheduler or InferenceScheduler()
        self._encoder = Encoder(folder, threads=threads, scheduler=self._scheduler, tokens_per_pass=MAX_TOKENS)

    def __call__(self, question: str, sentences: Sequence[Reading]) -> list[float]:
        """For each sentence the log-odds that it answers; shape (len(sentences),)."""
        pairs = [self._encoder.encode(question, _with_context(s), max_tokens=MAX_TOKENS) for s in sentences]
        with self._scheduler.reranking():
            return [float(logit) for logit in self._encoder.run(pairs)[:, 0]]


def _with_context(sentence: Reading) -> str:
    """The sentence first and then what it may refer to, as the model was fitted: the end is cut when it is too long."""
    context = f"{sentence.title}. {sentence.before}" if sentence.title else sentence.before
    return " ".join(f"{sentence.text} | {context}".split())
