"""Whether a sentence can be understood by itself, and what may be left out or put before it so that it can."""

import re
from dataclasses import replace

from index.search.scored_sentence import ScoredSentence
from index.types import Span
from service.language.parsing import Parsed, Word
from service.language.pronouns import (
    ANAPHORIC_PRONOUNS,
    DEFINITE_NOUNS,
    DEMONSTRATIVES,
    PERSON_PRONOUNS,
    PLURAL_PRONOUNS,
    REFLEXIVE_PRONOUNS,
)

JOINING = re.compile(
    r"(?:However|Moreover|Furthermore|Further|Also|Meanwhile|Significantly|Crucially|Additionally|In addition|Similarly"
    r"|Notably|Importantly|Indeed|Overall|Besides|Despite this|In this context|In such a scenario|For its part"
    r"|On its part|Against this backdrop|For instance|For example|Finally|Still|Yet|Thus|Therefore|Hence|Also"
    r"|First|Second|Third|Of course|In fact|As a result|On the other hand|At the same time),\s+",
)
"""What ties a sentence to the one before it and says nothing by itself."""
POINTING = DEMONSTRATIVES | {"such", "said"}
VAGUE = frozenset("development incident move step situation scenario context regard latter former said".split())
PERSONAL = (PERSON_PRONOUNS | PLURAL_PRONOUNS) - REFLEXIVE_PRONOUNS - {"theirs"}
FINITE = frozenset("VBD VBZ VBP MD".split())
SUBJECTS = frozenset("nsubj nsubjpass csubj expl".split())
SLIGHTLY = 0.4
LONGEST_PAIR = 55
"""Words of a sentence together with the one that it needs."""


def joining(text: str) -> int:
    """How many characters at the beginning only tie it to what stands before."""
    found = JOINING.match(text)
    return found.end() if found else 0


def leans(sentence: Parsed) -> float:
    """Whether its subject points at something that only the sentence before it names.

    1 for "this"; less for "the group", which a reader of a page on that group understands.
    """
    for word in sentence.words:
        if word.dep in ("nsubj", "nsubjpass") and word.pos in ("PRON", "NOUN", "PROPN", "DET"):
            return _points(sentence, word)
        if word.is_name and word.dep in ("nsubj", "nsubjpass"):
            return 0.0
    return 0.0


def states(sentence: Parsed) -> bool:
    """Whether it is a whole statement: somebody or something does or is something; no command, no heading."""
    finite = (word for word in sentence.words if word.pos in ("VERB", "AUX") and word.tag in FINITE)
    return any(
        sentence.words[i].dep in SUBJECTS
        for word in finite
        for i in (*sentence.children[word.index], *_shared(sentence, word))
    )


def _shared(sentence: Parsed, word: Word) -> tuple[int, ...]:
    """What hangs on the verb over an auxiliary: "has said" has its subject there."""
    return sentence.children[word.head] if word.pos == "AUX" else ()


def loose_pronouns(sentence: Parsed) -> int:
    """Pronouns for a person or a thing that the sentence itself does not name before them."""
    count = 0
    for word in sentence.words:
        if word.folded in PERSONAL and word.pos == "PRON":
            named = {sentence.words[i].head for i in range(word.index) if sentence.words[i].is_name}
            # "A told him": the only name is the one who told.
            bare = (
                word.folded in ("him", "her", "them")
                and word.dep in ("dobj", "dative", "pobj")
                and named <= {word.head}
            )
            count += not named or bare
    return count


def _points(sentence: Parsed, word: Word) -> float:
    if word.folded in ANAPHORIC_PRONOUNS or word.folded in POINTING:
        return float(not any(w.is_name for w in sentence.words[: word.index]))
    marks = {sentence.words[i].folded for i in sentence.children[word.index]}
    if marks & POINTING or word.lemma in VAGUE:
        return 1.0
    bare = not any(sentence.words[i].is_name for i in sentence.subtree(word.index))
    return SLIGHTLY if bare and "the" in marks and word.lemma in DEFINITE_NOUNS else 0.0


def with_sentence_before(evidence: ScoredSentence) -> ScoredSentence | None:
    """The sentence and the one before it as one exact stretch of the article; None when they do not make one."""
    before, text = evidence.context, evidence.article.text
    start = text.rfind(before, 0, evidence.start) if before else -1
    if start < 0 or evidence.attribution is not None or text[start + len(before) : evidence.start].strip():
        return None
    span = Span(start=start, end=evidence.end)
    whole = span.of(text)
    ends = before.rstrip("\"'”’)] ").endswith((".", "!"))
    opens = not start or text[start - 1].isspace() or text[start - 1] in '“"('
    if not ends or not opens or len(before.split()) < 4 or len(whole.split()) > LONGEST_PAIR:
        return None
    return replace(evidence, span=span, context="", duplicates=())
