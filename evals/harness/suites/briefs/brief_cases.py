"""Cases of briefs: topics over the seeds with their nuggets, and made-up stories with altered copies."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from evals.harness.cases import CaseRecord
from evals.harness.suites.briefs.newsroom_edits import EDITS
from index.errors import InputError
from index.reading import ArticleRecord, first_problem, to_article
from index.types import Article

T = TypeVar("T")


class Nugget(BaseModel):
    """A nugget that a brief on the topic should say: one of each list of wordings, all in one line of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    has: tuple[tuple[str, ...], ...] = Field(min_length=1)


class TopicCase(CaseRecord):
    """A topic with the nuggets that a careful editor would want on the page (vital) and would not mind (okay)."""

    kind: Literal["topic"]
    topic: str
    as_of: str
    vital: tuple[Nugget, ...]
    okay: tuple[Nugget, ...] = ()
    events: tuple[str, ...] = ()
    """Ids of the events that must be in the timeline."""
    speakers: tuple[str, ...] = ()
    """Those whose statements must be in the brief."""
    differences: tuple[tuple[str, str], ...] = ()
    holdout: bool = Field(default=False, alias="held")
    """Written after the method was fixed; nothing was changed for it."""


class EventFact(BaseModel):
    """An event that an article dates: in a timeline it must have one of these dates."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["event"]
    id: str
    docs: tuple[str, ...]
    dates: tuple[str, ...]
    until: str | None = None
    has: tuple[tuple[str, ...], ...]


class SpeakerFact(BaseModel):
    """A quoted sentence, and whom the article names as its speaker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["speaker"]
    doc: str
    quote: str
    names: tuple[str, ...]


class SeedFacts(BaseModel):
    """The topics, and the dated events and speakers of the seeds, whatever the topic."""

    model_config = ConfigDict(frozen=True)

    topics: tuple[TopicCase, ...]
    events: tuple[EventFact, ...]
    spoken: tuple[SpeakerFact, ...]


class PlantedChange(BaseModel):
    """A figure or date that was altered in the copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    find: str
    replace: str


class StoryCopy(BaseModel):
    """The copy of a story in another outlet, edited as newsrooms do, with the planted differences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outlet: str
    published: str
    edit: str | None
    changes: tuple[PlantedChange, ...]


class RivalReport(BaseModel):
    """Another report of the story in words of its own, with one other figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outlet: str
    published: str
    text: str
    values: tuple[str, str]


class StoryCase(CaseRecord):
    """A made-up article, its altered copy, and at times a rival."""

    topic: str
    outlet: str
    published: str
    title: str
    text: str
    copy_: StoryCopy = Field(alias="copy")
    rival: RivalReport | None = None
    holdout: bool = Field(default=False, alias="held")

    def articles(self) -> Iterator[Article]:
        """The article, its copy and its rival, as they are ingested."""
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
        """The planted differences, each as written in the one and in the other."""
        found = tuple((change.find, change.replace) for change in self.copy_.changes)
        return (*found, self.rival.values) if self.rival else found


def _article(name: str, text: str, outlet: str, published: str, title: str | None) -> Article:
    return to_article(ArticleRecord(id=name, text=text, outlet=outlet, published=published, title=title))


def read_facts(path: Path) -> SeedFacts:
    """The topics and what is known of the seeds; InputError with file and line for a malformed one."""
    kind: TypeAdapter[TopicCase | EventFact | SpeakerFact] = TypeAdapter(TopicCase | EventFact | SpeakerFact)
    found = list(_lines(path, kind))
    return SeedFacts(
        topics=tuple(each for each in found if isinstance(each, TopicCase)),
        events=tuple(each for each in found if isinstance(each, EventFact)),
        spoken=tuple(each for each in found if isinstance(each, SpeakerFact)),
    )


def read_stories(path: Path) -> list[StoryCase]:
    """The made-up stories; InputError with file and line for a malformed one."""
    return list(_lines(path, TypeAdapter(StoryCase)))


def _lines(path: Path, kind: TypeAdapter[T]) -> Iterator[T]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield kind.validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}:{number}: {first_problem(error)}") from error
