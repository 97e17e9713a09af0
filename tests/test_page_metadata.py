"""Page metadata: the authors and the outlet that a page states."""

import pytest

from index.reading import json_ld, page_metadata
from index.types import Article
from tests.test_html_pages import SECOND, article, page


def titled(inner: str, head: str = "") -> Article:
    return article(page("", head).replace("</h1>", f"</h1>{inner}"))


@pytest.mark.parametrize(
    "byline",
    [
        '<p>By <a rel="author" href="/a">Jane Doe</a>, <a rel="author" href="/b">John Roe</a> and '
        '<a href="/c" rel="author nofollow">Ann Poe</a></p>',
        '<div class="authors"><span class="author">Jane Doe</span><span class="author">John Roe</span> '
        '<span class="author">Ann Poe</span></div>',
        '<ul><li class="byline__author">By Jane Doe</li><li class="byline__author">John Roe</li>'
        '<li class="byline__author"><a rel="author">Ann Poe</a></li></ul>',
        '<p><span itemprop="author" itemscope><b itemprop="name">Jane Doe</b></span> <i itemprop="author">John Roe</i> '
        '<i itemprop="author">Ann Poe</i></p>',
    ],
)
def test_every_author_that_a_page_marks_is_named(byline: str) -> None:
    assert titled(byline).source.author.value == "Jane Doe, John Roe, Ann Poe"


@pytest.mark.parametrize(
    "author",
    [
        '[{"name": "Jane Doe"}, {"name": "John Roe"}, {"name": "Ann Poe"}]',
        '["Jane Doe", "John Roe", "Ann Poe", "Jane Doe"]',
        '{"@list": [{"name": "Jane Doe"}, {"name": ["John Roe", "Ann Poe"]}]}',
        '[{"@type": "Person", "name": "Jane Doe"}, ["John Roe", {"@id": "#p"}]]',
    ],
)
def test_every_author_of_a_list_in_json_ld_is_named(author: str) -> None:
    nodes = f'[{{"@type": "NewsArticle", "author": {author}}}, {{"@id": "#p", "@type": "Person", "name": "Ann Poe"}}]'
    head = f'<script type="application/ld+json">{nodes}</script>'
    assert titled("", head).source.author.value == "Jane Doe, John Roe, Ann Poe"


def test_the_author_of_another_item_is_not_the_authors() -> None:
    other = '<div itemscope><i itemprop="author">Tom Vale</i></div>'
    inner = f'<p itemscope><i itemprop="author">Jane Doe</i></p><p class="author">{SECOND}</p>{other}'
    assert titled(inner).source.author.value == "Jane Doe"


HOST = '<meta property="og:site_name" content="millendherald.example">'

CANONICAL = '<link rel="canonical" href="https://www.millendherald.example/pump">'


@pytest.mark.parametrize(
    ("head", "title", "outlet"),
    [
        (f'{CANONICAL}<meta property="og:site_name" content="The Herald">', "", "The Herald"),
        (f'{CANONICAL}<meta name="application-name" content="The Herald">', "", "The Herald"),
        (f'{HOST}<meta name="publisher" content="The Herald">', "", "The Herald"),
        (CANONICAL, " | News | Mill End Herald", "Mill End Herald"),
        (f"{CANONICAL}{HOST}", " – The Mill End Herald", "The Mill End Herald"),
        (CANONICAL, " | News | Hosted by Acme", "millendherald.example"),
        (HOST, "", "millendherald.example"),
        ("", " | Mill End Herald", None),
    ],
)
def test_a_stated_name_of_the_outlet_goes_before_a_host(head: str, title: str, outlet: str | None) -> None:
    html = page("", head).replace("</title>", f"{title}</title>")
    assert article(html).source.outlet.value == outlet


def test_json_ld_is_parsed_once_a_page(monkeypatch: pytest.MonkeyPatch) -> None:
    parsed: list[tuple[str, ...]] = []

    def counted(scripts: tuple[str, ...]) -> list[json_ld.Node]:
        parsed.append(scripts)
        return json_ld.nodes(scripts)

    monkeypatch.setattr(page_metadata, "nodes", counted)
    article(page("", '<script type="application/ld+json">{"@type": "NewsArticle"}</script>'))
    assert len(parsed) == 1
