"""The page at `/` and its files: read once, sent with headers that let nothing else in."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

WEB = Path(__file__).parents[1] / "web"
KINDS = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}


class Static(NamedTuple):
    """A file of the page."""

    content: bytes
    media_type: str
    tag: str


def pages() -> APIRouter:
    """The routes of the page; they are no part of the API."""
    router = APIRouter(include_in_schema=False)
    files = read_files(WEB)

    @router.get("/")
    def page(request: Request) -> Response:
        """The page."""
        return _sent(files["index.html"], request)

    @router.get("/web/{name}")
    def file(name: str, request: Request) -> Response:
        """A file of the page."""
        if name not in files:
            raise HTTPException(404, "Not Found")
        return _sent(files[name], request)

    return router


def read_files(folder: Path) -> Mapping[str, Static]:
    """Every file of the folder by its name: no path of a request is ever looked up."""
    return {path.name: _static(path) for path in sorted(folder.iterdir()) if path.suffix in KINDS}


def _static(path: Path) -> Static:
    content = path.read_bytes()
    return Static(content, KINDS[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:20]}"')


def _sent(file: Static, request: Request) -> Response:
    headers = {**HEADERS, "ETag": file.tag}
    if request.headers.get("if-none-match") == file.tag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
