"""Clipping: a quotation is cut only at its edges, and keeps its negations, conditions and speakers."""

from collections.abc import Sequence

import pytest

from index.types import Span
from service.answering.clipping import clip_quotation
from service.grounding import Support

FIRE = (
    "The warehouse on the eastern quay burned down on Tuesday night, destroying four lorries and a crane, "
    "while firefighters from three towns fought the flames until the early hours of the morning."
)
REPORTED = (
    "According to the harbour master, who has worked on the eastern quay since he was a boy, the warehouse burned down "
    "because a lamp had been left alight beside a row of tar barrels by the night watch."
)
CONDITION = (
    "The council of the small harbour town will pay for a new crane on the eastern quay in the coming spring, "
    "unless the insurers of the burned warehouse agree to do so before the end of the year."
)


def kept(question: str, quote: str, odds: Sequence[float] = ()) -> str:
    support = Support(quote=quote, attribution="", context="", sources=(), published="")
    return clip_quotation(question, quote, support, lambda texts: list(odds) or [0.0] * len(texts)).of(quote)


def test_what_is_left_is_an_exact_stretch_with_the_words_of_the_question() -> None:
    words = kept("When did the warehouse burn down?", FIRE)
    assert words in FIRE
    assert words == "The warehouse on the eastern quay burned down on Tuesday night"


def test_what_is_left_contains_the_answer_span() -> None:
    support = Support(quote=FIRE, attribution="", context="", sources=(), published="")
    start = FIRE.index("four lorries")
    answer = Span(start=start, end=start + len("four lorries"))
    span = clip_quotation("When did the warehouse burn down?", FIRE, support, lambda texts: [0.0] * len(texts), answer)
    assert "four lorries" in span.of(FIRE)


def test_a_piece_with_words_of_the_question_stays() -> None:
    assert "four lorries" in kept("What did the fire at the warehouse destroy beside lorries?", FIRE)


def test_a_speaker_is_never_lost() -> None:
    assert "According to the harbour master" in kept("Why did the warehouse burn down?", REPORTED)


def test_a_condition_is_never_lost() -> None:
    assert kept("Who will pay for a new crane?", CONDITION) == CONDITION


def test_a_short_quotation_stays_whole() -> None:
    assert kept("What burned?", "The warehouse burned down on Tuesday night, said the mayor.").endswith("the mayor.")


@pytest.mark.parametrize("fall", [0.3, 5.0])
def test_what_answers_worse_by_the_readers_odds_stays_whole(fall: float) -> None:
    support = Support(quote=FIRE, attribution="", context="", sources=(), published="")
    span = clip_quotation(
        "When did the warehouse burn down?", FIRE, support, lambda texts: [0.0] + [-fall] * (len(texts) - 1)
    )
    assert span.of(FIRE) == FIRE
