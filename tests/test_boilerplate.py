"""Boilerplate: what belongs to the page is told from what the article reports."""

import pytest

from service.answering.boilerplate import LIMIT, boilerplate_log_odds

PAGE = (
    "Follow Ada Voss on Twitter @adavoss.",
    "Sign up for our newsletter here.",
    "Contributing: The Associated Press",
    "More:Harbour crane falls on Norwick quay, nobody is hurt",
    "Editor’s Note: Ada Voss is a professor at Norwick University. The views expressed are her own.",
)
ARTICLE = (
    "A ferry ran aground off Port Ellery on Sunday and all 212 passengers were taken off by nightfall.",
    "She told investigators that the radar had failed twice in March.",
    "“We saw the rocks too late,” the captain said.",
)


@pytest.mark.parametrize("sentence", PAGE)
def test_the_page_s_own_words_are_boilerplate(sentence: str) -> None:
    assert 0.0 < boilerplate_log_odds(sentence) <= LIMIT


@pytest.mark.parametrize("sentence", ARTICLE)
def test_what_is_reported_is_not(sentence: str) -> None:
    assert -LIMIT <= boilerplate_log_odds(sentence) < -1.0


@pytest.mark.parametrize("odd", ["", "…", "—", "12:30", "\n"])
def test_any_text_has_finite_odds(odd: str) -> None:
    assert abs(boilerplate_log_odds(odd)) <= LIMIT
