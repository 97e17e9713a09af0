"""Sentence deduplication: which sentences count as duplicates."""

import pytest

from index.sentence_deduplication import are_duplicates

SENTENCE = "The mayor said that the storm would cost the town 4 million crowns."


@pytest.mark.parametrize(
    "other",
    [
        "The mayor said that the storm would cost the town 4 million crowns",
        "THE MAYOR  said that the storm would cost the town 4 million crowns.",
        "The mayor said the storm would cost the town 4 million crowns.",
    ],
)
def test_typography_and_insignificant_words_make_no_difference(other: str) -> None:
    assert are_duplicates(SENTENCE, other)


@pytest.mark.parametrize(
    "other",
    [
        "The mayor said that the storm would cost the town 5 million crowns.",
        "The mayor said that the storm would not cost the town 4 million crowns.",
        "The mayor said that the storm might cost the town 4 million crowns.",
        "The minister said that the storm would cost the town 4 million crowns.",
        "The mayor said that the storm would cost from the town 4 million crowns.",
        "The mayor denied that the storm would cost the town 4 million crowns.",
        "The town said that the mayor would cost the storm 4 million crowns.",
        "The mayor said that the storm would cost the town 4% million crowns.",
    ],
)
def test_another_figure_name_or_verb_makes_another_statement(other: str) -> None:
    assert not are_duplicates(SENTENCE, other)
