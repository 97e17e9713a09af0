"""Short answers: the few words of a quote that answer a question for one fact, as the reader marked them."""

import json
from collections.abc import Sequence
from pathlib import Path

from index.search.reader import passage_head
from index.search.scored_sentence import ScoredSentence
from service.answering.answer_spans import SURROUNDING, shown_span
from service.answering.answerability import log_odds, probability
from service.answering.question_kind import QuestionKind
from service.answering.types import Citation, ShortAnswer
from service.grounding import EntailmentModel

FITTED = Path(__file__).with_name("short_answers.json")
"""Fitted without seed articles by `footnote study fit short-answers`."""
MAX_WORDS = 14
"""Maximum length of a short answer; a longer span is a sentence or a reason, and is not shown."""


def short_answer(
    kind: QuestionKind,
    question: str,
    answerable: float,
    cited: Sequence[tuple[Citation, ScoredSentence]],
    entailment: EntailmentModel | None,
) -> ShortAnswer | None:
    """Return the answer span of the most probable cited sentence, if the question asks for one fact and it is right.

    Args:
        answerable: probability that the evidence answers the question.
        entailment: judges whether the sentence entails the question with the span as its answer.
    """
    if kind != "fact" or not cited:
        return None
    citation, sentence = max(cited, key=lambda each: each[1].probability)
    text = answer_words(question, sentence)
    if not text or text not in citation.quote:
        return None
    fitted = json.loads(FITTED.read_text(encoding="utf-8"))
    found = span_features(question, text, answerable, sentence, entailment)
    if probability(fitted["weights"], found) < fitted["least"]:
        return None
    return ShortAnswer(text=text, citation=citation.number)


def answer_words(question: str, sentence: ScoredSentence) -> str:
    """Return the words of a sentence's answer span as they are shown; empty if they are too many or say nothing new."""
    if sentence.answer is None:
        return ""
    article = sentence.article.text
    text = shown_span(article, sentence.answer, sentence.span).of(article)
    return "" if len(text.split()) > MAX_WORDS or _only_repeats(text, question) else text


def span_features(
    question: str, words: str, answerable: float, sentence: ScoredSentence, entailment: EntailmentModel | None
) -> dict[str, float]:
    """Compute the features of an answer span by name; all but the constant are log-odds or scores of the judges.

    Args:
        words: of the span.
        answerable: probability that the evidence answers the question.
        sentence: that the span is in, as it was reranked.
        entailment: without one, its feature is left out.
    """
    found = {
        "one": 1.0,
        "answerable": log_odds(answerable),
        "sentence": log_odds(sentence.probability),
        "relevance": sentence.signals.get("relevance", 0.0),
    }
    if entailment is not None:
        judged = entailment([(f"{question} {words}", passage_head(sentence.source) + sentence.text)])[0]
        found["entailment"] = judged.log_odds
    return found


def _only_repeats(answer: str, question: str) -> bool:
    """Whether every word of the answer is in the question, so that it says nothing new."""
    asked = {each.strip(SURROUNDING) for each in question.casefold().split()}
    return all(word.strip(SURROUNDING) in asked for word in answer.casefold().split())
