"""Safe fetching of web pages (SSRF guard, robots.txt, limits); the only module that fetches URLs given by users."""

import time
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import httpcore
import httpx
from protego import Protego

from index.errors import Unfetchable
from index.reading import SUFFIXES, RawFile, address_id
from index.types import Record
from service.ingestion.address_guard import Resolve, resolve
from service.ingestion.guarded_connection import GuardedBackend

USER_AGENT = "Footnote"
ACCEPT = "text/html,application/xhtml+xml,application/pdf,application/rss+xml,application/atom+xml,*/*;q=0.5"
SUFFIX_OF_TYPE = {
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
UNDECLARED_TYPES = ("", "application/octet-stream", "binary/octet-stream")
"""Content types without information; the suffix of the URL decides instead."""
DISALLOW_ALL = "User-agent: *\nDisallow: /"
REDIRECTS = (301, 302, 303, 307, 308)


class FetchLimits(Record):
    """Limits on one fetch."""

    bytes: int = 16 * 1024 * 1024
    """Maximum size after decompression; decompression stops there."""
    seconds: float = 30.0
    """Time limit from DNS look-up to last byte; starts again at each redirect."""
    hops: int = 5
    """Maximum number of redirects to follow."""
    robots_bytes: int = 512 * 1024


class Fetcher:
    """HTTP client that obeys robots.txt, refuses private addresses and opens one connection per page."""

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
        # No keep-alive and no proxy, so that a connection checked for one host is never used for another.
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(trust_env=False),
            max_keepalive_connections=0,
            network_backend=self._guard,
        )
        self._robots: dict[str, Protego] = {}

    def close(self) -> None:
        """Close the open connections."""
        self._pool.close()

    def fetch(self, address: str) -> RawFile:
        """Fetch a page; every redirect target is checked like the original URL.

        Raises:
            Unfetchable: the page may not or cannot be fetched, or its content type is unsupported.
        """
        url = _parsed(address)
        for _ in range(self._limits.hops + 1):
            self._require_allowed(url)
            with self._opened(url) as response:
                if response.status in REDIRECTS:
                    url = _next(url, _header(response, b"location"))
                    continue
                if response.status != 200:
                    raise Unfetchable(f"{str(url)!r} answers {response.status}; open it in a browser and save the page")
                suffix, charset = _kind(url, _header(response, b"content-type"))
                content = _body(response, str(url), self._limits.bytes)
            final = str(url)
            return RawFile(id=address_id(final), name=final, content=content, suffix=suffix, charset=charset, url=final)
        raise Unfetchable(f"{address!r} redirects more than {self._limits.hops} times")

    @contextmanager
    def _opened(self, url: httpx.URL) -> Iterator[httpcore.Response]:
        headers = [
            ("Host", url.netloc.decode()),
            ("User-Agent", USER_AGENT),
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

    def _require_allowed(self, url: httpx.URL) -> None:
        site = str(url.copy_with(raw_path=b"/robots.txt", fragment=None))
        if site not in self._robots:
            self._robots[site] = Protego.parse(self._robots_txt(httpx.URL(site)))
        if not self._robots[site].can_fetch(str(url), USER_AGENT):
            raise Unfetchable(f"{str(url)!r} may not be fetched by programs (robots.txt); save the page in a browser")

    def _robots_txt(self, url: httpx.URL) -> str:
        """Return the robots.txt of a site (RFC 9309): a missing file allows everything, a server error nothing."""
        for _ in range(self._limits.hops + 1):
            with self._opened(url) as response:
                if response.status in REDIRECTS:
                    url = _next(url, _header(response, b"location"))
                elif response.status == 200:
                    return _body(response, str(url), self._limits.robots_bytes).decode("utf-8", "replace")
                else:
                    return DISALLOW_ALL if response.status >= 500 else ""
        return ""


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
    """Return the file suffix for the declared content type, and the charset."""
    kind, _, rest = declared.partition(";")
    kind = kind.strip().lower()
    charset = rest.lower().partition("charset=")[2].strip(" \"'").partition(";")[0] or None
    suffix = next((end for end in SUFFIXES if url.path.lower().endswith(end)), "")
    if kind in SUFFIX_OF_TYPE:
        return (suffix if kind == "text/plain" and suffix else SUFFIX_OF_TYPE[kind]), charset
    if kind in UNDECLARED_TYPES:
        return suffix, charset
    raise Unfetchable(f"{str(url)!r} is {kind!r}, which is not a kind Footnote reads")


def _body(response: httpcore.Response, name: str, max_bytes: int) -> bytes:
    encoding = _header(response, b"content-encoding").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise Unfetchable(f"{name!r} has the content encoding {encoding!r}, which was not requested")
    chunks = response.iter_stream()
    whole = bytearray()
    for piece in _gunzipped(chunks, name, max_bytes) if encoding.endswith("gzip") else chunks:
        whole += piece
        if len(whole) > max_bytes:
            raise Unfetchable(
                f"{name!r} is larger than {max_bytes / 2**20:.0f} MiB; save it and ingest the part you need"
            )
    return bytes(whole)


def _gunzipped(chunks: Iterable[bytes], name: str, max_bytes: int) -> Iterator[bytes]:
    """Decompress gzip up to one byte beyond the limit, because a few bytes may expand to gigabytes."""
    unpacker = zlib.decompressobj(wbits=31)
    try:
        for chunk in chunks:
            yield unpacker.decompress(chunk, max_bytes + 1)
    except zlib.error as error:
        raise Unfetchable(f"{name!r} arrived damaged: {error}") from error
    if not unpacker.eof:
        raise Unfetchable(f"{name!r} arrived incomplete; try again")
