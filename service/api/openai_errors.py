"""Errors on the routes of OpenAI's API, in the shape that its clients turn into their own exceptions."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from index.errors import FootnoteError, InputError, ModelError, NotFound
from service.api.openai_types import ErrorBody, ErrorDetail
from service.api.problem_details import Problem, as_problem, come_again

INVALID = "invalid_request_error"
KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
PATHS = ("/v1/chat/", "/v1/models")


def as_body(error: FootnoteError) -> ErrorBody:
    """One of our errors as such a body."""
    told = as_problem(error)
    kind = KINDS.get(told.status) or (
        "server_error" if told.status >= 500 or isinstance(error, ModelError) else INVALID
    )
    return _body(told.detail, kind=kind, code="model_not_found" if isinstance(error, NotFound) else told.title)


def in_their_shape(path: str, refused: JSONResponse) -> JSONResponse:
    """A problem in the shape that the clients of its path read: one of OpenAI's for its routes, else as it is."""
    if not path.startswith(PATHS):
        return refused
    told = Problem.model_validate_json(bytes(refused.body))
    body = _body(told.detail, kind=KINDS.get(told.status, INVALID), code=told.title)
    kept = {name: value for name, value in refused.headers.items() if not name.startswith("content-")}
    return _reply(told.status, body, kept)


def _body(message: str, *, kind: str = INVALID, param: str | None = None, code: str | None = None) -> ErrorBody:
    return ErrorBody(error=ErrorDetail(message=message, type=kind, param=param, code=code))


def _malformed(error: RequestValidationError) -> ErrorBody:
    """Of the ways in which a value may be read, the one that came furthest says what is wrong with it."""
    deepest = max(error.errors(), key=lambda each: len(each["loc"]))
    names = [str(part) for part in deepest["loc"][1:]]
    where = ".".join(name for name in names if not set(name) & set("[(")) or None
    return _body(f"{where or 'body'}: {deepest['msg']}", param=where, code="InvalidRequest")


def _reply(status: int, body: ErrorBody, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


class OpenAIRoute(APIRoute):
    """A route whose errors have OpenAI's shape; a request that cannot be used is a 400 there."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The handler, with what it raises turned into a body."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return _reply(400, _malformed(error))
            except FootnoteError as error:
                status = as_problem(error).status
                usable = 400 if isinstance(error, InputError) or status == 422 else status
                return _reply(usable, as_body(error), come_again(error))

        return answered
