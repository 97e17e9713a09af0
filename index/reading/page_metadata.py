"""Title, outlet, author and date as a page states them of itself, and where; nothing is taken from anywhere else."""

import re
from collections.abc import Iterable

from index.dates.calendar import MONTH, YEAR
from index.dates.written import written_date
from index.reading.facts import first, from_domain, linked, one_line, stated_day, stated_line
from index.reading.html_blocks import HEADINGS, Block, Tree, is_beside, texts
from index.reading.json_ld import Node, article_node, name_of, names_of, nodes, site_name, text_of
from index.types import UNKNOWN, Fact, Record, Source, inferred, stated

TITLES = "og:title twitter:title parsely-title sailthru.title dc.title dcterms.title citation_title title".split()
OUTLETS = "og:site_name citation_journal_title dc.publisher dcterms.publisher publisher".split()
AUTHORS = "author article:author byl parsely-author sailthru.author dc.creator dcterms.creator citation_author".split()
DATES = (
    "article:published_time og:article:published_time og:published_time parsely-pub-date sailthru.date datepublished "
    "dc.date.issued dcterms.issued dc.date.published dc.date dcterms.date citation_publication_date citation_date "
    "publication_date publication-date publish-date publish_date publishdate pubdate published_time displaydate "
    "article.published prism.publicationdate cxenseparse:recs:publishtime date"
).split()
NOT_NAMES = re.compile(
    r"my (?:wordpress |new )?(?:web)?(?:site|blog)(?: on wordpress)?|just another .*|wordpress|blog|home|localhost"
    r"|untitled|site name|website|admin(?:istrator)?|editor|webmaster|root|(?:super )?user|author|unknown|none|null",
    re.IGNORECASE,
)
"""What software puts where nobody filled in a name."""
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
SUFFIX = re.compile(r"\s+(?:[|–—·•:-]|::|»|«|\|\|)\s+")
LINE_WORDS = 25
DATE_LINE_WORDS = 8


class Head(Record):
    """A page's statements about itself, by the name under which each stands, in lower case."""

    meta: dict[str, tuple[str, ...]]
    props: dict[str, tuple[str, ...]]
    """Microdata."""
    address: str | None
    title: str

    def say(self, names: Iterable[str]) -> Fact:
        """The first of these that the page fills in."""
        for name in names:
            for value in self.meta.get(name, ()):
                if one_line(value) and not NOT_NAMES.fullmatch(one_line(value)):
                    return stated_line(value, f"meta {name!r}")
        return UNKNOWN

    def prop(self, name: str) -> Fact:
        """The first microdata of this name."""
        return stated_line(next(iter(self.props.get(name, ())), None), f"itemprop {name!r}")


def read_head(tree: Tree, html: str, url: str | None) -> Head:
    """Collect what the page says of itself; a fetched page's own address stands in for one that it does not name."""
    meta: dict[str, list[str]] = {}
    for node in tree.iter("meta"):
        name = node.get("property") or node.get("name") or ""
        if node.get("content"):
            meta.setdefault(name.strip().lower(), []).append(str(node.get("content")))
    saved = SAVED_FROM.search(html[:2000])
    links = [node.get("href") for node in tree.iter("link") if (node.get("rel") or "").lower() == "canonical"]
    candidates = (*links, *meta.get("og:url", []), saved[1] if saved else None, url)
    return Head(
        meta={name: tuple(values) for name, values in meta.items()},
        props=_properties(tree),
        address=next((found for each in candidates if (found := linked(each))), None),
        title=one_line(next(texts(tree, "title"), "")),
    )


def facts(tree: Tree, head: Head, page: list[Block]) -> Source:
    """What the page states about the article on it."""
    scripts = ("".join(node.itertext()) for node in tree.iter("script") if "ld+json" in (node.get("type") or ""))
    graph = nodes(scripts)
    headings = [block.text for block in page if block.tag == "h1" and not block.beside]
    shown = [head.title, *head.meta.get("og:title", ()), *headings]
    node = article_node(graph, [one_line(title) for title in shown], [head.address] if head.address else [])
    outlet = _outlet(head, graph, node)
    title = _title(head, node, headings, outlet.value)
    above = list(_above_the_text(page, title.value))
    return Source(
        title=title,
        outlet=first(outlet, from_domain(head.address, f"the page's address {head.address!r}")),
        author=_author(head, graph, node, above, outlet.value),
        published=_published(head, node, above),
        url=head.address,
    )


def _outlet(head: Head, graph: list[Node], node: Node) -> Fact:
    publisher = name_of(node.get("publisher"), graph)
    return first(
        stated_line(publisher, "JSON-LD publisher") if not _is_default(publisher) else UNKNOWN,
        head.say(OUTLETS),
        head.prop("publisher"),
        stated_line(site_name(graph), "JSON-LD WebSite"),
    )


def _title(head: Head, node: Node, headings: list[str], outlet: str | None) -> Fact:
    """A heading that is the beginning of a stated title is the title without the site's name behind it."""
    known = first(
        stated_line(text_of(node.get("headline")), "JSON-LD headline"),
        head.say(TITLES),
        head.prop("headline"),
    )
    own = [heading for heading in headings if heading != outlet]
    if known.value:
        for heading in own:
            if known.value.startswith(heading) and SUFFIX.match(known.value[len(heading) :]):
                return stated(heading, "heading of the page")
        return stated(_without(known.value, outlet), known.source)
    if len(own) == 1:
        return stated_line(own[0], "heading of the page")
    line = _without(head.title, outlet)
    return UNKNOWN if NOT_NAMES.fullmatch(line) or line == outlet else stated_line(line, "title of the page")


def _without(title: str, outlet: str | None) -> str:
    if outlet:
        for found in SUFFIX.finditer(title):
            if title[found.end() :].casefold() == outlet.casefold():
                return title[: found.start()]
            if title[: found.start()].casefold() == outlet.casefold():
                return title[found.end() :]
    return title


def _author(head: Head, graph: list[Node], node: Node, above: list[Block], outlet: str | None) -> Fact:
    names = names_of(node.get("author"), graph)
    metas = [(name, head.meta.get(name, ())) for name in AUTHORS]
    candidates = [stated_line(", ".join(names), "JSON-LD author")]
    candidates += [stated_line("; ".join(values), f"meta {name!r}") for name, values in metas]
    candidates += [head.prop("author")]
    candidates += [stated_line(block.author, "author's link") for block in above if block.author]
    for block in above:
        if found := BYLINE.match(block.text):
            candidates.append(stated_line(found["author"], "byline"))
    for fact in candidates:
        value = re.sub(r"^(?:by|von|par|por|di)\s+", "", fact.value or "", flags=re.IGNORECASE)
        if value and "://" not in value and "@" not in value and not _is_default(value) and value != outlet:
            return stated(value, fact.source)
    return UNKNOWN


def _published(head: Head, node: Node, above: list[Block]) -> Fact:
    candidates = [stated_day(text_of(node.get("datePublished")), "JSON-LD datePublished")]
    candidates += [stated_day(value, f"meta {name!r}") for name in DATES for value in head.meta.get(name, ())]
    candidates += [stated_day(value, "itemprop 'datePublished'") for value in head.props.get("datepublished", ())]
    known = first(*candidates, *(_date_of(block) for block in above))
    if known.value or not head.address:
        return known
    found = DATED_PATH.search(head.address)
    day = written_date("-".join(found.groups())) if found else None
    return inferred(day, f"the page's address {head.address!r}") if day else known


def _above_the_text(page: list[Block], title: str | None) -> Iterable[Block]:
    """The short lines between the title and the first paragraph: nowhere else does a page date itself."""
    below = False
    for block in page:
        if block.beside:
            continue
        if below and len(block.text.split()) > LINE_WORDS:
            return
        if below and block.tag not in HEADINGS[:1]:
            yield block
        elif title and (block.text.startswith(title[:60]) or (block.tag in HEADINGS and title.startswith(block.text))):
            below = True


def _date_of(block: Block) -> Fact:
    for moment in block.moments:
        if not UPDATED.search(moment.before):
            return stated_day(moment.when, "time above the text")
    marked = PUBLISHED.search(block.text)
    before = UPDATED.split(block.text, maxsplit=1)[0]
    if marked and len(before) <= marked.start():
        before = UPDATED.split(block.text[marked.start() :], maxsplit=1)[0]
    day = written_date(before)
    if day and (PUBLISHED.search(before) or BYLINE.match(before) or len(before.split()) <= DATE_LINE_WORDS):
        return stated(day, "date above the text")
    return UNKNOWN


def _properties(tree: Tree) -> dict[str, tuple[str, ...]]:
    """Microdata outside sidebars and comments, which have dates and authors of their own."""
    found: dict[str, list[str]] = {}
    for node in tree.xpath("//*[@itemprop]"):
        if not any(is_beside(above) for above in (node, *node.iterancestors())):
            for name in node.get("itemprop").lower().split():
                found.setdefault(name, []).append(_value(node))
    return {name: tuple(value for value in values if value) for name, values in found.items()}


def _value(node: Tree) -> str:
    """An organisation's or a person's own name stands inside its element."""
    for inner in node.iter() if node.get("itemscope") is not None else ():
        if isinstance(inner.tag, str) and inner.get("itemprop") == "name":
            return one_line(inner.get("content") or "".join(inner.itertext()))
    return one_line(node.get("content") or node.get("datetime") or "".join(node.itertext()))


def _is_default(name: str | None) -> bool:
    return bool(name and NOT_NAMES.fullmatch(one_line(name)))
