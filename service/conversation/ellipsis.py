"""Fragments of questions ("And in 2018?", "By whom?"), completed with the question before them."""

import re
from collections.abc import Sequence

from service.conversation.mentions import Mention, mentions
from service.language.parsing import Parsed, Word, parse

LEAD = re.compile(r"^\s*(?:(?:and|but|so|or|then|ok|okay|well|also|now)\b[\s,]*)+", re.IGNORECASE)
ABOUT = re.compile(r"^\s*(?:what|how)\s+about\s+", re.IGNORECASE)
ENDING = " ?.!…\t\n"
FINITE = ("VBD", "VBZ", "VBP", "MD")
WHEN = re.compile(
    r"\b(?:(?:in|on|since|by|until|during|before|after)\s+)?(?:(?:late|early|mid)[ -])?"
    r"(?:(?:January|February|March|April|May|June|July|August|September|October|November|December)\s+)?"
    r"(?:\d{1,2},?\s+)?(?:19|20)\d\d\b"
)
PREPOSITION = re.compile(
    r"^(in|on|at|near|from|to|by|with|for|against|of|since|until|during|before|after)\s+", re.IGNORECASE
)
ASKING = ("who", "whom", "whose", "what", "which", "when", "where", "why", "how")
SOMEONE = {"who": "someone", "whom": "someone", "what": "something"}
MOST_FRAGMENT = 8
"""Words; a longer text without a verb is a search, not a follow-up."""
MOST_MATTER = 200
VAGUE = frozenset(
    "people person anyone someone man woman victim casualty die dead kill injure wound hurt toll death responsible "
    "responsibility claim happen occur take place reason many much more else exactly blame arrest number".split()
)
"""Words that say nothing of which event is meant."""
EMPTY = frozenset("place people person number time part".split())
"""Nouns that are no matter of their own ("took place", "how many people")."""


def is_fragment(question: str) -> bool:
    """Whether a question leaves out its verb and leans on the one before it; a bare search for names does not."""
    if ABOUT.match(LEAD.sub("", question)):
        return True
    body = LEAD.sub("", question).strip(ENDING)
    words = [word for word in parse(body).words if word.pos not in ("PUNCT", "SPACE")]
    if not words or len(words) > MOST_FRAGMENT or any(_is_verb(word) for word in words):
        return False
    if any(word.folded in ASKING for word in words[:2]):
        return _only_asks(words)
    placed = PREPOSITION.match(body) is not None
    return LEAD.match(question) is not None or placed or (_is_one_name(body) and question.rstrip().endswith("?"))


def _only_asks(words: Sequence[Word]) -> bool:
    """A question word with one word more at most, and perhaps where or when: a verb may be taken for a noun."""
    at = next(place for place, word in enumerate(words) if word.folded in ASKING)
    after = [word for word in words[at + 1 :] if word.folded not in ("many", "much", "long", "exactly", "else", "the")]
    alone = next((place for place, word in enumerate(after) if word.pos == "ADP"), len(after))
    return at <= 1 and alone <= 1


def _is_one_name(body: str) -> bool:
    found = [mention for mention in mentions(body) if mention.head.is_name]
    return len(found) == 1 and found[0].first == 0 and found[0].last == len(parse(body).words) - 1


def _is_verb(word: Word) -> bool:
    return word.tag in FINITE or (word.tag == "VB" and word.pos == "VERB") or word.pos == "AUX"


def is_vague(question: str) -> bool:
    """Whether a whole question never says which event, person or thing it is about ("How many died?")."""
    words = [word for word in parse(question).words if word.is_content or word.pos == "NUM"]
    return bool(words) and all(not word.is_name and {word.folded, word.lemma} & VAGUE for word in words)


def complete(fragment: str, previous: str) -> str:
    """The fragment as a whole question: it takes the place of what it matches in the previous one."""
    body = ABOUT.sub("", LEAD.sub("", fragment)).strip(ENDING)
    first = parse(body).words[0].folded if body else ""
    second = parse(body).words[1].folded if len(parse(body).words) > 1 else ""
    if first in ASKING or (PREPOSITION.match(body) and second in ASKING):
        return _asking(body, previous)
    return _replacing(body, previous)


def _aside(body: str, previous: str) -> str:
    """What is left when nothing matches: the fragment, and what the talk was about."""
    matter = subject_matter(previous) or previous.strip(ENDING)
    return f"{_upper(body)} ({matter})?"


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def _lower(text: str) -> str:
    """The first word of a question inside another; only ever an auxiliary."""
    return text[:1].lower() + text[1:]


def _asking(body: str, previous: str) -> str:
    """Another question word, for the same matter."""
    swapped = _swapped_participle(body, previous)
    if swapped:
        return swapped
    sentence = parse(previous)
    found = _asked(sentence)
    if found is None:
        auxiliary = sentence.words[0].pos == "AUX" if sentence.words else False
        return f"{_upper(body)} {_lower(previous)}" if auxiliary else _aside(body, previous)
    first, last, top = found
    words = sentence.words
    rest = previous[words[last].end :].strip()
    dropped = " ".join(
        w.text for w in words[first : last + 1] if w.folded not in (*ASKING, "many", "much") and w.dep != "prep"
    )
    adjunct = not _asks_for_argument(body)
    if top.dep in ("nsubj", "nsubjpass", "poss") and _opens_clause(sentence, last):
        if adjunct:
            someone = SOMEONE.get(words[first].folded) if not dropped else None
            return f"{_upper(body)} was it that {someone or dropped} {rest}"
        return f"{_upper(body)} {_plural_verb(rest) if 'many' in body.split() else rest}"
    old = words[first].folded in ("when", "where", "why") or words[first].dep == "prep" or words[last].folded == "how"
    if not (adjunct or not old):
        return _aside(body, previous)
    if old or not any(word.is_content for word in words[first : last + 1]):
        return f"{_upper(body)} {rest}"
    return f"{_upper(body)} {_put_back(sentence, last, top, dropped)}"


def _put_back(sentence: Parsed, last: int, top: Word, dropped: str) -> str:
    """The rest of a question with what it asked for behind its verb again."""
    words, text = sentence.words, sentence.text
    verb = words[top.head]
    if verb.pos != "VERB" or verb.index <= last:
        return f"{text[words[last].end :].strip().rstrip(ENDING)} ({dropped})?"
    end = next((w.end for w in words[verb.index + 1 : verb.index + 2] if w.dep == "prt"), verb.end)
    plain = next((f.text for f in mentions(text) if f.questioned and f.head.index == top.index), dropped)
    return f"{text[words[last].end : end].strip()} {plain}{text[end:]}"


def _asks_for_argument(body: str) -> bool:
    words = body.casefold().split()
    return words[0] in ("who", "what", "which", "whom") or words[:2] in (["how", "many"], ["how", "much"])


def _opens_clause(sentence: Parsed, last: int) -> bool:
    """Whether the verb follows at once, so that the question word is its subject."""
    return last + 1 < len(sentence.words) and not _inverted(sentence, last + 1)


def _inverted(sentence: Parsed, at: int) -> bool:
    word = sentence.words[at]
    if word.pos != "AUX":
        return False
    return any(other.dep in ("nsubj", "nsubjpass") and other.index > at for other in sentence.words[at : at + 8])


def _asked(sentence: Parsed) -> tuple[int, int, Word] | None:
    """The phrase that asks, at the beginning of a question: its first and last word, and its noun."""
    words = sentence.words
    at = next((w.index for w in words[:3] if w.folded in ASKING), None)
    if at is None or (at > 0 and words[at - 1].pos != "ADP"):
        return None
    top = words[at]
    while top.head > top.index and words[top.head].pos in ("NOUN", "PROPN", "ADJ", "ADV") and top.dep != "nsubj":
        top = words[top.head]
    return at - (at > 0), top.index, top


def _plural_verb(rest: str) -> str:
    first, _, others = rest.partition(" ")
    return f"{ {'was': 'were', 'is': 'are', 'has': 'have'}.get(first, first) } {others}"


def _swapped_participle(body: str, previous: str) -> str | None:
    """What was done to them, changed: "killed" in the question before for "injured" in this one."""
    new = next((w for w in parse(body).words if w.tag in ("VBN", "JJ") and w.folded.endswith("ed")), None)
    old = next((w for w in parse(previous).words if w.tag == "VBN" and w.pos == "VERB"), None)
    if new is None or old is None or new.folded == old.folded:
        return None
    return previous[: old.start] + new.text + previous[old.end :]


def _replacing(body: str, previous: str) -> str:
    """A date for a date, a name for a name of its kind."""
    result, date = previous, WHEN.search(body)
    if date:
        result = _dated(date.group(), result)
        body = (body[: date.start()] + body[date.end() :]).strip(" ,")
        if not body:
            return result
    placed = PREPOSITION.match(body)
    fresh = next((found for found in mentions(body) if found.first <= 1 or placed), None)
    old = _counterpart(fresh, placed.group(1).casefold() if placed else "", result) if fresh else None
    if fresh is not None and old is not None:
        words = parse(result).words
        start, end = words[old.first].start, words[old.last].end
        text = body[placed.end() :] if placed else body
        if placed and old.preposition in ("in", "at", "near", "on", placed.group(1).casefold()):
            start, text = words[old.first - 1].start, body
        return result[:start] + text + result[end:]
    swapped = _swapped_participle(body, result)
    if swapped:
        return swapped
    if placed and fresh is not None:
        return f"{result.rstrip(ENDING)} {body}?"
    return _aside(f"What about {body}", result)


def _dated(date: str, previous: str) -> str:
    old = WHEN.search(previous)
    if old is None:
        return f"{previous.rstrip(ENDING)} {date if not date[0].isdigit() and date[0].islower() else f'in {date}'}?"
    bare = not PREPOSITION.match(date)
    opening = PREPOSITION.match(old.group())
    new = f"{opening.group(1)} {date}" if bare and opening else date
    return previous[: old.start()] + _like(new, old.group()) + previous[old.end() :]


def _like(new: str, old: str) -> str:
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def _counterpart(fresh: Mention, preposition: str, previous: str) -> Mention | None:
    """What the new mention stands in for: of its kind, in its place; a name of unknown kind for the likeliest."""
    if not fresh.named:
        return None
    inside = {word.casefold() for word in fresh.text.split() if word[:1].isupper()}
    old = [found for found in mentions(previous) if found.named and not found.questioned]
    if any(inside <= set(found.text.casefold().split()) for found in old):
        return None
    if preposition:
        same = [found for found in old if found.preposition == preposition]
        return max(same, key=_width, default=None)
    order = [fresh.kind]
    if not fresh.sure:
        order += [kind for kind in ("name", "place", "person", "group") if kind != fresh.kind]
    for kind in order:
        fitting = sorted(
            (f for f in old if f.kind == kind), key=lambda f: (f.head.is_name != fresh.head.is_name, f.rank)
        )
        if fitting:
            return fitting[0]
    return None


def _width(found: Mention) -> int:
    return found.last - found.first


def subject_matter(question: str, without: Mention | None = None) -> str:
    """What a question is about, as a list of its phrases."""
    found: list[Mention] = []
    for mention in sorted(mentions(question), key=lambda m: (m.first, -m.last)):
        if mention.head.lemma in EMPTY:
            continue
        inside = any(other.first <= mention.first and mention.last <= other.last for other in found)
        apart = without is None or mention.last < without.first or mention.first > without.last
        if not inside and apart and (mention.named or not mention.questioned):
            found.append(mention)
    text = ", ".join(dict.fromkeys(mention.text for mention in found))
    return text if len(text) <= MOST_MATTER else text[:MOST_MATTER].rsplit(" ", 1)[0].rstrip(",")


def event_of(question: str, noun: str = "") -> str | None:
    """How to say that something was part of the event a question names or tells of ("in the bombing", "on ...")."""
    if noun:
        return _acted(question, noun)
    for found in mentions(question):
        if found.kind == "event" and found.named:
            return f"in {found.text}"
    return None


def _acted(question: str, noun: str) -> str | None:
    """For "the attack", when the question before said who was attacked: "on" whom."""
    words = parse(question).words
    verb = next((word for word in words if word.pos == "VERB" and word.lemma == noun), None)
    if verb is None:
        return None
    passive = any(word.dep == "auxpass" for word in words)
    done = [found for found in mentions(question) if found.named and _undergoes(found.head, verb, passive)]
    return f"on {done[0].text}" if done else None


def _undergoes(noun: Word, verb: Word, passive: bool) -> bool:
    """Whether something was done to it; of a passive, the parser may see the subject alone."""
    return noun.head == verb.index and (noun.dep in ("dobj", "nsubjpass") or (passive and noun.dep == "nsubj"))


def described(question: str, found: Mention) -> str:
    """A phrase that names nothing, with what the question around it says of it."""
    places = [m for m in mentions(question) if m.named and m.preposition and m.first > found.last]
    if len(places) == 1:
        return f"{found.text} {places[0].preposition} {places[0].text}"
    matter = subject_matter(question, found)
    return f"{found.text} ({matter})" if matter else found.text
