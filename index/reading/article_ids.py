"""What an article is called for good, when it is not a file of its own."""

import hashlib
import re
from urllib.parse import parse_qsl, urlencode, urlsplit

LONGEST = 200
DIGITS = 12
TRACKING = re.compile(
    r"^(?:utm_|fbclid$|gclid$|mc_[ce]id$|ref$|ref_src$|cmp$|smid$|igshid$|at_medium$|at_campaign$)", re.I
)
UNFIT = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def address_id(url: str) -> str:
    """The address without scheme, fragment and what only tells where a reader came from: a page keeps its id."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except ValueError:
        return fitting(url)
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not TRACKING.match(name)])
    host = (parts.hostname or "").removeprefix("www.")
    return fitting(f"{host}{port}{parts.path.rstrip('/')}" + (f"?{query}" if query else ""))


def keyed_id(stem: str, key: str) -> str:
    """An id for one of many in a file: the file's, and a digest of what tells it from the others."""
    return fitting(f"{stem}/{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:DIGITS]}")


def fitting(name: str) -> str:
    """`name` as an id may be written; a longer one keeps its beginning and a digest of the whole."""
    name = UNFIT.sub("-", name.encode("utf-8", "replace").decode("utf-8")).strip("-") or "article"
    if len(name) <= LONGEST:
        return name
    return f"{name[: LONGEST - DIGITS - 1]}-{hashlib.sha256(name.encode()).hexdigest()[:DIGITS]}"
