"""What the collection leaves open: questions of the topic that nothing answers, and what articles say is not known."""

import re
from collections.abc import Callable, Sequence

from index.search.scored_sentence import ScoredSentence
from index.store.store import DocumentStore
from index.words import content_words
from service.answering.citations import unmarked
from service.answering.query import FEWEST_WORDS
from service.briefing.line_writer import Wording
from service.briefing.types import Unknown

MOST = 6
OPEN = re.compile(
    r"\b(?:(?:is|are|was|were|remains?|remained|it is|still) (?:still |as yet |not yet |yet |also )?"
    r"(?:not (?:yet |immediately |been )?(?:known|clear|confirmed|determined|established|decided|identified|disclosed)"
    r"|unknown|unclear|uncertain|undisclosed|unidentified|unconfirmed|undecided|unresolved|to be seen)"
    r"|(?:has|have|had) (?:not|yet|never) (?:yet )?(?:to )?(?:been? )?(?:confirm\w*|disclose\w*|identif\w+|reveal\w*"
    r"|determine\w*|establish\w*|announce\w*|claim\w*|comment\w*|say|said|release\w*|respond\w*|decide\w*)"
    r"|no (?:group|one|organi[sz]ation|outfit|official) (?:has |had )?(?:yet |so far |immediately )?claimed"
    r"|did not (?:immediately )?(?:say|specify|respond|comment|give|name|identify|elaborate|disclose)"
    r"|declined to (?:comment|say|name|give|identify|elaborate|disclose)"
    r"|could not (?:be )?(?:immediately |independently )?(?:reached|verif\w*|confirm\w*|determine\w*)"
    r"|(?:open|unanswered) questions?|remains? a mystery|no (?:further )?details? (?:were|was|are|has|have))\b",
    re.IGNORECASE,
)
"""How reports say that something is not known."""

Answered = Callable[[str], bool]
"""Whether the collection answers a question."""


def unknowns(
    topic: str, absent: Sequence[str], found: Sequence[ScoredSentence], wording: Wording, answered: Answered
) -> tuple[Unknown, ...]:
    """What is asked and not answered first, then words that no article holds, then what articles say themselves."""
    left = [
        Unknown(kind="asked", text=f"No article answers: {unmarked(question)}")
        for question in _questions(topic)
        if not answered(question)
    ]
    left += [Unknown(kind="not_mentioned", text=f"No article mentions “{word}”.") for word in absent]
    for each in found:
        if OPEN.search(each.text) and (line := wording.line(each)) is not None:
            left.append(Unknown(kind="open", text=line.text, line=line))
    return tuple(left[:MOST])


def subject(topic: str) -> str:
    """What a topic is about, without the questions that it asks of that: "the storm" of "the storm: who pays?"."""
    about, _, asked = topic.partition(":")
    return about if "?" in asked and content_words(about) else topic


def missing(topic: str, store: DocumentStore) -> tuple[str, ...]:
    """The words of a topic that no article holds."""
    return tuple(word for word, count in store.lexical.document_frequency(content_words(topic)).items() if not count)


def _questions(topic: str) -> Sequence[str]:
    """The whole questions in a topic; "X: who did it? When?" asks each of them about X."""
    parts = [part.strip() for part in re.findall(r"[^?:;]+\?", topic)]
    about = subject(topic).strip() if subject(topic) != topic else ""
    return [
        part if len(content_words(part)) >= FEWEST_WORDS or not about else f"{about}: {part}" for part in parts if part
    ]
