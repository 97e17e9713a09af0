"""Entity mentions: extract the noun phrases of a question or quotation, each with its entity type."""

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from index.types import Record
from service.language.aliases import COUNTRIES
from service.language.names import name_spans
from service.language.parsing import Parsed, Word, parse

EntityType = Literal["group", "person", "event", "place", "thing", "name"]
ENTITY_TYPES: tuple[EntityType, ...] = ("group", "person", "event", "place", "thing")
NOUNS_FILE = Path(__file__).with_name("entity_nouns.txt")
LOCATIVE_PREPOSITIONS = frozenset("in at near inside into across within around outside".split())
DIRECTIONS = frozenset("north south east west new central northern southern eastern western upper lower".split())
NAME_CONNECTORS = frozenset("- – of e al ul bin".split())
QUESTION_WORD_TAGS = ("WDT", "WP", "WP$", "WRB")
GAPS_IN_NAMES = (0, 1, 3)
"""Numbers of consecutive connectors allowed inside a name: none, a hyphen, or a word between hyphens."""
COUNTRY_NAMES = frozenset[str]().union(*COUNTRIES)
PREMODIFIER_RELATIONS = ("det", "amod", "compound", "nummod", "poss", "nmod", "case", "punct", "npadvmod")
MAX_MENTION_CHARACTERS = 100
"""Limits the text that may replace a pronoun."""
SALIENCE_BY_RELATION = {"nsubj": 0, "nsubjpass": 0, "dobj": 1, "attr": 1, "dative": 1, "agent": 1, "pobj": 2, "conj": 2}


class Mention(Record):
    """A noun phrase of a text."""

    text: str
    """Ready for use in another sentence: "the" instead of "a", no question word."""
    entity_type: EntityType
    is_certain: bool
    """Whether a neighbouring word states the type; otherwise the type is a guess."""
    has_name: bool
    is_asked_for: bool
    """Whether a question asks for this phrase ("which commander"), so that the text does not identify it."""
    plural: bool
    head: Word
    first: int
    last: int
    """`first` and `last` are the indices of the first and last word of the phrase, inclusive."""
    preposition: str

    @property
    def salience(self) -> tuple[int, int]:
        """Sort key: subjects, then objects, then the rest; within those by position."""
        return (SALIENCE_BY_RELATION.get(self.head.dep, 3), self.first)


@cache
def _noun_lists() -> dict[str, list[str]]:
    lines = [line for line in NOUNS_FILE.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    return {name: words.split() for name, words in (line.split(": ", 1) for line in lines)}


@cache
def anaphoric_nouns() -> dict[str, EntityType]:
    """Map each common noun that can refer back to an earlier mention to its entity type."""
    return {word: entity_type for entity_type in reversed(ENTITY_TYPES) for word in _noun_lists()[entity_type]}


@cache
def _type_nouns() -> dict[str, EntityType]:
    """Map each noun to the entity type it gives to a name beside it: the anaphoric nouns, bodies and titles."""
    lists: dict[str, EntityType] = {"body": "group", "title": "person"}
    more = {word: entity_type for name, entity_type in lists.items() for word in _noun_lists()[name]}
    return {**more, **anaphoric_nouns()}


@lru_cache(maxsize=512)
def mentions(text: str) -> tuple[Mention, ...]:
    """Extract the noun phrases of a text in order of position, nested ones included."""
    sentence = parse(text)
    found = [_name_mention(sentence, first, last) for first, last in _names(sentence.words)]
    found += [_phrase_mention(sentence, word) for word in sentence.words if _heads_phrase(word)]
    return tuple(
        sorted((m for m in found if 1 < len(m.text) <= MAX_MENTION_CHARACTERS), key=lambda m: (m.first, m.last))
    )


def _heads_phrase(word: Word) -> bool:
    return word.pos == "NOUN" and not word.is_name and word.dep not in ("compound", "nmod", "npadvmod")


def _names(words: Sequence[Word]) -> Iterator[tuple[int, int]]:
    """Yield the first and last index of each name: adjacent capitalised words, joined by hyphens or "of"."""
    connects = [w.folded in NAME_CONNECTORS or w.text in NAME_CONNECTORS for w in words]
    for start, end in name_spans([word.is_name for word in words], connects, GAPS_IN_NAMES):
        if any(word.pos not in ("ADJ", "PUNCT") for word in words[start : end + 1]):
            yield start, end


def _name_mention(sentence: Parsed, first: int, last: int) -> Mention:
    words = sentence.words
    titles = [i for i in range(first, last) if _type_nouns().get(words[i].folded) == "person"]
    entity_type, is_certain = _entity_type(sentence, first, last)
    if titles:
        first, entity_type, is_certain = titles[-1] + 1, "person", True
        if words[first].folded == "of" and first + 2 <= last:
            first += 2
    is_definite = first > 0 and words[first - 1].folded == "the" and words[last].dep not in ("compound", "nmod", "amod")
    return Mention(
        text=("the " if is_definite else "") + _text_between(sentence, first, last),
        entity_type=entity_type,
        is_certain=is_certain,
        has_name=True,
        is_asked_for=False,
        plural=words[last].tag == "NNPS" or (is_definite and entity_type == "group"),
        head=words[last],
        first=first - is_definite,
        last=last,
        preposition=_preposition(words, first - is_definite),
    )


def _entity_type(sentence: Parsed, first: int, last: int) -> tuple[EntityType, bool]:
    words = sentence.words
    stated = _type_in_name([word.folded for word in words[first : last + 1]], _text_between(sentence, first, last))
    if stated is not None:
        return stated, True
    apposed = _type_before(words, first)
    if apposed in ("person", "group"):
        return apposed, True
    follows_who_is = first == 2 and words[0].folded in ("who", "whom") and words[1].lemma == "be"
    if follows_who_is or _is_apposed_person(sentence, last):
        return "person", True
    if first > 0 and words[first - 1].folded == "the":
        return "group", words[last].dep == "nsubj"
    if _preposition(words, first) in LOCATIVE_PREPOSITIONS:
        return "place", True
    return ("person" if last > first else "name"), False


def _type_in_name(folded: Sequence[str], text: str) -> EntityType | None:
    """Return the entity type that words or spelling of a name show: "Lashkar-e-Taiba", "FBI", "North Waziristan"."""
    stated = [_type_nouns().get(word) for word in folded]
    if "group" in stated:
        return "group"
    if "event" in stated:
        return "event"
    if text.casefold().removeprefix("the ") in COUNTRY_NAMES or folded[0] in DIRECTIONS:
        return "place"
    if "place" in stated and folded[-1] != "state":
        return "place"
    is_acronym = len(folded) <= 3 and sum(c.isupper() for c in text) >= 2 and text.replace("-", "").isupper()
    return "group" if is_acronym or "state" in folded or "-e-" in text else None


def _type_before(words: Sequence[Word], first: int) -> EntityType | None:
    """Return the entity type of the noun before a name; a comma or "the" may be between them."""
    before = [w for w in words[max(0, first - 2) : first] if w.text != "," and w.folded != "the"]
    return _type_nouns().get(before[-1].folded) if before else None


def _is_apposed_person(sentence: Parsed, last: int) -> bool:
    """Whether an apposition marks a name as a person, by "who" or by a noun for a person."""
    after = sentence.words[last + 1 : last + 9]
    if not after or after[0].text != ",":
        return False
    if len(after) > 1 and after[1].folded == "who":
        return True
    for word in after[1:]:
        if word.text == "," or word.pos in ("VERB", "AUX"):
            return False
        if _type_nouns().get(word.folded) == "person":
            return True
    return False


def _phrase_mention(sentence: Parsed, head: Word) -> Mention:
    words = sentence.words
    first = head.index
    while first > 0 and _is_premodifier(words, first - 1, head.index):
        first -= 1
    last = _phrase_end(sentence, head)
    is_asked_for = _is_asked_for(words, first, head)
    start = _start_without_determiners(words, first, head.index)
    if is_asked_for and start < head.index and words[start].folded in ("many", "much"):
        start += 1
    body = _text_between(sentence, start, last)
    possessed = any(word.dep == "poss" and word.head == head.index for word in words[first : head.index])
    takes_no_article = possessed or (head.tag == "NNS" and words[first].folded != "the")
    return Mention(
        text=body if takes_no_article else f"the {body}",
        entity_type=_type_nouns().get(head.lemma, _type_nouns().get(head.folded, "thing")),
        is_certain=True,
        has_name=any(word.is_name for word in words[start : last + 1]),
        is_asked_for=is_asked_for,
        plural=head.tag == "NNS",
        head=head,
        first=first,
        last=last,
        preposition=_preposition(words, first),
    )


def _is_asked_for(words: Sequence[Word], first: int, head: Word) -> bool:
    """Whether a question asks for this noun phrase: "which commander", "who was the commander"."""
    return any(word.tag in QUESTION_WORD_TAGS for word in words[first : head.index]) or (
        words[0].folded == "who" and words[head.head].lemma == "be" and head.dep in ("nsubj", "attr")
    )


def _start_without_determiners(words: Sequence[Word], first: int, head: int) -> int:
    """Return the index of the first word of a noun phrase that is not a determiner or question word."""
    return next(
        (i for i in range(first, head) if words[i].pos != "DET" and words[i].tag not in QUESTION_WORD_TAGS), head
    )


def _is_premodifier(words: Sequence[Word], index: int, head: int) -> bool:
    """Whether a word is a premodifier in the noun phrase with this head."""
    word = words[index]
    if word.dep not in (*PREMODIFIER_RELATIONS, "advmod") or word.text in (",", "(", '"', "“"):
        return False
    ancestor = index
    for _ in range(6):
        ancestor = words[ancestor].head
        if ancestor == head:
            return True
    return False


def _phrase_end(sentence: Parsed, head: Word) -> int:
    """Return the index of the last word of the noun phrase, including prepositional phrases."""
    last = head.index
    for child in sorted(sentence.children[head.index]):
        part = sorted(sentence.subtree(child))
        if sentence.words[child].dep == "prep" and child == last + 1 and part == list(range(part[0], part[-1] + 1)):
            last = next((i - 1 for i in part if sentence.words[i].pos == "VERB"), part[-1])
    return last


def _preposition(words: Sequence[Word], first: int) -> str:
    return words[first - 1].folded if first > 0 and words[first - 1].pos == "ADP" else ""


def _text_between(sentence: Parsed, first: int, last: int) -> str:
    return " ".join(sentence.text[sentence.words[first].start : sentence.words[last].end].split())
