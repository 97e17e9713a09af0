"""Every request gets an id, is timed, counted and logged; what goes wrong in us leaves as a problem all the same."""

import logging
import re
import time
import uuid

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.metrics import Metrics
from service.api.problem_details import problem

ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""An id of the caller's own that may stand in a log."""
_log = logging.getLogger("footnote.request")


class RequestLogging:
    """ASGI middleware, the outermost of ours."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Attend to one request. Its query and body are never logged: they are the reader's questions."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        offered = Headers(scope=scope).get("x-request-id", "")
        request = offered if ID.fullmatch(offered) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request
        began, status = time.perf_counter(), 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request
            await send(message)

        self._metrics.under_way.inc()
        try:
            await self._app(scope, receive, sending)
        except Exception:
            _log.exception("unexpected", extra={"request": request})
            if status:  # too late to say so
                raise
            detail = f"Footnote made an error; its log has the reason under request {request}"
            await problem(500, "Unexpected", detail)(scope, receive, sending)
        finally:
            self._metrics.under_way.dec()
            self._done(scope, request, status, time.perf_counter() - began)

    def _done(self, scope: Scope, request: str, status: int, seconds: float) -> None:
        route = str(getattr(scope.get("route"), "path", "other"))
        self._metrics.requested(scope["method"], route, status, seconds)
        told = {
            "request": request,
            "caller": scope["state"].get("caller", ""),
            "method": scope["method"],
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
        }
        _log.info("request", extra=told)
