"""Whether a sentence can be understood by itself, and what may be left out or put before it so that it can."""

import re

from index.types import Evidence, Span
from service.grounding.alignment import DEFINITE, PRONOUNS
from service.grounding.parsing import Parsed, Word

JOINING = re.compile(
    r"(?:However|Moreover|Furthermore|Further|Also|Meanwhile|Significantly|Crucially|Additionally|In addition|Similarly"
    r"|Notably|Importantly|Indeed|Overall|Besides|Despite this|In this context|In such a scenario|For its part"
    r"|On its part|Against this backdrop|For instance|For example|Finally|Still|Yet|Thus|Therefore|Hence|Also"
    r"|First|Second|Third|Of course|In fact|As a result|On the other hand|At the same time),\s+",
)
"""What ties a sentence to the one before it and says nothing by itself."""
POINTING = frozenset("this that these those such said".split())
VAGUE = frozenset("development incident move step situation scenario context regard latter former said".split())
LONGEST_PAIR = 55
"""Words of a sentence together with the one that it needs."""


def joining(text: str) -> int:
    """How many characters at the beginning only tie it to what stands before."""
    found = JOINING.match(text)
    return found.end() if found else 0


def leans(sentence: Parsed) -> bool:
    """Whether its subject points at something that only the sentence before it names."""
    for word in sentence.words:
        if word.dep in ("nsubj", "nsubjpass") and word.pos in ("PRON", "NOUN", "PROPN", "DET"):
            return _points(sentence, word)
        if word.is_name and word.dep in ("nsubj", "nsubjpass"):
            return False
    return False


def _points(sentence: Parsed, word: Word) -> bool:
    if word.folded in PRONOUNS or word.folded in POINTING:
        return not any(w.is_name for w in sentence.words[: word.index])
    marks = {sentence.words[i].folded for i in sentence.children[word.index]}
    if marks & POINTING or word.lemma in VAGUE:
        return True
    bare = not any(sentence.words[i].is_name for i in sentence.subtree(word.index))
    return bare and "the" in marks and word.lemma in DEFINITE


def with_sentence_before(evidence: Evidence, text: str) -> Evidence | None:
    """The sentence and the one before it as one exact stretch of the article; None when they do not make one."""
    before = evidence.context
    start = text.rfind(before, 0, evidence.start) if before else -1
    if start < 0 or evidence.attribution is not None or text[start + len(before) : evidence.start].strip():
        return None
    whole = Span(start=start, end=evidence.end).of(text)
    ends = before.rstrip("\"'”’)] ").endswith((".", "!"))
    opens = not start or text[start - 1].isspace() or text[start - 1] in '“"('
    if not ends or not opens or len(before.split()) < 4 or len(whole.split()) > LONGEST_PAIR:
        return None
    return evidence.model_copy(update={"start": start, "quote": whole, "context": "", "also": ()})
