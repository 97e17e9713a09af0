"""Decontextualisation: check whether a sentence can be understood alone, and drop or prepend text so that it can."""

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

DISCOURSE_MARKER = re.compile(
    r"(?:However|Moreover|Furthermore|Further|Also|Meanwhile|Significantly|Crucially|Additionally|In addition|Similarly"
    r"|Notably|Importantly|Indeed|Overall|Besides|Despite this|In this context|In such a scenario|For its part"
    r"|On its part|Against this backdrop|For instance|For example|Finally|Still|Yet|Thus|Therefore|Hence|Also"
    r"|First|Second|Third|Of course|In fact|As a result|On the other hand|At the same time),\s+",
)
"""Connectives at the beginning of a sentence that can be dropped without changing what it says."""
POINTING_WORDS = DEMONSTRATIVES | {"such", "said"}
GENERIC_NOUNS = frozenset("development incident move step situation scenario context regard latter former said".split())
THIRD_PERSON_PRONOUNS = (PERSON_PRONOUNS | PLURAL_PRONOUNS) - REFLEXIVE_PRONOUNS - {"theirs"}
FINITE_VERB_TAGS = frozenset("VBD VBZ VBP MD".split())
SUBJECT_RELATIONS = frozenset("nsubj nsubjpass csubj expl".split())
PARTIAL_DEPENDENCE = 0.4
"""Dependence of a definite noun such as "the group", which is usually clear in a brief about that group."""
MAX_WORDS_OF_PAIR = 55
"""Maximum number of words of a sentence together with the one before it."""


def discourse_marker_length(text: str) -> int:
    """Return the length in characters of the discourse marker that begins a sentence; 0 without one."""
    marker = DISCOURSE_MARKER.match(text)
    return marker.end() if marker else 0


def context_dependence(sentence: Parsed) -> float:
    """Score how much the subject of a sentence depends on the sentence before it, from 0 to 1.

    1 for "this", `PARTIAL_DEPENDENCE` for "the group".
    """
    for word in sentence.words:
        if word.dep in ("nsubj", "nsubjpass") and word.pos in ("PRON", "NOUN", "PROPN", "DET"):
            return _dependence_of(sentence, word)
        if word.is_name and word.dep in ("nsubj", "nsubjpass"):
            return 0.0
    return 0.0


def is_statement(sentence: Parsed) -> bool:
    """Whether a sentence has a finite verb with a subject; imperatives and headings do not."""
    finite = (word for word in sentence.words if word.pos in ("VERB", "AUX") and word.tag in FINITE_VERB_TAGS)
    return any(
        sentence.words[i].dep in SUBJECT_RELATIONS
        for word in finite
        for i in (*sentence.children[word.index], *_siblings_of_auxiliary(sentence, word))
    )


def _siblings_of_auxiliary(sentence: Parsed, word: Word) -> tuple[int, ...]:
    """Return the dependents of an auxiliary's main verb, where the parser attaches the subject ("has said")."""
    return sentence.children[word.head] if word.pos == "AUX" else ()


def count_unresolved_pronouns(sentence: Parsed) -> int:
    """Count the third-person pronouns without a possible antecedent before them in the sentence."""
    count = 0
    for word in sentence.words:
        if word.folded in THIRD_PERSON_PRONOUNS and word.pos == "PRON":
            heads_of_names = {sentence.words[i].head for i in range(word.index) if sentence.words[i].is_name}
            # In "A met him" the only name is the subject of the pronoun's verb, so it cannot be the antecedent.
            only_subject = (
                word.folded in ("him", "her", "them")
                and word.dep in ("dobj", "dative", "pobj")
                and heads_of_names <= {word.head}
            )
            count += not heads_of_names or only_subject
    return count


def _dependence_of(sentence: Parsed, word: Word) -> float:
    if word.folded in ANAPHORIC_PRONOUNS or word.folded in POINTING_WORDS:
        return float(not any(w.is_name for w in sentence.words[: word.index]))
    dependents = {sentence.words[i].folded for i in sentence.children[word.index]}
    if dependents & POINTING_WORDS or word.lemma in GENERIC_NOUNS:
        return 1.0
    has_name = any(sentence.words[i].is_name for i in sentence.subtree(word.index))
    return PARTIAL_DEPENDENCE if not has_name and "the" in dependents and word.lemma in DEFINITE_NOUNS else 0.0


def with_sentence_before(sentence: ScoredSentence) -> ScoredSentence | None:
    """Extend a sentence by the one before it, as one exact span; None if the text before is not a whole sentence."""
    before, text = sentence.context, sentence.article.text
    start = text.rfind(before, 0, sentence.start) if before else -1
    if start < 0 or sentence.attribution is not None or text[start + len(before) : sentence.start].strip():
        return None
    span = Span(start=start, end=sentence.end)
    is_closed = before.rstrip("\"'”’)] ").endswith((".", "!"))
    is_opened = not start or text[start - 1].isspace() or text[start - 1] in '“"('
    if not is_closed or not is_opened or len(before.split()) < 4 or len(span.of(text).split()) > MAX_WORDS_OF_PAIR:
        return None
    return replace(sentence, span=span, context="", duplicates=())
