"""Open questions: what the topic asks but no article answers, and what articles say is unknown."""

import re
from collections.abc import Callable, Sequence

from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.words import content_words, fold
from service.answering.citations import unmarked
from service.answering.query import MIN_QUESTION_WORDS
from service.briefing.line_writer import LineWriter
from service.briefing.types import OpenQuestion
from service.language.parsing import parse

MAX_OPEN_QUESTIONS = 6
MAX_DAYS_OPEN = 7
"""Number of days before the newest report on the topic after which what an article calls unknown is known or stale."""
NOT_KNOWN = re.compile(
    r"\b(?:(?:(?:it|that)['’]s|is|are|was|were|be|remains?|remained|still) (?:still |as yet |not yet |yet |also )?"
    r"(?:not (?:yet |immediately |been )?(?:known|clear|confirmed|determined|established|decided|identified|disclosed)"
    r"|unknown|unclear|uncertain|undisclosed|unidentified|unconfirmed|undecided|unresolved|to be seen)"
    r"|(?:has|have|had) (?:not|yet|never) (?:yet )?(?:to )?(?:been? )?(?:confirm\w*|disclose\w*|identif\w+|reveal\w*"
    r"|determine\w*|establish\w*|announce\w*|claim\w*|say|said|release\w*|decide\w*)"
    r"|no (?:group|one|organi[sz]ation|outfit|official) (?:has |had )?(?:yet |so far |immediately )?claimed"
    r"|did not (?:immediately )?(?:say|specify|give|name|identify|elaborate|disclose)"
    r"|declined to (?:say|name|give|identify|elaborate|disclose)"
    r"|could not (?:be )?(?:immediately |independently )?(?:reached|verif\w*|confirm\w*|determine\w*)"
    r"|(?:open|unanswered) questions?|remains? a mystery|no (?:further )?details? (?:were|was|are|has|have))\b",
    re.IGNORECASE,
)
"""Phrases with which articles say that something is not known."""

IsAnswered = Callable[[str], bool]
"""Returns whether the collection answers a question."""


def open_questions(
    topic: str,
    unmentioned: Sequence[str],
    sentences: Sequence[ScoredSentence],
    writer: LineWriter,
    is_answered: IsAnswered,
) -> tuple[OpenQuestion, ...]:
    """List the topic's unanswered questions, words that no article mentions, and what new articles leave open."""
    found = [
        OpenQuestion(kind="asked", text=f"No article answers: {unmarked(question)}")
        for question in _questions(topic)
        if not is_answered(question)
    ]
    found += [OpenQuestion(kind="not_mentioned", text=f"No article mentions “{word}”.") for word in unmentioned]
    for each in _recent(sentences):
        if NOT_KNOWN.search(each.text) and (line := writer.write(each)) is not None:
            found.append(OpenQuestion(kind="open", text=line.text, line=line))
    return tuple(found[:MAX_OPEN_QUESTIONS])


def _recent(sentences: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the sentences of the newest reports, and of articles without a date."""
    newest = max((each.source.published_day or 0 for each in sentences), default=0)
    return [e for e in sentences if newest - (e.source.published_day or newest) <= MAX_DAYS_OPEN]


def topic_subject(topic: str) -> str:
    """Return the topic without its questions: "the storm" for "the storm: who pays?"."""
    subject, _, questions = topic.partition(":")
    return subject if "?" in questions and content_words(subject) else topic


def unmentioned_words(topic: str, store: DocumentStore) -> tuple[str, ...]:
    """Return the names and nouns of a topic that occur in no article; its other words only describe them."""
    nouns = {word.folded for word in parse(topic).words if word.pos in ("NOUN", "PROPN")}
    counts = store.lexical.document_frequency([word for word in content_words(topic) if fold(word) in nouns])
    return store.articles.unmentioned([word for word, count in counts.items() if not count])


def _questions(topic: str) -> Sequence[str]:
    """Return the questions of a topic, completed with its subject: "X: who did it? When?" asks both about X."""
    parts = [part.strip() for part in re.findall(r"[^?:;]+\?", topic)]
    subject = topic_subject(topic).strip() if topic_subject(topic) != topic else ""
    return [
        part if len(content_words(part)) >= MIN_QUESTION_WORDS or not subject else f"{subject}: {part}"
        for part in parts
        if part
    ]
