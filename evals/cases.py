"""Cases as data: questions with what a right answer holds and which sentences back it."""

from collections.abc import Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from index.errors import InputError
from index.reading import first_problem

CASES = Path(__file__).with_name("cases")


class Gold(BaseModel):
    """A sentence that backs the answer, as it stands in its article."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    doc_id: str
    quote: str


class Case(BaseModel):
    """One question of a fixed set; fields of other schemas are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    id: str = Field(min_length=1)
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
    as_of: str | None = None
    tags: tuple[str, ...] = ()


def read_cases(path: Path) -> list[Case]:
    """The cases of a JSON-lines file.

    Raises:
        InputError: a line is malformed, an id comes twice, or an answerable case has no answer; with file and line.
    """
    cases = list(_parsed(path))
    if not cases:
        raise InputError(f"{str(path)!r} holds no case")
    return cases


def _parsed(path: Path) -> Iterator[Case]:
    seen: set[str] = set()
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{str(path)!r} cannot be read: {error}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            case = Case.model_validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}:{number}: {first_problem(error)}") from error
        if case.id in seen:
            raise InputError(f"{path}:{number}: the id {case.id!r} comes twice")
        if case.answerable and not case.answers:
            raise InputError(f"{path}:{number}: case {case.id!r} is answerable and lists no answer")
        seen.add(case.id)
        yield case
