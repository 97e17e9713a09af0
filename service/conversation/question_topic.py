"""Question topic as text: the noun phrases of a question, its event, or a mention with a qualifier."""

from service.conversation.mentions import Mention, mentions
from service.language.parsing import Word, parse

MAX_TOPIC_CHARACTERS = 200


TOPICLESS_NOUNS = frozenset("place people person number time part".split())
"""Nouns that do not make a topic alone ("took place", "how many people")."""


def question_topic(question: str, without: Mention | None = None) -> str:
    """List the noun phrases of a question as its topic, without those that overlap `without`."""
    phrases: list[Mention] = []
    for mention in sorted(mentions(question), key=lambda m: (m.first, -m.last)):
        if mention.head.lemma in TOPICLESS_NOUNS:
            continue
        nested = any(other.first <= mention.first and mention.last <= other.last for other in phrases)
        disjoint = without is None or mention.last < without.first or mention.first > without.last
        if not nested and disjoint and (mention.has_name or not mention.is_asked_for):
            phrases.append(mention)
    text = ", ".join(dict.fromkeys(mention.text for mention in phrases))
    return text if len(text) <= MAX_TOPIC_CHARACTERS else text[:MAX_TOPIC_CHARACTERS].rsplit(" ", 1)[0].rstrip(",")


def event_phrase(question: str, noun: str = "") -> str | None:
    """Return the phrase for a question's event ("in the bombing"); for a noun like "attack", "on" and its patient."""
    if noun:
        return _patient_phrase(question, noun)
    for mention in mentions(question):
        if mention.entity_type == "event" and mention.has_name:
            return f"in {mention.text}"
    return None


def _patient_phrase(question: str, noun: str) -> str | None:
    """Return "on" and the patient of the verb: for "the attack" after "who was attacked"."""
    words = parse(question).words
    verb = next((word for word in words if word.pos == "VERB" and word.lemma == noun), None)
    if verb is None:
        return None
    passive = any(word.dep == "auxpass" for word in words)
    patients = [m for m in mentions(question) if m.has_name and _is_patient(m.head, verb, passive)]
    return f"on {patients[0].text}" if patients else None


def _is_patient(noun: Word, verb: Word, passive: bool) -> bool:
    """Whether a noun is the patient of a verb; the parser may label a passive subject `nsubj`."""
    return noun.head == verb.index and (noun.dep in ("dobj", "nsubjpass") or (passive and noun.dep == "nsubj"))


def definite_description(question: str, mention: Mention) -> str:
    """Qualify a mention without a name by a name from its question, or by that question's topic."""
    qualifiers = [m for m in mentions(question) if m.has_name and m.preposition and m.first > mention.last]
    if len(qualifiers) == 1:
        return f"{mention.text} {qualifiers[0].preposition} {qualifiers[0].text}"
    topic = question_topic(question, mention)
    return f"{mention.text} ({topic})" if topic else mention.text
