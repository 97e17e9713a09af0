"""Article routes: list, show, ingest and remove articles."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi import Path as PathParameter
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from index.errors import InputError
from index.kind_names import FileKind
from index.reading import ArticleRecord, RawFile, read_raw, to_article
from index.reading.files import MAX_BYTES, file_id, file_suffix
from index.store.article_search import ArticleQuery, ArticleSort, MissingFact
from index.store.identity import UPLOAD
from index.types import Article, Day, Utf8Text
from service.api.collections import Chosen, ChosenInQuery, CollectionField
from service.api.error_responses import problems
from service.api.jobs import QUEUED, Wait, queued
from service.api.problem_details import PROBLEMS
from service.api.request_bodies import as_read
from service.ingestion.samples import sample_articles
from service.ingestion.types import IngestReport
from service.library.articles import article_facets, list_articles, query_words
from service.library.types import ArticleEdit, ArticleFacets, ArticleList, ArticleView, RemovedArticles

MAX_ARTICLES_PER_REQUEST = 1000
OCTET_STREAM = "application/octet-stream"
UPLOAD_BODY = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes as they are.",
        "content": {OCTET_STREAM: {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
    }
}
ArticleId = Annotated[str, PathParameter(description="The article's id.")]


class ListParameters(BaseModel):
    """Which articles are listed, in which order, and which page of them."""

    q: Utf8Text = Field(
        default="",
        max_length=1000,
        description="Words, or phrases in quotation marks. Each must be part of the title or outlet, or in the text.",
    )
    outlet: Utf8Text | None = Field(default=None, description="Only this outlet, as the list spells it.")
    since: Day | None = Field(default=None, description="Nothing published before this day, nor undated.")
    until: Day | None = Field(default=None, description="Nothing published after this day, nor undated.")
    kind: FileKind | None = Field(default=None, description="Only articles that were read from files of this kind.")
    missing: MissingFact | None = Field(default=None, description="Only articles of which this is not known.")
    sort: ArticleSort = Field(
        default="id", description="By publication date, time of ingestion (`added`, last first), title, outlet or id."
    )
    limit: int = Field(default=100, ge=1, le=10_000)
    offset: int = Field(default=0, ge=0, le=2**53)


class RemovalBody(CollectionField):
    """Articles to remove."""

    model_config = ConfigDict(extra="forbid")

    article_ids: list[Utf8Text] = Field(
        min_length=1, max_length=MAX_ARTICLES_PER_REQUEST, description="Their ids; all are removed together."
    )


class IngestBody(CollectionField):
    """Articles to add."""

    articles: list[ArticleRecord] = Field(min_length=1, max_length=MAX_ARTICLES_PER_REQUEST)


class EditBody(ArticleEdit, CollectionField):
    """Corrections of an article: an empty value says that the fact is not known."""


class FetchBody(CollectionField):
    """A page or feed to fetch."""

    model_config = ConfigDict(extra="forbid")

    url: Utf8Text = Field(
        description="Fetched once, as its site's robots.txt allows; never from this machine or its own networks.",
        examples=["https://example.org/news/a-story"],
        max_length=2000,
    )


class SamplesBody(CollectionField):
    """Body without articles: there is one set of samples."""

    model_config = ConfigDict(extra="forbid")


def article_routes() -> APIRouter:
    """Return the routes that list, show, add, correct and remove articles."""
    router = APIRouter(prefix="/v1/articles", tags=["articles"], responses=PROBLEMS)

    @router.get("")
    def get_articles(parameters: Annotated[ListParameters, Query()], workspace: Chosen) -> ArticleList:
        """List the articles of the collection, all or those that match, page by page."""
        chosen = parameters.model_dump(exclude={"q", "limit", "offset"})
        query = ArticleQuery(words=query_words(workspace.store, parameters.q), **chosen)
        return list_articles(workspace.store, parameters.limit, parameters.offset, query)

    @router.post("", response_model=IngestReport, responses=QUEUED)
    def add_articles(body: IngestBody, workspace: Chosen, wait: Wait = True) -> IngestReport | JSONResponse:
        """Ingest articles, each whole or not at all; one that cannot be used is reported, and the rest are ingested."""
        found = _from_records(body.articles)
        return workspace.ingest(found) if wait else queued(workspace, [*found])

    @router.post("/removals")
    def remove_articles(body: RemovalBody, workspace: Chosen) -> RemovedArticles:
        """Remove articles and every version of them; those that are gone already are left out of what it returns."""
        found = workspace.store.articles.present(body.article_ids)
        if found:
            workspace.remove(*found)
        return RemovedArticles(removed=tuple(found))

    @router.get("/{article_id:path}")
    def get_article(
        workspace: Chosen,
        article_id: ArticleId,
        version: Annotated[int | None, Query(ge=1, le=2**53)] = None,
        difference: Annotated[
            bool, Query(description="Also what changed from that version to the current one.")
        ] = False,
    ) -> ArticleView:
        """Show one version of an article, by default the current one.

        With `difference`, include what changed from that version to the current one; for the current version, from
        the one before it.
        """
        return workspace.article(article_id, version, difference=difference)

    @router.patch("/{article_id:path}")
    def edit_article(
        article_id: ArticleId, body: Annotated[EditBody, as_read(EditBody)], workspace: Chosen
    ) -> ArticleView:
        """Correct title, outlet, author or date of an article; kept apart from what it states, and can be undone."""
        return workspace.edit(article_id, body)

    @router.delete("/{article_id:path}")
    def remove_article(article_id: ArticleId, workspace: Chosen) -> ArticleView:
        """Remove an article and every version of it; returns what was removed."""
        found = workspace.article(article_id)
        workspace.remove(article_id)
        return found

    return router


def upload_routes() -> APIRouter:
    """Return the routes that ingest files, web addresses and the sample articles."""
    router = APIRouter(prefix="/v1", tags=["articles"])

    @router.post(
        "/uploads",
        response_model=IngestReport,
        responses={**problems(404, 413, 415, 422), **QUEUED},
        openapi_extra=UPLOAD_BODY,
    )
    async def upload(
        request: Request,
        workspace: ChosenInQuery,
        name: Annotated[Utf8Text, Query(description="The file's name: its suffix says the kind.", max_length=1000)],
        wait: Wait = True,
    ) -> IngestReport | JSONResponse:
        """Ingest one file of any kind that `footnote ingest` reads; reports its articles, and why any were refused."""
        # A page of another site can send forms and plain text without a CORS preflight, but not this type.
        if request.headers.get("content-type", "").partition(";")[0].strip() != OCTET_STREAM:
            raise HTTPException(415, f"send the file's bytes as {OCTET_STREAM}")
        raw = _raw_file(name, await _file_bytes(request))
        if wait:
            return await run_in_threadpool(lambda: workspace.ingest(read_raw(raw)))
        return await run_in_threadpool(lambda: queued(workspace, [*read_raw(raw)]))

    @router.get("/facets", responses=problems(404))
    def get_facets(workspace: Chosen) -> ArticleFacets:
        """Count the articles by outlet and by kind of file, for a list to be filtered by."""
        return article_facets(workspace.store)

    @router.post("/addresses", responses=problems(404, 422))
    def fetch(body: FetchBody, workspace: Chosen) -> IngestReport:
        """Fetch a page, or a feed with the pages that it names, and ingest what is there."""
        # Imported here because they need httpx, which a server that fetches nothing does not.
        from service.ingestion.fetcher import Fetcher  # noqa: PLC0415
        from service.ingestion.sources import read_address  # noqa: PLC0415

        with closing(Fetcher()) as fetcher:
            return workspace.ingest(read_address(body.url, fetcher))

    @router.post("/samples", responses=problems(404, 422))
    def take_samples(body: SamplesBody, workspace: Chosen) -> IngestReport:
        """Ingest the sample articles that come with Footnote."""
        return workspace.ingest(sample_articles())

    return router


def _from_records(records: Iterable[ArticleRecord]) -> Iterator[Article | InputError]:
    for record in records:
        try:
            yield to_article(record)
        except InputError as error:
            yield error


def _raw_file(name: str, content: bytes) -> RawFile:
    path = PurePosixPath(name.replace("\\", "/"))
    return RawFile(
        id=file_id(path.name), name=name, content=content, suffix=file_suffix(path), location=f"{UPLOAD}{path.name}"
    )


async def _file_bytes(request: Request) -> bytes:
    content = bytearray()
    async for piece in request.stream():
        content += piece
        if len(content) > MAX_BYTES:
            raise HTTPException(413, f"the file is larger than {MAX_BYTES // 2**20} MiB; split it")
    return bytes(content)
