"""Short answers: copied from a cited quote, only where one fact is asked for."""

from dataclasses import replace

from index.search.scored_sentence import ScoredSentence
from index.types import Article, Span
from service.answering.citations import cite
from service.answering.question_kind import QuestionKind
from service.answering.short_answers import short_answer
from service.answering.types import ShortAnswer

TEXT = (
    "The ferry carried “212 passengers”, and all were taken off by nightfall, the harbour office in Port Ellery said."
)


def short(
    answer: str, kind: QuestionKind = "fact", question: str = "How many were aboard?", chance: float = 1.0
) -> ShortAnswer | None:
    article = Article(id="ferry", text=TEXT, body=(Span(start=0, end=len(TEXT)),))
    start = TEXT.index(answer)
    sentence = replace(
        ScoredSentence(article, 1, article.body[0]), answer=Span(start=start, end=start + len(answer)), probability=1.0
    )
    return short_answer(kind, question, chance, list(zip(cite([sentence]), [sentence], strict=True)))


def test_the_words_of_the_answer_span_are_copied_without_marks_around_them() -> None:
    assert short("“212 passengers”,") == ShortAnswer(text="212 passengers", citation=1)


def test_what_hardly_answers_has_no_short_answer() -> None:
    assert short("212 passengers", chance=0.1) is None


def test_a_reason_or_an_event_has_no_short_answer() -> None:
    assert short("212 passengers", "why") is short("212 passengers", "what_happened") is None


def test_a_span_as_long_as_a_sentence_is_no_short_answer() -> None:
    assert short(TEXT) is None


def test_words_of_the_question_are_no_answer_to_it() -> None:
    assert short("Port Ellery", question="What happened in Port Ellery?") is None
