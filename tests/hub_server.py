"""A server on loopback that hands out one file as the Hugging Face hub does: resumable, slow or cut off on demand."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

BLOCK = 1 << 20
"""Bytes of one block; the client writes down what it got every ten of them."""


class HubServer:
    """What a hub server was asked for, and how it answers: `pause` seconds a block, all after `cut` bytes withheld."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.ranges: list[str | None] = []
        self.pause = 0.0
        self.cut: int | None = None
        self.url = ""


@contextmanager
def hub_serving(content: bytes) -> Iterator[HubServer]:
    """A running hub server of this content."""
    hub = HubServer(content)

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.answer(0)

        def do_GET(self) -> None:
            hub.ranges.append(self.headers["Range"])
            start = int((self.headers["Range"] or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
            self.answer(start)
            for place in range(start, len(hub.content) if hub.cut is None else hub.cut, BLOCK):
                self.wfile.write(hub.content[place : place + BLOCK])
                time.sleep(hub.pause)

        def answer(self, start: int) -> None:
            self.send_response(206 if start else 200)
            self.send_header("ETag", f'"{hashlib.sha256(hub.content).hexdigest()}"')
            self.send_header("X-Repo-Commit", "0" * 40)
            self.send_header("Content-Length", str(len(hub.content) - start))
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield hub
    server.shutdown()
    server.server_close()
