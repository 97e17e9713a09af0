"""Query understanding: find the expected kind of answer and the names and numbers that a question presupposes."""

import re
from collections.abc import Sequence
from typing import Literal

from index.words import content_words, words
from service.language.dates import TIME_EXPRESSION
from service.language.names import name_spans
from service.language.numbers import numbers
from service.language.parsing import NEGATORS
from service.language.tokens import Token, tokenise

AnswerKind = Literal["date", "number", "person", "place", "other"]

ANSWER_KINDS: tuple[tuple[AnswerKind, re.Pattern[str]], ...] = (
    (
        "date",
        re.compile(
            r"^\W*(?:since |until |and |but )?when\b|\b(?:what|which) (?:\w+ )?(?:year|date|day|month|century|decade)\b"
            r"|\bdate$|\bwhen exactly\b",
            re.IGNORECASE,
        ),
    ),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|large|big|long|old|often|far|high|tall|deep|wide)\b"
            r"|\b(?:what|which) (?:number|share|percentage|proportion|amount|sum)\b|\b(?:number|toll) of\b",
            re.IGNORECASE,
        ),
    ),
    ("person", re.compile(r"\bwho(?:m|se)?\b", re.IGNORECASE)),
    (
        "place",
        re.compile(
            r"\bwhere\b|\b(?:what|which) (?:\w+ )?"
            r"(?:country|city|town|village|province|state|district|region|area|place|island|continent)\b",
            re.IGNORECASE,
        ),
    ),
)
MIN_WORDS_OF_COMPOSITE = 12
"""Number of content words from which a question is taken to combine several facts, too many for one sentence."""
MIN_QUESTION_WORDS = 3
"""Minimum content words of a complete question: "What happened?" needs the text after it."""
MIN_COMMON_PREFIX = 4
"""Minimum number of letters in the common prefix of two forms of one name."""
MIN_PREFIX_SHARE = 0.6
"""Minimum common prefix as a share of the longer name, so that a country and its people match."""


def expected_kind(question: str) -> AnswerKind:
    """Return the kind of answer that a question asks for: the first whose pattern matches."""
    return next((kind for kind, pattern in ANSWER_KINDS if pattern.search(question)), "other")


def core_question(text: str) -> str:
    """Return the text up to its last question mark, if that part is a complete question; otherwise the whole text.

    The removed text is no part of the question: it is chat, or an instruction to the model.
    """
    until = text.rfind("?") + 1
    return text[:until] if len(content_words(text[:until])) >= MIN_QUESTION_WORDS else text


def is_composite(question: str) -> bool:
    """Whether a question combines several facts, for example by comparing two reports."""
    return len(content_words(question)) >= MIN_WORDS_OF_COMPOSITE


def has_kind(kind: AnswerKind, question: str, sentence: str) -> bool:
    """Whether a sentence contains something of that kind that is not already in the question."""
    if kind == "date":
        asked = {found.group().lower() for found in TIME_EXPRESSION.finditer(question)}
        return any(found.group().lower() not in asked for found in TIME_EXPRESSION.finditer(sentence))
    if kind == "number":
        return bool(set(numbers(sentence)) - set(numbers(question)))
    if kind in ("person", "place"):
        known = [token.folded for token in tokenise(question)]
        return any(not _has_name(token.folded, known) for token in tokenise(sentence) if token.is_name)
    return True


def has_negation(text: str) -> bool:
    """Whether a text contains a negation."""
    return any(word in NEGATORS or word.endswith("n't") for word in words(text))


def has_expected_kind(question: str, sentence: str) -> bool:
    """Whether a sentence contains something of the kind that the question expects."""
    return has_kind(expected_kind(question), question, sentence)


def names(text: str) -> list[Token]:
    """Return the name tokens of a question; a first word counts only with a capital inside."""
    return [token for token in tokenise(text) if token.is_name and not token.folded.isdigit()]


def unmet_names(question: str, evidence: str) -> list[str]:
    """Return names of the question that the evidence lacks in every form: the name, its people, its initials."""
    known = [token.folded for token in tokenise(evidence)]
    asked = names(question)
    initials = _initials(tokenise(evidence)) | {token.folded for token in tokenise(evidence)}
    runs = _runs(tokenise(question))
    spelled = {name for run in runs for name in run if "".join(n[0] for n in run) in initials and len(run) > 1}
    return [
        token.text
        for token in asked
        if not _has_name(token.folded, known) and token.folded not in initials and token.folded not in spelled
    ]


def unmet_numbers(question: str, evidence: str) -> list[str]:
    """Return numbers of the question that the evidence lacks."""
    known = set(numbers(evidence))
    return [number for number in numbers(question) if number not in known]


def _has_name(name: str, known: Sequence[str]) -> bool:
    parts = [part for part in re.split(r"[-–'’]", name) if len(part) > 1] or [name]
    return all(
        any(_are_forms_of_one(part, other) for word in known for other in {word, *re.split(r"[-–'’]", word)})
        for part in parts
    )


def _are_forms_of_one(one: str, other: str) -> bool:
    if one == other:
        return True
    longer = max(len(one), len(other))
    common = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    return common >= MIN_COMMON_PREFIX and common >= MIN_PREFIX_SHARE * longer


def _runs(tokens: Sequence[Token]) -> list[list[str]]:
    """Return the runs of adjacent name tokens."""
    spans = name_spans([token.is_name for token in tokens])
    return [[token.folded for token in tokens[first : last + 1]] for first, last in spans]


def _initials(tokens: Sequence[Token]) -> set[str]:
    return {"".join(name[0] for name in run) for run in _runs(tokens) if len(run) > 1}
