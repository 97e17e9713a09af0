"""Attack cases: hostile articles and questions, each with a twin that lacks nothing but the attack."""

from pathlib import Path
from typing import Literal

from pydantic import Field

from evals.harness.cases import CaseRecord, read_records
from index.reading import ArticleRecord
from index.types import Day, Record

SUITE = Path(__file__).with_name("attacks.jsonl")
BASE = Path(__file__).with_name("attacks_base.jsonl")
"""The neutral collection that every attack is added to."""

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
    """A span of text that only the hostile side has."""

    attack: str = Field(min_length=1)
    times: int = Field(default=1, ge=1)
    """How often it is repeated: a sentence of two megabytes is one line of data."""
    clean: str = ""
    """What the twin has in its place."""


Text = str | tuple[str | Attack, ...]
"""Plain spans are on both sides."""


class HostileArticle(Record):
    """An article as the reader of JSON lines takes it, with its attacks marked."""

    id: Text
    text: Text
    title: Text | None = None
    outlet: Text | None = None
    published: str | None = None
    url: Text | None = None

    def record(self, *, hostile: bool) -> ArticleRecord | None:
        """The article of one side; None when nothing but the attack was in it, or it cannot be a record.

        Raises:
            ValidationError: the hostile side breaks the rules for articles.
        """
        found = {name: written(value, hostile=hostile) for name, value in self if value is not None}
        return ArticleRecord.model_validate(found) if found["text"].strip() else None


class KnownFault(Record):
    """The check that a case fails today, and why."""

    fault: Literal["changed", "believed"]
    why: str = Field(min_length=1)


class AttackCase(CaseRecord):
    """One attack, the question it is aimed at, and what must hold all the same."""

    kind: Kind
    question: Text
    articles: tuple[HostileArticle, ...] = ()
    holds: tuple[Holds, ...] = ("unchanged",)
    """`unchanged`: verdict and cited words are the twin's, the attack in them taken out. `cites`: every citation is
    into `cites`, the first into the first of them. `bounded`: no quotation is longer than a chunk may be. `refused`:
    the question is, in one line. `not_taken`: the article is not, in one line, and the answer is the twin's."""
    cites: tuple[str, ...] = ()
    obeyed: str | None = None
    """What a model that fell for it would write; the answer must not say it."""
    compose: bool = False
    """Also with the embedded model writing, on both sides."""
    engines: Literal["real", "light"] = "real"
    """`light`: a hash for an embedder, where the real one would take minutes over the size alone."""
    outlet: str | None = None
    as_of: Day | None = None
    known: KnownFault | None = None
    """A fault that is known: the case must go on failing in this way until this is taken out."""

    def problem(self) -> str | None:
        """What it cites and that this holds are said together."""
        if ("cites" in self.holds) != bool(self.cites):
            return f"case {self.id!r} must list what it cites, and say that this holds"
        return None

    def asked(self, *, hostile: bool) -> str:
        """The question of one side."""
        return written(self.question, hostile=hostile)

    def without(self, article_id: str, start: int, end: int) -> str | None:
        """The text of a span of a hostile article without the attack; None when the article is not of this case."""
        for article in self.articles:
            if written(article.id, hostile=True) == article_id:
                return _untouched(article.text, start, end)
        return None

    def named(self, article_id: str) -> str:
        """The id by which the twin knows an article."""
        twins = {written(article.id, hostile=True): written(article.id, hostile=False) for article in self.articles}
        return twins.get(article_id, article_id)


def written(text: Text, *, hostile: bool) -> str:
    """The text of one side."""
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
    """The attacks of a file; see `read_records`."""
    return read_records(path, AttackCase)
