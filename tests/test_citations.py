"""Citations: render a quotation as a sentence that names its source."""

import pytest

from service.answering.citations import render_quotation, source_line
from service.answering.types import Citation


def cited(quote: str, *, outlet: str | None = "Gazette", said: str | None = None, basis: str = "stated") -> Citation:
    return Citation(
        number=1, article_id="a", version=1, title=None, outlet=outlet, published="2025-03-04", url=None, start=0,
        end=len(quote), quote=quote, attribution=said, basis={"published": f"{basis}: x", "outlet": "stated: y"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("quote", "shown"),
    [
        ("It rained.", "“It rained.”"),
        ("“It rained all day.", "“It rained all day.”"),
        ("It rained,” he said.", "“It rained,” he said."),
        ("“It rained,” he said.", "“It rained,” he said."),
        ("He spoke of “rain” twice.", "“He spoke of “rain” twice.”"),
        ("It  rained\nall day.", "“It rained all day.”"),
    ],
)
def test_a_quotation_mark_whose_partner_is_elsewhere_gets_one(quote: str, shown: str) -> None:
    assert render_quotation(cited(quote)) == f"Gazette, 4 March 2025: {shown}"


def test_the_speaker_of_a_longer_quotation_is_named() -> None:
    assert render_quotation(cited("“It rained.", said="the mayor said")).endswith("“It rained.” (“the mayor said”)")


def test_an_unknown_outlet_is_not_made_up() -> None:
    assert render_quotation(cited("It rained.", outlet=None)).startswith(
        "An article of 4 March 2025 (outlet not stated): "
    )


def test_articles_of_which_nothing_is_known_are_told_apart_by_their_ids() -> None:
    unknown = cited("It rained.", outlet=None).model_copy(update={"published": None, "article_id": "rain[2]"})
    assert render_quotation(unknown) == "An article without outlet or date: “It rained.”"
    assert source_line(unknown) == "outlet unknown, rain[2] (no headline), date unknown"


def test_what_is_inferred_is_marked_as_inferred() -> None:
    assert source_line(cited("x", basis="inferred")) == "Gazette, a (no headline), 4 March 2025 (inferred)"
    assert source_line(cited("x")) == "Gazette, a (no headline), 4 March 2025"
