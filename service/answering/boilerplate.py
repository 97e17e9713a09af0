"""Boilerplate: whether a sentence belongs to the page and not to the article, by a linear classifier of its words."""

import itertools
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from service.language.hashed_features import hashed, linear_scores, load_weights

FITTED = Path(__file__).with_name("boilerplate.npz")
"""Weights fitted by `footnote study fit boilerplate`; array `weights`, shape (FEATURES + 1, 1)."""
FEATURES = 4096
MAX_WORDS_READ = 30
MAX_LENGTH_FEATURE = 10
LIMIT = 5.0
TOKEN = re.compile(r"[\w'’]+|[^\w\s]")
DIGIT = re.compile(r"\d")
JOINED = re.compile(r"\w:[A-Z]")
"""A label before a headline: "More:Rain is expected"."""
SIGNS = "►|@:/•_"
CLOSING_MARKS = "\"”’')"
CACHED = 4096


@lru_cache(CACHED)
def boilerplate_log_odds(sentence: str) -> float:
    """Return the log-odds that a sentence is a teaser, a credit, a note of the editors or the like, within LIMIT."""
    score = float(linear_scores(load_weights(FITTED), hashed_features(sentence))[0])
    return min(max(score, -LIMIT), LIMIT)


def hashed_features(sentence: str) -> NDArray[np.int64]:
    """Return the distinct hashed features of a sentence."""
    return hashed(_features(sentence), FEATURES)


def _features(sentence: str) -> set[str]:
    """Return words and pairs, first and last words, length, share of capitals, last character, and odd signs."""
    tokens = TOKEN.findall(sentence)
    words = [DIGIT.sub("0", token.casefold()) for token in tokens]
    read = words[:MAX_WORDS_READ]
    found = {f"u:{word}" for word in read} | {f"n:{a} {b}" for a, b in itertools.pairwise(read)}
    found |= {f"s:{' '.join(words[:n])}" for n in (1, 2, 3)} | {f"e:{' '.join(words[-n:])}" for n in (1, 2, 3)}
    capitals = [token[0].isupper() for token in tokens[1:] if token[0].isalpha()]
    last = sentence.rstrip(CLOSING_MARKS)[-1:]
    found |= {
        f"l:{min(MAX_LENGTH_FEATURE, len(words) // 4)}",
        f"c:{int(5 * np.mean(capitals)) if capitals else -1}",
        f"t:{'a' if last.isalnum() else last}",
    }
    if JOINED.search(sentence):
        found.add("j")
    return found | {f"h:{sign}" for sign in SIGNS if sign in sentence}
