"""Conversational query rewriting: turn a follow-up into a question that can be answered without the conversation."""

from collections.abc import Sequence

from index.words import words
from service.conversation.coreference import resolve_references
from service.conversation.ellipsis import is_elliptical, is_underspecified, resolve_ellipsis
from service.conversation.question_topic import event_phrase, question_topic
from service.conversation.types import PreviousTurn
from service.runtime.settings import MAX_QUESTION_CHARACTERS


def rewrite(question: str, previous: Sequence[PreviousTurn]) -> str:
    """Resolve the references and ellipses of a question from the previous turns, oldest first.

    A self-contained question is returned unchanged. Except for a few function words, every word of the result is from
    the question, an earlier question or a quotation that an earlier answer cites. The result never exceeds the length
    limit of a question.
    """
    if not previous or not words(question) or len(question) > MAX_QUESTION_CHARACTERS:
        return question
    previous = [
        PreviousTurn(
            question=_valid_unicode(turn.question),
            quotes=tuple(map(_valid_unicode, turn.quotes)),
            short=_valid_unicode(turn.short),
        )
        for turn in previous
    ]
    if question != _valid_unicode(question):
        return question
    rewritten = resolve_references(question, previous)
    last = previous[-1].question
    if is_elliptical(rewritten):
        rewritten = resolve_ellipsis(rewritten, last, previous[-1].short)
    elif rewritten == question and is_underspecified(question):
        rewritten = _with_phrase_appended(question, event_phrase(last) or f"({question_topic(last)})")
    return rewritten if len(rewritten) <= MAX_QUESTION_CHARACTERS and words(rewritten) else question


def _valid_unicode(text: str) -> str:
    """Replace each lone surrogate by one character, since the parser rejects surrogates."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _with_phrase_appended(question: str, phrase: str) -> str:
    return f"{question.rstrip(' ?.!')} {phrase}?" if phrase.strip("() ") else question
