"""Server process: binds the port first, then opens the home folder, and releases both when it stops."""

import signal
import socket
from collections.abc import Callable, Sequence
from contextlib import closing
from ipaddress import ip_address
from threading import Thread
from types import FrameType
from typing import NoReturn

import uvicorn
from fastapi import FastAPI

from index.errors import InputError
from service.api.admission import LOOPBACK_HOSTS, AdmissionPolicy
from service.api.api_keys import KEY_COMMAND, read_keys
from service.api.app import create_app
from service.api.json_logs import configure_logging
from service.api.setup_app import wait_for_models
from service.engines import Engines, load_engines
from service.language.parsing import load_parser
from service.runtime.home_lock import open_home
from service.runtime.settings import Settings
from service.workspaces import Workspaces

DRAIN_SECONDS = 30
"""Seconds for open requests to finish when the server stops."""
INDEX_WAIT_SECONDS = 2.0
"""Seconds that the start waits for a dense index to open when it is too large for exact search meanwhile."""
LoadEngines = Callable[[Settings], Engines]


def serve(
    settings: Settings,
    host: str,
    port: int,
    *,
    origins: Sequence[str] = (),
    hosts: Sequence[str] = (),
    load: LoadEngines | None = None,
) -> None:
    """Serve until interrupted.

    Args:
        origins: other web pages that may use the service from a browser.
        hosts: allowed host names besides the loopback ones.
        load: loads the models; by default `load_engines`, after any missing models are downloaded.

    Raises:
        InputError: the address cannot be bound, other machines can reach it and no key is set, or one collection is
            chosen in the settings.
        HomeInUse: another process owns the home folder.
        LedgerUnavailable: the database that holds the articles does not answer.
    """
    if settings.collection is not None:
        raise InputError(
            "`footnote serve` serves every collection of the home folder: leave out --collection and "
            "FOOTNOTE_COLLECTION; requests name one in `collection`"
        )
    admission = admission_policy(settings, host, origins, hosts)
    configure_logging(settings.log)
    signal.signal(signal.SIGTERM, _exit)
    bound = _bind(host, port)
    url = f"http://{_host_in_url(host)}:{bound.getsockname()[1]}"

    def loaded() -> Engines:
        if load is not None:
            return load(settings)
        wait_for_models(settings, bound, url, admission)
        return load_engines(settings)

    try:
        _serve(settings, bound, url, admission, loaded)
    finally:
        bound.close()


def _serve(
    settings: Settings, bound: socket.socket, url: str, admission: AdmissionPolicy, load: Callable[[], Engines]
) -> None:
    home = open_home(settings, url=url)
    try:
        with closing(load()) as engines:
            workspaces = Workspaces(settings, engines, home, wait=INDEX_WAIT_SECONDS, runs_jobs=True)
            store = workspaces.open().store
            Thread(target=workspaces.open_unfinished, args=(workspaces.names(),), daemon=True).start()
            what = store.name if store.identity else settings.home
            app = create_app(workspaces, admission)
            _run(app, workspaces, bound, f"Footnote serves {what} on {url} (reference: {url}/docs)")
    finally:
        home.close()


def _run(app: FastAPI, workspaces: Workspaces, bound: socket.socket, announcement: str) -> None:
    try:
        bound.listen()  # a client that reads the next line may connect before uvicorn has started
        print(announcement, flush=True)
        config = uvicorn.Config(
            app, log_config=None, access_log=False, ws="none", timeout_graceful_shutdown=DRAIN_SECONDS
        )
        _Server(config).run(sockets=[bound])
    finally:
        workspaces.close()


class _Server(uvicorn.Server):
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then load the parser in the background: retrieval does not need it, only the first sentence does."""
        await super().startup(sockets)
        Thread(target=load_parser, daemon=True).start()


def admission_policy(
    settings: Settings, host: str, origins: Sequence[str] = (), hosts: Sequence[str] = ()
) -> AdmissionPolicy:
    """Return the admission policy for this address; raises InputError if other machines reach it and no key is set."""
    keys = read_keys(settings.keys.get_secret_value(), settings.key_file)
    names = frozenset(name.lower() for name in hosts)
    if is_loopback(host):
        names |= LOOPBACK_HOSTS
    elif not keys:
        raise InputError(
            f"{host!r} can be reached from other machines, and no key is set: set FOOTNOTE_KEYS or name a --key-file "
            f"(make a key with `{KEY_COMMAND}`), or serve 127.0.0.1"
        )
    return AdmissionPolicy(keys=keys, hosts=names or None, origins=tuple(origins), requests_per_minute=settings.rate)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach that address."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _exit(number: int, frame: FrameType | None) -> NoReturn:
    """Exit by exception, so that the home folder is released: uvicorn drains and then raises the signal again."""
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


def _host_in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host
