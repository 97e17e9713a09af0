"""Short answers: copied from a cited quote, only where one fact is asked for."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from index.search.scored_sentence import ScoredSentence
from index.types import Article, Span
from service.answering.citations import cite
from service.answering.question_kind import QuestionKind
from service.answering.short_answers import short_answer
from service.answering.types import ShortAnswer
from service.grounding import Entailment

TEXT = (
    "The ferry carried “212 passengers”, and all were taken off by nightfall, the harbour office in Port Ellery said."
)


class Judge:
    """Entailment model that always gives one probability."""

    fingerprint = "always"

    def __init__(self, supported: float) -> None:
        self.supported = supported
        self.asked: list[tuple[str, str]] = []

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        self.asked += pairs
        return [Entailment(self.supported, 0.0, 1 - self.supported, 0.0, ()) for _ in pairs]


def short(
    answer: str,
    kind: QuestionKind = "fact",
    question: str = "How many were aboard?",
    chance: float = 1.0,
    text: str = TEXT,
    probability: float = 1.0,
    entailed: float | None = None,
    relevance: float = 3.0,
) -> ShortAnswer | None:
    article = Article(id="ferry", text=text, body=(Span(start=0, end=len(text)),))
    start = text.index(answer)
    sentence = replace(
        ScoredSentence(article, 1, article.body[0]),
        signals={"relevance": relevance},
        answer=Span(start=start, end=start + len(answer)),
        probability=probability,
    )
    judge = None if entailed is None else Judge(entailed)
    return short_answer(kind, question, chance, list(zip(cite([sentence]), [sentence], strict=True)), judge)


def test_the_words_of_the_answer_span_are_copied_without_marks_around_them() -> None:
    assert short("“212 passengers”,") == ShortAnswer(text="212 passengers", citation=1)


def test_what_is_hardly_right_is_not_shown() -> None:
    assert short("212 passengers", chance=0.02, probability=0.1, relevance=-3.0) is None
    assert short("212 passengers", chance=0.5, probability=0.3, entailed=0.001, relevance=0.5) is None
    assert short("212 passengers", chance=0.5, probability=0.3, entailed=0.9, relevance=0.5) is not None


def test_a_reason_or_an_event_has_no_short_answer() -> None:
    assert short("212 passengers", "why") is short("212 passengers", "what_happened") is None


def test_a_span_as_long_as_a_sentence_is_no_short_answer() -> None:
    assert short(TEXT) is None


def test_words_of_the_question_are_no_answer_to_it() -> None:
    assert short("Port Ellery", question="What happened in Port Ellery?") is None


@pytest.mark.parametrize(
    ("text", "answer", "shown"),
    [
        (
            "The Milli Istihbarat Teskilatı (MIT) led it.",
            "Milli Istihbarat Teskilatı (MIT",
            "Milli Istihbarat Teskilatı (MIT)",
        ),
        (
            "The Milli Istihbarat Teskilatı (MIT) led it.",
            "Milli Istihbarat Teskilatı (MIT)",
            "Milli Istihbarat Teskilatı (MIT)",
        ),
        ("The Milli Istihbarat Teskilatı (MIT) led it.", "(MIT)", "MIT"),
        ("He saw the “big wave,” and fled.", "the “big wave", "the “big wave,”"),
        ('He saw the "big wave," and fled.', 'the "big wave,', 'the "big wave,"'),
        ("He saw the “big wave” of change.", "big wave” of change", "“big wave” of change"),
        ("He saw the [red] flag (at night).", "[red] flag (at night).", "[red] flag (at night)"),
        (
            "The Milli Istihbarat Teskilatı (MIT, the agency) led it.",
            "Milli Istihbarat Teskilatı (MIT",
            "Milli Istihbarat Teskilatı",
        ),
        ("He saw the “big wave of change”.", "the “big wave", "big wave"),
        ("It killed 12 (nine men and three women, all from Norwick).", "12 (nine men and three women", "12"),
        ('He laid a 12" pipe of steel.', 'a 12" pipe of steel', 'a 12" pipe of steel'),
        ("He saw the (very) big wave” of change.", "big wave” of", "big wave"),
    ],
)
def test_a_bracket_or_quotation_mark_has_its_partner_or_is_left_out(text: str, answer: str, shown: str) -> None:
    found = short(answer, text=text)
    assert found is not None
    assert found.text == shown


@pytest.mark.parametrize(
    ("text", "answer", "shown"),
    [
        ("Ex-Giants receiver Ion Cruz retired.", "Giants receiver Ion Cruz", "Ex-Giants receiver Ion Cruz"),
        ("It was a 5-year-old boat.", "5", "5-year-old"),
        ("Between 2019–2020 it shrank.", "2020", "2020"),
    ],
)
def test_a_compound_is_shown_whole(text: str, answer: str, shown: str) -> None:
    found = short(answer, text=text)
    assert found is not None
    assert found.text == shown
