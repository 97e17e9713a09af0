"""Rendering: terminal tables of any text, and Markdown in which article text never acts as markup."""

import pytest
from markdown_it import MarkdownIt

from service.models import ListedModel
from service.rendering import terminal
from service.rendering.escaping import escape_markdown


def table(*names: str) -> list[str]:
    models = [
        ListedModel(name=name, role="embedder", licence="MIT", size=10**6, memory=10**6, present=True) for name in names
    ]
    return terminal.models(models).split("\n")


def test_a_table_is_aligned_by_the_columns_that_a_terminal_shows() -> None:
    assert table("東京", "plain") == [
        "name   role      licence  size  memory  fetched",
        "東京   embedder  MIT      1 MB  1 MB    yes",
        "plain  embedder  MIT      1 MB  1 MB    yes",
    ]


@pytest.mark.parametrize(
    ("name", "shown"),
    [("[bold]x[/bold]", "[bold]x[/bold]  "), ("a\x1b[31m\u202eb", "a\ufffd[31mb  "), ("a\n\tb", "a b   ")],
)
def test_a_cell_is_neither_markup_nor_an_escape_sequence(name: str, shown: str) -> None:
    assert table(name)[1].startswith(shown)


@pytest.mark.parametrize(
    "text",
    [
        "*a* _b_ `c` ~~d~~",
        "[a](http://x.example) ![b](c)",
        "<script>x</script> <http://x.example>",
        "a | b\n# c",
        "\\*a*",
    ],
)
def test_escaped_text_is_no_markdown(text: str) -> None:
    (_, inline, _) = MarkdownIt().enable(["table", "strikethrough"]).parse(escape_markdown(text))
    assert "".join(child.content for child in inline.children or ()) == " ".join(text.split())
