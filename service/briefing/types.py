"""The records of a brief: every line of it names the citations that it rests on."""

from typing import Literal

from pydantic import Field

from index.types import BriefSummary, Filters, Origin, Record, Utf8Text
from service.answering.types import Citation, Receipt, Withheld

PartName = Literal["summary", "points", "timeline", "speakers", "differences", "unknown", "sources"]
PARTS: tuple[PartName, ...] = ("summary", "points", "timeline", "speakers", "differences", "unknown", "sources")
"""In the order in which they are made and sent."""


class BriefRequest(Record):
    """A topic, where the reader stands, and whether the last brief on it is to be compared with."""

    topic: Utf8Text
    filters: Filters = Filters()
    since_last: bool = False


class Line(Record):
    """One statement of a brief, on the exact words that its citations hold."""

    text: str = Field(description="As a reader sees it: who prints it, when, and the words.")
    words: str = Field(description="The words alone; in a quotation an exact stretch of the cited one.")
    source: str = Field(description="Outlet and date, as far as they are known.")
    said: str | None = Field(default=None, description="The article's words for who spoke, when they stand outside it.")
    citations: tuple[int, ...] = Field(min_length=1, description="The first is the one that is quoted.")
    cut_before: bool = Field(default=False, description="Whether the cited sentence says more before these words.")
    cut_after: bool = Field(default=False, description="Whether it says more after them.")
    style: Literal["compose", "quote"] = "quote"
    origins: int = Field(default=1, description="How many independent origins say it; copies of one text are one.")


class Summary(Record):
    """The brief in a few lines."""

    headline: Line | None = Field(description="Null when no statement is short enough.")
    lines: tuple[Line, ...] = Field(description="At most three; none of them comes again among the points.")


class DatedEvent(Record):
    """Something that happened, on the day on which it happened and not on which it was printed."""

    date: str = Field(description="ISO 8601 at the precision of the words: 2023-07-30, 2023-07 or 2023.")
    until: str | None = Field(default=None, description="The last day, when the words give a stretch of time.")
    spelled: str = Field(description="The date as a person writes it.")
    basis: str = Field(description="stated, or inferred and from what.")
    line: Line


class Statement(Record):
    """Something that somebody said."""

    verb: str = Field(description="The reporting word's dictionary form; `according to` when there is none.")
    alleged: bool = Field(description="Whether the article's own word marks it as an allegation.")
    line: Line


class Speaker(Record):
    """Somebody who is named or described, and what the articles have them say."""

    name: str = Field(description="The article's own words for who it is.")
    described: str | None = Field(
        default=None, description="Fuller words for the same speaker from earlier in that article."
    )
    statements: tuple[Statement, ...] = Field(min_length=1)


class Value(Record):
    """What one source gives."""

    value: str = Field(description="The figure, date or denial in the source's words.")
    line: Line


class BriefDifference(Record):
    """Sentences about one thing that give another figure or date, or deny it; which is right is not for us to say."""

    kind: Literal["figure", "date", "denial"]
    about: str = Field(description="Words that the sentences have in common.")
    values: tuple[Value, ...] = Field(min_length=2)


class Unknown(Record):
    """Something that the collection leaves open."""

    kind: Literal["asked", "not_mentioned", "open"] = Field(
        description="asked: a question of the topic that no article answers; not_mentioned: a word of the topic that "
        "no article holds; open: an article says itself that it is not known."
    )
    text: str
    line: Line | None = Field(default=None, description="The article's words, when it says so itself.")


class SourceUse(Record):
    """An article that the brief rests on."""

    article_id: str
    version: int
    title: str | None
    outlet: str | None
    published: str | None = Field(description="ISO 8601 date, stated or inferred; null when unknown.")
    url: str | None
    origin: Origin
    basis: dict[str, str] = Field(description="How title, outlet and date are known.")
    lines: int = Field(description="Lines of the brief that cite it.")
    share: float = Field(description="Of all lines, those that cite it first; over all sources it sums to 1.")


class Change(Record):
    """What is otherwise than in the last brief on the topic."""

    kind: Literal["new", "changed", "gone"] = Field(
        description="new: from an article that the last brief had not seen; changed: another figure or date, or other "
        "words in a new version of the article; gone: words of the last brief that are no longer in the collection."
    )
    text: str
    line: Line | None = Field(default=None, description="The line of this brief; null for what is gone.")


class SinceLast(Record):
    """This brief beside the last one on the same topic."""

    previous: str | None = Field(description="Receipt of the last brief; null when this is the first.")
    previous_at: str | None
    changes: tuple[Change, ...] = ()


class Brief(Record):
    """A page on a topic; parts that would be empty are empty lists."""

    topic: str
    verdict: Literal["briefed", "not_in_corpus"]
    summary: Summary
    points: tuple[Line, ...] = Field(default=(), description="Most important first; no two say the same.")
    timeline: tuple[DatedEvent, ...] = Field(default=(), description="Earliest first; each event once.")
    speakers: tuple[Speaker, ...] = ()
    differences: tuple[BriefDifference, ...] = ()
    unknown: tuple[Unknown, ...] = ()
    sources: tuple[SourceUse, ...] = Field(default=(), description="Those that most rests on first.")
    since_last: SinceLast | None = Field(default=None, description="Null unless it was asked for.")
    citations: tuple[Citation, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    closest: tuple[Citation, ...] = Field(
        default=(), description="When nothing is known of the topic: the nearest passages. They are not about it."
    )
    sentences_read: int = Field(description="Sentences of the collection that were weighed.")
    seen: tuple[str, ...] = Field(default=(), description="`article@version` of each article that was weighed.")
    receipt: Receipt


class BriefList(Record):
    """Kept briefs, newest first."""

    briefs: tuple[BriefSummary, ...]
    total: int


Content = (
    Summary
    | tuple[Line, ...]
    | tuple[DatedEvent, ...]
    | tuple[Speaker, ...]
    | tuple[BriefDifference, ...]
    | tuple[Unknown, ...]
    | tuple[SourceUse, ...]
)


class PartReady(Record):
    """One part of a brief, as it will stand in the whole; empty parts are sent too."""

    part: PartName
    content: Content
    citations: tuple[Citation, ...] = Field(description="Those that no earlier part has brought.")


class BriefDone(Record):
    """The whole brief."""

    brief: Brief


BriefEvent = PartReady | BriefDone
