"""Ellipsis resolution: complete an elliptical question ("And in 2018?", "By whom?") from the previous one."""

import re
from collections.abc import Sequence

from service.conversation.mentions import Mention, mentions
from service.conversation.question_topic import question_topic
from service.language.dates import DATE_PHRASE
from service.language.parsing import Parsed, Word, parse

LEADING_CONJUNCTION = re.compile(r"^\s*(?:(?:and|but|so|or|then|ok|okay|well|also|now)\b[\s,]*)+", re.IGNORECASE)
WHAT_ABOUT = re.compile(r"^\s*(?:what|how)\s+about\s+", re.IGNORECASE)
CLOSING_CHARACTERS = " ?.!…\t\n"
FINITE_VERB_TAGS = ("VBD", "VBZ", "VBP", "MD")
LEADING_PREPOSITION = re.compile(
    r"^(in|on|at|near|from|to|by|with|for|against|of|since|until|during|before|after)\s+", re.IGNORECASE
)
QUESTION_WORDS = ("who", "whom", "whose", "what", "which", "when", "where", "why", "how")
INDEFINITE_PRONOUNS = {"who": "someone", "whom": "someone", "what": "something"}
MAX_FRAGMENT_WORDS = 8
"""Maximum length of a follow-up without a verb; a longer one is a keyword search."""
UNSPECIFIC_WORDS = frozenset(
    "people person anyone someone man woman victim casualty die dead kill injure wound hurt toll death responsible "
    "responsibility claim happen occur take place reason many much more else exactly blame arrest number".split()
)
"""Words that do not identify an event, person or thing."""


def is_elliptical(question: str) -> bool:
    """Whether a question has no verb and depends on the previous one; a keyword search for names does not."""
    if WHAT_ABOUT.match(LEADING_CONJUNCTION.sub("", question)):
        return True
    body = LEADING_CONJUNCTION.sub("", question).strip(CLOSING_CHARACTERS)
    words = [word for word in parse(body).words if word.pos not in ("PUNCT", "SPACE")]
    if not words or len(words) > MAX_FRAGMENT_WORDS or any(_is_verb(word) for word in words):
        return False
    if any(word.folded in QUESTION_WORDS for word in words[:2]):
        return _is_bare_question(words)
    if LEADING_CONJUNCTION.match(question) or LEADING_PREPOSITION.match(body):
        return True
    return _is_single_name(body) and question.rstrip().endswith("?")


def _is_bare_question(words: Sequence[Word]) -> bool:
    """Whether at most one content word follows a question word before any preposition: it may be a mistagged verb."""
    start = next(i for i, word in enumerate(words) if word.folded in QUESTION_WORDS)
    after = [w for w in words[start + 1 :] if w.folded not in ("many", "much", "long", "exactly", "else", "the")]
    before_preposition = next((i for i, word in enumerate(after) if word.pos == "ADP"), len(after))
    return start <= 1 and before_preposition <= 1


def _is_single_name(body: str) -> bool:
    names = [mention for mention in mentions(body) if mention.head.is_name]
    return len(names) == 1 and names[0].first == 0 and names[0].last == len(parse(body).words) - 1


def _is_verb(word: Word) -> bool:
    return word.tag in FINITE_VERB_TAGS or (word.tag == "VB" and word.pos == "VERB") or word.pos == "AUX"


def is_underspecified(question: str) -> bool:
    """Whether a complete question does not identify the event, person or thing it is about ("How many died?")."""
    words = [word for word in parse(question).words if word.is_content or word.pos == "NUM"]
    return bool(words) and all(not word.is_name and {word.folded, word.lemma} & UNSPECIFIC_WORDS for word in words)


def resolve_ellipsis(fragment: str, previous: str, answer: str = "") -> str:
    """Complete a fragment: return the previous question with the fragment in place of its correlate.

    Args:
        answer: The short answer to the previous question, which takes the place of what it asked for.
    """
    body = WHAT_ABOUT.sub("", LEADING_CONJUNCTION.sub("", fragment)).strip(CLOSING_CHARACTERS)
    first = parse(body).words[0].folded if body else ""
    second = parse(body).words[1].folded if len(parse(body).words) > 1 else ""
    if first in QUESTION_WORDS or (LEADING_PREPOSITION.match(body) and second in QUESTION_WORDS):
        return _with_participle_substituted(body, previous) or _with_question_word(body, previous, answer)
    return _with_phrase_substituted(body, previous)


def _with_topic_appended(body: str, previous: str) -> str:
    """Return the fragment with the topic of the previous question in brackets, when there is no correlate."""
    topic = question_topic(previous) or previous.strip(CLOSING_CHARACTERS)
    return f"{_capitalised(body)} ({topic})?"


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def _uncapitalised(text: str) -> str:
    """Lower-case the first letter of a question inside another; its first word is always an auxiliary, never a name."""
    return text[:1].lower() + text[1:]


def _with_question_word(body: str, previous: str, answer: str) -> str:
    """Return the previous question with another question word (sluicing)."""
    sentence = parse(previous)
    phrase = _question_phrase(sentence)
    if phrase is None:
        auxiliary = sentence.words[0].pos == "AUX" if sentence.words else False
        return f"{_capitalised(body)} {_uncapitalised(previous)}" if auxiliary else _with_topic_appended(body, previous)
    first, last, head = phrase
    words = sentence.words
    rest = previous[words[last].end :].strip()
    dropped = " ".join(
        w.text for w in words[first : last + 1] if w.folded not in (*QUESTION_WORDS, "many", "much") and w.dep != "prep"
    )
    if head.dep in ("nsubj", "nsubjpass", "poss") and _is_subject_question(sentence, last):
        subject = answer or dropped or INDEFINITE_PRONOUNS.get(words[first].folded, "")
        return f"{_capitalised(body)} {_with_subject_replaced(body, subject, rest)}"
    asked_adjunct = _is_adjunct(words[first], words[last])
    if asked_adjunct and _asks_for_argument(body):
        return _with_topic_appended(body, previous)
    if asked_adjunct or not any(word.is_content for word in words[first : last + 1]):
        return f"{_capitalised(body)} {rest}"
    return f"{_capitalised(body)} {_with_object_restored(sentence, last, head, dropped)}"


def _with_subject_replaced(body: str, subject: str, rest: str) -> str:
    """Return what follows the fragment if the previous question asked for its subject."""
    if not _asks_for_argument(body):
        return f"was it that {subject} {rest}"
    return _plural_verb(rest) if "many" in body.split() else rest


def _is_adjunct(first: Word, last: Word) -> bool:
    """Whether a question phrase asks for a time, place, reason or manner, or begins with a preposition."""
    return first.folded in ("when", "where", "why") or first.dep == "prep" or last.folded == "how"


def _with_object_restored(sentence: Parsed, last: int, head: Word, dropped: str) -> str:
    """Return the rest of a question, with the phrase that was asked for moved back to object position."""
    words, text = sentence.words, sentence.text
    verb = words[head.head]
    if verb.pos != "VERB" or verb.index <= last:
        return f"{text[words[last].end :].strip().rstrip(CLOSING_CHARACTERS)} ({dropped})?"
    end = next((w.end for w in words[verb.index + 1 : verb.index + 2] if w.dep == "prt"), verb.end)
    restored = next((m.text for m in mentions(text) if m.is_asked_for and m.head.index == head.index), dropped)
    return f"{text[words[last].end : end].strip()} {restored}{text[end:]}"


def _asks_for_argument(body: str) -> bool:
    words = body.casefold().split()
    return words[0] in ("who", "what", "which", "whom") or words[:2] in (["how", "many"], ["how", "much"])


def _is_subject_question(sentence: Parsed, last: int) -> bool:
    """Whether the verb follows the question phrase directly, so that the phrase is its subject."""
    return last + 1 < len(sentence.words) and not _is_inverted(sentence, last + 1)


def _is_inverted(sentence: Parsed, index: int) -> bool:
    word = sentence.words[index]
    if word.pos != "AUX":
        return False
    return any(
        other.dep in ("nsubj", "nsubjpass") and other.index > index for other in sentence.words[index : index + 8]
    )


def _question_phrase(sentence: Parsed) -> tuple[int, int, Word] | None:
    """Return the first and last index and the head of the wh-phrase that begins a question; None without one."""
    words = sentence.words
    start = next((w.index for w in words[:3] if w.folded in QUESTION_WORDS), None)
    if start is None or (start > 0 and words[start - 1].pos != "ADP"):
        return None
    head = words[start]
    while head.head > head.index and words[head.head].pos in ("NOUN", "PROPN", "ADJ", "ADV") and head.dep != "nsubj":
        head = words[head.head]
    return start - (start > 0), head.index, head


def _plural_verb(rest: str) -> str:
    first, _, others = rest.partition(" ")
    return f"{ {'was': 'were', 'is': 'are', 'has': 'have'}.get(first, first) } {others}"


def _with_participle_substituted(body: str, previous: str) -> str | None:
    """Return the previous question with its participle replaced: "injured" instead of "killed"."""
    new = next((w for w in parse(body).words if w.tag in ("VBN", "JJ") and w.folded.endswith("ed")), None)
    old = next((w for w in parse(previous).words if w.tag == "VBN" and w.pos == "VERB"), None)
    if new is None or old is None or new.folded == old.folded:
        return None
    return previous[: old.start] + new.text + previous[old.end :]


def _with_phrase_substituted(body: str, previous: str) -> str:
    """Return the previous question with its date, and its name of the same type, replaced by those of the fragment."""
    result, date = previous, DATE_PHRASE.search(body)
    if date:
        result = _with_date_substituted(date.group(), result)
        body = (body[: date.start()] + body[date.end() :]).strip(" ,")
        if not body:
            return result
    leading = LEADING_PREPOSITION.match(body)
    preposition = leading.group(1).casefold() if leading else ""
    remnant = next((mention for mention in mentions(body) if mention.first <= 1 or leading), None)
    correlate = _correlate(remnant, preposition, result) if remnant else None
    if correlate is not None:
        words = parse(result).words
        start, end = words[correlate.first].start, words[correlate.last].end
        text = body[leading.end() :] if leading else body
        if leading and correlate.preposition in ("in", "at", "near", "on", preposition):
            start, text = words[correlate.first - 1].start, body
        return result[:start] + text + result[end:]
    substituted = _with_participle_substituted(body, result)
    if substituted:
        return substituted
    if leading and remnant is not None:
        return f"{result.rstrip(CLOSING_CHARACTERS)} {body}?"
    return _with_topic_appended(f"What about {body}", result)


def _with_date_substituted(date: str, previous: str) -> str:
    old = DATE_PHRASE.search(previous)
    if old is None:
        governed = not date[0].isdigit() and date[0].islower()
        return f"{previous.rstrip(CLOSING_CHARACTERS)} {date if governed else f'in {date}'}?"
    preposition = LEADING_PREPOSITION.match(old.group())
    new = f"{preposition.group(1)} {date}" if preposition and not LEADING_PREPOSITION.match(date) else date
    return previous[: old.start()] + _capitalised_like(new, old.group()) + previous[old.end() :]


def _capitalised_like(new: str, old: str) -> str:
    return new[:1].upper() + new[1:] if old[:1].isupper() else new


def _correlate(remnant: Mention, preposition: str, previous: str) -> Mention | None:
    """Find the mention that the remnant replaces: one with the same preposition, else of the same or likeliest type."""
    if not remnant.has_name:
        return None
    names = {word.casefold() for word in remnant.text.split() if word[:1].isupper()}
    candidates = [mention for mention in mentions(previous) if mention.has_name and not mention.is_asked_for]
    if any(names <= set(mention.text.casefold().split()) for mention in candidates):
        return None
    if preposition:
        same = [mention for mention in candidates if mention.preposition == preposition]
        return max(same, key=_length, default=None)
    types = (remnant.entity_type, *(() if remnant.is_certain else ("name", "place", "person", "group")))
    return min(
        (mention for mention in candidates if mention.entity_type in types),
        key=lambda m: (types.index(m.entity_type), m.head.is_name != remnant.head.is_name, m.salience),
        default=None,
    )


def _length(mention: Mention) -> int:
    return mention.last - mention.first
