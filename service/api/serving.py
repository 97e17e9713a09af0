"""The server process: takes the port first, then the home folder, and gives both back when it stops."""

import signal
import socket
from pathlib import Path
from types import FrameType
from typing import NoReturn

import uvicorn

from index.errors import InputError
from service.api.app import create_app
from service.api.setting_up import wait_for_models
from service.desk import Desk, load_engines
from service.home import Home
from service.settings import Settings


def serve(settings: Settings, host: str, port: int) -> None:
    """Serve until interrupted.

    Raises:
        InputError: the address cannot be bound.
        HomeHeld: another process owns the home folder.
    """
    signal.signal(signal.SIGTERM, _leave)
    bound = _bind(host, port)
    url = f"http://{_shown(host)}:{bound.getsockname()[1]}"
    home = Home(Path(settings.home), url=url)
    try:
        wait_for_models(settings, bound, url)
        engines = load_engines(settings)
        try:
            desk = Desk(settings, engines, home)
            bound.listen()  # whoever reads the next line may connect at once, before the server takes over
            print(f"Footnote serves {settings.home} on {url} (reference: {url}/docs)", flush=True)
            config = uvicorn.Config(create_app(desk), log_level="warning", timeout_graceful_shutdown=10)
            try:
                uvicorn.Server(config).run(sockets=[bound])
            finally:
                desk.close()
        finally:
            engines.close()
    finally:
        home.close()
        bound.close()


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    """Uvicorn drains and then raises the signal again: ending as an exception lets the home folder be given back."""
    raise SystemExit(0)


def _bind(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise InputError(
            f"port {port} on {host!r} cannot be used: {error.strerror}; choose another with --port"
        ) from error
    return bound


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
