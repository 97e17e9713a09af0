"""Forwarding middleware of a replica: requests that change something go to the owner of the home folder."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import OwnerUnavailable
from service.api.problem_details import as_problem, problem, retry_after_header
from service.api.rate_limit import SAFE_METHODS
from service.replication.owner import Owner

ANSWERED_HERE = frozenset({"/v1/ask", "/v1/chat/completions", "/v1/briefs", "/v1/check"})
"""POST routes that a replica answers itself; every other request that is not read-only is forwarded."""
FORWARDED_HEADERS = ("content-type", "accept", "authorization", "x-api-key")
"""Request headers sent to the owner, which checks the client's own API key."""
RETURNED_HEADERS = ("content-type", "content-disposition", "retry-after", "www-authenticate", "allow")


class Forwarding:
    """ASGI middleware that runs after the admission middleware, which has read the body."""

    def __init__(self, app: ASGIApp, owner: Owner) -> None:
        self._app = app
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Forward the request, or pass it to the routes."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or scope["path"] in ANSWERED_HERE:
            await self._app(scope, receive, send)
            return
        message = await receive()
        body = message.get("body", b"") if message["type"] == "http.request" else b""
        response = await run_in_threadpool(self._forwarded, scope, body)
        await response(scope, receive, send)

    def _forwarded(self, scope: Scope, body: bytes) -> Response:
        received = Headers(scope=scope)
        headers = {name: received[name] for name in FORWARDED_HEADERS if name in received}
        headers["X-Request-ID"] = str(scope.get("state", {}).get("request_id", ""))
        target = (scope.get("raw_path") or scope["path"].encode()).decode("ascii")
        query = scope.get("query_string", b"").decode("ascii")
        try:
            reply = self._owner.forward(scope["method"], f"{target}?{query}" if query else target, headers, body)
        except OwnerUnavailable as error:
            found = as_problem(error)
            return problem(found.status, found.title, found.detail, retry_after_header(error))
        returned = {name: reply.headers[name] for name in RETURNED_HEADERS if name in reply.headers}
        return Response(reply.content, reply.status, returned)
