"""What a page says of itself in JSON-LD: the node that is about this article, and no other."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ARTICLE = re.compile(r"(?:Article|BlogPosting|Report|Review|NewsStory)$")
PAGE = ("WebPage", "ItemPage", "AboutPage")
WRAPPED = re.compile(r"^\s*(?://)?\s*(?:<!--|<!\[CDATA\[)|(?://)?\s*(?:-->|\]\]>)\s*$|;\s*$")

Node = Mapping[str, Any]


def nodes(scripts: Iterable[str]) -> list[Node]:
    """Every node at the top of a page's scripts; a script that is not JSON says nothing."""
    found: list[Node] = []
    for script in scripts:
        try:
            data = json.loads(WRAPPED.sub("", script), strict=False)
        except (ValueError, RecursionError):
            continue
        for item in data if isinstance(data, list) else [data]:
            if isinstance(item, dict):
                graph = item.get("@graph")
                found += [node for node in graph if isinstance(node, dict)] if isinstance(graph, list) else [item]
    return found


def article_node(found: Iterable[Node], titles: Iterable[str], addresses: Iterable[str]) -> Node:
    """The node of the article itself: the only one, or of several the one with this page's address or title; or {}."""
    every = list(found)
    for is_kind in (_is_article, _is_page):
        fitting = [node for node in every if is_kind(node)]
        if len(fitting) == 1:
            return fitting[0]
        known = {title.casefold() for title in titles} | {address.rstrip("/") for address in addresses}
        for node in fitting:
            if known & set(_names(node)):
                return node
        if fitting:
            return {}
    return {}


def name_of(value: Any, found: Iterable[Node]) -> str | None:
    """The name of a person or an organisation: a string, a node, or a reference to another node."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict) and "name" not in value:
        value = next((node for node in found if node.get("@id") == value.get("@id") and node.get("name")), None)
    name = value.get("name") if isinstance(value, dict) else value
    name = name[0] if isinstance(name, list) and name else name
    return text_of(name)


def names_of(value: Any, found: list[Node]) -> list[str]:
    """The names of several; an address is not a name."""
    each = [name_of(item, found) for item in (value if isinstance(value, list) else [value])]
    return [name for name in each if name and "://" not in name]


def text_of(value: Any) -> str | None:
    """A string as it reads; some systems escape it a second time."""
    return html.unescape(value) if isinstance(value, str) else None


def site_name(found: Iterable[Node]) -> str | None:
    """The name of the site, when the page says which site it is part of."""
    return next((text_of(node.get("name")) for node in found if "WebSite" in _types(node)), None)


def _is_article(node: Node) -> bool:
    return any(ARTICLE.search(kind) for kind in _types(node))


def _is_page(node: Node) -> bool:
    return any(kind in PAGE for kind in _types(node))


def _types(node: Node) -> list[str]:
    kinds = node.get("@type")
    return [kind for kind in (kinds if isinstance(kinds, list) else [kinds]) if isinstance(kind, str)]


def _names(node: Node) -> Iterator[str]:
    page = node.get("mainEntityOfPage")
    for value in (node.get("url"), node.get("@id"), page.get("@id") if isinstance(page, dict) else page):
        if isinstance(value, str):
            yield value.partition("#")[0].rstrip("/")
    for value in (node.get("headline"), node.get("name")):
        if isinstance(value, str):
            yield " ".join(html.unescape(value).split()).casefold()
