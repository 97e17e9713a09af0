"""The routes: each turns a request into one call of the desk."""

import importlib.metadata
from collections.abc import Iterable, Iterator
from typing import Annotated

from fastapi import APIRouter, FastAPI, Path, Query, Response
from fastapi_offline import FastAPIOffline
from pydantic import BaseModel, ConfigDict, Field

from index.errors import InputError
from index.reading import ArticleRecord, to_article
from index.types import Article, Day, Filters, Utf8Text
from service.answering.replay import Replay
from service.answering.types import Answer, Conversation, Question, Style
from service.api.admission import AdmissionPolicy, guard
from service.api.briefs import briefing
from service.api.chat_completions import completions
from service.api.conversations import conversations, feedback
from service.api.engine import engine
from service.api.forwarding import Forward
from service.api.metrics import Metrics, metrics_route
from service.api.openapi import fill_in
from service.api.problem_details import PROBLEMS, install
from service.api.replicas import replicas
from service.api.request_bodies import as_read
from service.api.request_logging import RequestLogging
from service.api.sse import STREAM, stream
from service.api.static_files import pages
from service.api.articles import taking
from service.checking.checker import MAX_TEXT
from service.checking.types import CheckReport
from service.ingestion.types import IngestReport
from service.library.types import ArticleList, ArticleView, SearchResults
from service.replication.owner import Owner
from service.runtime.settings import MAX_QUESTION
from service.runtime.types import Readiness
from service.workspace import Workspace

MAX_ARTICLES = 1000


class Ask(BaseModel):
    """A question and where the reader stands."""

    model_config = ConfigDict(extra="forbid")

    question: Utf8Text = Field(
        examples=["What is said about the attack on the BAP rally?"],
        json_schema_extra={"minLength": 1, "maxLength": MAX_QUESTION, "pattern": r"\S"},
    )
    style: Style = Field(
        default="auto", description="quote: exact words only; compose: the model writes; auto: as fits."
    )
    as_of: Day | None = Field(default=None, description="The day on which you stand: nothing later is used.")
    since: Day | None = Field(default=None, description="Nothing published before this day.")
    until: Day | None = Field(default=None, description="Nothing published after this day.")
    outlet: Utf8Text | None = Field(default=None, description="Only this outlet.")
    conversation: Conversation | None = Field(
        default=None,
        description="The talk that this is a turn of: an id of your choice, begun by its first question; `new` begins "
        "one under an id that the answer names. A follow-up is rewritten from the talk so far, and `asked` shows how.",
        examples=["kabul-2026"],
    )
    stream: bool = Field(default=False, description="Server-sent events instead of one JSON body.")
    trace: bool = Field(default=False, description="Let the answer tell its steps, with times.")

    def to_question(self) -> Question:
        """The question as the desk takes it."""
        filters = Filters(as_of=self.as_of, since=self.since, until=self.until, outlet=self.outlet)
        return Question(
            text=self.question, style=self.style, filters=filters, conversation=self.conversation, trace=self.trace
        )


class Again(BaseModel):
    """Which answer to give again."""

    model_config = ConfigDict(extra="forbid")

    receipt: str | None = Field(default=None, description="The id of a receipt that this home folder keeps.")
    answer: Annotated[Answer | None, as_read(Answer)] = Field(
        default=None, description="Or a whole answer, as it was returned."
    )

    def reference(self) -> str | Answer:
        """The one of the two that was given."""
        found = [given for given in (self.receipt, self.answer) if given is not None]
        if len(found) != 1:
            raise InputError("name either a receipt or an answer to replay")
        return found[0]


class Check(BaseModel):
    """A draft to hold against the collection."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        description="Any prose, at most 100,000 characters.",
        examples=["The blast killed more than 60 people."],
        json_schema_extra={"minLength": 1, "maxLength": MAX_TEXT, "pattern": r"\S"},
    )
    as_of: Day | None = Field(default=None, description="The day on which you stand: nothing later is used.")
    since: Day | None = Field(default=None, description="Nothing published before this day.")
    until: Day | None = Field(default=None, description="Nothing published after this day.")
    outlet: str | None = Field(default=None, description="Only this outlet.")

    def filters(self) -> Filters:
        """Which articles may be used."""
        return Filters(as_of=self.as_of, since=self.since, until=self.until, outlet=self.outlet)


class Ingest(BaseModel):
    """Articles to add."""

    articles: list[ArticleRecord] = Field(min_length=1, max_length=MAX_ARTICLES)


class Health(BaseModel):
    """The process is up; see /ready for whether it can answer."""

    status: str = "ok"
    version: str
    home: str | None = Field(
        default=None, description="Tells this home folder from any other, for replicas beside it; null at a replica."
    )


def create_app(workspace: Workspace, doors: AdmissionPolicy | None = None, owner: Owner | None = None) -> FastAPI:
    """The service over one open collection; without `doors` it asks for no key and answers to any name.

    Args:
        owner: at a replica, to whom everything is handed on that changes something.
    """
    # Its reference page brings its own scripts: the usual one loads them from the network.
    app = FastAPIOffline(
        title="Footnote",
        version=importlib.metadata.version("footnote"),
        summary="Ask a private collection of news articles; every sentence carries the exact words behind it.",
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    install(app)
    metrics = Metrics(workspace)
    if owner is not None:
        app.add_middleware(Forward, owner=owner)
    guard(app, doors or AdmissionPolicy())
    app.add_middleware(RequestLogging, metrics=metrics)
    app.include_router(_asking(workspace))
    app.include_router(briefing(workspace))
    app.include_router(_collection(workspace))
    app.include_router(_operating(workspace))
    rooms = (
        completions(workspace),
        conversations(workspace),
        feedback(workspace),
        taking(workspace),
        engine(workspace),
        replicas(workspace),
        pages(),
    )
    for router in rooms:
        app.include_router(router)
    metrics_route(app, metrics)
    fill_in(app)
    return app


def _asking(workspace: Workspace) -> APIRouter:
    router = APIRouter(prefix="/v1", tags=["questions"], responses=PROBLEMS)

    @router.post("/ask", response_model=Answer, responses={200: STREAM})
    def ask(body: Ask) -> Answer | Response:
        """Answer a question; a refusal (`not_in_corpus`) is an answer too.

        With `stream`, the events are `evidence`, `queued` (how many turns come first, when a model writes for others),
        `sentence`, `withheld` and `done`, whose data is the whole answer; an `error` event carries a problem when
        something fails after the stream has begun.

        `evidence` comes twice. At once with `passages`, which are about to be read closely: nothing is cited from them
        yet. Then, unless the question is refused, with `citations` and `final`: those of them that may be cited, under
        the numbers by which the sentences after it cite them. On a refusal `done` says which passages are closest.
        """
        if not body.stream:
            return workspace.ask(body.to_question())
        events = workspace.stream(body.to_question())
        # Drawn before the response begins, so that an unusable question is answered by its status.
        first = next(events)
        return stream(first, events)

    @router.post("/replay")
    def replay(body: Again) -> Replay:
        """Ask again what a kept answer answered, with its settings, and say what differs and why."""
        return workspace.replay(body.reference())

    @router.post("/check")
    def check(body: Check) -> CheckReport:
        """Hold a draft, or another machine's answer, against the collection, sentence by sentence."""
        return workspace.check(body.text, body.filters())

    @router.get("/search")
    def search(
        q: Annotated[
            str,
            Query(description="What to look for.", min_length=1, max_length=2000, json_schema_extra={"pattern": r"\S"}),
        ],
        limit: Annotated[int, Query(ge=1, le=50)] = 10,
        as_of: Day | None = None,
        since: Day | None = None,
        until: Day | None = None,
        outlet: str | None = None,
    ) -> SearchResults:
        """The passages that bear on a query; nothing is written and nothing is judged."""
        return workspace.search(q, limit, Filters(as_of=as_of, since=since, until=until, outlet=outlet))

    return router


def _collection(workspace: Workspace) -> APIRouter:
    router = APIRouter(prefix="/v1/articles", tags=["articles"], responses=PROBLEMS)
    Id = Annotated[str, Path(description="The article's id.")]

    @router.get("")
    def list_articles(
        limit: Annotated[int, Query(ge=1, le=10_000)] = 100, offset: Annotated[int, Query(ge=0, le=2**53)] = 0
    ) -> ArticleList:
        """One page of the collection."""
        return workspace.articles(limit, offset)

    @router.post("")
    def add_articles(body: Ingest) -> IngestReport:
        """Add articles, each whole or not at all; one that cannot be used is reported and stops nothing."""
        return workspace.ingest(_articles(body.articles))

    @router.get("/{article_id:path}")
    def get_article(
        article_id: Id,
        version: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        difference: Annotated[
            bool, Query(description="Also what changed from that version to the current one.")
        ] = False,
    ) -> ArticleView:
        """One version of an article, the current one unless told.

        With `difference`, and the current version, what changed from the one before it.
        """
        return workspace.article(article_id, version, difference=difference)

    @router.delete("/{article_id:path}")
    def remove_article(article_id: Id) -> ArticleView:
        """Forget an article and every version of it; returns what was removed."""
        found = workspace.article(article_id)
        workspace.remove(article_id)
        return found

    return router


def _articles(records: Iterable[ArticleRecord]) -> Iterator[Article | InputError]:
    for record in records:
        try:
            yield to_article(record)
        except InputError as error:
            yield error


def _operating(workspace: Workspace) -> APIRouter:
    router = APIRouter(tags=["operation"])

    @router.get("/health")
    def health() -> Health:
        """Whether the process is up."""
        return Health(version=importlib.metadata.version("footnote"), home=workspace.mark)

    @router.get("/ready", responses={503: {"model": Readiness, "description": "Questions cannot be answered."}})
    def ready(response: Response) -> Readiness:
        """Whether questions can be answered, part by part; 503 when they cannot."""
        found = workspace.readiness()
        response.status_code = 200 if found.ready else 503
        return found

    return router
