"""Request logging middleware: gives every request an id, times, counts and logs it, and turns crashes into a 500."""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.metrics import Metrics
from service.api.problem_details import problem

CLIENT_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""Form of a client's request id that is safe in a log."""
_log = logging.getLogger("footnote.request")


class RequestLogging:
    """ASGI middleware that wraps all our other middleware."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Log one request, but never its query or body, which contain the reader's questions."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        offered = Headers(scope=scope).get("x-request-id", "")
        request_id = offered if CLIENT_REQUEST_ID.fullmatch(offered) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        self._metrics.under_way.inc()
        try:
            await self._app(scope, receive, sending)
        except Exception:
            _log.exception("unexpected", extra={"request": request_id})
            if status:  # the response has begun: too late for another one
                raise
            detail = f"Footnote made an error; its log has the reason under request {request_id}"
            await problem(500, "Unexpected", detail)(scope, receive, sending)
        finally:
            self._metrics.under_way.dec()
            self._log_request(scope, request_id, status, time.perf_counter() - began)

    def _log_request(self, scope: Scope, request_id: str, status: int, seconds: float) -> None:
        route = str(getattr(scope.get("route"), "path", "other"))
        self._metrics.count_request(scope["method"], route, status, seconds)
        fields = {
            "request": request_id,
            "caller": scope["state"].get("caller", ""),
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        _log.info("request", extra=fields)
