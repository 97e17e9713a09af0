"""Differences: only incompatible values for one thing are shown as a difference of the articles."""

from collections.abc import Sequence

import pytest

from service.briefing.differences import find_differences
from service.briefing.value_comparison import compare_values
from service.grounding import Entailment
from tests.test_briefing_parts import line_writer, sentences_of, stored


@pytest.mark.parametrize(
    ("one", "other", "values"),
    [
        ("The fire in Calder killed 14 people.", "The fire in Calder killed 41 people.", {"14 people", "41 people"}),
        ("The fire in Calder killed 14 people.", "The fire in Calder killed more than 12 people.", None),
        ("The fire in Calder killed 14 people.", "The fire in Calder killed fourteen people.", None),
        ("The fire in Calder killed 14 people.", "The fire in Norwick killed 41 people.", None),
        ("The fire in Calder killed 14 people.", "The fire in Calder injured 41 people.", None),
        (
            "The bridge of Tarn opened on 2 May 2024.",
            "The bridge of Tarn opened on 3 May 2024.",
            {"2 May 2024", "3 May 2024"},
        ),
        ("The bridge of Tarn opened in 2024.", "The bridge of Tarn opened in May 2024.", None),
        (
            "The mayor of Tarn did not sign the contract.",
            "The mayor of Tarn signed the contract.",
            {"denied", "stated"},
        ),
        (
            "Turnout in the Tarn election was 63 percent, the commission said.",
            "According to observers, turnout in the Tarn election was 58 percent.",
            {"63 percent", "58 percent"},
        ),
    ],
)
def test_only_incompatible_values_for_one_thing_are_differences(
    one: str,
    other: str,
    values: set[str] | None,
) -> None:
    articles = stored(one, other)
    sentences = [f for a in articles for f in sentences_of(a)]
    differences = find_differences(sentences, sentences, line_writer())
    assert [{value.value for value in each.values} for each in differences] == ([values] if values else [])


def test_an_article_does_not_differ_with_itself() -> None:
    articles = stored("The fire in Calder killed 14 people. Later the fire in Calder killed 41 people.")
    assert find_differences(sentences_of(articles[0]), sentences_of(articles[0]), line_writer()) == ()


class PutRight:
    """Entailment model for which only the claims with a value that the premise has are supported."""

    fingerprint = "put-right"

    def __init__(self, value: str) -> None:
        self.value = value
        self.claims: list[str] = []

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.claims += [claim for claim, _ in pairs]
        likely = [0.95 if self.value in claim and self.value in premise else 0.02 for claim, premise in pairs]
        return [Entailment(each, 0.0, 1 - each, 0.0, ()) for each in likely]


def test_reports_differ_in_a_value_where_each_holds_with_the_others_put_in() -> None:
    one, other = stored("The flood in Norwick killed 12 people.", "The flood in Norwick has killed 15 people.")
    pair = (sentences_of(one)[0], sentences_of(other)[0])
    (found,) = compare_values([pair], PutRight("15"))
    assert set(found.values) == {"12 people", "15 people"}
    assert [*compare_values([pair], PutRight("99"))] == []


def test_values_of_other_things_are_not_compared() -> None:
    one, other = stored("The flood in Norwick killed 12 people.", "The flood in Norwick sank 15 boats.")
    assert [*compare_values([(sentences_of(one)[0], sentences_of(other)[0])], PutRight("15"))] == []


def test_a_value_is_put_in_at_its_place_alone() -> None:
    one, other = stored("The flood of 2025 killed 25 people.", "The flood of 2025 has killed 27 people.")
    model = PutRight("27")
    list(compare_values([(sentences_of(one)[0], sentences_of(other)[0])], model))
    assert any("killed 27 people" in claim for claim in model.claims)
    assert not any("2027" in claim for claim in model.claims)
