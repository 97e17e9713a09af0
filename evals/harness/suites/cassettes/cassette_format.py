"""Cassette format: recordings as JSON lines with article spans, scores and drafts, readable in a diff."""

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
    """RecordingHeader: the first line of a cassette, with the models, commit and time of the recording."""

    engine: Engine
    embedder: str
    commit: str
    recorded_at: str
    articles: dict[str, str]
    """Article ids by the short names that the following lines use."""


class RecordedPlace(Record):
    """RecordedPlace: the span of a sentence in an article."""

    article: str
    span: Span


class RecordedSentence(Record):
    """RecordedSentence: an evidence sentence with its scores."""

    place: RecordedPlace
    chance: float
    signals: dict[str, float]
    answer: Span | None = None
    """Answer span, as offsets in the sentence."""
    words: str
    """Beginning of the sentence, only for people who read the file."""


class RecordedDraft(Record):
    """RecordedDraft: the model's output for a prompt."""

    prompt: str
    """Digest of the rendered prompt, including evidence and question."""
    picked: str
    """Evidence number that the model chose."""
    written: str


class RecordedQuestion(Record):
    """RecordedQuestion: a question with its evidence and its draft."""

    case: str
    question: str
    best: tuple[RecordedSentence, ...]
    rest: tuple[RecordedPlace, ...]
    """The other reranked sentences, without scores."""
    odds: dict[str, float]
    """Reader log-odds of clipped sentences, by the digest of their text."""
    draft: RecordedDraft | None


class RecordedClaim(Record):
    """RecordedClaim: a claim with the sentences that it was compared with, best first."""

    case: str
    claim: str
    considered: tuple[RecordedPlace, ...]


class QuestionLine(Record):
    """QuestionLine: one line of the question cassette after the header, either a case or one of its best sentences."""

    case: str
    question: str | None = None
    draft: RecordedDraft | None = None
    odds: dict[str, float] = Field(default_factory=dict)
    rest: str = ""
    rank: int = 0
    at: str = ""
    chance: float = 0.0
    signals: dict[str, float] = Field(default_factory=dict)
    answer: Span | None = None
    words: str = ""


def digest(text: str) -> str:
    """Return the first eight hex digits of the text's SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def prompt_digest(messages: Sequence[Message]) -> str:
    """Return the digest of a rendered prompt, as `digest` does."""
    return digest("\0".join(f"{message.role}\0{message.content}" for message in messages))


def short_names(article_ids: Sequence[str]) -> dict[str, str]:
    """Return article ids by their shortest unique prefix of at least three characters."""
    found: dict[str, str] = {}
    for each in article_ids:
        lengths = range(3, len(each) + 1)
        unique = [n for n in lengths if sum(other.startswith(each[:n]) for other in article_ids) == 1]
        found[each[: unique[0]] if unique else each] = each
    return found


class PlaceNotation:
    """PlaceNotation: formats places as `000:12-80` and parses them."""

    def __init__(self, articles: dict[str, str]) -> None:
        self._ids = articles
        self._names = {article: name for name, article in articles.items()}

    def written(self, places: Iterable[RecordedPlace]) -> str:
        """Format the places as one line."""
        return " ".join(f"{self._names[p.article]}:{p.span.start}-{p.span.end}" for p in places)

    def read(self, line: str) -> tuple[RecordedPlace, ...]:
        """Parse the places of a line; raise KeyError or ValueError if it is malformed."""
        found = []
        for each in line.split():
            name, _, span = each.partition(":")
            start, end = map(int, span.split("-"))
            found.append(RecordedPlace(article=self._ids[name], span=Span(start=start, end=end)))
        return tuple(found)


def write_questions(header: RecordingHeader, questions: Sequence[RecordedQuestion], path: Path = QUESTIONS) -> None:
    """Write one line per case, followed by one for each of its best sentences."""
    notation = PlaceNotation(header.articles)
    lines: list[dict[str, Any]] = []
    for each in questions:
        asked = QuestionLine(case=each.case, question=each.question, draft=each.draft, odds=each.odds)
        lines.append(asked.model_copy(update={"rest": notation.written(each.rest)}).model_dump(exclude_defaults=True))
        for rank, found in enumerate(each.best, start=1):
            line = QuestionLine(
                case=each.case, rank=rank, at=notation.written([found.place]), **found.model_dump(exclude={"place"})
            )
            lines.append(line.model_dump(exclude_defaults=True))
    _write(path, header, lines)


def read_questions(path: Path = QUESTIONS) -> tuple[RecordingHeader, dict[str, RecordedQuestion]]:
    """Read the header, and each question by its case's id.

    Raises:
        InputError: if there is no recording, or a line cannot be parsed.
    """
    header, rows = _read(path, QuestionLine)
    notation = PlaceNotation(header.articles)
    found: dict[str, RecordedQuestion] = {}
    for name, group in groupby(rows, key=lambda row: row.case):
        asked, *best = group
        found[name] = RecordedQuestion(
            case=name,
            question=asked.question or "",
            best=tuple(
                RecordedSentence(
                    place=notation.read(row.at)[0],
                    chance=row.chance,
                    signals=row.signals,
                    answer=row.answer,
                    words=row.words,
                )
                for row in best
            ),
            rest=notation.read(asked.rest),
            odds=asked.odds,
            draft=asked.draft,
        )
    return header, found


def drafts_of(engine: Engine, path: Path = QUESTIONS) -> dict[str, RecordedDraft]:
    """Return the recorded drafts by prompt digest; empty if they were recorded with another engine."""
    if not path.exists():
        return {}
    header, found = read_questions(path)
    return {each.draft.prompt: each.draft for each in found.values() if each.draft} if header.engine == engine else {}


class ClaimLine(Record):
    """ClaimLine: one line of the claim cassette after the header."""

    case: str
    claim: str
    considered: str


def write_claims(header: RecordingHeader, claims: Sequence[RecordedClaim], path: Path = CLAIMS) -> None:
    """Write one line per claim."""
    notation = PlaceNotation(header.articles)
    _write(path, header, [{**c.model_dump(), "considered": notation.written(c.considered)} for c in claims])


def read_claims(path: Path = CLAIMS) -> tuple[RecordingHeader, dict[str, RecordedClaim]]:
    """Read the header, and each claim by its case's id; raise InputError as `read_questions` does."""
    header, rows = _read(path, ClaimLine)
    notation = PlaceNotation(header.articles)
    found = {
        row.case: RecordedClaim(case=row.case, claim=row.claim, considered=notation.read(row.considered))
        for row in rows
    }
    return header, found


Row = TypeVar("Row", bound=Record)


def _read(path: Path, kind: type[Row]) -> tuple[RecordingHeader, list[Row]]:
    try:
        first, *lines = path.read_text(encoding="utf-8").splitlines()
        return RecordingHeader.model_validate_json(first), [kind.model_validate_json(line) for line in lines]
    except (OSError, ValueError, ValidationError) as error:
        raise InputError(f"the recording {str(path)!r} cannot be read; {REFRESH}") from error


def _write(path: Path, header: RecordingHeader, lines: Sequence[dict[str, Any]]) -> None:
    path.parent.mkdir(exist_ok=True)
    body = [header.model_dump_json(), *(json.dumps(line, ensure_ascii=False) for line in lines)]
    path.write_text("\n".join(body) + "\n", encoding="utf-8")
