"""Evaluation cases: strictly validated JSON lines with unique ids; errors name file and line."""

import json
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import Field, ValidationError

from evals.data import DATA
from index.errors import InputError
from index.reading import first_problem
from index.types import Day, Record

CASES = DATA / "cases"
MIN_MISSPELT_LIKENESS = 0.85
"""Ratcliff-Obershelp similarity from which an unknown field counts as a misspelling of a missing known field."""


class CaseRecord(Record):
    """CaseRecord: the fields common to every kind of case."""

    id: str = Field(min_length=1)
    tags: tuple[str, ...] = ()
    """Labels; reports average the metrics for each tag separately."""
    note: str = ""
    """Comment for people; no code reads it."""

    def problem(self) -> str | None:
        """Return a one-line error about the combination of fields, or None."""
        return None


C = TypeVar("C", bound=CaseRecord)


class Gold(Record):
    """Gold: a sentence that supports the answer, quoted exactly from its article."""

    doc_id: str
    quote: str


class Nugget(Record):
    """Nugget: an atomic fact; a text contains it if it has at least one wording of each list in `any`."""

    text: str
    any: tuple[tuple[str, ...], ...] = Field(min_length=1)


class Case(CaseRecord):
    """Case: one question of a fixed set, with its right answers and gold evidence."""

    question: str = Field(min_length=1)
    answerable: bool
    answers: tuple[str, ...] = ()
    """Right answers: the answer is right if it contains any of them as whole tokens."""
    wrong_answers: tuple[str, ...] = ()
    type: str = "question"
    evidence_doc_ids: tuple[str, ...] = ()
    evidence: tuple[Gold, ...] = ()
    nuggets: tuple[Nugget, ...] = ()
    """Facts that a good answer to a broad question contains."""
    require_all_answers: bool = False
    """Whether all `answers` are required; otherwise they are spellings of one answer."""
    all_evidence: bool = False
    """Whether every gold sentence must be cited; otherwise any one is enough."""
    context_doc_ids: tuple[str, ...] | None = None
    """Ids of the only articles that may be used; None means all."""
    as_of: Day | None = None
    accepted: bool = True
    """Whether a person has accepted the case; drafts are not run."""
    origin: Literal["written", "drafted", "reader"] = "written"
    """Written by a person, drafted by `eval init` from an article, or made from an answer that a reader found wrong."""

    def problem(self) -> str | None:
        """Return an error if an answerable question lists no answer."""
        if self.answerable and not self.answers:
            return f"case {self.id!r} is answerable and lists no answer"
        return None


class RetrievalCase(CaseRecord):
    """RetrievalCase: a search query and the gold sentences, one of which should be in the first passages."""

    query: str = Field(min_length=1)
    gold: tuple[Gold, ...] = Field(min_length=1)
    """Gold sentences; finding any one is enough."""
    type: str = "keywords"
    as_of: Day | None = None


class ClaimCase(CaseRecord):
    """ClaimCase: a sentence about the collection, and whether a careful editor would accept it."""

    claim: str = Field(min_length=1)
    faithful: bool
    kind: str
    evidence: tuple[Gold, ...] = ()
    """Sentences that the claim was made from; empty for an invented claim."""
    made: str = "hand"


class FollowupCase(CaseRecord):
    """FollowupCase: a question in a conversation, and what its rewritten form must contain."""

    kind: str
    earlier: tuple[str, ...] = Field(alias="talk", min_length=1)
    """Earlier questions, oldest first; each is asked and answered first."""
    question: str = Field(min_length=1)
    expected_asked_contains: tuple[str, ...] = ()
    expected_asked_lacks: tuple[str, ...] = ()
    self_contained: bool
    """Whether the question needs no context and must not be rewritten."""
    gold: tuple[Gold, ...] = ()
    """Sentences that answer the question; empty if no article does."""


def read_cases(path: Path, *, foreign: bool = False) -> list[Case]:
    """Read the accepted questions of a file; see `read_records`."""
    cases = [case for case in read_records(path, Case, foreign=foreign) if case.accepted]
    if not cases:
        raise InputError(f'{str(path)!r} holds only drafts; set "accepted" in those that a person has read')
    return cases


def read_records(path: Path, kind: type[C], *, foreign: bool = False) -> list[C]:
    """Read the cases of a JSON-lines file.

    Args:
        foreign: whether the file may have fields beyond our schema: unknown ones are dropped, unless one looks like
            a misspelling of ours.

    Raises:
        InputError: if a line is malformed, an id is repeated, or a case is inconsistent; names file and line.
    """
    found: dict[str, C] = {}
    for number, line in _lines(path):
        try:
            case = kind.model_validate_json(_known(line, kind) if foreign else line)
        except (ValidationError, InputError) as error:
            reason = first_problem(error) if isinstance(error, ValidationError) else str(error)
            raise InputError(f"{path}:{number}: {reason}") from error
        problem = f"the id {case.id!r} comes twice" if case.id in found else case.problem()
        if problem:
            raise InputError(f"{path}:{number}: {problem}")
        found[case.id] = case
    if not found:
        raise InputError(f"{str(path)!r} holds no case")
    return list(found.values())


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _known(line: str, kind: type[CaseRecord]) -> str:
    """Return the line without unknown fields; raise InputError for a likely misspelling."""
    try:
        fields: Any = json.loads(line)
    except ValueError:
        return line  # pydantic gives a better error message
    if not isinstance(fields, dict):
        return line
    lacking = [name for name in kind.model_fields if name not in fields]
    for name in fields.keys() - kind.model_fields.keys():
        if meant := get_close_matches(name, lacking, 1, MIN_MISSPELT_LIKENESS):
            raise InputError(f"the field {name!r} is not known; {meant[0]!r} is meant?")
    return json.dumps({name: value for name, value in fields.items() if name in kind.model_fields})
