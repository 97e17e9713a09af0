"""Records of a brief; every line names the citations that it rests on."""

from typing import Literal

from pydantic import Field

from index.types import BriefSummary, Filters, Origin, Record, Utf8Text
from service.answering.types import Citation, Receipt, Withheld

PartName = Literal["summary", "points", "timeline", "speakers", "differences", "unknown", "sources"]
PARTS: tuple[PartName, ...] = ("summary", "points", "timeline", "speakers", "differences", "unknown", "sources")
"""In the order in which they are written and streamed."""


BriefLength = Literal["page", "summary"]
"""page: all parts, read in two to three minutes; summary: the ten most important statements alone."""


class BriefRequest(Record):
    """A topic with its filters, and whether to compare with the last brief on it."""

    topic: Utf8Text
    filters: Filters = Filters()
    since_last: bool = False
    length: BriefLength = "page"


class ReportedNumber(Record):
    """The number that one report gives, with its source."""

    value: str = Field(description="The number in the report's words.")
    source: str = Field(description="Outlet and date, as far as they are known.")


class NumberUpdate(Record):
    """A number that a new version of an article gives in the place of the one before."""

    first: ReportedNumber
    then: ReportedNumber


class BriefLine(Record):
    """One statement of a brief, supported by its citations."""

    text: str = Field(description="The line as shown: outlet, date and words.")
    words: str = Field(description="The words alone; of a quotation an exact span.")
    source: str = Field(description="Outlet and date, as far as they are known.")
    said: str | None = Field(
        default=None, description="The article's words for the speaker, when they are outside the quotation."
    )
    citations: tuple[int, ...] = Field(min_length=1, description="The first is the one that is quoted.")
    cut_before: bool = Field(default=False, description="Whether the cited sentence has more words before these.")
    cut_after: bool = Field(default=False, description="Whether it has more words after them.")
    style: Literal["compose", "quote"] = "quote"
    origins: int = Field(default=1, description="How many independent origins say it; copies of one text count once.")


class Summary(Record):
    """The headline and the most important statements."""

    headline: BriefLine | None = Field(description="Null when no statement is short enough.")
    lines: tuple[BriefLine, ...] = Field(description="At most four, or nine in a summary; none is among the points.")


class DatedEvent(Record):
    """An event on the day on which it happened, which need not be the day of publication."""

    date: str = Field(description="ISO 8601 at the precision of the words: 2023-07-30, 2023-07 or 2023.")
    until: str | None = Field(default=None, description="The last day of a range.")
    spelled: str = Field(description="The date written out.")
    basis: str = Field(description="stated, or inferred and from what.")
    line: BriefLine


class SpeakerStatement(Record):
    """A statement of one speaker."""

    verb: str = Field(description="The lemma of the reporting verb; `according to` when there is none.")
    alleged: bool = Field(description="Whether the article marks it as an allegation.")
    line: BriefLine


class Speaker(Record):
    """A named or described speaker with statements that the articles attribute to them."""

    name: str = Field(description="The article's words for the speaker.")
    described: str | None = Field(
        default=None, description="Fuller words for the same speaker from elsewhere in that article."
    )
    statements: tuple[SpeakerStatement, ...] = Field(min_length=1)


class ReportedValue(Record):
    """The value that one source gives."""

    value: str = Field(description="The figure or date in the source's words; `stated` or `denied` for a denial.")
    line: BriefLine


class BriefDifference(Record):
    """Different figures or dates that articles give for one thing, or a denial of it; none is said to be right."""

    kind: Literal["figure", "date", "denial"]
    about: str = Field(description="Content words that the sentences have in common.")
    values: tuple[ReportedValue, ...] = Field(min_length=2)


class OpenQuestion(Record):
    """A question that the articles leave open."""

    kind: Literal["asked", "not_mentioned", "open"] = Field(
        description="asked: a question of the topic that no article answers; not_mentioned: a word of the topic that "
        "no article has; open: an article says itself that it is not known."
    )
    text: str
    line: BriefLine | None = Field(default=None, description="The article's words; null unless the kind is open.")


class SourceUse(Record):
    """An article that the brief cites."""

    article_id: str
    version: int
    title: str | None
    outlet: str | None
    published: str | None = Field(description="ISO 8601 date, stated or inferred; null when unknown.")
    url: str | None
    origin: Origin
    basis: dict[str, str] = Field(description="Whether title, outlet and date are stated or inferred, and from what.")
    lines: int = Field(description="Lines of the brief that cite it.")
    share: float = Field(description="Share of the lines that cite it first; sums to 1 over all sources.")


class BriefChange(Record):
    """One change since the last brief on the topic."""

    kind: Literal["new", "changed", "gone"] = Field(
        description="new: from an article that the last brief had not seen; changed: another figure or date, or other "
        "words in a new version of the article; gone: words of the last brief that are no longer in the collection."
    )
    text: str
    line: BriefLine | None = Field(default=None, description="The line of this brief; null for what is gone.")
    before: Citation | None = Field(
        default=None, description="What the last brief cited in its place; null for what is new."
    )
    update: NumberUpdate | None = Field(
        default=None, description="Where a new version of the article has another number and is otherwise the same."
    )


class ChangesSinceLast(Record):
    """The changes since the last brief on the topic."""

    previous: str | None = Field(description="Receipt of the last brief; null when this is the first.")
    previous_at: str | None
    changes: tuple[BriefChange, ...] = ()


class Brief(Record):
    """A brief on a topic; empty parts are empty lists."""

    topic: str
    title: str = Field(default="", description="Given by the reader, else made of the topic.")
    verdict: Literal["briefed", "not_in_corpus"]
    is_little: bool = Field(
        default=False, description="Whether the collection has little on the topic: no whole article, or few sentences."
    )
    summary: Summary
    points: tuple[BriefLine, ...] = Field(
        default=(), description="Most important first; no two make the same statement."
    )
    timeline: tuple[DatedEvent, ...] = Field(default=(), description="Earliest first; each event once.")
    speakers: tuple[Speaker, ...] = ()
    differences: tuple[BriefDifference, ...] = ()
    unknown: tuple[OpenQuestion, ...] = ()
    sources: tuple[SourceUse, ...] = Field(default=(), description="Most cited first.")
    since_last: ChangesSinceLast | None = Field(default=None, description="Null unless requested.")
    citations: tuple[Citation, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    closest: tuple[Citation, ...] = Field(
        default=(), description="When no article is about the topic: the nearest sentences, which are not about it."
    )
    sentences_read: int = Field(description="Candidate sentences that were ranked.")
    seen: tuple[str, ...] = Field(default=(), description="`article@version` of each article that was searched.")
    receipt: Receipt


class ComparedLine(Record):
    """A line of one of two compared briefs, with the citation that it rests on."""

    line: BriefLine
    citation: Citation


class ComparedStatement(Record):
    """A statement that is not the same in two briefs."""

    kind: Literal["new", "changed", "gone", "only_then", "only_now"] = Field(
        description="new: from an article that the earlier brief had not seen; changed: another figure or date, or "
        "other words in a new version of the article; gone: of the earlier brief, and no longer in the collection; "
        "only_then, only_now: one of the briefs leaves it out, though both had its article."
    )
    then: ComparedLine | None
    now: ComparedLine | None
    update: NumberUpdate | None = Field(
        default=None, description="Where a new version of the article has another number and is otherwise the same."
    )


class BriefComparison(Record):
    """Two briefs side by side: what is new, changed or withdrawn in the later one."""

    then: BriefSummary
    now: BriefSummary
    same: bool = Field(description="Whether both make the same statements.")
    unchanged: int = Field(description="Statements that both make.")
    statements: tuple[ComparedStatement, ...] = Field(description="What differs, changes first.")


class BriefList(Record):
    """Kept briefs, newest first."""

    briefs: tuple[BriefSummary, ...]
    total: int


PartContent = (
    Summary
    | tuple[BriefLine, ...]
    | tuple[DatedEvent, ...]
    | tuple[Speaker, ...]
    | tuple[BriefDifference, ...]
    | tuple[OpenQuestion, ...]
    | tuple[SourceUse, ...]
)


class PartReady(Record):
    """One finished part of a brief; empty parts are sent too."""

    part: PartName
    content: PartContent
    citations: tuple[Citation, ...] = Field(description="Those that no earlier part has sent.")


class BriefDone(Record):
    """The whole brief."""

    brief: Brief


BriefEvent = PartReady | BriefDone
