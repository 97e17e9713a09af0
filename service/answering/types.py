"""Answer records: sentences with citations, withheld sentences, the receipt, and stream events."""

from typing import Annotated, Literal

from pydantic import Field

from index.types import Filters, Record, Utf8Text
from service.answering.question_kind import QuestionKind
from service.generation.types import Engine
from service.language.article_dates import DatedWords
from service.runtime.tracing import Stage

Style = Literal["auto", "compose", "quote"]
Verdict = Literal["answered", "not_in_corpus"]


NEW_CONVERSATION = "new"
"""Conversation id that starts a new conversation; the service then chooses its id."""
Conversation = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9._:-]+$")]
"""Conversation id, chosen by the client: letters, digits and `.`, `_`, `:`, `-`."""


class Duplicate(Record):
    """Another article that has the cited sentence, in the same or equivalent words."""

    article_id: str
    version: int
    outlet: str | None
    published: str | None
    start: int
    end: int


class Citation(Record):
    """Citation: the exact words that support a sentence; `text[start:end] == quote` in that version of the article."""

    number: int = Field(ge=1, description="The n of the [n] in the text.")
    article_id: str
    version: int
    title: str | None = Field(description="As the article states it; null when it states none.")
    outlet: str | None = Field(description="As stated or inferred; null when unknown.")
    published: str | None = Field(description="ISO 8601 date, stated or inferred; null when unknown.")
    url: str | None
    author: str | None = Field(
        default=None, description="Who wrote it, as stated or inferred, separated by commas; null when unknown."
    )
    start: int = Field(description="First character of the quote in the article's text, in code points.")
    end: int
    quote: str
    attribution: str | None = Field(
        default=None, description="When the quote stands inside a longer quotation: the article's words for who spoke."
    )
    basis: dict[str, str] = Field(
        default_factory=dict, description="How title, outlet and date are known: stated, inferred (from what), unknown."
    )
    dates: tuple[DatedWords, ...] = Field(
        default=(), description="Words of the quote that name a day from where the article stands, and which day it is."
    )
    also: tuple[Duplicate, ...] = Field(
        default=(), description="Copies that print the sentence too; the one that is cited was published first."
    )
    correction: str | None = Field(
        default=None, description="What the article says to correct itself; null when it carries no such notice."
    )


class Origins(Record):
    """Origins of an answer: its independent sources; ten copies of one agency's text count as one."""

    articles: int = Field(description="Articles cited, with the copies that print the cited sentences.")
    outlets: int = Field(description="How many known outlets published them.")
    origins: int = Field(description="Agencies, and outlets that report for themselves.")
    names: tuple[str, ...] = Field(description="One name for each origin, in order.")


class Disagreement(Record):
    """Conflict between two cited sentences: a different number, date or negation; which one is right is left open."""

    citations: tuple[int, int]
    reason: str = Field(description="What one has and the other has not, in one line.")


class Antecedent(Record):
    """Antecedent context: earlier words that name the person its "he" refers to; `text[start:end] == quote`."""

    article_id: str
    version: int
    start: int
    end: int
    quote: str


class Sentence(Record):
    """Sentence of an answer: accepted by the gate, with the citations that support it."""

    text: str
    citations: tuple[int, ...] = Field(min_length=1)
    style: Literal["compose", "quote"]
    introduction: Antecedent | None = Field(
        default=None, description="What the cited words need to be understood; null when they name all they speak of."
    )


class ShortAnswer(Record):
    """Short answer: the few words of a cited quote that answer a question for one fact."""

    text: str = Field(description="Copied from the quote of the citation, character by character.")
    citation: int = Field(ge=1, description="The n of the [n] whose quote has these words.")


class Withheld(Record):
    """Withheld sentence: rejected by the gate and left out of the answer, with the reason."""

    text: str
    reason: str


class Receipt(Record):
    """Receipt: everything that produced an answer, so that it can be replayed and compared."""

    id: str
    created_at: str
    revision: str = Field(description="Digest of the collection that was asked.")
    engine: Engine | None = Field(description="Null when no sentence was written by a model.")
    embedder: str
    relevance: str
    entailment: str | None = Field(default=None, description="The model that judged the short answer; null for none.")
    prompts: dict[str, str] = Field(description="Version (digest) of each prompt that was used.")
    settings: dict[str, str | int | float | bool | None] = Field(
        description="What was asked for, `as_of` always as a day; `exact` says that every vector was compared."
    )
    article_ids: tuple[str, ...] | None = Field(default=None, description="Only these could be used; null: any.")
    asked: str | None = Field(
        default=None,
        description="The question that was answered, when the conversation so far changed the one that was typed.",
    )
    seed: int
    versions: dict[str, str]
    replies: tuple[str, ...] = Field(description="What the model wrote, before the gate.")


class Answer(Record):
    """Answer to one question, or a refusal."""

    question: str
    conversation: str | None = Field(
        default=None, description="The conversation that this is a turn of; null for none."
    )
    asked: str | None = Field(
        default=None,
        description="How a follow-up was understood: the question rewritten from the conversation so far. Null when "
        "the question was answered as it was typed.",
    )
    verdict: Verdict
    kind: QuestionKind | None = Field(
        default=None, description="The kind of answer that the question asks for; null in answers from before it."
    )
    short: ShortAnswer | None = Field(
        default=None, description="The answer in a few words, where one fact is asked for and the reader found it."
    )
    text: str = Field(description="The sentences with their [n], or why there is no answer.")
    sentences: tuple[Sentence, ...] = ()
    citations: tuple[Citation, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    closest: tuple[Citation, ...] = Field(
        default=(), description="On a refusal: the nearest passages. They do not answer the question."
    )
    disagreements: tuple[Disagreement, ...] = Field(
        default=(), description="Where cited sentences of different articles have another figure, date or denial."
    )
    origins: Origins | None = Field(
        default=None, description="Whose reporting the citations are. Null on a refusal, and in answers from before it."
    )
    undated_left_out: int = Field(
        default=0, description="How many articles the date filters left out because their date is not known."
    )
    receipt: Receipt
    trace: tuple[Stage, ...] | None = Field(
        default=None, description="The stages of the pipeline with their times; null unless asked for."
    )


class Question(Record):
    """Question as asked: its text, style and filters."""

    text: Utf8Text
    style: Style = "auto"
    filters: Filters = Filters()
    conversation: Conversation | None = None
    """Id of the question's conversation; `new` starts one."""
    asked: str | None = None
    """Question rewritten from the conversation history, which is answered instead of `text`; None if unchanged."""
    trace: bool = False
    """Whether the answer includes its trace."""


class EvidenceFound(Record):
    """Evidence event: sentences relevant to the question, sent before the answer is written."""

    passages: tuple[Citation, ...] = ()
    """In the first event: the sentences to be reranked, ranked by cheap signals. They are not cited yet, and in a
    refusal they never are."""
    citations: tuple[Citation, ...] = ()
    """In the second event, with `final`: the sentences that may be cited, with their citation numbers."""
    short: ShortAnswer | None = None
    """In the second event: the answer in a few words, unless a model writes."""
    final: bool = False


class SentenceAccepted(Record):
    """Sentence event: the gate accepted a sentence."""

    sentence: Sentence


class Queued(Record):
    """Queue event: the request waits while the language model works on others."""

    position: int = Field(ge=1, description="How many requests come before this one.")


class SentenceWithheld(Record):
    """Withheld event: the gate rejected a sentence."""

    withheld: Withheld


class Done(Record):
    """Last event: the complete answer."""

    answer: Answer


Event = EvidenceFound | Queued | SentenceAccepted | SentenceWithheld | Done
