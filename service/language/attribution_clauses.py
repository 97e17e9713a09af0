"""Attribution clauses: split off the words of a sentence that only say who said it ("…, the report stated")."""

import re
from collections.abc import Iterator
from functools import lru_cache

from index.types import Record
from service.language.parsing import Parsed, parse
from service.language.reporting_verbs import REPORTING_FORM, REPORTING_VERBS

QUOTATION_MARKS = '“”"'
NAMED = r"(?:[^\s,;:“”\"]+\s+){0,11}?[^\s,;:“”\"]+"
SPEAKER = rf"(?P<speaker>{NAMED}(?:,\s+{NAMED},)?)"
VERB = rf"(?P<verb>{REPORTING_FORM})"
ADVERB = r"(?:also\s+|further\s+)?"
SETTING = r"(?P<when>(?:\s+(?:on|in|at|earlier|late|last|this|here|to)\s+[^,.“”\"]{1,60})?)"
END = rf"[.{QUOTATION_MARKS}]*$"
ATTRIBUTION_PATTERNS = (
    re.compile(rf"^(?:according to|as per)\s+{SPEAKER},\s+", re.IGNORECASE),
    re.compile(rf"^as\s+{SPEAKER}\s+{VERB}(?:\s+out|\s+it)?,\s+", re.IGNORECASE),
    re.compile(rf",\s+as\s+{VERB}\s+by\s+{SPEAKER},\s+"),
    re.compile(rf",\s+(?:according to|as per)\s+{SPEAKER}(?P<close>,\s+|{END})", re.IGNORECASE),
    re.compile(rf"\s+according to\s+{SPEAKER}{END}", re.IGNORECASE),
    re.compile(rf"[,{QUOTATION_MARKS}]\s*(?:as\s+)?{SPEAKER}\s+{ADVERB}{VERB}{SETTING}{END}"),
    re.compile(rf"[,{QUOTATION_MARKS}]\s+{VERB}\s+{SPEAKER}{END}"),
    re.compile(rf",[{QUOTATION_MARKS}]?\s+(?:as\s+)?{SPEAKER}\s+{ADVERB}{VERB}{SETTING}(?:,|\s[—–-])\s+"),
    re.compile(rf"^{SPEAKER}\s+(?:also\s+|further\s+|recently\s+)?{VERB}{SETTING}\s+that,?\s+"),
)
"""Tried in this order; each pattern is applied to the text that the earlier ones left."""
MIN_STATEMENT_WORDS = 3
CONJUNCTIONS_AND_PREPOSITIONS = frozenset(
    "and but or which who that while because when after before although as if where whose in on at by of to for from "
    "with there".split()
)
ADVERB_TAGS = frozenset({"RB", "RBR", "RBS", "JJR", "JJS"})


class AttributionClause(Record):
    """An attribution clause: the speaker, the reporting verb, and when or where it was said."""

    speaker: str
    verb: str
    """Lemma of the reporting verb; empty for "according to"."""
    when: str = ""
    """When and where it was said, as the sentence words it; empty when the sentence does not say."""


class AttributedSentence(Record):
    """A statement without its attribution clauses, and those clauses."""

    body: Parsed
    attributions: tuple[AttributionClause, ...]


@lru_cache(maxsize=4096)
def strip_attribution(text: str, attribution: str = "") -> AttributedSentence:
    """Split a sentence into its statement and its attribution clauses.

    `attribution` is a clause from outside the sentence; it comes first in the result.
    """
    clauses = list(_outside(attribution))
    body = " ".join(text.split())
    for pattern in ATTRIBUTION_PATTERNS:
        if found := _split_off(pattern, body):
            clause, body = found
            clauses.append(clause)
    return AttributedSentence(body=parse(_without_odd_marks(body)), attributions=tuple(clauses))


def _split_off(pattern: re.Pattern[str], body: str) -> tuple[AttributionClause, str] | None:
    """Return the first attribution clause that matches the pattern, and the text without it."""
    for found in pattern.finditer(body):
        verb = _reporting_lemma(found.groupdict().get("verb") or "")
        speaker = found["speaker"].strip(" ,.")
        if verb is None or not _is_speaker(speaker):
            continue
        when = (found.groupdict().get("when") or "").strip()
        if verb and found.start("verb") < found.start("speaker") and _has_subject(body, found.start("verb")):
            continue  # "the paper, its organ, claimed links": the links are the object, not the speaker
        if _has_active_verb(when):
            continue  # "he threatened to launch ...": what was said, not when
        before, after = body[: found.start()], body[found.end() :]
        if len(before.split()) + len(after.split()) < MIN_STATEMENT_WORDS:
            continue
        if not before and after:
            after = after[0].upper() + after[1:]
        gap = " " if before and after else ""
        return AttributionClause(speaker=speaker, verb=verb, when=when), f"{before.rstrip(' ,')}{gap}{after}".strip()
    return None


def _has_active_verb(text: str) -> bool:
    return any(word.pos in ("VERB", "AUX") and word.tag != "VBN" for word in parse(text).words)


def _has_subject(body: str, start: int) -> bool:
    """Whether the verb that starts at this character offset has its subject before it."""
    sentence = parse(body)
    return any(
        sentence.words[i].dep == "nsubj" and i < verb.index
        for verb in sentence.words
        if verb.start == start
        for i in sentence.children[verb.index]
    )


def _reporting_lemma(verb: str) -> str | None:
    if not verb:
        return ""
    for word in parse(f"They {verb} it.").words[1:2]:
        if word.lemma in REPORTING_VERBS:
            return word.lemma
    return None


def _is_speaker(words: str) -> bool:
    if not words or words.split()[0].casefold() in CONJUNCTIONS_AND_PREPOSITIONS:
        return False
    found = parse(words).words
    # "The report only said" adds "only": not a bare attribution, so it is not split off.
    if not found or any(word.is_negator for word in found) or found[-1].tag in ADVERB_TAGS:
        return False
    verbs = (word for word in found if word.pos in ("VERB", "AUX", "SCONJ") and word.tag not in ("VBN", "VBG"))
    named = all(word.index > 0 and word.text[:1].isupper() for word in verbs)  # "Edward Said"
    return named or len(found) == 1  # the parser tags "reports" as a verb when it is the only word


def _outside(words: str) -> Iterator[AttributionClause]:
    if not words:
        return
    found = parse(words).words
    said = next((w for w in found if w.lemma in REPORTING_VERBS and w.pos in ("VERB", "AUX")), None)
    others = " ".join(w.text for w in found if w is not said)
    if others:
        yield AttributionClause(speaker=others, verb=said.lemma if said else "")


def _without_odd_marks(body: str) -> str:
    """Return the text without quotation marks whose partner was split off."""
    opened, closed = body.count("“"), body.count("”")
    if opened != closed:
        body = body.replace("“", "").replace("”", "")
    if body.count('"') % 2:
        body = body.replace('"', "")
    return body.strip(" ,")
