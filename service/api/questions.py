"""Question routes: ask, replay, check and search."""

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import ConfigDict, Field
from sse_starlette import ServerSentEvent

from index.errors import InputError
from index.types import Utf8Text
from service.answering.origins import require_quoted
from service.answering.replay import Replay
from service.answering.types import Answer, Conversation, Question, Style
from service.api.collections import Chosen, CollectionField
from service.api.downloads import EXPORTED_FILE, download
from service.api.filter_parameters import FilterParameters
from service.api.problem_details import PROBLEMS
from service.api.request_bodies import as_read
from service.api.sse import ANSWER_STREAM, event_response, event_schema, events_until_error, stream_answer
from service.briefing.brief_replay import BriefReplay
from service.checking.checker import MAX_TEXT
from service.checking.types import CheckBegun, CheckedSentence, CheckEvent, CheckReport
from service.library.types import SearchResults
from service.rendering.escaping import printable_json
from service.rendering.export import DocumentFormat, export_draft
from service.runtime.settings import MAX_QUESTION_CHARACTERS

CHECK_STREAM = event_schema("The report.", ["begun", "sentence", "done", "error"])


class AskBody(FilterParameters, CollectionField):
    """A question, its filters and its style."""

    model_config = ConfigDict(extra="forbid")

    question: Utf8Text = Field(
        examples=["What is said about the attack on the BAP rally?"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUESTION_CHARACTERS, "pattern": r"\S"},
    )
    style: Style = Field(
        default="auto", description="quote: exact words only; compose: the model writes; auto: as fits."
    )
    conversation: Conversation | None = Field(
        default=None,
        description="The conversation that this question belongs to: an id of your choice, begun by its first "
        "question; `new` begins one under an id that the answer names. A follow-up is rewritten from the questions and "
        "answers before it, and `asked` shows how.",
        examples=["kabul-2026"],
    )
    stream: bool = Field(default=False, description="Server-sent events instead of one JSON body.")
    trace: bool = Field(default=False, description="Add the steps of the answer, with their times.")

    def to_question(self) -> Question:
        """Convert to the question that the pipeline takes."""
        return Question(
            text=self.question,
            style=self.style,
            filters=self.filters(),
            conversation=self.conversation,
            trace=self.trace,
        )


class ReplayBody(CollectionField):
    """Which answer or brief to replay."""

    model_config = ConfigDict(extra="forbid")

    receipt: str | None = Field(default=None, description="The id of a receipt that this home folder keeps.")
    answer: Annotated[Answer | None, as_read(Answer)] = Field(
        default=None, description="Or a whole answer, as it was returned."
    )

    def reference(self) -> str | Answer:
        """Return the receipt id or the answer; raises InputError unless exactly one was given."""
        found = [given for given in (self.receipt, self.answer) if given is not None]
        if len(found) != 1:
            raise InputError("name either a receipt or an answer to replay")
        return found[0]


class CheckBody(FilterParameters, CollectionField):
    """A draft to check against the collection."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        description="Any prose, at most 100,000 characters.",
        examples=["The blast killed more than 60 people."],
        json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"},
    )
    stream: bool = Field(default=False, description="Server-sent events instead of one JSON body.")


class DraftBody(CollectionField):
    """A draft and what was found of it."""

    model_config = ConfigDict(extra="forbid")

    text: Utf8Text = Field(description="The draft that was checked.", max_length=MAX_TEXT)
    report: Annotated[CheckReport, as_read(CheckReport)] = Field(description="The report of its check.")


class SearchParameters(FilterParameters):
    """A query, its filters and how many passages it may return."""

    q: str = Field(description="What to look for.", min_length=1, max_length=2000, json_schema_extra={"pattern": r"\S"})
    limit: int = Field(default=10, ge=1, le=50)


def question_routes() -> APIRouter:
    """Return the routes that query a collection without changing it."""
    router = APIRouter(prefix="/v1", tags=["questions"], responses=PROBLEMS)

    @router.post("/ask", response_model=Answer, responses={200: ANSWER_STREAM})
    def ask(body: AskBody, workspace: Chosen) -> Answer | Response:
        """Answer a question; a refusal (`not_in_corpus`) is an answer too.

        With `stream`, the events are `evidence`, `queued` (how many requests for the language model come first),
        `sentence`, `withheld` and `done`, whose data is the whole answer; an `error` event carries a problem when
        something fails after the stream has begun.

        `evidence` is sent twice: first with the `passages` before reranking, from which nothing is cited yet; then,
        unless the question is refused, with `citations` and `final`: the evidence that may be cited, under the numbers
        that later sentences use. On a refusal, `done` contains the closest passages.
        """
        if not body.stream:
            return workspace.ask(body.to_question())
        events = workspace.stream(body.to_question())
        # Computed before the response begins, so that an unusable question gets an error status.
        first = next(events)
        return stream_answer(first, events)

    @router.post("/replay")
    def replay(body: ReplayBody, workspace: Chosen) -> Replay | BriefReplay:
        """Ask a kept question, or write a kept brief, again with the settings of its receipt; say what differs and why.

        A brief is written on its filters and day; the new one is returned and not kept.
        """
        return workspace.replay_answer_or_brief(body.reference())

    @router.post("/check", response_model=CheckReport, responses={200: CHECK_STREAM})
    def check(body: CheckBody, workspace: Chosen) -> CheckReport | Response:
        """Check a draft, or another system's answer, against the collection, sentence by sentence.

        With `stream`, the events are `begun` (how many sentences there are), `sentence` for each with its verdict as
        soon as it is known, and `done`, whose data is the whole report.
        """
        if not body.stream:
            return workspace.check(body.text, body.filters())
        events = workspace.check_stream(body.text, body.filters())
        # Computed before the response begins, so that an unusable text gets an error status.
        first = next(events)
        return event_response(events_until_error(first, events, _check_event))

    @router.post("/check/export", response_class=Response, responses=EXPORTED_FILE)
    def export_check(
        body: DraftBody,
        workspace: Chosen,
        form: Annotated[
            DocumentFormat,
            Query(alias="format", description="A Word document, Markdown, CSL-JSON of what is cited, or JSON."),
        ] = "docx",
    ) -> Response:
        """Export a checked draft as a file: the draft with its sources and the reason of each verdict in footnotes."""
        cited = [each for one in body.report.sentences for each in (*one.citations, *one.closest)]
        require_quoted(workspace.store, cited)
        return download(export_draft(body.text, body.report, form), "draft")

    @router.get("/search")
    def search(parameters: Annotated[SearchParameters, Query()], workspace: Chosen) -> SearchResults:
        """Retrieve the passages nearest to a query; no answer is written and no sentence is checked."""
        return workspace.search(parameters.q, parameters.limit, parameters.filters())

    return router


def _check_event(event: CheckEvent) -> ServerSentEvent:
    if isinstance(event, CheckBegun):
        return ServerSentEvent(event="begun", data=printable_json(event))
    name = "sentence" if isinstance(event, CheckedSentence) else "done"
    return ServerSentEvent(event=name, data=printable_json(event))
