"""What a question or a quotation mentions: its noun phrases, each with the kind of thing it stands for."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from index.types import Record
from service.language.aliases import WELL_KNOWN
from service.language.parsing import Parsed, Word, parse

Kind = Literal["group", "person", "event", "place", "thing", "name"]
KINDS: tuple[Kind, ...] = ("group", "person", "event", "place", "thing")
NOUNS = Path(__file__).with_name("mentions.txt")
WHERE = frozenset("in at near inside into across within around outside".split())
TOWARDS = frozenset("north south east west new central northern southern eastern western upper lower".split())
JOINS = frozenset("- – of e al ul bin".split())
LEFT = ("det", "amod", "compound", "nummod", "poss", "nmod", "case", "punct", "npadvmod")
LONGEST = 100
"""Characters of a mention that may be put in place of a pronoun."""
ROLES = {"nsubj": 0, "nsubjpass": 0, "dobj": 1, "attr": 1, "dative": 1, "agent": 1, "pobj": 2, "conj": 2}


class Mention(Record):
    """One noun phrase of a text."""

    text: str
    """As it can stand in another sentence: `the` for `a`, nothing for a question word."""
    kind: Kind
    sure: bool
    """Whether the kind is said by a word beside it, and not only likely."""
    named: bool
    questioned: bool
    """Whether it is what a question asks for ("which commander"), so that the text does not say which one."""
    plural: bool
    head: Word
    first: int
    last: int
    """Words of the phrase, both included."""
    preposition: str

    @property
    def rank(self) -> tuple[int, int]:
        """Subjects before objects before the rest, then as they come."""
        return (ROLES.get(self.head.dep, 3), self.first)


@cache
def _listed() -> dict[str, list[str]]:
    lines = [line for line in NOUNS.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {name: words.split() for name, words in (line.split(": ", 1) for line in lines)}


@cache
def nouns() -> dict[str, Kind]:
    """The kind of each common noun that names things again."""
    return {word: kind for kind in reversed(KINDS) for word in _listed()[kind]}


@cache
def _telling() -> dict[str, Kind]:
    """Those, and words that tell what a name beside them is without naming anything again ("the government")."""
    apart: dict[str, Kind] = {"body": "group", "title": "person"}
    return {**{word: kind for name, kind in apart.items() for word in _listed()[name]}, **nouns()}


@lru_cache(maxsize=512)
def mentions(text: str) -> tuple[Mention, ...]:
    """The noun phrases of a text, as they come; one inside another is its own mention too."""
    sentence = parse(text)
    found = [_name(sentence, first, last) for first, last in _runs(sentence.words)]
    found += [_phrase(sentence, word) for word in sentence.words if _heads(word)]
    return tuple(sorted((m for m in found if 1 < len(m.text) <= LONGEST), key=lambda m: (m.first, m.last)))


def _heads(word: Word) -> bool:
    return word.pos == "NOUN" and not word.is_name and word.dep not in ("compound", "nmod", "npadvmod")


def _runs(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Where names stand: capitals side by side, hyphens and "of" between them."""
    at = 0
    while at < len(words):
        if not words[at].is_name:
            at += 1
            continue
        end = at
        while (step := _next(words, end)) is not None:
            end = step
        if any(word.pos not in ("ADJ", "PUNCT") for word in words[at : end + 1]):
            yield at, end
        at = end + 1


def _next(words: Sequence[Word], end: int) -> int | None:
    for reach in (1, 2, 4):
        step = end + reach
        if (
            step < len(words)
            and words[step].is_name
            and all(w.folded in JOINS or w.text in JOINS for w in words[end + 1 : step])
        ):
            return step
    return None


def _name(sentence: Parsed, first: int, last: int) -> Mention:
    words = sentence.words
    called = [i for i in range(first, last) if _telling().get(words[i].folded) == "person"]
    kind, sure = _kind(sentence, first, last)
    if called:
        first, kind, sure = called[-1] + 1, "person", True
        if words[first].folded == "of" and first + 2 <= last:
            first += 2
    determined = first > 0 and words[first - 1].folded == "the" and words[last].dep not in ("compound", "nmod", "amod")
    return Mention(
        text=("the " if determined else "") + _between(sentence, first, last),
        kind=kind,
        sure=sure,
        named=True,
        questioned=False,
        plural=words[last].tag == "NNPS" or (determined and kind == "group"),
        head=words[last],
        first=first - determined,
        last=last,
        preposition=_preposition(words, first - determined),
    )


def _kind(sentence: Parsed, first: int, last: int) -> tuple[Kind, bool]:
    words = sentence.words
    run = words[first : last + 1]
    said = [_telling().get(word.folded) for word in run]
    text = _between(sentence, first, last)
    before = [w for w in words[max(0, first - 2) : first] if w.text != "," and w.folded != "the"]
    known = _telling().get(before[-1].folded) if before else None
    for kind in ("group", "event"):
        if kind in said:
            return ("group" if kind == "group" else "event"), True
    if text.casefold().removeprefix("the ") in WELL_KNOWN[0] | WELL_KNOWN[1] | WELL_KNOWN[4]:
        return "place", True
    if run[0].folded in TOWARDS or ("place" in said and run[-1].folded != "state"):
        return "place", True
    if "state" in [word.folded for word in run] or "-e-" in text:
        return "group", True
    if len(run) <= 3 and sum(c.isupper() for c in text) >= 2 and text.replace("-", "").isupper():
        return "group", True
    if known in ("person", "group"):
        return known, True
    if _introduced(sentence, last) or (first == 2 and words[0].folded in ("who", "whom") and words[1].lemma == "be"):
        return "person", True
    if first > 0 and words[first - 1].folded == "the":
        return "group", words[last].dep == "nsubj"
    if _preposition(words, first) in WHERE:
        return "place", True
    return ("person" if len(run) > 1 else "name"), False


def _introduced(sentence: Parsed, last: int) -> bool:
    """Whether what follows says that it is a person: "who", or what the person is."""
    after = sentence.words[last + 1 : last + 9]
    if not after or after[0].text != ",":
        return False
    if len(after) > 1 and after[1].folded == "who":
        return True
    for word in after[1:]:
        if word.text == "," or word.pos in ("VERB", "AUX"):
            return False
        if _telling().get(word.folded) == "person":
            return True
    return False


def _phrase(sentence: Parsed, head: Word) -> Mention:
    words = sentence.words
    first = head.index
    while first > 0 and _modifies(words, first - 1, head.index):
        first -= 1
    last = _last(sentence, head)
    opening = words[first]
    questioned = any(word.tag in ("WDT", "WP", "WP$", "WRB") for word in words[first : head.index]) or (
        words[0].folded == "who" and words[head.head].lemma == "be" and head.dep in ("nsubj", "attr")
    )
    start = first
    while start < head.index and (words[start].pos == "DET" or words[start].tag in ("WDT", "WP", "WP$", "WRB")):
        start += 1
    if questioned and words[start].folded in ("many", "much") and start < head.index:
        start += 1
    body = _between(sentence, start, last)
    owned = any(word.dep == "poss" and word.head == head.index for word in words[first : head.index])
    bare = owned or (head.tag == "NNS" and opening.folded != "the")
    return Mention(
        text=body if bare else f"the {body}",
        kind=_telling().get(head.lemma, _telling().get(head.folded, "thing")),
        sure=True,
        named=any(word.is_name for word in words[start : last + 1]),
        questioned=questioned,
        plural=head.tag == "NNS",
        head=head,
        first=first,
        last=last,
        preposition=_preposition(words, first),
    )


def _modifies(words: Sequence[Word], index: int, head: int) -> bool:
    """Whether a word stands left of a noun as part of its phrase."""
    word = words[index]
    if word.dep not in (*LEFT, "advmod") or word.text in (",", "(", '"', "“"):
        return False
    above = index
    for _ in range(6):
        above = words[above].head
        if above == head:
            return True
    return False


def _last(sentence: Parsed, head: Word) -> int:
    """The end of the phrase with what a preposition hangs on it."""
    last = head.index
    for child in sorted(sentence.children[head.index]):
        part = sorted(sentence.subtree(child))
        if sentence.words[child].dep == "prep" and child == last + 1 and part == list(range(part[0], part[-1] + 1)):
            last = next((at - 1 for at in part if sentence.words[at].pos == "VERB"), part[-1])
    return last


def _preposition(words: Sequence[Word], first: int) -> str:
    return words[first - 1].folded if first > 0 and words[first - 1].pos == "ADP" else ""


def _between(sentence: Parsed, first: int, last: int) -> str:
    return " ".join(sentence.text[sentence.words[first].start : sentence.words[last].end].split())
