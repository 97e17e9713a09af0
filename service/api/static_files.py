"""Static files: reads the page at `/` once at start and serves it with a content security policy."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

WEB_FOLDER = Path(__file__).parents[1] / "web"
MEDIA_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-cache",
}


class StaticFile(NamedTuple):
    """A file of the page, with its entity tag."""

    content: bytes
    media_type: str
    etag: str


def page_routes() -> APIRouter:
    """Return the routes of the page, which the API reference omits."""
    router = APIRouter(include_in_schema=False)
    files = read_files(WEB_FOLDER)

    @router.get("/")
    def page(request: Request) -> Response:
        """The page."""
        return _file_response(files["index.html"], request)

    @router.get("/web/{name}")
    def file(name: str, request: Request) -> Response:
        """A file of the page."""
        if name not in files:
            raise HTTPException(404, "Not Found")
        return _file_response(files[name], request)

    return router


def read_files(folder: Path) -> Mapping[str, StaticFile]:
    """Read every file of the folder by its name, so that request paths are never looked up on disk."""
    return {path.name: _static_file(path) for path in sorted(folder.iterdir()) if path.suffix in MEDIA_TYPES}


def _static_file(path: Path) -> StaticFile:
    content = path.read_bytes()
    return StaticFile(content, MEDIA_TYPES[path.suffix], f'"{hashlib.sha256(content).hexdigest()[:20]}"')


def _file_response(file: StaticFile, request: Request) -> Response:
    headers = {**PAGE_HEADERS, "ETag": file.etag}
    if request.headers.get("if-none-match") == file.etag:
        return Response(status_code=304, headers=headers)
    return Response(file.content, media_type=file.media_type, headers=headers)
