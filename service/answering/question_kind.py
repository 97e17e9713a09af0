"""Question kind: what kind of answer a question asks for, by a linear classifier of its words."""

import re
from functools import lru_cache
from pathlib import Path
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from index.words import WORD, carries_meaning, content_words, fold
from service.language.hashed_features import hashed, linear_scores, load_weights

QuestionKind = Literal[
    "fact", "why", "how", "what_happened", "latest", "summary", "comparison", "several", "small_talk"
]
KINDS: tuple[QuestionKind, ...] = get_args(QuestionKind)
BROAD_KINDS: tuple[QuestionKind, ...] = ("what_happened", "latest", "summary", "comparison")
"""Kinds of question that ask for more than the reader marks: what counts is what the articles are about."""
FITTED = Path(__file__).with_name("question_kind.npz")
"""Weights fitted by `footnote study fit question-kinds`; array `weights`, shape (FEATURES + 1, len(KINDS))."""
FEATURES = 8192
"""Number of hashed features; the last row of the weights is the bias."""
TOKEN = re.compile(r"[\w'’]+|[?,:]")
DIGIT = re.compile(r"\d")
MAX_LENGTH_FEATURE = 6
MIN_MARGIN_OF_INSTRUCTION = 0.6
"""Smallest margin of the kind that goes with a word which only says what is asked for ("summarise", "latest")."""


def kind_of(question: str) -> QuestionKind:
    """Return the kind of answer that a question asks for."""
    return KINDS[int(_scores(question).argmax())]


@lru_cache(maxsize=1024)
def topic_of(question: str) -> str:
    """Return a broad question without its instruction words, by leaving each out: those that make it of its kind.

    Other questions are returned whole, and words with a capital are kept: the classifier does not see which they are.
    """
    kind = kind_of(question)
    if kind not in BROAD_KINDS:
        return question
    kept, end, margin = "", 0, _margin(question, kind)
    for found in WORD.finditer(question):
        is_lower = not found.start() or question[found.start()].islower()
        if is_lower and carries_meaning(fold(found.group())):
            rest = f"{question[: found.start()]}{question[found.end() :]}".strip()
            if margin - _margin(rest, kind) >= MIN_MARGIN_OF_INSTRUCTION:
                kept += question[end : found.start()]
                end = found.end()
    topic = " ".join(f"{kept}{question[end:]}".split())
    return topic if content_words(topic) else question


def _margin(question: str, kind: QuestionKind) -> float:
    """Return how far the score of the kind lies above the mean of all."""
    scores = _scores(question)
    return float(scores[KINDS.index(kind)] - scores.mean())


def _scores(question: str) -> NDArray[np.float64]:
    return linear_scores(load_weights(FITTED), hashed_features(question))


def hashed_features(question: str) -> NDArray[np.int64]:
    """Return the distinct hashed features of a question."""
    return hashed(_features(question), FEATURES)


def _features(question: str) -> set[str]:
    """Return word n-grams, first and last words, and character n-grams; names and figures are masked."""
    words = [word.casefold() for word in TOKEN.findall(" ".join(map(_masked, enumerate(question.split()))))]
    found = {f"u:{word}" for word in words}
    found |= {f"n:{' '.join(words[i : i + n])}" for n in (2, 3) for i in range(len(words) - n + 1)}
    found |= {f"s:{' '.join(words[:n])}" for n in (1, 2, 3)} | {f"e:{' '.join(words[-n:])}" for n in (1, 2)}
    found |= {f"p{i}:{word}" for i, word in enumerate(words[:3])}
    found |= {f"c:{f' {w} '[i : i + n]}" for w in words for n in (3, 4) for i in range(len(w) + 3 - n)}
    return found | {f"l:{min(MAX_LENGTH_FEATURE, len(words) // 3)}"}


def _masked(word: tuple[int, str]) -> str:
    """Mask a word with a digit, and a capitalised one that is not the first."""
    position, text = word
    if DIGIT.search(text):
        return "0"
    return f"NAME{'?' if text.endswith('?') else ''}" if position and text[:1].isupper() else text
