"""JSON-LD metadata: finds the node of a page that describes its article, and reads names from it."""

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

ARTICLE_TYPE = re.compile(r"(?:Article|BlogPosting|Report|Review|NewsStory)$")
PAGE_TYPES = ("WebPage", "ItemPage", "AboutPage")
SCRIPT_WRAPPER = re.compile(r"^\s*(?://)?\s*(?:<!--|<!\[CDATA\[)|(?://)?\s*(?:-->|\]\]>)\s*$|;\s*$")

Node = Mapping[str, Any]


def nodes(scripts: Iterable[str]) -> list[Node]:
    """Return the top-level nodes of a page's JSON-LD scripts; scripts that are not JSON are skipped."""
    found: list[Node] = []
    for script in scripts:
        try:
            data = json.loads(SCRIPT_WRAPPER.sub("", script), strict=False)
        except (ValueError, RecursionError):
            continue
        for item in data if isinstance(data, list) else [data]:
            if isinstance(item, dict):
                graph = item.get("@graph")
                found += [node for node in graph if isinstance(node, dict)] if isinstance(graph, list) else [item]
    return found


def article_node(found: Iterable[Node], titles: Iterable[str], addresses: Iterable[str]) -> Node:
    """Return the article's node: the only one, or among several the one with the page's address or title; else {}."""
    found = list(found)
    for is_kind in (_is_article, _is_page):
        fitting = [node for node in found if is_kind(node)]
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
    """Return the name of a person or organisation that is given as a string, a node, or a reference to a node."""
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, dict) and "name" not in value:
        value = next((node for node in found if node.get("@id") == value.get("@id") and node.get("name")), None)
    name = value.get("name") if isinstance(value, dict) else value
    name = name[0] if isinstance(name, list) and name else name
    return text_of(name)


def names_of(value: Any, found: list[Node]) -> list[str]:
    """Return the names of several persons or organisations, each once; web addresses are left out."""
    names: dict[str, None] = {}
    waiting = [value]
    while waiting:
        item = waiting.pop(0)
        inner = item.get("@list", item.get("name")) if isinstance(item, dict) else item
        if isinstance(inner, list):
            waiting = [*inner, *waiting]
        elif (name := name_of(item, found)) and "://" not in name:
            names[name] = None
    return list(names)


def text_of(value: Any) -> str | None:
    """Return a string with HTML entities unescaped, because some systems escape twice; None for other values."""
    return html.unescape(value) if isinstance(value, str) else None


def site_name(found: Iterable[Node]) -> str | None:
    """Return the name of the site from its WebSite node."""
    return next((text_of(node.get("name")) for node in found if "WebSite" in _types(node)), None)


def _is_article(node: Node) -> bool:
    return any(ARTICLE_TYPE.search(kind) for kind in _types(node))


def _is_page(node: Node) -> bool:
    return any(kind in PAGE_TYPES for kind in _types(node))


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
