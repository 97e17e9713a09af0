"""Reported speech: find the spans of a sentence that report what somebody said, and the speaker."""

from collections.abc import Iterator
from functools import lru_cache

from index.types import Record
from service.language.parsing import Parsed, Word
from service.language.reporting_verbs import (
    ACCUSING_VERBS,
    OBJECT_REPORTING_VERBS,
    REPORTING_NOUNS,
    REPORTING_VERBS,
    VIEWING_VERBS,
)
from service.language.semantic_roles import semantic_roles

MAX_SCARE_QUOTE_WORDS = 2


class ReportedSpan(Record):
    """A span of a sentence that reports what somebody said."""

    verb: int | None
    """Index of the reporting word; None when it is outside the sentence."""
    speaker: frozenset[int]
    """Indices of the speaker's words; empty when no speaker is named."""
    content: frozenset[int]
    """Indices of the reported words."""


@lru_cache(maxsize=2048)
def reported_spans(sentence: Parsed) -> tuple[ReportedSpan, ...]:
    """Return every reported clause and quotation of a sentence, widest first."""
    found = [span for word in sentence.words for span in _spans_of(sentence, word) if span.content]
    return tuple(sorted(dict.fromkeys(found), key=lambda span: -len(span.content)))


@lru_cache(maxsize=2048)
def attributed_phrases(sentence: Parsed) -> tuple[ReportedSpan, ...]:
    """Return noun phrases that are only somebody's claim or view: "reported a weakness", "described it as weak"."""
    found = []
    for verb in sentence.words:
        content = _attributed_by(sentence, verb) if verb.pos == "VERB" else frozenset()
        if content:
            speaker = _phrases(sentence, _agents(sentence, verb)) - content
            found.append(ReportedSpan(verb=verb.index, speaker=speaker, content=content))
    return tuple(found)


def _attributed_by(sentence: Parsed, verb: Word) -> frozenset[int]:
    dependents = [sentence.words[i] for i in sentence.children[verb.index]]
    if verb.lemma in OBJECT_REPORTING_VERBS:
        return _phrases(sentence, [word.index for word in dependents if word.dep == "dobj"])
    if verb.lemma not in VIEWING_VERBS:
        return frozenset()
    views = [word.index for word in dependents if word.dep == "oprd"]
    views += [i for word in dependents if word.folded == "as" for i in sentence.children[word.index]]
    viewed = [w.index for w in dependents if views and w.dep in ("dobj", "nsubjpass")]
    return _phrases(sentence, [*views, *viewed])


def _spans_of(sentence: Parsed, word: Word) -> Iterator[ReportedSpan]:
    if word.folded == "according":
        yield _according_to(sentence, word)
    elif word.lemma in REPORTING_VERBS and word.pos == "VERB":
        yield from _reported_by_verb(sentence, word)
    elif word.lemma in REPORTING_NOUNS and word.pos == "NOUN":
        yield from _reported_by_noun(sentence, word)


def _reported_by_noun(sentence: Parsed, noun: Word) -> Iterator[ReportedSpan]:
    """Yield the clause of "The ministry's claim that ..."."""
    dependents = [sentence.words[i] for i in sentence.children[noun.index]]
    speaker = _phrases(sentence, [word.index for word in dependents if word.dep == "poss"])
    for word in dependents:
        if word.dep in ("acl", "ccomp") and word.pos in ("VERB", "AUX"):
            yield ReportedSpan(verb=noun.index, speaker=speaker, content=sentence.subtree(word.index))


def _according_to(sentence: Parsed, word: Word) -> ReportedSpan:
    own = sentence.subtree(word.index)
    clause = next((i for i in sentence.ancestors(word.index) if sentence.words[i].pos in ("VERB", "AUX")), None)
    inside = sentence.subtree(clause) if clause is not None else frozenset(range(len(sentence.words)))
    speaker = frozenset(i for i in own if i != word.index and sentence.words[i].folded != "to")
    return ReportedSpan(verb=word.index, speaker=speaker, content=inside - own)


def _reported_by_verb(sentence: Parsed, verb: Word) -> Iterator[ReportedSpan]:
    """Yield the complement clauses of a reporting verb; without one, the quotations of the sentence."""
    speaker = _phrases(sentence, _agents(sentence, verb))
    complements = list(_complements(sentence, verb))
    for index in complements:
        content = sentence.subtree(index)
        yield ReportedSpan(verb=verb.index, speaker=speaker - content, content=content)
    if complements or (verb.dep == "advcl" and verb.tag == "VBG"):
        return
    quoted = _quoted(sentence)
    if quoted and verb.index not in quoted and not speaker & quoted:
        yield ReportedSpan(verb=verb.index, speaker=speaker, content=quoted)


def _complements(sentence: Parsed, verb: Word) -> Iterator[int]:
    dependents = [sentence.words[i] for i in sentence.children[verb.index]]
    clauses = [word for word in dependents if word.dep in ("ccomp", "xcomp", "parataxis")]
    if verb.lemma in ACCUSING_VERBS:
        clauses += [word for word in dependents if word.dep == "prep" and word.folded in ("of", "for")]
    perceives = verb.lemma in ("see", "find", "hear")  # "saw him leaving" reports an event, not a statement
    yield from (word.index for word in clauses if not (perceives and word.tag == "VBG"))


def _agents(sentence: Parsed, verb: Word) -> list[int]:
    return [role.word for role in semantic_roles(sentence) if role.head == verb.index and role.role == "agent"]


def _quoted(sentence: Parsed) -> frozenset[int]:
    """Return the indices of quoted words, without scare quotes of one or two words."""
    inside: list[int] = []
    found: set[int] = set()
    is_open = False
    for word in sentence.words:
        if word.text in '“”"' or word.tag in ("``", "''"):
            if is_open and len(inside) > MAX_SCARE_QUOTE_WORDS:
                found |= set(inside)
            is_open, inside = not is_open, []
        elif is_open:
            inside.append(word.index)
    return frozenset(found)


def _phrases(sentence: Parsed, heads: list[int]) -> frozenset[int]:
    """Return the indices of these words and of all their dependents."""
    return frozenset(i for head in heads for i in sentence.subtree(head))


def passive_quotee(sentence: Parsed, verb: int) -> frozenset[int]:
    """Return the subject of a passive "quoted" or "cited": in "A was quoted by B as saying" the speaker is A."""
    quoting = next((i for i in (verb, *sentence.ancestors(verb)) if sentence.words[i].lemma in ("quote", "cite")), None)
    if quoting is None:
        return frozenset()
    subjects = (i for i in sentence.children[quoting] if sentence.words[i].dep == "nsubjpass")
    return frozenset().union(*(sentence.subtree(i) for i in subjects))
