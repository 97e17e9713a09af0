"""Recordings as JSON lines that a person can read and a diff show: places in articles, a few numbers, the drafts."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from pydantic import Field, ValidationError

from evals.data import DATA
from index.errors import InputError
from index.types import Record, Span
from service.generation.types import Engine, Message

RECORDINGS = DATA / "recordings"
QUESTIONS = RECORDINGS / "questions.jsonl"
CLAIMS = RECORDINGS / "claims.jsonl"
REFRESH = "refresh the recordings with `footnote eval record`"


class RecordingHeader(Record):
    """What was recorded from."""

    engine: Engine
    embedder: str
    commit: str
    recorded_at: str
    articles: dict[str, str]
    """Short names of the articles, as the lines below use them."""


class RecordedPlace(Record):
    """A sentence of an article."""

    article: str
    span: Span


class RecordedSentence(Record):
    """An evidence sentence as it was found."""

    place: RecordedPlace
    chance: float
    signals: dict[str, float]
    words: str
    """How it begins: only for people."""


class RecordedDraft(Record):
    """What the model made of a prompt."""

    prompt: str
    """Digest of the rendered prompt, evidence and question included."""
    picked: str
    """The number that it named."""
    written: str


class RecordedQuestion(Record):
    """One question."""

    case: str
    question: str
    best: tuple[RecordedSentence, ...]
    rest: tuple[RecordedPlace, ...]
    """The other sentences that were read closely, in no order."""
    odds: dict[str, float]
    """The relevance of shortened sentences, by the digest of their text."""
    draft: RecordedDraft | None


class RecordedClaim(Record):
    """One claim and the sentences that it was held against, best first."""

    case: str
    claim: str
    considered: tuple[RecordedPlace, ...]


class QuestionLine(Record):
    """A line of the file on questions, after its head: a case, or one of its best sentences."""

    case: str
    question: str | None = None
    draft: RecordedDraft | None = None
    odds: dict[str, float] = Field(default_factory=dict)
    rest: str = ""
    rank: int = 0
    at: str = ""
    chance: float = 0.0
    signals: dict[str, float] = Field(default_factory=dict)
    words: str = ""


def digest(text: str) -> str:
    """Eight hex digits that stand for a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def prompt_digest(messages: Sequence[Message]) -> str:
    """Eight hex digits that stand for a rendered prompt."""
    return digest("\0".join(f"{message.role}\0{message.content}" for message in messages))


def short_names(article_ids: Sequence[str]) -> dict[str, str]:
    """For each article the shortest beginning of its id, three characters at least, that no other has."""
    found: dict[str, str] = {}
    for each in article_ids:
        lengths = range(3, len(each) + 1)
        alike = [n for n in lengths if sum(other.startswith(each[:n]) for other in article_ids) == 1]
        found[each[: alike[0]] if alike else each] = each
    return found


class Shorthand:
    """Places as `000:12-80`, and back."""

    def __init__(self, articles: dict[str, str]) -> None:
        self._ids = articles
        self._names = {article: name for name, article in articles.items()}

    def written(self, places: Iterable[RecordedPlace]) -> str:
        """The places in a line."""
        return " ".join(f"{self._names[p.article]}:{p.span.start}-{p.span.end}" for p in places)

    def read(self, line: str) -> tuple[RecordedPlace, ...]:
        """The places of a line; raises KeyError or ValueError when it is none."""
        found = []
        for each in line.split():
            name, _, span = each.partition(":")
            start, end = map(int, span.split("-"))
            found.append(RecordedPlace(article=self._ids[name], span=Span(start=start, end=end)))
        return tuple(found)


def write_questions(head: RecordingHeader, questions: Sequence[RecordedQuestion], path: Path = QUESTIONS) -> None:
    """One line a case and one for each of its best sentences."""
    short = Shorthand(head.articles)
    lines: list[dict[str, Any]] = []
    for each in questions:
        asked = QuestionLine(case=each.case, question=each.question, draft=each.draft, odds=each.odds)
        lines.append(asked.model_copy(update={"rest": short.written(each.rest)}).model_dump(exclude_defaults=True))
        for rank, found in enumerate(each.best, start=1):
            line = QuestionLine(
                case=each.case, rank=rank, at=short.written([found.place]), **found.model_dump(exclude={"place"})
            )
            lines.append(line.model_dump(exclude_defaults=True))
    _write(path, head, lines)


def read_questions(path: Path = QUESTIONS) -> tuple[RecordingHeader, dict[str, RecordedQuestion]]:
    """The head, and each case by its id.

    Raises:
        InputError: there is no recording, or a line of it cannot be read.
    """
    head, rows = _read(path, QuestionLine)
    short = Shorthand(head.articles)
    found: dict[str, RecordedQuestion] = {}
    for name, group in groupby(rows, key=lambda row: row.case):
        asked, *best = group
        found[name] = RecordedQuestion(
            case=name,
            question=asked.question or "",
            best=tuple(
                RecordedSentence(place=short.read(row.at)[0], chance=row.chance, signals=row.signals, words=row.words)
                for row in best
            ),
            rest=short.read(asked.rest),
            odds=asked.odds,
            draft=asked.draft,
        )
    return head, found


def drafts_of(engine: Engine, path: Path = QUESTIONS) -> dict[str, RecordedDraft]:
    """What this very engine has written before, by its prompt."""
    if not path.exists():
        return {}
    head, found = read_questions(path)
    return {each.draft.prompt: each.draft for each in found.values() if each.draft} if head.engine == engine else {}


class ClaimLine(Record):
    """A line of the file on claims."""

    case: str
    claim: str
    considered: str


def write_claims(head: RecordingHeader, claims: Sequence[RecordedClaim], path: Path = CLAIMS) -> None:
    """One line a claim."""
    short = Shorthand(head.articles)
    _write(path, head, [{**c.model_dump(), "considered": short.written(c.considered)} for c in claims])


def read_claims(path: Path = CLAIMS) -> tuple[RecordingHeader, dict[str, RecordedClaim]]:
    """The head, and each claim by its case's id; raises InputError as `read_questions` does."""
    head, rows = _read(path, ClaimLine)
    short = Shorthand(head.articles)
    found = {
        row.case: RecordedClaim(case=row.case, claim=row.claim, considered=short.read(row.considered)) for row in rows
    }
    return head, found


Row = TypeVar("Row", bound=Record)


def _read(path: Path, kind: type[Row]) -> tuple[RecordingHeader, list[Row]]:
    try:
        first, *lines = path.read_text(encoding="utf-8").splitlines()
        return RecordingHeader.model_validate_json(first), [kind.model_validate_json(line) for line in lines]
    except (OSError, ValueError, ValidationError) as error:
        raise InputError(f"the recording {str(path)!r} cannot be read; {REFRESH}") from error


def _write(path: Path, head: RecordingHeader, lines: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    body = [head.model_dump_json(), *(json.dumps(line, ensure_ascii=False) for line in lines)]
    path.write_text("\n".join(body) + "\n", encoding="utf-8")
