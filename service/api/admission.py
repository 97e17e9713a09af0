"""Admission middleware: checks host, origin, API key, rate and body size before any route runs."""

import asyncio
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.api_keys import APIKeys, Client, key_from_header
from service.api.openai_errors import in_openai_shape
from service.api.problem_details import problem
from service.api.rate_limit import SAFE_METHODS, RateLimit
from service.runtime.request_context import RequestContext, request_scope

MEBIBYTE = 1 << 20
PATHS_WITHOUT_KEY = frozenset({"/health"})
"""Paths for a process supervisor, which has no key; the response says only that the service runs."""
LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
MAX_BODY_SECONDS = 60.0
SECURITY_HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""Headers of every response, unless the route sets them itself."""


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """AdmissionPolicy: the conditions that every request must meet."""

    keys: APIKeys = field(default_factory=APIKeys)
    hosts: frozenset[str] | None = None
    """Allowed host names, or None for any. They prevent DNS rebinding, in which a web page points its own host name
    at 127.0.0.1 so that its readers' browsers send requests to this service."""
    origins: tuple[str, ...] = ()
    """Origins of other web pages that may use the service from a browser."""
    requests_per_minute: float = 600.0
    """Rate limit of each key; requests that need no key have no limit."""
    max_body_bytes: int = 2 * MEBIBYTE
    max_upload_bytes: int = 64 * MEBIBYTE
    """Limit for the bodies of `upload_paths`."""
    upload_paths: tuple[str, ...] = ("/v1/articles", "/v1/uploads")


class Rejected(Exception):
    """Rejected: raised for a request that is not admitted, with the error response."""

    def __init__(self, response: JSONResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def _rejected(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Rejected:
    return Rejected(problem(status, title, detail, headers))


class AdmissionMiddleware:
    """ASGI middleware that enforces the admission policy and sets the request context for the routes behind it."""

    def __init__(self, app: ASGIApp, policy: AdmissionPolicy) -> None:
        self._app = app
        self._policy = policy
        self._rate_limit = RateLimit(policy.requests_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Admit the request, or answer it here with an error."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            client = self._admit(scope)
            body = await self._read_body(scope, receive)
        except Rejected as rejected:
            response = in_openai_shape(scope["path"], rejected.response)
            await response(scope, receive, _with_security_headers(send))
            return
        if body is not None:
            scope.setdefault("state", {}).update(caller=client.name, client=client)
            context = RequestContext(client.name, str(scope["state"].get("request_id", "")))
            await self._run_in_context(context, body, scope, receive, _with_security_headers(send))

    def _admit(self, scope: Scope) -> Client:
        """Check the request and return its client: from its key, else its address. Raises Rejected."""
        headers = Headers(scope=scope)
        self._check_host(headers)
        self._check_origin(scope["method"], headers)
        if not self._policy.keys or scope["path"] in PATHS_WITHOUT_KEY:
            return Client(str((scope.get("client") or ("local",))[0]))
        client = self._check_api_key(headers)
        self._check_rate(client.name)
        return client

    def _check_host(self, headers: Headers) -> None:
        host = _without_port(headers.get("host", ""))
        if self._policy.hosts is not None and host not in self._policy.hosts:
            raise _rejected(
                421, "OtherHost", f"this service is not {host!r}; use http://127.0.0.1, or start it with --allow-host"
            )

    def _check_origin(self, method: str, headers: Headers) -> None:
        origin = headers.get("origin")
        if method in SAFE_METHODS or origin is None or origin in self._policy.origins:
            return
        if urlsplit(origin).netloc != headers.get("host", ""):
            raise _rejected(
                403, "OtherOrigin", f"pages of {origin!r} may not use this service; allow it with --allow-origin"
            )

    def _check_api_key(self, headers: Headers) -> Client:
        offered = headers.get("x-api-key") or key_from_header(headers.get("authorization", ""))
        client = self._policy.keys.client_of(offered)
        if client is None:
            raise _rejected(
                401,
                "KeyNeeded",
                "send a key of this service as `Authorization: Bearer KEY`; in a terminal, set FOOTNOTE_KEYS to it",
                {"WWW-Authenticate": 'Bearer realm="Footnote", Basic realm="Footnote"'},
            )
        return client

    def _check_rate(self, client: str) -> None:
        if seconds := self._rate_limit.wait(client):
            retry_after = math.ceil(seconds)
            raise _rejected(
                429, "TooMany", f"too many requests; wait {retry_after} s", {"Retry-After": str(retry_after)}
            )

    async def _read_body(self, scope: Scope, receive: Receive) -> bytes | None:
        """Read the whole body; return None when the client disconnected first. Raises Rejected."""
        is_upload = str(scope["path"]).startswith(self._policy.upload_paths)
        limit = self._policy.max_upload_bytes if is_upload else self._policy.max_body_bytes
        too_large = _rejected(413, "TooLarge", f"a body may have at most {limit:,} bytes here; send less at a time")
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > limit:
            raise too_large
        parts, size = list[bytes](), 0
        try:
            async with asyncio.timeout(MAX_BODY_SECONDS):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > limit:
                        raise too_large
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            detail = f"the body did not come within {MAX_BODY_SECONDS:g} s; send it again"
            raise _rejected(408, "TooSlow", detail) from None

    async def _run_in_context(
        self, context: RequestContext, body: bytes, scope: Scope, receive: Receive, send: Send
    ) -> None:
        """Run the application with the body replayed; cancel the request context when the client disconnects."""
        disconnected, first = asyncio.Event(), True

        async def watch_for_disconnect() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            context.cancel()
            disconnected.set()

        async def replayed() -> Message:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": body, "more_body": False}
            await disconnected.wait()
            return {"type": "http.disconnect"}

        watcher = asyncio.create_task(watch_for_disconnect())
        try:
            with request_scope(context):
                await self._app(scope, replayed, send)
        finally:
            watcher.cancel()


def _without_port(host: str) -> str:
    """Return the host name in a Host header."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower().rstrip(".")


def _with_security_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in SECURITY_HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def add_admission(app: FastAPI, policy: AdmissionPolicy) -> None:
    """Add the policy as middleware before every route; a CORS preflight request is answered before it."""
    app.add_middleware(AdmissionMiddleware, policy=policy)
    if policy.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(policy.origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )
