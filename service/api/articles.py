"""Files, addresses and the samples taken in over HTTP, as the command takes them in."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path, PurePosixPath
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.concurrency import run_in_threadpool
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException

from index.errors import InputError
from index.reading import Raw, read_paths, read_raw
from index.reading.article_ids import fitting
from index.reading.files import MAX_BYTES
from index.types import Article, Utf8Text
from service.api.error_responses import problems
from service.ingestion.types import IngestReport
from service.workspace import Workspace

SAMPLES = Path(__file__).parents[2] / "seeds"
BYTES = "application/octet-stream"
BODY = {
    "requestBody": {
        "required": True,
        "description": "The file's bytes as they are.",
        "content": {BYTES: {"schema": {"type": "string", "format": "binary", "minLength": 1}}},
    }
}


class Address(BaseModel):
    """A page or feed to fetch."""

    model_config = ConfigDict(extra="forbid")

    url: Utf8Text = Field(
        description="Fetched once, as its site's robots.txt allows; never from this machine or its own networks.",
        examples=["https://example.org/news/a-story"],
        max_length=2000,
    )


class Samples(BaseModel):
    """Nothing: there is one set of samples."""

    model_config = ConfigDict(extra="forbid")


def taking(workspace: Workspace) -> APIRouter:
    """The routes that take in what is not yet an article."""
    router = APIRouter(prefix="/v1", tags=["articles"])

    @router.post("/uploads", responses=problems(413, 415, 422), openapi_extra=BODY)
    async def upload(
        request: Request,
        name: Annotated[Utf8Text, Query(description="The file's name: its suffix says the kind.", max_length=1000)],
    ) -> IngestReport:
        """Take in one file of any kind that `footnote ingest` reads; the articles in it, and why others are not."""
        # A page of another site can send a form or plain text unasked, but not this type.
        if request.headers.get("content-type", "").partition(";")[0].strip() != BYTES:
            raise HTTPException(415, f"send the file's bytes as {BYTES}")
        raw = _raw(name, await _bytes(request))
        return await run_in_threadpool(lambda: workspace.ingest(read_raw(raw)))

    @router.post("/addresses", responses=problems(422))
    def fetch(body: Address) -> IngestReport:
        """Fetch a page, or a feed with the pages that it names, and take in what is there."""
        # With httpx behind them, and a server that only answers fetches nothing.
        from service.ingestion.fetcher import Fetcher  # noqa: PLC0415
        from service.ingestion.sources import read_address  # noqa: PLC0415

        with closing(Fetcher()) as fetcher:
            return workspace.ingest(read_address(body.url, fetcher))

    @router.post("/samples")
    def take_samples(body: Samples) -> IngestReport:
        """Take in the sample articles that come with Footnote."""
        return workspace.ingest(_samples())

    return router


def _samples() -> Iterator[Article | InputError]:
    try:
        yield from read_paths([SAMPLES])
    except InputError as error:
        yield error


def _raw(name: str, content: bytes) -> Raw:
    path = PurePosixPath(name.replace("\\", "/"))
    return Raw(id=fitting(path.stem), name=name, content=content, suffix=path.suffix.lower())


async def _bytes(request: Request) -> bytes:
    held = bytearray()
    async for piece in request.stream():
        held += piece
        if len(held) > MAX_BYTES:
            raise HTTPException(413, f"the file is larger than {MAX_BYTES // 2**20} MiB; split it")
    return bytes(held)
