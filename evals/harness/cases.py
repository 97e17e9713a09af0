"""Cases as data: one record a line, strict, each with an id of its own; an error names file and line."""

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
"""Likeness (Ratcliff and Obershelp) from which an unknown field is taken for a known one that is lacking."""


class CaseRecord(Record):
    """Fields of every kind of case."""

    id: str = Field(min_length=1)
    tags: tuple[str, ...] = ()
    """Every report shows each of them apart."""
    note: str = ""
    """For people; nothing reads it."""

    def problem(self) -> str | None:
        """The error in the case as a whole, in a line; None where there is none."""
        return None


C = TypeVar("C", bound=CaseRecord)


class Gold(Record):
    """A sentence that backs the answer, as it stands in its article."""

    doc_id: str
    quote: str


class Case(CaseRecord):
    """One question of a fixed set."""

    question: str = Field(min_length=1)
    answerable: bool
    answers: tuple[str, ...] = ()
    """Any one of them, as whole tokens in the answer, makes it right."""
    wrong_answers: tuple[str, ...] = ()
    type: str = "question"
    evidence_doc_ids: tuple[str, ...] = ()
    evidence: tuple[Gold, ...] = ()
    require_all_answers: bool = False
    """Whether the answers are different ones that all have to be given, and not spellings of one."""
    all_evidence: bool = False
    """Whether every gold sentence is needed; otherwise any one of them will do."""
    context_doc_ids: tuple[str, ...] | None = None
    """Only these articles may be used, when the set says so."""
    as_of: Day | None = None
    accepted: bool = True
    """Whether a person has read it; a draft is not run."""
    origin: Literal["written", "drafted", "reader"] = "written"
    """By a person for this set, by `eval init` from an article, or from an answer that a reader marked wrong."""

    def problem(self) -> str | None:
        """An answerable question says what a right answer holds."""
        if self.answerable and not self.answers:
            return f"case {self.id!r} is answerable and lists no answer"
        return None


class RetrievalCase(CaseRecord):
    """A search, and the sentence that one of the first passages must hold."""

    query: str = Field(min_length=1)
    gold: tuple[Gold, ...] = Field(min_length=1)
    """Any one of them will do."""
    type: str = "keywords"
    as_of: Day | None = None


class ClaimCase(CaseRecord):
    """One sentence about the collection, and whether a careful editor would let it pass."""

    claim: str = Field(min_length=1)
    faithful: bool
    kind: str
    evidence: tuple[Gold, ...] = ()
    """The sentences it was made from; none for an invention."""
    made: str = "hand"


class FollowupCase(CaseRecord):
    """A question after others, and what it must have become."""

    kind: str
    earlier: tuple[str, ...] = Field(alias="talk", min_length=1)
    """The questions before it, oldest first; each is put and answered."""
    question: str = Field(min_length=1)
    expected_asked_contains: tuple[str, ...] = ()
    expected_asked_lacks: tuple[str, ...] = ()
    self_contained: bool
    """It must be answered exactly as it was put."""
    gold: tuple[Gold, ...] = ()
    """Words of the article that answer it; none when no article does."""


def read_cases(path: Path, *, foreign: bool = False) -> list[Case]:
    """The accepted questions of a file; see `read_records`."""
    cases = [case for case in read_records(path, Case, foreign=foreign) if case.accepted]
    if not cases:
        raise InputError(f'{str(path)!r} holds only drafts; set "accepted" in those that a person has read')
    return cases


def read_records(path: Path, kind: type[C], *, foreign: bool = False) -> list[C]:
    """The cases of a JSON-lines file.

    Args:
        foreign: whether the file follows a wider schema than ours: fields that we do not know are left out, unless
            one looks like a misspelt field of ours.

    Raises:
        InputError: a line is malformed, an id comes twice, or a case contradicts itself; with file and line.
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
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    yield from ((number, line) for number, line in enumerate(lines, start=1) if line.strip())


def _known(line: str, kind: type[CaseRecord]) -> str:
    """The line without the fields of other schemas."""
    try:
        fields: Any = json.loads(line)
    except ValueError:
        return line  # pydantic says better what is wrong with it
    if not isinstance(fields, dict):
        return line
    lacking = [name for name in kind.model_fields if name not in fields]
    for name in fields.keys() - kind.model_fields.keys():
        if meant := get_close_matches(name, lacking, 1, MIN_MISSPELT_LIKENESS):
            raise InputError(f"the field {name!r} is not known; {meant[0]!r} is meant?")
    return json.dumps({name: value for name, value in fields.items() if name in kind.model_fields})
