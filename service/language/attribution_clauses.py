"""A sentence and the words beside it that only say who said it: "…, the report stated", "according to A, …"."""

import re
from collections.abc import Iterator
from functools import lru_cache

from index.types import Record
from service.language.parsing import Parsed, parse
from service.language.reporting_verbs import REPORTING_FORM, REPORTING_VERBS

WHEN = r"(?P<when>(?:\s+(?:on|in|at|earlier|late|last|this|here|to)\s+[^,.“”\"]{1,60})?)"
NAMED = r"(?:[^\s,;:“”\"]+\s+){0,11}?[^\s,;:“”\"]+"
SPEAKER = rf"{NAMED}(?:,\s+{NAMED},)?"
MARKS = '“”"'
ATTRIBUTION_PATTERNS = (
    re.compile(rf"^(?:according to|as per)\s+(?P<speaker>{SPEAKER}),\s+", re.IGNORECASE),
    re.compile(rf"^as\s+(?P<speaker>{SPEAKER})\s+(?P<verb>{REPORTING_FORM})(?:\s+out|\s+it)?,\s+", re.IGNORECASE),
    re.compile(rf",\s+as\s+(?P<verb>{REPORTING_FORM})\s+by\s+(?P<speaker>{SPEAKER}),\s+"),
    re.compile(rf",\s+(?:according to|as per)\s+(?P<speaker>{SPEAKER})(?P<close>,\s+|[.{MARKS}]*$)", re.IGNORECASE),
    re.compile(rf"\s+according to\s+(?P<speaker>{SPEAKER})[.{MARKS}]*$", re.IGNORECASE),
    re.compile(
        rf"[,{MARKS}]\s*(?:as\s+)?(?P<speaker>{SPEAKER})\s+(?:also\s+|further\s+)?(?P<verb>{REPORTING_FORM}){WHEN}[.{MARKS}]*$"
    ),
    re.compile(rf"[,{MARKS}]\s+(?P<verb>{REPORTING_FORM})\s+(?P<speaker>{SPEAKER})[.{MARKS}]*$"),
    re.compile(
        rf",[{MARKS}]?\s+(?:as\s+)?(?P<speaker>{SPEAKER})\s+(?:also\s+|further\s+)?(?P<verb>{REPORTING_FORM}){WHEN}(?:,|\s[—–-])\s+"
    ),
    re.compile(
        rf"^(?P<speaker>{SPEAKER})\s+(?:also\s+|further\s+|recently\s+)?(?P<verb>{REPORTING_FORM}){WHEN}\s+that,?\s+"
    ),
)
LINKS = frozenset(
    "and but or which who that while because when after before although as if where whose in on at by of to for from "
    "with there".split()
)
ADVERBS = frozenset({"RB", "RBR", "RBS", "JJR", "JJS"})


class AttributionClause(Record):
    """Who is said to say the sentence, and with which word."""

    speaker: str
    verb: str
    """The reporting word's dictionary form; empty for "according to"."""
    when: str = ""
    """When and where it is said to have been said."""


class AttributedSentence(Record):
    """A sentence without its asides."""

    body: Parsed
    attributions: tuple[AttributionClause, ...]


@lru_cache(maxsize=4096)
def strip_attribution(text: str, attribution: str = "") -> AttributedSentence:
    """Take the asides off a sentence; `attribution` is one that stands outside it."""
    asides = list(_attribution(attribution))
    body = " ".join(text.split())
    for pattern in ATTRIBUTION_PATTERNS:
        if found := _lift(pattern, body):
            aside, body = found
            asides.append(aside)
    return AttributedSentence(body=parse(_evened(body)), attributions=tuple(asides))


def _lift(pattern: re.Pattern[str], body: str) -> tuple[AttributionClause, str] | None:
    for found in pattern.finditer(body):
        verb = _reporting(found.groupdict().get("verb") or "")
        speaker = found["speaker"].strip(" ,.")
        if verb is None or not speaker or speaker.split()[0].casefold() in LINKS or not _is_speaker(speaker):
            continue
        when = (found.groupdict().get("when") or "").strip()
        if verb and found.start("verb") < found.start("speaker") and _has_subject(body, found.start("verb")):
            continue  # "the paper, its organ, claimed links": those are claimed, and do not speak
        if any(word.pos in ("VERB", "AUX") and word.tag != "VBN" for word in parse(when).words):
            continue  # "he threatened to launch ...": that is what was said, and not when
        before, after = body[: found.start()], body[found.end() :]
        if len(before.split()) + len(after.split()) < 3:
            continue
        if not before and after:
            after = after[0].upper() + after[1:]
        gap = " " if before and after else ""
        return AttributionClause(speaker=speaker, verb=verb, when=when), f"{before.rstrip(' ,')}{gap}{after}".strip()
    return None


def _has_subject(body: str, start: int) -> bool:
    """Whether the verb that begins there has its subject before it."""
    sentence = parse(body)
    return any(
        sentence.words[i].dep == "nsubj" and i < verb.index
        for verb in sentence.words
        if verb.start == start
        for i in sentence.children[verb.index]
    )


def _reporting(verb: str) -> str | None:
    if not verb:
        return ""
    for word in parse(f"They {verb} it.").words[1:2]:
        if word.lemma in REPORTING_VERBS:
            return word.lemma
    return None


def _is_speaker(words: str) -> bool:
    found = parse(words).words
    # "The report only said" says more than that the report said it.
    if not found or any(word.is_negator for word in found) or found[-1].tag in ADVERBS:
        return False
    verbs = (word for word in found if word.pos in ("VERB", "AUX", "SCONJ") and word.tag not in ("VBN", "VBG"))
    named = all(word.index > 0 and word.text[:1].isupper() for word in verbs)  # "Edward Said"
    return named or len(found) == 1  # "reports", which is a verb to the parser when it stands alone


def _attribution(words: str) -> Iterator[AttributionClause]:
    if not words:
        return
    found = parse(words).words
    said = next((w for w in found if w.lemma in REPORTING_VERBS and w.pos in ("VERB", "AUX")), None)
    others = " ".join(w.text for w in found if w is not said)
    if others:
        yield AttributionClause(speaker=others, verb=said.lemma if said else "")


def _evened(body: str) -> str:
    """Without quotation marks that have lost their partner."""
    opened, closed = body.count("“"), body.count("”")
    if opened != closed:
        body = body.replace("“", "").replace("”", "")
    if body.count('"') % 2:
        body = body.replace('"', "")
    return body.strip(" ,")
