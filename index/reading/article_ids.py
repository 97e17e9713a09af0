"""Article ids: makes permanent ids from addresses, file names and contents."""

import hashlib
import re
from collections.abc import Iterable, Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

from index.errors import InputError
from index.types import Article

MAX_ID_CHARACTERS = 200
DIGEST_CHARACTERS = 12
TRACKING_PARAMETER = re.compile(
    r"^(?:utm_|fbclid$|gclid$|mc_[ce]id$|ref$|ref_src$|cmp$|smid$|igshid$|at_medium$|at_campaign$)", re.I
)
SIBLING_SUFFIX = re.compile(rf"~[0-9a-f]{{{DIGEST_CHARACTERS}}}$")
NOT_IN_IDS = re.compile(r"[\s\x00-\x1f\x7f-\x9f]+")


def address_id(url: str) -> str:
    """Make an id from an address without scheme, fragment and tracking parameters, so that a page keeps its id."""
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port and parts.port not in (80, 443) else ""
    except ValueError:
        return normalise_id(url)
    query = urlencode([(name, value) for name, value in parse_qsl(parts.query) if not TRACKING_PARAMETER.match(name)])
    host = (parts.hostname or "").removeprefix("www.")
    return normalise_id(f"{host}{port}{parts.path.rstrip('/')}" + (f"?{query}" if query else ""))


def keyed_id(stem: str, key: str) -> str:
    """Make the id of one of several articles in a file: the file's id and a digest of the key."""
    return normalise_id(f"{stem}/{hashlib.sha256(key.encode('utf-8', 'replace')).hexdigest()[:DIGEST_CHARACTERS]}")


def sibling_id(name: str, key: str) -> str:
    """Make the id of an article whose own id is another article's: that id, `~` and a digest of the key."""
    digest = hashlib.sha256(key.encode("utf-8", "replace")).hexdigest()[:DIGEST_CHARACTERS]
    return f"{base_id(name)[: MAX_ID_CHARACTERS - DIGEST_CHARACTERS - 1]}~{digest}"


def base_id(name: str) -> str:
    """Return the id that a sibling id was made from; any other id is returned as it is."""
    return SIBLING_SUFFIX.sub("", name)


def content_key(article: Article) -> str:
    """Return a digest of an article's text and source metadata; equal for one article read twice."""
    content = f"{article.text}\0{article.source.model_dump_json()}"
    return hashlib.sha256(content.encode("utf-8", "surrogatepass")).hexdigest()


def tell_apart(found: Iterable[Article | InputError]) -> Iterator[Article | InputError]:
    """Yield the items of one file: an article that repeats an id with another content gets an id of its own."""
    first: dict[str, str] = {}
    for item in found:
        if isinstance(item, Article):
            key = content_key(item)
            if first.setdefault(item.id, key) != key:
                item = item.model_copy(update={"id": sibling_id(item.id, key)})
        yield item


def normalise_id(name: str) -> str:
    """Make a name a valid id; a name that is too long is truncated and gets a digest of the whole name."""
    name = NOT_IN_IDS.sub("-", name.encode("utf-8", "replace").decode("utf-8")).strip("-") or "article"
    if len(name) <= MAX_ID_CHARACTERS:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:DIGEST_CHARACTERS]
    return f"{name[: MAX_ID_CHARACTERS - DIGEST_CHARACTERS - 1]}-{digest}"
