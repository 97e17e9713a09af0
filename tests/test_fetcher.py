"""Fetching from the web: SSRF guard, robots.txt, size and time limits, redirects, content types, feeds."""

import gzip
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpcore
import pytest

from index.errors import InputError, Unfetchable
from index.types import Article
from service.ingestion.address_guard import is_allowed
from service.ingestion.fetcher import Fetcher, FetchLimits
from service.ingestion.sources import read_address
from tests.test_file_readers import PAGE, STORY

FEED = (
    "<rss version='2.0'><channel><title>Gazette</title>"
    "<item><title>Ferries</title><link>{site}/story?utm_source=rss</link><description>Short.</description></item>"
    f"<item><title>Whole</title><link>{{site}}/whole</link><description>{STORY * 4}</description></item>"
    "<item><title>Secret</title><link>{site}/private/1</link><description>A taste of it.</description></item>"
    "</channel></rss>"
)

ROBOTS = b"""User-agent: *
Disallow: /private/
Disallow: /*?session=
Disallow: /drafts
Allow: /drafts/public
Disallow: /*.json$
"""
"""robots.txt rules: a path, a wildcard, a longer rule that allows, and an end-of-URL mark (RFC 9309)."""


class Site(BaseHTTPRequestHandler):
    """One page of each kind that the fetcher handles."""

    asked: list[str] = []  # noqa: RUF012 - one list for every request of a test

    def do_GET(self) -> None:
        self.asked.append(self.path)
        path, site = self.path.partition("?")[0], f"http://{self.headers['Host']}"
        html = {"Content-Type": "text/html; charset=utf-8"}
        match path:
            case "/robots.txt":
                self._send(200, {"Content-Type": "text/plain"}, ROBOTS)
            case "/story":
                self._send(200, html, PAGE.encode())
            case "/packed":
                self._send(200, {**html, "Content-Encoding": "gzip"}, gzip.compress(PAGE.encode()))
            case "/bomb":
                self._send(200, {**html, "Content-Encoding": "gzip"}, gzip.compress(b"x" * 50_000_000))
            case "/twice":
                self._send(200, {**html, "Content-Encoding": "gzip, gzip"}, b"x")
            case "/cut":
                self._send(200, {**html, "Content-Encoding": "gzip"}, gzip.compress(PAGE.encode())[:-20])
            case "/large":
                self._send(200, html, b"x" * 2_000_000)
            case "/film":
                self._send(200, {"Content-Type": "video/mp4"}, b"x")
            case "/feed":
                self._send(200, {"Content-Type": "application/rss+xml"}, FEED.format(site=site).encode())
            case "/moved":
                self._send(302, {"Location": "/story"}, b"")
            case "/round":
                self._send(302, {"Location": "/round"}, b"")
            case "/out":
                self._send(302, {"Location": "file:///etc/passwd"}, b"")
            case "/to-private":
                self._send(302, {"Location": "/private/1"}, b"")
            case "/inside":
                self._send(302, {"Location": f"http://inside.example:{site.rpartition(':')[2]}/story"}, b"")
            case "/slow":
                self._drip()
            case _:
                self._send(404, html, b"gone")

    def _send(self, status: int, headers: dict[str, str], body: bytes) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def _drip(self) -> None:
        try:
            for byte in b"HTTP/1.1 200 OK\r\nX: " + b"x" * 200:
                self.wfile.write(bytes([byte]))
                self.wfile.flush()
                time.sleep(0.05)
        except OSError:
            return

    def log_message(self, format: str, *args: object) -> None:
        """Keep request logs out of the test output."""


@pytest.fixture
def site() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    server.daemon_threads = True
    Site.asked.clear()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with closing(Fetcher(allow_private=True, limits=FetchLimits(bytes=1_000_000, seconds=2.0))) as opened:
        yield opened


@pytest.mark.parametrize("path", ["/story", "/packed", "/moved"])
def test_a_page_is_fetched_and_read(site: str, fetcher: Fetcher, path: str) -> None:
    (found,) = read_address(site + path, fetcher)
    assert isinstance(found, Article)
    assert found.source.title.value == "Ferries stop"
    assert found.source.url == site + ("/story" if path == "/moved" else path)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/bomb", "larger than"),
        ("/large", "larger than"),
        ("/twice", "encoding"),
        ("/cut", "incomplete"),
        ("/film", "not a kind"),
        ("/round", "redirects more than"),
        ("/out", "only addresses"),
        ("/to-private", "robots.txt"),
        ("/private/1", "robots.txt"),
        ("/nothing", "answers 404"),
        ("/slow", "took longer than 2 seconds"),
    ],
)
def test_a_refused_fetch_says_why(site: str, fetcher: Fetcher, path: str, says: str) -> None:
    began = time.monotonic()
    (found,) = read_address(site + path, fetcher)
    assert isinstance(found, InputError)
    assert says in str(found)
    assert "\n" not in str(found)
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/story?session=1", False),
        ("/story?section=1", True),
        ("/drafts/1", False),
        ("/drafts/public/1", True),
        ("/data.json", False),
        ("/data.json.html", True),
        ("/robots.txt", True),
    ],
)
def test_robots_txt_is_obeyed_by_rfc_9309(site: str, fetcher: Fetcher, path: str, allowed: bool) -> None:
    (found,) = read_address(site + path, fetcher)
    assert ("robots.txt)" not in str(found)) is allowed


@pytest.mark.parametrize(
    "address",
    ["ftp://x.example/a", "file:///etc/passwd", "http://", "http://a:b@x.example/", "http://[::1", "mailto://x"],
)
def test_only_plain_web_addresses_are_fetched(fetcher: Fetcher, address: str) -> None:
    with pytest.raises(Unfetchable):
        fetcher.fetch(address)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]", "0"])
def test_loopback_is_refused_under_each_of_its_names(site: str, host: str) -> None:
    port = site.rpartition(":")[2]
    with closing(Fetcher()) as fetcher, pytest.raises(Unfetchable, match=r"not an address of the open web|no address"):
        fetcher.fetch(f"http://{host}:{port}/story")
    assert Site.asked == []


def test_a_redirect_into_a_private_network_is_refused(site: str) -> None:
    names = {"127.0.0.1": ["127.0.0.1"], "inside.example": ["10.0.0.7"]}
    connected: list[str] = []

    class Network(httpcore.SyncBackend):
        """Simulates the public web: connects public addresses to this machine."""

        def connect_tcp(self, host: str, port: int, *rest: object, **more: object) -> httpcore.NetworkStream:
            connected.append(host)
            return super().connect_tcp("127.0.0.1", port)

    names["open.example"] = ["93.184.215.14"]
    port = site.rpartition(":")[2]
    with closing(Fetcher(find=lambda host, _: names[host], backend=Network())) as fetcher:
        assert fetcher.fetch(f"http://open.example:{port}/story").content == PAGE.encode()
        with pytest.raises(Unfetchable, match=r"10\.0\.0\.7"):
            fetcher.fetch(f"http://open.example:{port}/inside")
    assert set(connected) == {"93.184.215.14"}


def test_a_name_is_looked_up_once_between_check_and_connection(site: str) -> None:
    """A host that is public when checked and private a moment later is not looked up again."""
    answers = iter([["93.184.215.14"], ["93.184.215.14"], ["127.0.0.1"]])
    connected: list[str] = []

    class Network(httpcore.SyncBackend):
        def connect_tcp(self, host: str, port: int, *rest: object, **more: object) -> httpcore.NetworkStream:
            connected.append(host)
            return super().connect_tcp("127.0.0.1", int(site.rpartition(":")[2]))

    with closing(Fetcher(find=lambda host, port: next(answers), backend=Network())) as fetcher:
        fetcher.fetch("http://changing.example/story")
        with pytest.raises(Unfetchable, match=r"127\.0\.0\.1"):
            fetcher.fetch("http://changing.example/story")
    assert connected == ["93.184.215.14"] * 2


def test_a_feed_gives_its_entries_and_fetches_the_pages_of_teasers(site: str, fetcher: Fetcher) -> None:
    found = list(read_address(f"{site}/feed", fetcher))
    articles = [item for item in found if isinstance(item, Article)]
    titles = [(item.source.title.value, item.source.outlet.value) for item in articles]
    assert titles == [("Ferries stop", "Gazette"), ("Whole", "Gazette"), ("Secret", "Gazette")]
    assert "six metres" in articles[0].text
    assert articles[0].id == site.removeprefix("http://") + "/story"
    assert [str(item) for item in found if isinstance(item, InputError) and "robots" in str(item)]
    assert "/whole" not in Site.asked


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("127.0.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:10.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
        ("::7f00:1", False),
        ("not an address", False),
    ],
)
def test_only_global_addresses_are_allowed(address: str, allowed: bool) -> None:
    assert is_allowed(address) is allowed
