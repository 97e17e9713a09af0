"""The process that owns a home folder, as its replicas reach it: what they may not write, they ask it to."""

from __future__ import annotations

import importlib.metadata
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from index.errors import InputError, OwnerUnavailable
from index.types import Record
from service.answering.types import Answer
from service.briefing.types import Brief
from service.runtime.home_lock import HomeFolder, read_owner
from service.runtime.request_context import current_request

if TYPE_CHECKING:
    import httpx

PEER = "X-Footnote-Peer"
"""The header in which a replica shows the secret of the home folder."""
KEPT_ANSWERS, KEPT_BRIEFS = "/v1/replicas/answers", "/v1/replicas/briefs"
LOOK_SECONDS = 5.0
"""An owner that takes longer to say that it is there is taken for away."""
SECONDS = 300.0
"""How long an ingest may take."""
NOTHING_CHANGED = "nothing was changed; search, check and reading go on; ask again when it is back"
UNKEPT = "whether the answer is kept is not known; ask again"
PERHAPS_DONE = "look whether it was done before you send it again"


class Forwarded(NamedTuple):
    """What the owner answered to a request that was handed on."""

    status: int
    headers: Mapping[str, str]
    content: bytes


class Owner:
    """One address and the home folder that is served there; safe to use from several threads."""

    def __init__(self, url: str, home: HomeFolder, client: httpx.Client | None = None) -> None:
        """Raises InputError when `url` is no address."""
        import httpx  # noqa: PLC0415 - only a replica needs it, and every server imports this file

        self.url = checked(url)
        self._home = home
        # A connection that was kept may be one that the owner has just closed, and a write is not sent twice.
        limits = httpx.Limits(max_keepalive_connections=0)
        self._client = client or httpx.Client(trust_env=False, limits=limits)
        self._known = ""
        """The secret of the owner that was last found to be ours."""
        self._away = False

    def check(self) -> None:
        """Find it and see that it serves this home folder, with this version of Footnote.

        Raises:
            OwnerUnavailable: it does not answer, or it is another one.
        """
        self._away, who = True, read_owner(self._home.folder)
        if who is None or not who.secret:
            whose = "no process owns" if who is None else f"process {who.pid} owns, but does not serve,"
            raise OwnerUnavailable(f"{whose} the home folder {str(self._home.folder)!r}; {NOTHING_CHANGED}")
        health = _as_object(self._asked("GET", "/health", LOOK_SECONDS, NOTHING_CHANGED))
        if health.get("home") != who.identity(self._home.ledger):
            raise OwnerUnavailable(
                f"{self.url} does not serve the home folder {str(self._home.folder)!r}; give the address of its owner"
            )
        if health.get("version") != (own := importlib.metadata.version("footnote")):
            raise OwnerUnavailable(
                f"the owner at {self.url} is Footnote {health.get('version')}, this is {own}; run the same for both"
            )
        self._known, self._away = who.secret, False

    def require(self) -> None:
        """Look whether it is back, if it was away; raises OwnerUnavailable while it is."""
        if self._away:
            self.check()

    def keep_answer(self, answer: Answer) -> None:
        """Have it keep an answer, with its receipt and conversation turn; raises OwnerUnavailable when it has not."""
        self._kept(KEPT_ANSWERS, answer)

    def keep_brief(self, brief: Brief) -> None:
        """Have it keep a brief; raises OwnerUnavailable when it has not."""
        self._kept(KEPT_BRIEFS, brief)

    def forward(self, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Forwarded:
        """Hand on a request as it came; `target` is its path with its query, as they were sent.

        Raises:
            OwnerUnavailable: there is no answer.
        """
        self.require()
        found = self._asked(method, target, SECONDS, PERHAPS_DONE, headers=headers, content=body)
        return Forwarded(found.status_code, found.headers, found.content)

    def close(self) -> None:
        """Let the connections go; the owner goes on."""
        self._client.close()

    def _kept(self, path: str, record: Record) -> None:
        who = read_owner(self._home.folder)
        if who is None or not who.secret or who.secret != self._known:  # another process: is it one to be shown it?
            self.check()
        headers = {PEER: self._known, "Content-Type": "application/json", "X-Request-ID": current_request().request_id}
        content = record.model_dump_json().encode()
        found = self._asked("POST", path, SECONDS, UNKEPT, headers=headers, content=content)
        if found.status_code != 204:
            detail = _as_object(found).get("detail", f"it answered {found.status_code}")
            raise OwnerUnavailable(f"the owner at {self.url} did not keep the answer ({detail}); ask again")

    def _asked(self, method: str, target: str, seconds: float, way_out: str, **options: Any) -> httpx.Response:
        import httpx  # noqa: PLC0415 - as above

        limit = httpx.Timeout(seconds, connect=LOOK_SECONDS)
        try:
            return self._client.request(method, self.url + target, timeout=limit, **options)
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            self._away = True
            raise OwnerUnavailable(f"the owner at {self.url} does not answer ({error}); {NOTHING_CHANGED}") from error
        except httpx.HTTPError as error:
            self._away = True
            raise OwnerUnavailable(
                f"the owner at {self.url} took the request and did not answer ({type(error).__name__}); {way_out}"
            ) from error


def checked(url: str) -> str:
    """The address without a slash at its end, if it is one; raises InputError."""
    import httpx  # noqa: PLC0415 - as above

    try:
        parsed = httpx.URL(url)
    except (httpx.InvalidURL, ValueError):
        parsed = httpx.URL()
    if parsed.scheme not in ("http", "https") or not parsed.host or parsed.userinfo or parsed.query:
        raise InputError(f"{url!r} is no address of an owner; write it as http://127.0.0.1:8000")
    return url.rstrip("/")


def _as_object(response: httpx.Response) -> dict[str, Any]:
    try:
        found = response.json()
    except ValueError:
        found = None
    return found if isinstance(found, dict) else {}
