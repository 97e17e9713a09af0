"""What counts as one sentence printed twice."""

import pytest

from index.deduplication import are_duplicates

SAID = "The mayor said that the storm would cost the town 4 million crowns."


@pytest.mark.parametrize(
    "other",
    [
        "The mayor said that the storm would cost the town 4 million crowns",
        "THE MAYOR  said that the storm would cost the town 4 million crowns.",
        "The mayor said the storm would cost the town 4 million crowns.",
    ],
)
def test_another_way_of_typing_is_the_same_sentence(other: str) -> None:
    assert are_duplicates(SAID, other)


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
def test_another_figure_name_or_verb_is_another_statement(other: str) -> None:
    assert not are_duplicates(SAID, other)
