"""Pages from the web, safely: only here does anything of ours connect to an address that a reader named."""

import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from urllib.robotparser import RobotFileParser

import httpcore
import httpx

from index.errors import Unfetchable
from index.reading import SUFFIXES, Raw, address_id
from index.types import Record
from service.ingestion.address_guard import Resolve, resolve
from service.ingestion.guarded_connection import GuardedBackend

AGENT = "Footnote"
ACCEPT = "text/html,application/xhtml+xml,application/pdf,application/rss+xml,application/atom+xml,*/*;q=0.5"
TYPES = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
    "application/rss+xml": ".rss",
    "application/atom+xml": ".atom",
    "application/rdf+xml": ".rss",
    "application/xml": ".xml",
    "text/xml": ".xml",
    "application/json": ".json",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "text/csv": ".csv",
}
UNTOLD = ("", "application/octet-stream", "binary/octet-stream")
NOBODY = ["User-agent: *", "Disallow: /"]
REDIRECTS = (301, 302, 303, 307, 308)


class FetchLimits(Record):
    """What one page may cost."""

    bytes: int = 16 * 1024 * 1024
    """After decompression, which is stopped there."""
    seconds: float = 30.0
    """From the name's look-up to the last byte, one hop."""
    hops: int = 5
    robots_bytes: int = 512 * 1024


class Fetcher:
    """Fetches by the rules of the site and of this machine; one connection a page."""

    def __init__(
        self,
        *,
        allow_private: bool = False,
        limits: FetchLimits | None = None,
        find: Resolve = resolve,
        backend: httpcore.NetworkBackend | None = None,
    ) -> None:
        self._limits = limits or FetchLimits()
        self._guard = GuardedBackend(backend or httpcore.SyncBackend(), find, allow_private=allow_private)
        # No connection is kept: what was checked for one name is never used for another. No proxy, for the same reason.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_keepalive_connections=0,
            network_backend=self._guard,
        )
        self._robots: dict[str, RobotFileParser] = {}

    def close(self) -> None:
        """Close what is open."""
        self._pool.close()

    def fetch(self, address: str) -> Raw:
        """The page behind an address, after every redirect was checked like the address itself.

        Raises:
            Unfetchable: it may not be fetched, cannot be, or is not of a kind that is read.
        """
        url = _parsed(address)
        for _ in range(self._limits.hops + 1):
            self._ask_robots(url)
            with self._opened(url) as response:
                if response.status in REDIRECTS:
                    url = _next(url, _header(response, b"location"))
                    continue
                if response.status != 200:
                    raise Unfetchable(f"{str(url)!r} answers {response.status}; open it in a browser and save the page")
                suffix, charset = _kind(url, _header(response, b"content-type"))
                content = _body(response, str(url), self._limits.bytes)
            final = str(url)
            return Raw(id=address_id(final), name=final, content=content, suffix=suffix, charset=charset, url=final)
        raise Unfetchable(f"{address!r} redirects more than {self._limits.hops} times")

    @contextmanager
    def _opened(self, url: httpx.URL) -> Iterator[httpcore.Response]:
        headers = [
            ("Host", url.netloc.decode()),
            ("User-Agent", AGENT),
            ("Accept", ACCEPT),
            ("Accept-Encoding", "gzip"),
        ]
        self._guard.deadline = time.monotonic() + self._limits.seconds
        try:
            with self._pool.stream("GET", str(url.copy_with(fragment=None)), headers=headers) as response:
                yield response
        except httpcore.TimeoutException as error:
            raise Unfetchable(f"{str(url)!r} took longer than {self._limits.seconds:.0f} seconds") from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol) as error:
            raise Unfetchable(f"{str(url)!r} cannot be fetched: {error or type(error).__name__}") from error

    def _ask_robots(self, url: httpx.URL) -> None:
        site = str(url.copy_with(raw_path=b"/robots.txt", fragment=None))
        if site not in self._robots:
            self._robots[site] = self._rules(httpx.URL(site))
        if not self._robots[site].can_fetch(AGENT, str(url)):
            raise Unfetchable(f"{str(url)!r} may not be fetched by programs (robots.txt); save the page in a browser")

    def _rules(self, url: httpx.URL) -> RobotFileParser:
        """As RFC 9309 has it: no file allows everything, a server in trouble nothing."""
        rules, lines = RobotFileParser(), list[str]()
        for _ in range(self._limits.hops + 1):
            with self._opened(url) as response:
                if response.status in REDIRECTS:
                    url = _next(url, _header(response, b"location"))
                    continue
                lines = NOBODY if response.status >= 500 else []
                if response.status == 200:
                    text = _body(response, str(url), self._limits.robots_bytes)
                    lines = text.decode("utf-8", "replace").splitlines()
                break
        rules.parse(lines)
        return rules


def _parsed(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except (httpx.InvalidURL, ValueError) as error:
        raise Unfetchable(f"{address!r} is not an address: {error}") from error
    if url.scheme not in ("http", "https") or not url.host:
        raise Unfetchable(f"{address!r} is not fetched; only addresses that begin with http:// or https:// are")
    if url.userinfo:
        raise Unfetchable(
            f"{url.host!r} is not fetched with a name and a password in its address; save the page instead"
        )
    return url


def _next(url: httpx.URL, location: str) -> httpx.URL:
    try:
        return _parsed(str(url.join(location)))
    except (httpx.InvalidURL, ValueError) as error:
        raise Unfetchable(f"{str(url)!r} redirects to {location!r}, which is not an address") from error


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")


def _kind(url: httpx.URL, declared: str) -> tuple[str, str | None]:
    """The suffix of the kind that the server declares, and the encoding."""
    kind, _, rest = declared.partition(";")
    kind = kind.strip().lower()
    charset = rest.lower().partition("charset=")[2].strip(" \"'").partition(";")[0] or None
    suffix = next((end for end in SUFFIXES if url.path.lower().endswith(end)), "")
    if kind in TYPES:
        return (suffix if kind == "text/plain" and suffix else TYPES[kind]), charset
    if kind in UNTOLD:
        return suffix, charset
    raise Unfetchable(f"{str(url)!r} is {kind!r}, which is not a kind Footnote reads")


def _body(response: httpcore.Response, name: str, most: int) -> bytes:
    encoding = _header(response, b"content-encoding").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Unfetchable(f"{name!r} comes in the encoding {encoding!r}, which was not asked for")
    chunks = response.iter_stream()
    whole = bytearray()
    for piece in _gunzipped(chunks, name, most) if encoding.endswith("gzip") else chunks:
        whole += piece
        if len(whole) > most:
            raise Unfetchable(f"{name!r} is larger than {most / 2**20:.0f} MiB; save it and ingest the part you need")
    return bytes(whole)


def _gunzipped(chunks: Iterable[bytes], name: str, most: int) -> Iterator[bytes]:
    """A few bytes may unpack to gigabytes: no more is unpacked than is one byte too many."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk, most + 1)
    except zlib.error as error:
        raise Unfetchable(f"{name!r} came broken: {error}") from error
    if not unpacker.eof:
        raise Unfetchable(f"{name!r} came only in part; try again")
