"""Who comes in, and with how much: host, origin, key, rate and size are looked at before any route is."""

import asyncio
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from fastapi import FastAPI
from fastapi.middleware.cors import CORSMiddleware
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.api_keys import Keys, offered_key
from service.api.openai_errors import in_their_shape
from service.api.problem_details import problem
from service.api.rate_limit import SAFE_METHODS, RateLimit
from service.replication.owner import PEER
from service.runtime.request_context import RequestContext, request_scope

MB = 1 << 20
OPEN_PATHS = frozenset({"/health"})
"""Asked by what watches the process, which has no key; says nothing but that it runs."""
FOR_REPLICAS = "/v1/replicas/"
"""Nobody comes here but who shows the secret of the home folder, whatever keys it has."""
REPLICA = "replica"
"""The name of that caller."""
LOOPBACK = frozenset({"localhost", "127.0.0.1", "[::1]"})
SLOWEST_BODY = 60.0
"""Seconds in which a body must have come."""
HEADERS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
"""On every response, unless the route says otherwise."""


@dataclass(frozen=True, slots=True)
class AdmissionPolicy:
    """What is asked of every request."""

    keys: Keys = field(default_factory=Keys)
    hosts: frozenset[str] | None = None
    """Names under which the service may be addressed, or None for any: a page of the web can give a name of its own
    the address 127.0.0.1, and its readers' browsers would then ask us for it."""
    origins: tuple[str, ...] = ()
    """Other web pages that may use the service from a browser."""
    rate: float = 600.0
    """Requests a minute for each key; who needs no key has no limit."""
    secret: str = ""
    """What replicas of the home folder show; empty where there are none."""
    largest_body: int = 2 * MB
    largest_upload: int = 64 * MB
    """For articles."""
    uploads: tuple[str, ...] = ("/v1/articles", "/v1/uploads")


class Refused(Exception):
    """A request that does not come in, with the response that says why."""

    def __init__(self, response: JSONResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


def _refused(status: int, title: str, detail: str, headers: Mapping[str, str] | None = None) -> Refused:
    return Refused(problem(status, title, detail, headers))


class AdmissionMiddleware:
    """The doors as ASGI middleware; the routes behind it know for whom they work, and when that one goes away."""

    def __init__(self, app: ASGIApp, doors: AdmissionPolicy) -> None:
        self._app = app
        self._doors = doors
        self._rate = RateLimit(doors.rate)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the request in, or answer it here."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            name = self._admit(scope)
            body = await self._body(scope, receive)
        except Refused as refused:
            response = in_their_shape(scope["path"], refused.response)
            await response(scope, receive, _with_headers(send))
            return
        if body is not None:
            scope.setdefault("state", {})["caller"] = name
            caller = RequestContext(name, str(scope["state"].get("request_id", "")))
            await self._within(caller, body, scope, receive, _with_headers(send))

    def _admit(self, scope: Scope) -> str:
        """The caller's name; raises Refused."""
        headers = Headers(scope=scope)
        self._check_host(headers)
        self._check_origin(scope["method"], headers)
        if str(scope["path"]).startswith(FOR_REPLICAS):
            return self._replica(headers)
        address = str((scope.get("client") or ("local",))[0])
        if not self._doors.keys or scope["path"] in OPEN_PATHS:
            return address
        name = self._doors.keys.name(headers.get("x-api-key") or offered_key(headers.get("authorization", "")))
        if name is None:
            raise _refused(
                401,
                "KeyNeeded",
                "send a key of this service as `Authorization: Bearer KEY`; on this machine set FOOTNOTE_KEYS",
                {"WWW-Authenticate": 'Bearer realm="Footnote", Basic realm="Footnote"'},
            )
        if seconds := self._rate.wait(name):
            after = math.ceil(seconds)
            raise _refused(429, "TooMany", f"too many requests; wait {after} s", {"Retry-After": str(after)})
        return name

    def _replica(self, headers: Headers) -> str:
        secret = self._doors.secret.encode()
        if not secret or not hmac.compare_digest(headers.get(PEER, "").encode(), secret):
            raise _refused(403, "NoReplica", "only a replica of this home folder may hand over what is to be kept")
        return REPLICA

    def _check_host(self, headers: Headers) -> None:
        host = _name_of(headers.get("host", ""))
        if self._doors.hosts is not None and host not in self._doors.hosts:
            raise _refused(
                421, "OtherHost", f"this service is not {host!r}; use http://127.0.0.1, or start it with --allow-host"
            )

    def _check_origin(self, method: str, headers: Headers) -> None:
        origin = headers.get("origin")
        if method in SAFE_METHODS or origin is None or origin in self._doors.origins:
            return
        if urlsplit(origin).netloc != headers.get("host", ""):
            raise _refused(
                403, "OtherOrigin", f"pages of {origin!r} may not use this service; allow it with --allow-origin"
            )

    async def _body(self, scope: Scope, receive: Receive) -> bytes | None:
        """The whole body; None when the client went away before it had come. Raises Refused."""
        large = str(scope["path"]).startswith(self._doors.uploads)
        most = self._doors.largest_upload if large else self._doors.largest_body
        too_large = _refused(413, "TooLarge", f"a body may have at most {most:,} bytes here; send less at a time")
        declared = Headers(scope=scope).get("content-length", "0")
        if declared.isdecimal() and int(declared) > most:
            raise too_large
        parts, size = list[bytes](), 0
        try:
            async with asyncio.timeout(SLOWEST_BODY):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        return None
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > most:
                        raise too_large
                    if not message.get("more_body", False):
                        return b"".join(parts)
        except TimeoutError:
            raise _refused(408, "TooSlow", f"the body did not come within {SLOWEST_BODY:g} s; send it again") from None

    async def _within(self, caller: RequestContext, body: bytes, scope: Scope, receive: Receive, send: Send) -> None:
        gone, first = asyncio.Event(), True

        async def watch() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            caller.cancel()
            gone.set()

        async def replayed() -> Message:
            nonlocal first
            if first:
                first = False
                return {"type": "http.request", "body": body, "more_body": False}
            await gone.wait()
            return {"type": "http.disconnect"}

        watching = asyncio.create_task(watch())
        try:
            with request_scope(caller):
                await self._app(scope, replayed, send)
        finally:
            watching.cancel()


def _name_of(host: str) -> str:
    """A Host header without its port."""
    if host.startswith("["):
        return host.partition("]")[0].lower() + "]"
    return host.partition(":")[0].lower().rstrip(".")


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
        await send(message)

    return sending


def guard(app: FastAPI, doors: AdmissionPolicy) -> None:
    """Put the doors before every route; a browser's question whether it may ask is answered before them."""
    app.add_middleware(AdmissionMiddleware, doors=doors)
    if doors.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=list(doors.origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "X-API-Key", "X-Request-ID"],
            expose_headers=["X-Request-ID", "Retry-After"],
        )
