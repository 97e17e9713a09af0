"""Markdown reader: extracts the text without markup, and source facts from YAML or TOML front matter."""

import re
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from index.errors import InputError, UnreadableFile
from index.reading.encodings import decode
from index.reading.html import compose_article
from index.reading.html_blocks import HEADINGS, Block, blocks, parse
from index.reading.raw_file import RawFile
from index.reading.source_facts import first_known, outlet_from_domain, stated_day, stated_name, web_address
from index.types import UNKNOWN, Article, Fact, Source

FRONT_MATTER = re.compile(
    r"\A(?P<mark>---|\+\+\+)[ \t]*\r?\n(?P<matter>.{0,65536}?)\r?\n(?P=mark)[ \t]*(?:\r?\n|\Z)", re.DOTALL
)
KEY_ALIASES = {
    "title": "title headline",
    "outlet": "outlet publisher publication site site_name sitename source",
    "author": "author authors byline creator",
    "published": "published date published_at publisheddate pubdate publication_date date_published",
    "url": "url source link canonical canonical_url canonicalurl permalink source_url",
}
CODE = ("fence", "code_block")
WIKI_LINK = re.compile(r"\[\[(?:[^\]|]*\|)?([^\]|]*)\]\]")


def read_markdown(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the article of a Markdown file."""
    content = decode(raw.content, raw.name, raw.charset)
    front = FRONT_MATTER.match(content)
    matter = _matter(front["mark"], front["matter"], raw.name) if front else {}
    found = _blocks(content[front.end() :] if front else content, raw.name)
    if all(block.tag in HEADINGS for block in found):
        raise UnreadableFile(f"{raw.name!r} has no paragraph in it")
    source = _source(matter, raw.url)
    if not source.title.value and found[0].tag == "h1":
        source = source.model_copy(update={"title": stated_name(found[0].text, "first heading")})
    yield compose_article(raw.id, found, source)


def _matter(mark: str, text: str, name: str) -> Mapping[str, Any]:
    import yaml  # noqa: PLC0415 - only Markdown needs it, and no question does

    try:
        # BaseLoader keeps every value as written; other loaders convert some strings to dates.
        found = yaml.load(text, Loader=yaml.BaseLoader) if mark == "---" else tomllib.loads(text)
    except (yaml.YAMLError, tomllib.TOMLDecodeError, RecursionError, ValueError, TypeError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UnreadableFile(f"{name!r}: its front matter is broken ({reason}); correct or remove it") from None
    return (
        {str(key).lower().replace("-", "_"): value for key, value in found.items()}
        if isinstance(found, Mapping)
        else {}
    )


def _source(matter: Mapping[str, Any], url: str | None) -> Source:
    addresses = [found for name in KEY_ALIASES["url"].split() if (found := web_address(_line(matter.get(name))))]
    address = next(iter(addresses), url)
    outlet = next((fact for name in KEY_ALIASES["outlet"].split() if (fact := _stated(matter, name)).value), UNKNOWN)
    return Source(
        title=_fact(matter, "title"),
        outlet=first_known(outlet, outlet_from_domain(address, f"the address {address!r} in the front matter")),
        author=_fact(matter, "author"),
        published=first_known(
            *(
                stated_day(_line(matter.get(name)), f"front matter {name!r}")
                for name in KEY_ALIASES["published"].split()
            )
        ),
        url=address,
    )


def _fact(matter: Mapping[str, Any], field: str) -> Fact:
    return first_known(*(_stated(matter, name) for name in KEY_ALIASES[field].split()))


def _stated(matter: Mapping[str, Any], name: str) -> Fact:
    line = _line(matter.get(name))
    return UNKNOWN if "://" in line else stated_name(line, f"front matter {name!r}")


def _line(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(_line(item) for item in value[:20] if not isinstance(item, list))
    if isinstance(value, Mapping):
        return _line(value.get("name")) if not isinstance(value.get("name"), Mapping) else ""
    return WIKI_LINK.sub(r"\1", str(value)) if value is not None else ""


def _blocks(content: str, name: str) -> list[Block]:
    """Return the blocks of the page that the text makes, by the rules for pages; code is left out."""
    from markdown_it import MarkdownIt  # noqa: PLC0415 - as above

    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    tokens = [token for token in reader.parse(content) if token.type not in CODE]
    html = reader.renderer.render(tokens, reader.options, {})
    if not html.strip():
        return []
    page = blocks(parse(f"<html><body><div>{html}</div></body></html>", name))
    return [block.model_copy(update={"text": WIKI_LINK.sub(r"\1", block.text)}) for block in page]
