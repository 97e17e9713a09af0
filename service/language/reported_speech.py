"""Who says what: the part of a sentence that stands on somebody's word, and whose."""

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


class ReportedSpan(Record):
    """A stretch of a sentence that somebody said."""

    verb: int | None
    """The reporting word; None for words that stand outside the sentence."""
    speaker: frozenset[int]
    content: frozenset[int]


@lru_cache(maxsize=2048)
def reported_spans(sentence: Parsed) -> tuple[ReportedSpan, ...]:
    """Every reported stretch of a sentence, widest first."""
    found = [frame for word in sentence.words for frame in _of(sentence, word) if frame.content]
    return tuple(sorted(dict.fromkeys(found), key=lambda frame: -len(frame.content)))


@lru_cache(maxsize=2048)
def attributed_phrases(sentence: Parsed) -> tuple[ReportedSpan, ...]:
    """What is so in somebody's words or eyes only: "reported a weakness", "described it as a weakness"."""
    found = []
    for verb in sentence.words:
        content = _attributed(sentence, verb) if verb.pos == "VERB" else frozenset()
        if content:
            speakers = [r.word for r in semantic_roles(sentence) if r.head == verb.index and r.role == "agent"]
            found.append(
                ReportedSpan(verb=verb.index, speaker=_names_of(sentence, speakers) - content, content=content)
            )
    return tuple(found)


def _attributed(sentence: Parsed, verb: Word) -> frozenset[int]:
    below = [sentence.words[i] for i in sentence.children[verb.index]]
    if verb.lemma in OBJECT_REPORTING_VERBS:
        return _names_of(sentence, [word.index for word in below if word.dep == "dobj"])
    if verb.lemma not in VIEWING_VERBS:
        return frozenset()
    seen = [word.index for word in below if word.dep == "oprd"]
    seen += [i for word in below if word.folded == "as" for i in sentence.children[word.index]]
    return _names_of(sentence, [*seen, *(w.index for w in below if seen and w.dep in ("dobj", "nsubjpass"))])


def _of(sentence: Parsed, word: Word) -> Iterator[ReportedSpan]:
    if word.folded == "according":
        yield _according(sentence, word)
    elif word.lemma in REPORTING_VERBS and word.pos == "VERB":
        yield from _reported(sentence, word)
    elif word.lemma in REPORTING_NOUNS and word.pos == "NOUN":
        for child in sentence.children[word.index]:
            if sentence.words[child].dep in ("acl", "ccomp") and sentence.words[child].pos in ("VERB", "AUX"):
                speaker = _names_of(
                    sentence, [i for i in sentence.children[word.index] if sentence.words[i].dep == "poss"]
                )
                yield ReportedSpan(verb=word.index, speaker=speaker, content=sentence.subtree(child))


def _according(sentence: Parsed, word: Word) -> ReportedSpan:
    own = sentence.subtree(word.index)
    clause = next((i for i in sentence.ancestors(word.index) if sentence.words[i].pos in ("VERB", "AUX")), None)
    inside = sentence.subtree(clause) if clause is not None else frozenset(range(len(sentence.words)))
    speaker = frozenset(i for i in own if i != word.index and sentence.words[i].folded != "to")
    return ReportedSpan(verb=word.index, speaker=speaker, content=inside - own)


def _reported(sentence: Parsed, verb: Word) -> Iterator[ReportedSpan]:
    children = sentence.children[verb.index]
    speakers = [r.word for r in semantic_roles(sentence) if r.head == verb.index and r.role == "agent"]
    speaker = _names_of(sentence, speakers)
    clauses = [i for i in children if sentence.words[i].dep in ("ccomp", "xcomp", "parataxis")]
    if verb.lemma in ACCUSING_VERBS:
        clauses += [
            i for i in children if sentence.words[i].dep == "prep" and sentence.words[i].folded in ("of", "for")
        ]
    clauses = [i for i in clauses if sentence.words[i].tag != "VBG" or verb.lemma not in ("see", "find", "hear")]
    for clause in clauses:
        yield ReportedSpan(
            verb=verb.index, speaker=speaker - sentence.subtree(clause), content=sentence.subtree(clause)
        )
    if clauses:
        return
    if verb.dep == "advcl" and verb.tag == "VBG":
        return
    quoted = _quoted(sentence)
    if quoted and verb.index not in quoted and not speaker & quoted:
        yield ReportedSpan(verb=verb.index, speaker=speaker, content=quoted)


def _quoted(sentence: Parsed) -> frozenset[int]:
    """Words between quotation marks, without scare quotes of one or two words."""
    inside: list[int] = []
    found: set[int] = set()
    open_ = False
    for word in sentence.words:
        if word.text in '“”"' or word.tag in ("``", "''"):
            if open_ and len(inside) > 2:
                found |= set(inside)
            open_, inside = not open_, []
        elif open_:
            inside.append(word.index)
    return frozenset(found)


def _names_of(sentence: Parsed, words: list[int]) -> frozenset[int]:
    """The words with all that describes them."""
    return frozenset(i for each in words for i in sentence.subtree(each))
