"""Kept decisions: whether a model may write or judge on this machine, remembered by the hash of the model."""

from pathlib import Path

from pydantic import Field, ValidationError

from index.errors import HomeError, InputError
from index.types import Record, utc_now
from service.generation.types import is_server
from service.models import ModelStore, digest
from service.runtime.locked_file import locked, replace_text

FILE = "decisions.json"
SETS = "2"
"""Version of the sets and criteria by which models are proved; a decision made by others is not used."""


class JudgeResult(Record):
    """Result of a judge on the labelled claims."""

    strict: float
    """Least log-odds at which at most 2 % of the false claims pass."""
    loose: float
    """That at which at most 10 % pass."""
    accepted: int
    """Supported claims that pass the strict threshold."""
    likely: int
    supported: int
    false: int
    seconds: float

    @property
    def share(self) -> float:
        """Share of the supported claims that pass the strict threshold."""
        return self.accepted / self.supported


class WritingDecision(Record):
    """Writing decision: what the evidence sets said of a writer."""

    composes: bool
    reason: str
    """Why it may not compose; empty when it may."""
    sets: int
    nuggets: float
    quoted_nuggets: float
    """Share of the nuggets in as many quotations, by the reader's ranking."""
    shown: float
    faithful: float
    """Share of the composed sentences shown that the embedded judge finds more likely supported than not."""
    least_faithful: float
    """Its share of the labelled claims that are supported, which are as faithful: what a writer must reach."""
    abstained: float
    seconds: float
    """Median per answer."""


class JudgeDecision(Record):
    """Judge decision: a judge beside the embedded one."""

    judges: bool
    reason: str
    """Why it may not judge; empty when it may."""
    result: JudgeResult
    embedded: JudgeResult


class Decision(Record):
    """Decision on one model."""

    model: str
    sets: str = SETS
    made: str = Field(default_factory=utc_now)
    writing: WritingDecision | None = None
    judging: JudgeDecision | None = None


class _Decisions(Record):
    decisions: dict[str, Decision] = Field(default_factory=dict)


def model_key(name: str, store: ModelStore) -> str:
    """Return what a decision on a model is remembered by: the hash of its weights, or the address of its server.

    Raises:
        ModelMissing: it was not downloaded.
        InputError: no model has that name, and no folder.
    """
    if is_server(name):
        return name
    if (folder := Path(name)).is_dir():
        if not (folder / "model.onnx").is_file():
            raise InputError(f"{name!r} has no model.onnx; name the folder of an ONNX cross-encoder")
        return digest(folder / "model.onnx")
    return store.digest(name)


def read_decision(folder: Path, key: str) -> Decision | None:
    """Return the decision on the model with this hash; None without one, or if it was made on other sets."""
    found = _read(folder).decisions.get(key)
    return found if found and found.sets == SETS else None


def keep_decision(folder: Path, key: str, decision: Decision) -> None:
    """Remember a decision under the model's hash; a part that was not measured now is kept from before.

    Raises:
        HomeError: it cannot be written.
    """
    path = folder / FILE
    try:
        with locked(path):
            before = read_decision(folder, key)
            if before:
                kept = {"writing": decision.writing or before.writing, "judging": decision.judging or before.judging}
                decision = decision.model_copy(update=kept)
            found = {**_read(folder).decisions, key: decision}
            replace_text(path, _Decisions(decisions=found).model_dump_json(indent=1))
    except OSError as error:
        raise HomeError(f"the decision cannot be kept in {str(path)!r}: {error.strerror or error}") from error


def _read(folder: Path) -> _Decisions:
    try:
        return _Decisions.model_validate_json((folder / FILE).read_bytes())
    except (OSError, ValidationError):
        return _Decisions()
