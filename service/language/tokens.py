"""A sentence as the gate sees it: folded tokens with what each one is."""

import re
from functools import lru_cache

from index.types import Record
from index.words import FUNCTION_WORDS, fold, stem

TOKEN = re.compile(r"[$€£₹]?\d+(?:[.,]\d+)*%?|\w+(?:['’]\w+)*(?:[-–]\w+)*", re.UNICODE)
SENTENCE_START = re.compile(r"^\W*\w+")
NEGATORS = frozenset(
    "not no never neither nor without none nobody nothing cannot can't don't doesn't didn't won't wouldn't isn't "
    "aren't wasn't weren't hasn't haven't hadn't shouldn't couldn't hardly barely scarcely".split()
)
SMALL = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
).split()
TENS = {word: 10 * i for i, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), start=2)}
SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000, "trillion": 10**12}


class Token(Record):
    """One word or figure of a sentence."""

    text: str
    """As written."""
    folded: str
    stem: str
    start: int
    end: int
    """Where it stands in the sentence, in characters."""
    is_name: bool
    """Capitalised where grammar does not ask for it, or holding a capital inside."""
    is_negator: bool
    is_content: bool


@lru_cache(maxsize=4096)
def tokenise(sentence: str) -> tuple[Token, ...]:
    """The tokens of a sentence, in order."""
    opening = SENTENCE_START.match(sentence)
    first_end = opening.end() if opening else 0
    return tuple(_token(found, found.end() <= first_end) for found in TOKEN.finditer(sentence))


def _token(found: re.Match[str], opens: bool) -> Token:
    text = found.group()
    folded = fold(text).removesuffix("'s").rstrip("'")
    inner_capital = any(c.isupper() for c in text[1:])
    is_name = text[:1].isalpha() and (inner_capital or (text[:1].isupper() and not opens))
    return Token(
        text=text,
        folded=folded,
        stem=stem(folded),
        start=found.start(),
        end=found.end(),
        is_name=is_name and folded not in FUNCTION_WORDS,
        is_negator=folded in NEGATORS,
        is_content=_is_content(folded),
    )


def _is_content(folded: str) -> bool:
    spelled = folded in SMALL[2:] or folded in TENS or folded in SCALES
    return not spelled and folded not in FUNCTION_WORDS and folded not in NEGATORS and len(folded) > 1


def numbers(sentence: str) -> tuple[str, ...]:
    """Every quantity of a sentence in one spelling: figures, words and scales meet (`$10 million` is `10000000`)."""
    found: list[str] = []
    pending: float | None = None
    for token in [*(t.folded for t in tokenise(sentence)), ""]:
        value = _value(token)
        if value is not None and value < 10 and pending is not None and pending % 10 == 0 and 20 <= pending < 100:
            pending += value
        elif token in SCALES and pending is not None:
            pending *= SCALES[token]
        else:
            if pending is not None:
                found.append(f"{pending:g}" if pending != int(pending) else str(int(pending)))
            pending = value
    return tuple(found)


def _value(token: str) -> float | None:
    if "-" in token and all(part in TENS or part in SMALL for part in token.split("-")):
        return float(sum(_value(part) or 0 for part in token.split("-")))
    if token in SMALL[2:]:
        # "one" and "zero" are pronouns and figures of speech more often than counts.
        return float(SMALL.index(token))
    if token in TENS:
        return float(TENS[token])
    bare = token.strip("$€£₹%").replace(",", "")
    return float(bare) if re.fullmatch(r"\d+(?:\.\d+)?", bare) else None
