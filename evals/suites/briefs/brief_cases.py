"""The cases of briefs: topics over the seeds with what they should hold, and made-up stories with altered copies."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from evals.harness.cases import CaseRecord
from evals.suites.briefs.newsroom_edits import EDITS
from index.errors import InputError
from index.reading import ArticleRecord, first_problem, to_article
from index.types import Article

T = TypeVar("T")


class Nugget(BaseModel):
    """Something that a brief on the topic should say: one of each list of wordings, all in one line of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    has: tuple[tuple[str, ...], ...] = Field(min_length=1)


class Topic(CaseRecord):
    """A topic with what a careful editor would want on the page (vital) and would not mind (okay)."""

    kind: Literal["topic"]
    topic: str
    as_of: str
    vital: tuple[Nugget, ...]
    okay: tuple[Nugget, ...] = ()
    events: tuple[str, ...] = ()
    """Ids of the events that must be in the timeline."""
    speakers: tuple[str, ...] = ()
    """Those who must be heard."""
    differences: tuple[tuple[str, str], ...] = ()
    held: bool = False
    """Written after the method was fixed; nothing was changed for it."""


class Event(BaseModel):
    """Something that an article dates: however a timeline tells it, it must have one of these dates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["event"]
    id: str
    docs: tuple[str, ...]
    dates: tuple[str, ...]
    until: str | None = None
    has: tuple[tuple[str, ...], ...]


class Spoken(BaseModel):
    """A sentence that somebody says, and whom the article names for it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["speaker"]
    doc: str
    quote: str
    names: tuple[str, ...]


class Facts(BaseModel):
    """What the seeds say of dates and speakers, whatever the topic."""

    model_config = ConfigDict(frozen=True)

    topics: tuple[Topic, ...]
    events: tuple[Event, ...]
    spoken: tuple[Spoken, ...]


class Swap(BaseModel):
    """A figure or date that the copy has otherwise."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    find: str
    replace: str


class Copied(BaseModel):
    """The copy of a story in another outlet, edited as newsrooms do, with the planted differences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outlet: str
    published: str
    edit: str | None
    changes: tuple[Swap, ...]


class Rival(BaseModel):
    """Another report in words of its own, with one other figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outlet: str
    published: str
    text: str
    values: tuple[str, str]


class Story(CaseRecord):
    """A made-up article, its altered copy, and at times a rival."""

    topic: str
    outlet: str
    published: str
    title: str
    text: str
    copy_: Copied = Field(alias="copy")
    rival: Rival | None = None
    held: bool = False

    def articles(self) -> Iterator[Article]:
        """The story as it is ingested."""
        altered = self.text
        for change in self.copy_.changes:
            altered = altered.replace(change.find, change.replace)
        if self.copy_.edit is not None:
            altered = EDITS[self.copy_.edit](altered, self.text, random.Random(self.id))
        yield _article(self.id, self.text, self.outlet, self.published, self.title)
        yield _article(f"{self.id}-copy", altered, self.copy_.outlet, self.copy_.published, self.title)
        if self.rival is not None:
            yield _article(f"{self.id}-rival", self.rival.text, self.rival.outlet, self.rival.published, None)

    def planted(self) -> tuple[tuple[str, str], ...]:
        """What differs, as it is written in the one and in the other."""
        found = tuple((change.find, change.replace) for change in self.copy_.changes)
        return (*found, self.rival.values) if self.rival else found


def _article(name: str, text: str, outlet: str, published: str, title: str | None) -> Article:
    return to_article(ArticleRecord(id=name, text=text, outlet=outlet, published=published, title=title))


def read_facts(path: Path) -> Facts:
    """The topics and what is known of the seeds; InputError with file and line for a malformed one."""
    kind: TypeAdapter[Topic | Event | Spoken] = TypeAdapter(Topic | Event | Spoken)
    found = list(_lines(path, kind))
    return Facts(
        topics=tuple(each for each in found if isinstance(each, Topic)),
        events=tuple(each for each in found if isinstance(each, Event)),
        spoken=tuple(each for each in found if isinstance(each, Spoken)),
    )


def read_stories(path: Path) -> list[Story]:
    """The made-up stories; InputError with file and line for a malformed one."""
    return list(_lines(path, TypeAdapter(Story)))


def _lines(path: Path, kind: TypeAdapter[T]) -> Iterator[T]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield kind.validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}:{number}: {first_problem(error)}") from error
