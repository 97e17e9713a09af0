"""A follow-up understood from the talk so far: what it points at is named, what it leaves out is put back."""

import re
from collections.abc import Iterator, Sequence

from index.types import Record
from index.words import words as plain_words
from service.conversation.ellipsis import complete, described, event_of, is_fragment, is_vague, subject_matter
from service.conversation.mentions import WHERE, Kind, Mention, mentions, nouns
from service.language.parsing import Parsed, Word, parse
from service.runtime.settings import MAX_QUESTION

PRONOUNS: dict[str, tuple[Kind, ...]] = {
    **dict.fromkeys(("he", "him", "his", "she", "her", "hers"), ("person",)),
    **dict.fromkeys(("it", "its"), ("group", "thing", "event", "place", "name")),
    **dict.fromkeys(("they", "them", "their", "theirs"), ("group", "person", "name")),
}
"""What each may stand for. Kinds are a choice among the mentions of the talk, never a reason to invent one."""
HAPPENING = frozenset("happen occur take begin start end".split())
VIOLENT = frozenset(
    "attack bombing blast strike assault explosion raid shooting incident massacre killing event".split()
)
"""Events that a talk may call by one another's names."""
CLAUSES = ("ROOT", "advcl", "ccomp", "relcl", "conj", "acl", "pcomp")
DATE = re.compile(r"\b(?:(?:late|early|mid)[ -])?(?:[A-Z][a-z]+ (?:\d{1,2},? )?)?(?:19|20)\d\d\b")


class Said(Record):
    """One earlier turn: the question as it was understood, and the words its answer cited."""

    asked: str
    quotes: tuple[str, ...] = ()


class Change(Record):
    """Words of the question and what stands for them."""

    start: int
    end: int
    text: str


def follow(question: str, talk: Sequence[Said]) -> str:
    """The question as it is meant after `talk` (oldest first); a self-contained one comes back exactly as it was.

    Every word comes from the question, the questions before it, or the quotations that were cited to them, besides
    a few words of grammar. The result is never longer than a question may be.
    """
    if not talk or not plain_words(question) or len(question) > MAX_QUESTION:
        return question
    talk = [Said(asked=_encodable(said.asked), quotes=tuple(map(_encodable, said.quotes))) for said in talk]
    if question != _encodable(question):
        return question
    named = _resolved(question, talk)
    if is_fragment(named):
        named = complete(named, talk[-1].asked)
    elif named == question and is_vague(question):
        named = _with(question, event_of(talk[-1].asked) or f"({subject_matter(talk[-1].asked)})")
    return named if len(named) <= MAX_QUESTION and plain_words(named) else question


def _encodable(text: str) -> str:
    """The parser takes no half of a character; its place is kept."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _with(question: str, more: str) -> str:
    return f"{question.rstrip(' ?.!')} {more}?" if more.strip("() ") else question


def _resolved(question: str, talk: Sequence[Said]) -> str:
    """The question with what points back replaced by what it points at."""
    sentence = parse(question)
    changes: list[Change] = []
    done: set[tuple[Kind, ...]] = set()
    for word in sentence.words:
        kinds = PRONOUNS.get(word.folded, ()) if word.pos == "PRON" else ()
        change = None
        if kinds and kinds not in done:
            done.add(kinds)
            change = _pronoun(sentence, word, kinds, talk)
        elif word.folded in ("there", "then"):
            change = _adverb(sentence, word, talk)
        elif word.pos == "NOUN" and word.folded in nouns():
            change = _noun(sentence, word, talk)
        elif word.folded in ("this", "that") and word.dep in ROLES_OF_THAT and not changes:
            change = _demonstrative(sentence, word, talk)
        if change:
            changes.append(change)
    for change in sorted(changes, key=lambda each: each.start, reverse=True):
        question = question[: change.start] + change.text + question[change.end :]
    return question


ROLES_OF_THAT = ("nsubj", "nsubjpass", "dobj", "pobj")


def _pronoun(sentence: Parsed, word: Word, kinds: tuple[Kind, ...], talk: Sequence[Said]) -> Change | None:
    if _is_empty(sentence, word) or _bound(sentence, word, kinds):
        return None
    owning = word.tag == "PRP$" or (word.folded == "her" and word.dep == "poss")
    if kinds[0] == "group" and word.folded in ("it", "its") and _about_event(sentence, word):
        event = _event(talk)
        return Change(start=word.start, end=word.end, text=event) if event else None
    found = _chosen(kinds, talk, sentence, plural=word.folded[:2] == "th")
    if found is None:
        return None
    owner = f"{found.text}’s" if owning and "’" in sentence.text + found.text else f"{found.text}'s"
    return Change(start=word.start, end=word.end, text=owner if owning else found.text)


def _event(talk: Sequence[Said]) -> str | None:
    """The last event of the talk, by its name or by what is said of it."""
    for said in reversed(talk):
        found = [mention for mention in mentions(said.asked) if mention.kind == "event"]
        for event in sorted(found, key=lambda each: (not each.named, each.rank)):
            return event.text if event.named else described(said.asked, event)
    return None


def _is_empty(sentence: Parsed, word: Word) -> bool:
    """Whether an "it" stands for nothing: "is it true that", "how long did it take to"."""
    if word.folded != "it":
        return False
    verb = sentence.words[word.head]
    below = [sentence.words[child] for child in sentence.children[verb.index]]
    if verb.tag == "VBN" and any(other.dep == "ccomp" for other in below):
        return True
    if verb.lemma in ("take", "mean", "seem", "appear", "matter"):
        return any(
            other.dep in ("xcomp", "ccomp", "advcl", "dobj", "dative") for other in below if other.folded != "place"
        )
    if verb.lemma == "be":
        return any(other.dep in ("ccomp", "csubj", "relcl", "xcomp", "acl", "advcl") for other in sentence.words)
    return verb.lemma in ("rain", "snow")


def _about_event(sentence: Parsed, word: Word) -> bool:
    above = sentence.words[word.head]
    return (above.lemma in HAPPENING and word.dep == "nsubj") or (
        above.folded in ("in", "during") and word.dep == "pobj"
    )


def _clause(sentence: Parsed, index: int) -> int:
    """The word that a clause hangs on."""
    for above in (index, *sentence.ancestors(index)):
        if sentence.words[above].dep in CLAUSES and sentence.words[above].pos in ("VERB", "AUX"):
            return above
    return index


def _verb(sentence: Parsed, index: int) -> int:
    return next((above for above in sentence.ancestors(index) if sentence.words[above].pos in ("VERB", "AUX")), index)


def _bound(sentence: Parsed, word: Word, kinds: Sequence[Kind]) -> bool:
    """Whether the question itself names what a word points at: then it is not about the talk."""
    here = _clause(sentence, word.index)
    for found in mentions(sentence.text):
        if word.index in range(found.first, found.last + 1) or not _agrees(found, word, kinds):
            continue
        there = _clause(sentence, found.head.index)
        if word.folded in THEIRS and _verb(sentence, word.index) != _verb(sentence, found.head.index):
            there = -1
        subordinate = sentence.words[here].dep == "advcl" and there in sentence.ancestors(here)
        before = found.first < word.index
        if here != there and (before or (subordinate and there >= 0)):
            return True
        if here == there and _may_bind(sentence, found, word, before=before):
            return True
    if word.folded in ("he", "him", "his", "she", "her") and here != _clause(sentence, 0):
        return sentence.words[0].folded == "who"
    return False


def _agrees(found: Mention, word: Word, kinds: Sequence[Kind]) -> bool:
    if word.folded in THEIRS:
        return found.plural or found.kind == "group" or not found.sure
    if word.folded in ("it", "its") and found.head.tag == "NNS":
        return False
    return found.kind in kinds or (not found.sure and found.kind != "place")


def _may_bind(sentence: Parsed, found: Mention, word: Word, *, before: bool) -> bool:
    """Within one clause, a subject owns what is "its"; it is never what "it" points at, but its neighbours may be."""
    head = found.head
    while head.dep == "conj" and head.head != head.index:
        head = sentence.words[head.head]
    subject = head.dep in ("nsubj", "nsubjpass")
    if word.tag == "PRP$" or word.dep == "poss":
        being = sentence.words[_clause(sentence, word.index)].lemma == "be"
        return (subject and not being) or (before and not found.questioned)
    joined = any(sentence.words[above].dep == "conj" for above in (word.index, *_up_to_clause(sentence, word.index)))
    return before and not found.questioned and (not subject or joined)


def _up_to_clause(sentence: Parsed, index: int) -> Iterator[int]:
    for above in sentence.ancestors(index):
        if above == _clause(sentence, index):
            return
        yield above


THEIRS = ("they", "them", "their", "theirs")


def _noun(sentence: Parsed, word: Word, talk: Sequence[Said]) -> Change | None:
    """For a noun that names again ("the group", "that report") what it was called before."""
    words = sentence.words
    opening = words[word.index - 1] if word.index else None
    if opening is None or opening.folded not in ("the", "this", "that", "these", "those") or opening.head != word.index:
        return None
    if not _is_bare(sentence, word):
        return None
    if any(after.tag in ("WDT", "WP") or after.folded == "that" for after in words[word.index + 1 :]):
        return None  # its clause may stand at the end of the question
    kind = nouns()[word.folded]
    if kind in ("event", "thing"):
        return _named_again(sentence, opening, word, talk)
    if _bound(sentence, word, (kind,)):
        return None
    found = _chosen((kind,), talk, sentence, plural=False)
    return Change(start=opening.start, end=word.end, text=found.text) if found else None


def _is_bare(sentence: Parsed, word: Word) -> bool:
    """Whether nothing beside it says which one is meant."""
    after = sentence.words[word.index + 1] if word.index + 1 < len(sentence.words) else None
    if word.dep in ("compound", "nmod") or (after is not None and after.is_name):
        return False
    if after is not None and after.pos == "ADP" and not DATE.match(sentence.text[after.end :].lstrip()):
        return False
    left = ("amod", "nummod", "compound", "poss")
    for child in sentence.children[word.index]:
        dep = sentence.words[child].dep
        if (dep in left and child < word.index) or dep in ("prep", "relcl", "appos"):
            return False
        if dep == "acl" and sentence.children[child]:
            return False
    return True


def _named_again(sentence: Parsed, opening: Word, word: Word, talk: Sequence[Said]) -> Change | None:
    """Events and things are told apart by their noun; one that the talk only describes gets the description."""
    if any(found.named and found.preposition in WHERE for found in mentions(sentence.text)) or DATE.search(
        sentence.text
    ):
        return None
    for said in reversed(talk):
        for found in sorted(mentions(said.asked), key=lambda each: (not each.named, each.rank)):
            if found.head.is_name or not _same_noun(word.lemma, found.head.lemma):
                continue
            text = found.text if found.named else described(said.asked, found)
            return Change(start=opening.start, end=word.end, text=text)
    last = talk[-1].asked
    text = event_of(last, word.lemma) or subject_matter(last)
    if text and (nouns()[word.folded] == "event" or opening.folded != "the"):
        return Change(start=word.end, end=word.end, text=f" {text}" if text.startswith("on ") else f" ({text})")
    return None


def _same_noun(one: str, other: str) -> bool:
    return one == other or (one in VIOLENT and other in VIOLENT)


def _adverb(sentence: Parsed, word: Word, talk: Sequence[Said]) -> Change | None:
    words = sentence.words
    before = words[word.index - 1] if word.index else None
    after = words[word.index + 1] if word.index + 1 < len(words) else None
    if word.folded == "then":
        closes = after is None or after.pos == "PUNCT"
        if before is None or not closes or "if" in [other.folded for other in words]:
            return None
        found = next((date for said in reversed(talk) for date in _dates(said)), None)
        by = before.folded in ("since", "until", "by", "before", "after")
        return Change(start=word.start, end=word.end, text=found if by else f"in {found}") if found else None
    if word.dep == "expl" or word.tag == "EX" or (before is not None and before.lemma == "be"):
        return None
    if any(found.kind == "place" or found.preposition for found in mentions(sentence.text) if found.named):
        return None
    place = _chosen(("place", "name"), talk, sentence, plural=False, where=True)
    if place is None:
        return None
    bare = before is not None and before.pos == "ADP"
    at = place.preposition if place.preposition in WHERE else "in"
    return Change(start=word.start, end=word.end, text=place.text if bare else f"{at} {place.text}")


def _dates(said: Said) -> Iterator[str]:
    for text in (said.asked, *said.quotes):
        yield from DATE.findall(text)


def _demonstrative(sentence: Parsed, word: Word, talk: Sequence[Said]) -> Change | None:
    """A "that" alone points at all that was asked before."""
    if word.tag != "DT" or sentence.children[word.index]:
        return None
    if word.dep.startswith("nsubj") and sentence.words[word.head].lemma in HAPPENING:
        event = _event(talk)
        if event:
            return Change(start=word.start, end=word.end, text=event)
    if any(found.named for found in mentions(sentence.text)):
        return None
    text = subject_matter(talk[-1].asked)
    return Change(start=word.end, end=word.end, text=f" ({text})") if text else None


def _chosen(
    kinds: tuple[Kind, ...], talk: Sequence[Said], sentence: Parsed, *, plural: bool, where: bool = False
) -> Mention | None:
    """The most salient mention that fits: a name before a description, the last question before its answer."""
    here = {word.folded for word in sentence.words if word.is_name}
    known = _kinds_of(talk)
    for found, sure in _salient(talk):
        if here & {part.casefold() for part in found.text.split()} or (not found.named and plural != found.plural):
            continue
        if where and found.kind != "place" and found.preposition not in WHERE:
            continue
        told = found.kind if found.sure else known.get(_key(found), "name" if found.kind == "name" else None)
        if told in kinds or (not sure and told in (None, "name") and _may_be(found, kinds)):
            return found
    return None


def _salient(talk: Sequence[Said]) -> Iterator[tuple[Mention, bool]]:
    """Every mention of the talk, nearest first, and whether its kind must have been said to choose it now."""
    for said in reversed(talk):
        asked = sorted((f for f in mentions(said.asked) if f.named and not f.questioned), key=lambda each: each.rank)
        cited = [found for quote in said.quotes for found in mentions(quote) if found.named]
        cited.sort(key=lambda each: not each.head.is_name)
        yield from ((found, sure) for group in (asked, cited) for sure in (True, False) for found in group)
        yield from ((found, True) for found in mentions(said.asked) if found.named and found.questioned)
    for said in reversed(talk):
        yield from (
            (f, True) for f in sorted(mentions(said.asked), key=lambda e: e.rank) if not (f.named or f.questioned)
        )


def _may_be(found: Mention, kinds: Sequence[Kind]) -> bool:
    """Whether a name whose kind nobody says could be of one of these."""
    if found.sure:
        return False
    if kinds[0] == "person":
        return found.kind in ("person", "name") and not found.text.startswith("the ")
    return found.kind in (*kinds, "name") or (kinds[0] == "group" and " " in found.text)


def _kinds_of(talk: Sequence[Said]) -> dict[str, Kind]:
    """What the talk says of each name, by its last word: once said, it holds wherever the name stands."""
    texts = [text for said in talk for text in (said.asked, *said.quotes)]
    return {_key(found): found.kind for text in texts for found in mentions(text) if found.named and found.sure}


def _key(found: Mention) -> str:
    return found.head.folded if found.head.is_name else found.text.casefold()
