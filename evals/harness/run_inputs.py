"""Run inputs: what a run depended on, as digests, so that a comparison refuses a run that is no longer of them."""

import hashlib
from collections.abc import Iterable, Sequence
from pathlib import Path

from index.errors import InputError
from index.reading import find_files
from index.types import Record
from service.engines import writer_name
from service.generation.types import is_server
from service.models import EMBEDDER, ENTAILMENT, READER, ModelStore, default_models_dir, update_digest
from service.runtime.settings import Settings

ROOT = Path(__file__).parents[2]
CODE = ("prompts", "index", "service", "evals/harness", "evals/data/recordings")
CODE_SUFFIXES = frozenset({".py", ".md", ".json", ".jsonl", ".npz", ".sql", ".txt"})
DIGEST_LENGTH = 16


class RunInputs(Record):
    """RunInputs: the cases, articles, models and code of a run, each as a digest, and the command that repeats it."""

    command: str
    cases_path: str
    corpus_paths: tuple[str, ...]
    model: str | None
    """The model that was asked for; None for the one in use."""
    cases: str
    corpus: str
    models: str
    """Empty where recorded replies stand in for the models."""
    code: str


def run_inputs(command: str, cases: Path, corpus: Sequence[Path], settings: Settings, *, replayed: bool) -> RunInputs:
    """Return what a run depends on, as it is now.

    Args:
        replayed: whether recorded replies stand in for the models.
    """
    return RunInputs(
        command=command,
        cases_path=str(cases),
        corpus_paths=tuple(map(str, corpus)),
        model=settings.model,
        cases=_digest([cases]),
        corpus=_digest(path for path in find_files(corpus) if isinstance(path, Path)),
        models="" if replayed else _models(settings),
        code=_digest(code_files()),
    )


def require_current(suite: str, then: RunInputs | None, settings: Settings) -> None:
    """Check that a run is of the present cases, articles, models and code.

    Raises:
        InputError: something changed since, or the run does not record what it depended on.
    """
    if then is None:
        raise InputError(
            f"the last run of {suite!r} does not record what it depended on; repeat its `footnote eval run`"
        )
    asked = settings.model_copy(update={"model": then.model}) if then.model else settings
    corpus = [Path(path) for path in then.corpus_paths]
    now = run_inputs(then.command, Path(then.cases_path), corpus, asked, replayed=not then.models)
    changed = [name for name in ("cases", "corpus", "models", "code") if getattr(then, name) != getattr(now, name)]
    if changed:
        raise InputError(
            f"the last run of {suite!r} is stale: {', '.join(changed)} changed since; run `{then.command}` again"
        )


def _models(settings: Settings) -> str:
    """Return a digest of the models: the one that writes, the embedder and the fitted judges."""
    store, name = ModelStore(settings.models or default_models_dir()), writer_name(settings)
    writer = name if is_server(name) else f"{name} {store.digest(name)}"
    parts = [writer, store.digest(EMBEDDER), update_digest(READER), update_digest(ENTAILMENT)]
    return hashlib.sha256(" ".join(parts).encode()).hexdigest()[:DIGEST_LENGTH]


def code_files() -> list[Path]:
    """Return the files of code, prompts and data on which a result depends."""
    return [path for folder in CODE for path in sorted((ROOT / folder).rglob("*")) if path.suffix in CODE_SUFFIXES]


def _digest(paths: Iterable[Path]) -> str:
    found = hashlib.sha256()
    for path in paths:
        found.update(f"{path.name}\n".encode())
        found.update(hashlib.sha256(path.read_bytes() if path.exists() else b"").digest())
    return found.hexdigest()[:DIGEST_LENGTH]
