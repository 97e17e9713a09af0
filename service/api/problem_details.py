"""Problem details (RFC 9457): converts errors to `application/problem+json` with a status and an actionable line."""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from index.errors import (
    CollectionChanged,
    DeadlineExceeded,
    EmptyCollection,
    EngineBusy,
    FootnoteError,
    IndexUnavailable,
    InputError,
    LedgerUnavailable,
    ModelError,
    NameTaken,
    NotFound,
    NotPermitted,
    PromptTooLong,
    problem_line,
)

STATUS_BY_ERROR: tuple[tuple[type[FootnoteError], int], ...] = (
    (NotFound, 404),
    (NotPermitted, 403),
    (NameTaken, 409),
    (InputError, 422),
    (PromptTooLong, 422),
    (EmptyCollection, 409),
    (DeadlineExceeded, 504),
    (EngineBusy, 429),
    (LedgerUnavailable, 503),
    (IndexUnavailable, 503),
    (CollectionChanged, 503),
    (ModelError, 503),
)
"""HTTP status by error class: the first matching class counts; any other FootnoteError gives 500."""
PROBLEM_JSON = "application/problem+json"


class Problem(BaseModel):
    """Error body."""

    type: str = Field(default="about:blank", description="Always about:blank: the title says the kind.")
    title: str = Field(description="The kind of error.", examples=["NotFound"])
    status: int = Field(description="The HTTP status, repeated.")
    detail: str = Field(description="One line: what is wrong, and what to do about it.")


PROBLEMS: dict[int | str, dict[str, object]] = {
    code: {"description": text, "content": {PROBLEM_JSON: {"schema": Problem.model_json_schema()}}}
    for code, text in (
        (404, "No such article, receipt or collection."),
        (409, "The collection is empty."),
        (422, "The request cannot be used as it is."),
        (429, "Too many wait for the language model; `Retry-After` says how many seconds to wait."),
        (
            503,
            "A model is missing, altered or has stopped; or the database of the ledger does not answer; "
            "or articles were removed meanwhile.",
        ),
        (504, "The model took too long."),
    )
}


def problem(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Build a problem response."""
    body = Problem(title=title, status=status, detail=detail)
    return JSONResponse(body.model_dump(), status_code=status, media_type=PROBLEM_JSON, headers=headers)


def as_problem(error: FootnoteError) -> Problem:
    """Return the problem body of one of our errors."""
    status = next((code for kind, code in STATUS_BY_ERROR if isinstance(error, kind)), 500)
    return Problem(title=type(error).__name__, status=status, detail=" ".join(str(error).split()))


def retry_after_header(error: FootnoteError) -> dict[str, str] | None:
    """Return the `Retry-After` header, or None where a retry would not help."""
    return None if error.retry_after is None else {"Retry-After": str(error.retry_after)}


def add_error_handlers(app: FastAPI) -> None:
    """Add handlers that answer our errors and malformed requests with a problem body."""

    @app.exception_handler(FootnoteError)
    def footnote_error(request: Request, error: FootnoteError) -> JSONResponse:
        found = as_problem(error)
        return problem(found.status, found.title, found.detail, retry_after_header(error))

    @app.exception_handler(HTTPException)
    def http_error(request: Request, error: HTTPException) -> JSONResponse:
        found = problem(error.status_code, "NoSuchRoute", f"{error.detail}: the routes are listed on /docs")
        found.headers.update(error.headers or {})
        return found

    @app.exception_handler(RequestValidationError)
    def invalid_request(request: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        return problem(422, "InvalidRequest", _invalid(first["loc"], first))


def _invalid(place: Sequence[str | int], found: Mapping[str, Any]) -> str:
    """Say what is wrong with a request; a whole body that is wrong is most often one sent as something else."""
    if found["type"] == "json_invalid" or place == ("body",):
        return "the body is not a JSON object; send one, with the header `content-type: application/json`"
    return problem_line(".".join(str(part) for part in place), found)
