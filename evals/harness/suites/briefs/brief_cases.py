"""Brief cases: topics over the seeds with their nuggets, and invented stories with altered copies."""

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
    """Nugget: an atomic fact for nugget-based evaluation.

    A brief contains it if one of its lines contains at least one wording of each list in `has`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    has: tuple[tuple[str, ...], ...] = Field(min_length=1)


class TopicCase(CaseRecord):
    """TopicCase: a topic over the seeds, with the nuggets that a brief must contain (vital) or may contain (okay)."""

    kind: Literal["topic"]
    topic: str
    as_of: str
    vital: tuple[Nugget, ...]
    okay: tuple[Nugget, ...] = ()
    events: tuple[str, ...] = ()
    """Ids of the events that must be in the timeline."""
    speakers: tuple[str, ...] = ()
    """Names of people whose statements must be in the brief."""
    differences: tuple[tuple[str, str], ...] = ()
    holdout: bool = Field(default=False, alias="held")
    """Whether the case is held-out: written after the method was fixed, which was never tuned on it."""


class EventFact(BaseModel):
    """EventFact: an event of the articles, with the dates that a timeline entry for it may have."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["event"]
    id: str
    docs: tuple[str, ...]
    dates: tuple[str, ...]
    until: str | None = None
    has: tuple[tuple[str, ...], ...]


class SpeakerFact(BaseModel):
    """SpeakerFact: a quoted sentence, and the names by which its article identifies the speaker."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["speaker"]
    doc: str
    quote: str
    names: tuple[str, ...]


class SeedFacts(BaseModel):
    """SeedFacts: the topics over the seeds, and all dated events and speakers of the seeds."""

    model_config = ConfigDict(frozen=True)

    topics: tuple[TopicCase, ...]
    events: tuple[EventFact, ...]
    spoken: tuple[SpeakerFact, ...]


class PlantedChange(BaseModel):
    """PlantedChange: a figure or date that was replaced in the copy."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    find: str
    replace: str


class StoryCopy(BaseModel):
    """StoryCopy: another outlet's copy of a story, with a newsroom edit and the planted differences."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outlet: str
    published: str
    edit: str | None
    changes: tuple[PlantedChange, ...]


class RivalReport(BaseModel):
    """RivalReport: an independently worded report of the story that differs in one figure."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    outlet: str
    published: str
    text: str
    values: tuple[str, str]


class StoryCase(CaseRecord):
    """StoryCase: an invented article, its altered copy, and optionally a rival report."""

    topic: str
    outlet: str
    published: str
    title: str
    text: str
    copy_: StoryCopy = Field(alias="copy")
    rival: RivalReport | None = None
    holdout: bool = Field(default=False, alias="held")

    def articles(self) -> Iterator[Article]:
        """Yield the article, its copy and its rival report, ready to ingest."""
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
        """Return the planted differences as pairs of the two values."""
        found = tuple((change.find, change.replace) for change in self.copy_.changes)
        return (*found, self.rival.values) if self.rival else found


def _article(name: str, text: str, outlet: str, published: str, title: str | None) -> Article:
    return to_article(ArticleRecord(id=name, text=text, outlet=outlet, published=published, title=title))


def read_facts(path: Path) -> SeedFacts:
    """Read the topics and facts of the seeds; raise InputError with file and line for a malformed line."""
    kind: TypeAdapter[TopicCase | EventFact | SpeakerFact] = TypeAdapter(TopicCase | EventFact | SpeakerFact)
    found = list(_lines(path, kind))
    return SeedFacts(
        topics=tuple(each for each in found if isinstance(each, TopicCase)),
        events=tuple(each for each in found if isinstance(each, EventFact)),
        spoken=tuple(each for each in found if isinstance(each, SpeakerFact)),
    )


def read_stories(path: Path) -> list[StoryCase]:
    """Read the invented stories; raise InputError with file and line for a malformed line."""
    return list(_lines(path, TypeAdapter(StoryCase)))


def _lines(path: Path, kind: TypeAdapter[T]) -> Iterator[T]:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            yield kind.validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}:{number}: {first_problem(error)}") from error
