"""Page metadata: reads title, outlet, author and date from meta tags, microdata, JSON-LD and lines above the text."""

import re
from collections.abc import Iterable
from functools import cached_property

from index.dates.calendar import MONTH, YEAR
from index.dates.written import written_date
from index.reading.html_blocks import HEADINGS, Block, is_boilerplate, texts
from index.reading.html_hidden import Tree
from index.reading.json_ld import Node, article_node, name_of, names_of, nodes, site_name, text_of
from index.reading.source_facts import (
    first_known,
    host_of,
    one_line,
    outlet_from_domain,
    stated_day,
    stated_name,
    web_address,
)
from index.types import UNKNOWN, Fact, Record, Source, inferred, stated

TITLE_META = "og:title twitter:title parsely-title sailthru.title dc.title dcterms.title citation_title title".split()
OUTLET_META = "og:site_name citation_journal_title dc.publisher dcterms.publisher publisher".split()
SITE_META = "application-name apple-mobile-web-app-title".split()
AUTHOR_META = (
    "author article:author byl parsely-author sailthru.author dc.creator dcterms.creator citation_author".split()
)
DATE_META = (
    "article:published_time og:article:published_time og:published_time parsely-pub-date sailthru.date datepublished "
    "dc.date.issued dcterms.issued dc.date.published dc.date dcterms.date citation_publication_date citation_date "
    "publication_date publication-date publish-date publish_date publishdate pubdate published_time displaydate "
    "article.published prism.publicationdate cxenseparse:recs:publishtime date"
).split()
PLACEHOLDER_NAME = re.compile(
    r"my (?:wordpress |new )?(?:web)?(?:site|blog)(?: on wordpress)?|just another .*|wordpress|blog|home|localhost"
    r"|untitled|site name|website|admin(?:istrator)?|editor|webmaster|root|(?:super )?user|author|unknown|none|null",
    re.IGNORECASE,
)
"""Placeholders that publishing software inserts where no name was entered."""
UPDATED = re.compile(
    r"\b(?:last )?(?:updated?|modified|revised|edited|amended|corrected)\b|aktualisiert|geändert|bearbeitet|mis à jour"
    r"|modifié|actualizado|modificado|aggiornat[oa]|modificat[oa]|atualizad[oa]|bijgewerkt|gewijzigd|laatst|uppdatera"
    r"|opdatere|oppdatert|обновлен|изменен",
    re.IGNORECASE,
)
PUBLISHED = re.compile(
    r"\b(?:published|posted|dated?|first published|erschienen|veröffentlicht|publié|publicado|pubblicato|gepubliceerd"
    r"|publicerad|udgivet|publisert)\b|опубликован",
    re.IGNORECASE,
)
NAME = r"[A-Z][\w.'’-]+(?: (?:[A-Z][\w.'’-]*|de|van|von|al|bin)){1,3}"
BYLINE = re.compile(rf"^(?:By|BY|by) (?P<author>{NAME}(?:(?: and |, ){NAME})*?)(?= ?(?:[|,•·–—/(-]|$|\d|{MONTH} ))")
DATED_PATH = re.compile(rf"://[^?#]*?/({YEAR})/(0[1-9]|1[0-2])/([0-3]\d)(?:/|$)")
SAVED_FROM = re.compile(r"<!--\s*saved from url=\(\d+\)(\S+)\s*-->", re.IGNORECASE)
TITLE_SEPARATOR = re.compile(r"\s+(?:[|–—·•:-]|::|»|«|\|\|)\s+")
HOST = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}/?", re.IGNORECASE)
"""Name of an outlet that is only its host; a name that the page states goes before it."""
MIN_SPELLED = 3
MAX_HEADER_LINE_WORDS = 25
"""Most words of a line between title and text; a longer line is the first paragraph."""
MAX_DATE_LINE_WORDS = 8


class PageMetadata(Record):
    """Page metadata: meta tags and microdata by lower-case name, address and title."""

    meta: dict[str, tuple[str, ...]]
    props: dict[str, tuple[str, ...]]
    """Microdata values by `itemprop`."""
    address: str | None
    title: str
    scripts: tuple[str, ...] = ()
    """JSON-LD scripts of the page."""

    @cached_property
    def graph(self) -> list[Node]:
        """Return the nodes of the JSON-LD scripts."""
        return nodes(self.scripts)

    def meta_fact(self, names: Iterable[str]) -> Fact:
        """Return the first of these meta tags whose value is not a placeholder, or unknown."""
        for name in names:
            for value in self.meta.get(name, ()):
                if one_line(value) and not PLACEHOLDER_NAME.fullmatch(one_line(value)):
                    return stated_name(value, f"meta {name!r}")
        return UNKNOWN

    def microdata_fact(self, name: str) -> Fact:
        """Return the first microdata value of this name, or unknown."""
        return stated_name(next(iter(self.props.get(name, ())), None), f"itemprop {name!r}")


def read_page_metadata(tree: Tree, html: str, url: str | None) -> PageMetadata:
    """Collect the metadata of a page; its address is the canonical one, else where it was saved or fetched from."""
    meta: dict[str, list[str]] = {}
    for node in tree.iter("meta"):
        name = node.get("property") or node.get("name") or ""
        if node.get("content"):
            meta.setdefault(name.strip().lower(), []).append(str(node.get("content")))
    saved = SAVED_FROM.search(html[:2000])
    links = [node.get("href") for node in tree.iter("link") if (node.get("rel") or "").lower() == "canonical"]
    candidates = (*links, *meta.get("og:url", []), saved[1] if saved else None, url)
    return PageMetadata(
        meta={name: tuple(values) for name, values in meta.items()},
        props=_properties(tree),
        address=next((found for each in candidates if (found := web_address(each))), None),
        title=one_line(next(texts(tree, "title"), "")),
        scripts=tuple(
            "".join(each.itertext()) for each in tree.iter("script") if "ld+json" in (each.get("type") or "")
        ),
    )


def page_node(head: PageMetadata, page: list[Block]) -> Node:
    """Return the JSON-LD node that describes the article on a page; empty when there is none."""
    headings = [block.text for block in page if block.tag == "h1" and not block.boilerplate]
    shown = [head.title, *head.meta.get("og:title", ()), *headings]
    addresses = [head.address] if head.address else []
    return article_node(head.graph, [one_line(title) for title in shown], addresses)


def page_source(head: PageMetadata, page: list[Block], node: Node) -> Source:
    """Return the source metadata of the article on a page, which a JSON-LD node describes."""
    graph = head.graph
    headings = [block.text for block in page if block.tag == "h1" and not block.boilerplate]
    outlet = _outlet(head, graph, node, headings)
    title = _title(head, node, headings, outlet.value)
    above = list(_above_the_text(page, title.value))
    return Source(
        title=title,
        outlet=first_known(outlet, outlet_from_domain(head.address, f"the page's address {head.address!r}")),
        author=_author(head, graph, node, above, outlet.value),
        published=_published(head, node, above),
        url=head.address,
    )


def _outlet(head: PageMetadata, graph: list[Node], node: Node, headings: list[str]) -> Fact:
    """Return the outlet: a name that the page states; else one in its title that is also its domain; else a host."""
    publisher = name_of(node.get("publisher"), graph)
    known = [
        stated_name(publisher, "JSON-LD publisher") if not _is_default(publisher) else UNKNOWN,
        *(head.meta_fact([name]) for name in OUTLET_META),
        head.microdata_fact("publisher"),
        stated_name(site_name(graph), "JSON-LD WebSite"),
        head.meta_fact(SITE_META),
    ]
    named = [fact for fact in known if fact.value and not HOST.fullmatch(fact.value)]
    return first_known(*named, _outlet_in_title(head, headings), *known)


def _outlet_in_title(head: PageMetadata, headings: list[str]) -> Fact:
    """Return the part at the edge of a page's title that its domain spells, too ("Pump fails | The Herald")."""
    parts = [part for part in TITLE_SEPARATOR.split(head.title) if part not in headings]
    labels = {re.sub(r"[^a-z0-9]", "", label) for label in host_of(head.address).split(".")}
    for part in (parts[-1], parts[0]) if len(TITLE_SEPARATOR.split(head.title)) > 1 and parts else ():
        spelled = re.sub(r"[^a-z0-9]", "", part.casefold())
        if len(spelled) > MIN_SPELLED and {spelled, spelled.removeprefix("the")} & labels:
            return inferred(part, "title of the page, which its address spells")
    return UNKNOWN


def _title(head: PageMetadata, node: Node, headings: list[str], outlet: str | None) -> Fact:
    """Return the title; where a heading is its beginning, the rest is the name of the site and is dropped."""
    known = first_known(
        stated_name(text_of(node.get("headline")), "JSON-LD headline"),
        head.meta_fact(TITLE_META),
        head.microdata_fact("headline"),
    )
    own = [heading for heading in headings if heading != outlet]
    if known.value:
        for heading in own:
            if known.value.startswith(heading) and TITLE_SEPARATOR.match(known.value[len(heading) :]):
                return stated(heading, "heading of the page")
        return stated(_without(known.value, outlet), known.source)
    if len(own) == 1:
        return stated_name(own[0], "heading of the page")
    line = _without(head.title, outlet)
    return UNKNOWN if PLACEHOLDER_NAME.fullmatch(line) or line == outlet else stated_name(line, "title of the page")


def _without(title: str, outlet: str | None) -> str:
    if outlet:
        for found in TITLE_SEPARATOR.finditer(title):
            if title[found.end() :].casefold() == outlet.casefold():
                return title[: found.start()]
            if title[: found.start()].casefold() == outlet.casefold():
                return title[found.end() :]
    return title


def _author(head: PageMetadata, graph: list[Node], node: Node, above: list[Block], outlet: str | None) -> Fact:
    names = names_of(node.get("author") or node.get("creator"), graph)
    metas = [(name, head.meta.get(name, ())) for name in AUTHOR_META]
    candidates = [stated_name(", ".join(names), "JSON-LD author")]
    candidates += [stated_name("; ".join(values), f"meta {name!r}") for name, values in metas]
    candidates += [stated_name(", ".join(dict.fromkeys(head.props.get("author", ()))), "itemprop 'author'")]
    marked = [name for block in above for name in block.authors if not _is_default(name)]
    candidates += [stated_name(", ".join(dict.fromkeys(marked)), "author's link")]
    for block in above:
        if found := BYLINE.match(block.text):
            candidates.append(stated_name(found["author"], "byline"))
    for fact in candidates:
        value = re.sub(r"^(?:by|von|par|por|di)\s+", "", fact.value or "", flags=re.IGNORECASE)
        if value and "://" not in value and "@" not in value and not _is_default(value) and value != outlet:
            return stated(value, fact.source)
    return UNKNOWN


def _published(head: PageMetadata, node: Node, above: list[Block]) -> Fact:
    candidates = [stated_day(text_of(node.get("datePublished")), "JSON-LD datePublished")]
    candidates += [stated_day(value, f"meta {name!r}") for name in DATE_META for value in head.meta.get(name, ())]
    candidates += [stated_day(value, "itemprop 'datePublished'") for value in head.props.get("datepublished", ())]
    known = first_known(*candidates, *(_date_of(block) for block in above))
    if known.value or not head.address:
        return known
    found = DATED_PATH.search(head.address)
    day = written_date("-".join(found.groups())) if found else None
    return inferred(day, f"the page's address {head.address!r}") if day else known


def _above_the_text(page: list[Block], title: str | None) -> Iterable[Block]:
    """Yield the short lines between title and first paragraph; dates elsewhere do not belong to the article."""
    below = False
    for block in page:
        if block.boilerplate:
            continue
        if below and len(block.text.split()) > MAX_HEADER_LINE_WORDS:
            return
        if below and block.tag not in HEADINGS[:1]:
            yield block
        elif title and (block.text.startswith(title[:60]) or (block.tag in HEADINGS and title.startswith(block.text))):
            below = True


def _date_of(block: Block) -> Fact:
    for time in block.times:
        if not UPDATED.search(time.preceding):
            return stated_day(time.value, "time above the text")
    marked = PUBLISHED.search(block.text)
    before = UPDATED.split(block.text, maxsplit=1)[0]
    if marked and len(before) <= marked.start():
        before = UPDATED.split(block.text[marked.start() :], maxsplit=1)[0]
    day = written_date(before)
    if day and (PUBLISHED.search(before) or BYLINE.match(before) or len(before.split()) <= MAX_DATE_LINE_WORDS):
        return stated(day, "date above the text")
    return UNKNOWN


def _properties(tree: Tree) -> dict[str, tuple[str, ...]]:
    """Collect the microdata outside boilerplate; authors, of which an article may have several, of the first item."""
    found: dict[str, list[str]] = {}
    authored: list[Tree] = []
    for node in tree.xpath("//*[@itemprop]"):
        if not any(is_boilerplate(above) for above in (node, *node.iterancestors())):
            for name in node.get("itemprop").lower().split():
                if name == "author":
                    authored.append(
                        next((each for each in node.iterancestors() if each.get("itemscope") is not None), tree)
                    )
                    if authored[-1] is not authored[0]:
                        continue
                found.setdefault(name, []).append(_value(node))
    return {name: tuple(value for value in values if value) for name, values in found.items()}


def _value(node: Tree) -> str:
    """Return the value of a microdata element; for a person or organisation, the name inside it."""
    for inner in node.iter() if node.get("itemscope") is not None else ():
        if isinstance(inner.tag, str) and inner.get("itemprop") == "name":
            return one_line(inner.get("content") or "".join(inner.itertext()))
    return one_line(node.get("content") or node.get("datetime") or "".join(node.itertext()))


def _is_default(name: str | None) -> bool:
    return bool(name and PLACEHOLDER_NAME.fullmatch(one_line(name)))
