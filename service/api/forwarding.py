"""At a replica: what changes something goes on to the owner of the home folder, as it came."""

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import OwnerUnavailable
from service.api.problem_details import as_problem, come_again, problem
from service.api.rate_limit import SAFE_METHODS
from service.replication.owner import Owner

OWN = frozenset({"/v1/ask", "/v1/chat/completions", "/v1/briefs", "/v1/check"})
"""Asked with a body, and answered here; everything else that is not read only goes on."""
SENT = ("content-type", "accept", "authorization", "x-api-key")
"""Headers that go on: the owner lets the caller in, or not, by the caller's own key."""
RETURNED = ("content-type", "content-disposition", "retry-after", "www-authenticate", "allow")


class Forward:
    """ASGI middleware behind the doors, which have read the body."""

    def __init__(self, app: ASGIApp, owner: Owner) -> None:
        self._app = app
        self._owner = owner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand the request on, or let it in."""
        if scope["type"] != "http" or scope["method"] in SAFE_METHODS or scope["path"] in OWN:
            await self._app(scope, receive, send)
            return
        message = await receive()
        body = message.get("body", b"") if message["type"] == "http.request" else b""
        response = await run_in_threadpool(self._handed_on, scope, body)
        await response(scope, receive, send)

    def _handed_on(self, scope: Scope, body: bytes) -> Response:
        came = Headers(scope=scope)
        headers = {name: came[name] for name in SENT if name in came}
        headers["X-Request-ID"] = str(scope.get("state", {}).get("request_id", ""))
        target = (scope.get("raw_path") or scope["path"].encode()).decode("ascii")
        query = scope.get("query_string", b"").decode("ascii")
        try:
            found = self._owner.forward(scope["method"], f"{target}?{query}" if query else target, headers, body)
        except OwnerUnavailable as error:
            told = as_problem(error)
            return problem(told.status, told.title, told.detail, come_again(error))
        kept = {name: found.headers[name] for name in RETURNED if name in found.headers}
        return Response(found.content, found.status, kept)
