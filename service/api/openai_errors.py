"""OpenAI-shaped errors: converts errors on the routes of OpenAI's API to bodies that its clients understand."""

from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute

from index.errors import FootnoteError, InputError, ModelError, NotFound, problem_line
from service.api.openai_types import ErrorBody, ErrorDetail
from service.api.problem_details import Problem, as_problem, retry_after_header

INVALID_REQUEST = "invalid_request_error"
TYPES_BY_STATUS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}
OPENAI_PATHS = ("/v1/chat/", "/v1/models")


def as_body(error: FootnoteError) -> ErrorBody:
    """Return the OpenAI error body of one of our errors."""
    found = as_problem(error)
    kind = TYPES_BY_STATUS.get(found.status) or (
        "server_error" if found.status >= 500 or isinstance(error, ModelError) else INVALID_REQUEST
    )
    return _body(found.detail, kind=kind, code="model_not_found" if isinstance(error, NotFound) else found.title)


def in_openai_shape(path: str, response: JSONResponse) -> JSONResponse:
    """Convert a problem response to an OpenAI error on the paths of OpenAI's API; return any other unchanged."""
    if not path.startswith(OPENAI_PATHS):
        return response
    found = Problem.model_validate_json(bytes(response.body))
    body = _body(found.detail, kind=TYPES_BY_STATUS.get(found.status, INVALID_REQUEST), code=found.title)
    headers = {name: value for name, value in response.headers.items() if not name.startswith("content-")}
    return _reply(found.status, body, headers)


def _body(message: str, *, kind: str = INVALID_REQUEST, param: str | None = None, code: str | None = None) -> ErrorBody:
    return ErrorBody(error=ErrorDetail(message=message, type=kind, param=param, code=code))


def _malformed(error: RequestValidationError) -> ErrorBody:
    """Describe the most deeply nested validation error: in a union, the alternative that matched furthest."""
    deepest = max(error.errors(), key=lambda each: len(each["loc"]))
    names = [str(part) for part in deepest["loc"][1:]]
    where = ".".join(name for name in names if not set(name) & set("[(")) or None
    return _body(problem_line(where or "body", deepest), param=where, code="InvalidRequest")


def _reply(status: int, body: ErrorBody, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse(body.model_dump(), status_code=status, headers=headers)


class OpenAIRoute(APIRoute):
    """Route class whose errors have OpenAI's shape, in which an invalid request has status 400."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return the handler, wrapped to turn its exceptions into error bodies."""
        handle = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await handle(request)
            except RequestValidationError as error:
                return _reply(400, _malformed(error))
            except FootnoteError as error:
                status = as_problem(error).status
                openai_status = 400 if isinstance(error, InputError) or status == 422 else status
                return _reply(openai_status, as_body(error), retry_after_header(error))

        return answered
