"""Short answers: the few words of a quote that answer a question for one fact, as the reader marked them."""

from collections.abc import Sequence

from index.search.scored_sentence import ScoredSentence
from index.types import Span
from service.answering.question_kind import QuestionKind
from service.answering.types import Citation, ShortAnswer

MAX_WORDS = 14
"""Maximum length of a short answer; a longer span is a sentence or a reason, and is not shown."""
MIN_PROBABILITY = 0.15
"""Probability that the evidence answers from which its few words are shown (evals/LOG.md)."""
SURROUNDING = " \t\n,.;:?!–—-“”\"'‘’()[]"
"""Characters that are stripped from both ends of an answer span."""


def short_answer(
    kind: QuestionKind, question: str, probability: float, cited: Sequence[tuple[Citation, ScoredSentence]]
) -> ShortAnswer | None:
    """Return the answer span of the most probable cited sentence, if the question asks for one fact.

    Args:
        probability: that the evidence answers the question.
    """
    if kind != "fact" or probability < MIN_PROBABILITY or not cited:
        return None
    citation, sentence = max(cited, key=lambda each: each[1].probability)
    if sentence.answer is None:
        return None
    span = _trimmed(sentence.article.text, sentence.answer)
    text = span.of(sentence.article.text)
    if not text or len(text.split()) > MAX_WORDS or text not in citation.quote or _only_repeats(text, question):
        return None
    return ShortAnswer(text=text, citation=citation.number)


def _trimmed(text: str, span: Span) -> Span:
    start, end = span.start, span.end
    while start < end and text[start] in SURROUNDING:
        start += 1
    while end > start and text[end - 1] in SURROUNDING:
        end -= 1
    return Span(start=start, end=end)


def _only_repeats(answer: str, question: str) -> bool:
    """Whether every word of the answer is in the question, so that it says nothing new."""
    asked = {each.strip(SURROUNDING) for each in question.casefold().split()}
    return all(word.strip(SURROUNDING) in asked for word in answer.casefold().split())
