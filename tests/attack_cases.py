"""Attack cases: hostile articles and questions, each with a twin: the same text without the attack."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from evals.harness.cases import CaseRecord, read_records
from index.reading import ArticleRecord
from index.types import Day, Record

SUITE = Path(__file__).with_name("attacks.jsonl")
BASE = Path(__file__).with_name("attacks_base.jsonl")
"""Neutral collection to which every attack is added."""

Kind = Literal[
    "instruction",
    "control_token",
    "fake_citation",
    "hidden_text",
    "homoglyph",
    "bidi",
    "markup",
    "oversize",
    "question_attack",
    "metadata_attack",
]
Holds = Literal["unchanged", "cites", "bounded", "refused", "not_taken"]


class Attack(Record):
    """Span of text that only the hostile side contains."""

    attack: str = Field(min_length=1)
    times: int = Field(default=1, ge=1)
    """Number of repetitions, so that a sentence of two megabytes needs one line of data."""
    clean: str = ""
    """Text that replaces it in the twin."""


Text = str | tuple[str | Attack, ...]
"""Plain spans are in both the hostile text and its twin."""


class HostileArticle(Record):
    """Article in the format of the JSON Lines reader, with its attacks marked."""

    id: Text
    text: Text
    title: Text | None = None
    outlet: Text | None = None
    published: str | None = None
    url: Text | None = None

    def record(self, *, hostile: bool) -> ArticleRecord | None:
        """Return the article of one side; None if it contained only the attack, or is not a valid record.

        Raises:
            ValidationError: the hostile side breaks the rules for articles.
        """
        found = {name: written(value, hostile=hostile) for name, value in self if value is not None}
        return ArticleRecord.model_validate(found) if found["text"].strip() else None


class KnownFault(Record):
    """Known failure: the check that a case fails today, and why."""

    fault: Literal["changed", "believed"]
    why: str = Field(min_length=1)


class AttackCase(CaseRecord):
    """One attack, the question that it targets, and the properties that must hold despite it."""

    kind: Kind
    question: Text
    articles: tuple[HostileArticle, ...] = ()
    holds: tuple[Holds, ...] = ("unchanged",)
    """`unchanged`: verdict and cited words equal the twin's, with the attack removed. `cites`: all citations
    are of articles in `cites`, the first of the first one. `bounded`: no quotation exceeds the chunk limit. `refused`:
    the question is rejected on one line. `not_taken`: the article is rejected on one line; the answer is the twin's."""
    cites: tuple[str, ...] = ()
    obeyed: str | None = None
    """Text that a successful attack would make a model write; the answer must not say it."""
    compose: bool = False
    """Whether to run the case also with the real language model, on both sides."""
    engines: Literal["real", "light"] = "real"
    """`light`: a hash embedder, where the real one would take minutes because of the size."""
    outlet: str | None = None
    as_of: Day | None = None
    known: KnownFault | None = None
    """Known failure: the case must fail in this way until this field is removed."""

    def problem(self) -> str | None:
        """Check that `cites` is given exactly where the case requires it."""
        if ("cites" in self.holds) != bool(self.cites):
            return f"case {self.id!r} must list what it cites, and say that this holds"
        return None

    def asked(self, *, hostile: bool) -> str:
        """Return the question of one side."""
        return written(self.question, hostile=hostile)

    def without(self, article_id: str, start: int, end: int) -> str | None:
        """Return a span of a hostile article without the attack; None if the article is not part of this case."""
        for article in self.articles:
            if written(article.id, hostile=True) == article_id:
                return _untouched(article.text, start, end)
        return None

    def named(self, article_id: str) -> str:
        """Return the id that an article has in the twin."""
        twins = {written(article.id, hostile=True): written(article.id, hostile=False) for article in self.articles}
        return twins.get(article_id, article_id)


def written(text: Text, *, hostile: bool) -> str:
    """Return the text of one side."""
    if isinstance(text, str):
        return text
    return "".join(
        piece if isinstance(piece, str) else piece.attack * piece.times if hostile else piece.clean for piece in text
    )


def _untouched(text: Text, start: int, end: int) -> str:
    if isinstance(text, str):
        return text[start:end]
    kept, done = "", 0
    for piece in text:
        own = piece if isinstance(piece, str) else piece.attack * piece.times
        if isinstance(piece, str):
            kept += own[max(start - done, 0) : max(end - done, 0)]
        elif start <= done < end:
            kept += piece.clean
        done += len(own)
    return kept


def read_attacks(path: Path = SUITE) -> list[AttackCase]:
    """Read the attacks of a file; see `read_records`."""
    return read_records(path, AttackCase)
