"""Coreference resolution: replace the pronouns, adverbs and definite nouns of a question by their antecedents."""

from collections.abc import Iterator, Sequence

from index.types import Record
from service.conversation.mention_salience import most_salient
from service.conversation.mentions import LOCATIVE_PREPOSITIONS, EntityType, Mention, anaphoric_nouns, mentions
from service.conversation.question_topic import definite_description, event_phrase, question_topic
from service.conversation.types import PreviousTurn
from service.language.dates import YEAR_PHRASE
from service.language.parsing import Parsed, Word, parse
from service.language.pronouns import (
    DEFINITE_DETERMINERS,
    INDEPENDENT_POSSESSIVES,
    NEUTER_PRONOUNS,
    PERSON_PRONOUNS,
    PLURAL_PRONOUNS,
    REFLEXIVE_PRONOUNS,
)

THIRD_PERSON_PLURAL = PLURAL_PRONOUNS - REFLEXIVE_PRONOUNS
THIRD_PERSON_NEUTER = NEUTER_PRONOUNS - REFLEXIVE_PRONOUNS
NEUTER_TYPES: tuple[EntityType, ...] = ("group", "thing", "event", "place", "name")
PRONOUNS: dict[str, tuple[EntityType, ...]] = {
    **dict.fromkeys(PERSON_PRONOUNS - REFLEXIVE_PRONOUNS, ("person",)),
    **dict.fromkeys(THIRD_PERSON_NEUTER, NEUTER_TYPES),
    **dict.fromkeys(THIRD_PERSON_PLURAL, ("group", "person", "name")),
}
"""The entity types that each pronoun may refer to; candidates are only the mentions of the previous turns."""
BOUND_BY_WHO = PERSON_PRONOUNS - REFLEXIVE_PRONOUNS - INDEPENDENT_POSSESSIVES
"""Pronouns that may refer to the person the question asks for, as in "who said that he"."""
OCCURRENCE_VERBS = frozenset("happen occur take begin start end".split())
ATTACK_NOUNS = frozenset(
    "attack bombing blast strike assault explosion raid shooting incident massacre killing event".split()
)
"""Event nouns that may corefer with each other."""
CLAUSE_RELATIONS = ("ROOT", "advcl", "ccomp", "relcl", "conj", "acl", "pcomp")
DEMONSTRATIVE_RELATIONS = ("nsubj", "nsubjpass", "dobj", "pobj")


class Replacement(Record):
    """A span of the question and the text that replaces it."""

    start: int
    end: int
    text: str
    antecedent: Mention | None = None


def resolve_references(question: str, previous: Sequence[PreviousTurn]) -> str:
    """Replace each reference to the previous turns by its antecedent."""
    sentence = parse(question)
    replacements: list[Replacement] = []
    resolved: set[tuple[EntityType, ...]] = set()
    # Those for a person come first: no other pronoun may take their antecedent.
    for word in sorted(sentence.words, key=lambda each: each.folded not in PERSON_PRONOUNS):
        types = PRONOUNS.get(word.folded, ()) if word.pos == "PRON" else ()
        replacement = None
        if types and types not in resolved:
            resolved.add(types)
            person = replacements[0].antecedent if replacements and types == NEUTER_TYPES else None
            replacement = _pronoun(sentence, word, types, previous, person)
        elif word.folded == "then":
            replacement = _temporal_adverb(sentence, word, previous)
        elif word.folded == "there":
            replacement = _locative_adverb(sentence, word, previous)
        elif word.pos == "NOUN" and word.folded in anaphoric_nouns():
            replacement = _definite_noun(sentence, word, previous)
        elif word.folded in ("this", "that") and word.dep in DEMONSTRATIVE_RELATIONS and not replacements:
            replacement = _demonstrative(sentence, word, previous)
        if replacement:
            replacements.append(replacement)
    for each in sorted(replacements, key=lambda each: each.start, reverse=True):
        question = question[: each.start] + each.text + question[each.end :]
    return question


def _pronoun(
    sentence: Parsed,
    word: Word,
    types: tuple[EntityType, ...],
    previous: Sequence[PreviousTurn],
    person: Mention | None,
) -> Replacement | None:
    if _is_pleonastic(sentence, word) or _has_local_antecedent(sentence, word, types):
        return None
    possessive = word.tag == "PRP$" or (word.folded == "her" and word.dep == "poss")
    if types[0] == "group" and word.folded in THIRD_PERSON_NEUTER and _refers_to_event(sentence, word):
        event = _last_event(previous)
        return Replacement(start=word.start, end=word.end, text=event) if event else None
    mention = most_salient(types, previous, sentence, plural=word.folded[:2] == "th", other_than=person)
    if mention is None:
        return None
    owner = f"{mention.text}’s" if possessive and "’" in sentence.text + mention.text else f"{mention.text}'s"
    text = owner if possessive else mention.text
    return Replacement(start=word.start, end=word.end, text=text, antecedent=mention)


def _last_event(previous: Sequence[PreviousTurn]) -> str | None:
    """Return the most recent event of the previous questions: its name or its definite description."""
    for turn in reversed(previous):
        events = [mention for mention in mentions(turn.question) if mention.entity_type == "event"]
        for event in sorted(events, key=lambda each: (not each.has_name, each.salience)):
            return event.text if event.has_name else definite_description(turn.question, event)
    return None


def _is_pleonastic(sentence: Parsed, word: Word) -> bool:
    """Whether an "it" refers to nothing: "is it true that", "how long did it take to"."""
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


def _refers_to_event(sentence: Parsed, word: Word) -> bool:
    above = sentence.words[word.head]
    return (above.lemma in OCCURRENCE_VERBS and word.dep == "nsubj") or (
        above.folded in ("in", "during") and word.dep == "pobj"
    )


def _clause_head(sentence: Parsed, index: int) -> int:
    for above in (index, *sentence.ancestors(index)):
        if sentence.words[above].dep in CLAUSE_RELATIONS and sentence.words[above].pos in ("VERB", "AUX"):
            return above
    return index


def _governing_verb(sentence: Parsed, index: int) -> int:
    return next((above for above in sentence.ancestors(index) if sentence.words[above].pos in ("VERB", "AUX")), index)


def _has_local_antecedent(sentence: Parsed, word: Word, types: Sequence[EntityType]) -> bool:
    """Whether the antecedent is in the question itself, so that no previous turn is needed."""
    own = _clause_head(sentence, word.index)
    for mention in mentions(sentence.text):
        if word.index in range(mention.first, mention.last + 1) or not _agrees(mention, word, types):
            continue
        other = _clause_head(sentence, mention.head.index)
        if word.folded in THIRD_PERSON_PLURAL and (
            _governing_verb(sentence, word.index) != _governing_verb(sentence, mention.head.index)
        ):
            other = -1
        subordinate = sentence.words[own].dep == "advcl" and other in sentence.ancestors(own)
        before = mention.first < word.index
        if own != other and (before or (subordinate and other >= 0)):
            return True
        if own == other and _may_bind(sentence, mention, word, before=before):
            return True
    if word.folded in BOUND_BY_WHO and own != _clause_head(sentence, 0):
        return sentence.words[0].folded == "who"
    return False


def _agrees(mention: Mention, word: Word, types: Sequence[EntityType]) -> bool:
    """Whether a mention agrees with a pronoun in number and entity type."""
    if word.folded in THIRD_PERSON_PLURAL:
        return mention.plural or mention.entity_type == "group" or not mention.is_certain
    if word.folded in THIRD_PERSON_NEUTER and mention.head.tag == "NNS":
        return False
    return mention.entity_type in types or (not mention.is_certain and mention.entity_type != "place")


def _may_bind(sentence: Parsed, mention: Mention, word: Word, *, before: bool) -> bool:
    """Whether a mention in the clause may be the antecedent: a subject only of a possessive, others if they precede."""
    head = mention.head
    while head.dep == "conj" and head.head != head.index:
        head = sentence.words[head.head]
    subject = head.dep in ("nsubj", "nsubjpass")
    if word.tag == "PRP$" or word.dep == "poss":
        copular = sentence.words[_clause_head(sentence, word.index)].lemma == "be"
        return (subject and not copular) or (before and not mention.is_asked_for)
    coordinated = any(
        sentence.words[above].dep == "conj" for above in (word.index, *_ancestors_in_clause(sentence, word.index))
    )
    return before and not mention.is_asked_for and (not subject or coordinated)


def _ancestors_in_clause(sentence: Parsed, index: int) -> Iterator[int]:
    for above in sentence.ancestors(index):
        if above == _clause_head(sentence, index):
            return
        yield above


def _definite_noun(sentence: Parsed, word: Word, previous: Sequence[PreviousTurn]) -> Replacement | None:
    """Resolve an anaphoric noun phrase ("the group", "that report") to its antecedent."""
    words = sentence.words
    determiner = words[word.index - 1] if word.index else None
    if determiner is None or determiner.folded not in DEFINITE_DETERMINERS:
        return None
    if determiner.head != word.index or not _is_unmodified(sentence, word):
        return None
    if any(after.tag in ("WDT", "WP") or after.folded == "that" for after in words[word.index + 1 :]):
        return None  # a relative clause may be extraposed to the end of the question
    noun_type = anaphoric_nouns()[word.folded]
    if noun_type in ("event", "thing"):
        return _event_or_thing(sentence, determiner, word, previous)
    if _has_local_antecedent(sentence, word, (noun_type,)):
        return None
    mention = most_salient((noun_type,), previous, sentence, plural=False)
    return Replacement(start=determiner.start, end=word.end, text=mention.text) if mention else None


def _is_unmodified(sentence: Parsed, word: Word) -> bool:
    """Whether no modifier already identifies the referent."""
    after = sentence.words[word.index + 1] if word.index + 1 < len(sentence.words) else None
    if word.dep in ("compound", "nmod") or (after is not None and after.is_name):
        return False
    if after is not None and after.pos == "ADP" and not YEAR_PHRASE.match(sentence.text[after.end :].lstrip()):
        return False
    premodifiers = ("amod", "nummod", "compound", "poss")
    for child in sentence.children[word.index]:
        dep = sentence.words[child].dep
        if (dep in premodifiers and child < word.index) or dep in ("prep", "relcl", "appos"):
            return False
        if dep == "acl" and sentence.children[child]:
            return False
    return True


def _event_or_thing(
    sentence: Parsed, determiner: Word, word: Word, previous: Sequence[PreviousTurn]
) -> Replacement | None:
    """Resolve a noun for an event or thing by head noun; an unnamed antecedent gives its definite description."""
    in_question = mentions(sentence.text)
    if any(mention.has_name and mention.preposition in LOCATIVE_PREPOSITIONS for mention in in_question):
        return None
    if YEAR_PHRASE.search(sentence.text):
        return None
    for turn in reversed(previous):
        for mention in sorted(mentions(turn.question), key=lambda each: (not each.has_name, each.salience)):
            if mention.head.is_name or not _may_corefer(word.lemma, mention.head.lemma):
                continue
            text = mention.text if mention.has_name else definite_description(turn.question, mention)
            return Replacement(start=determiner.start, end=word.end, text=text)
    last = previous[-1].question
    phrase = event_phrase(last, word.lemma) or question_topic(last)
    if phrase and (anaphoric_nouns()[word.folded] == "event" or determiner.folded != "the"):
        text = f" {phrase}" if phrase.startswith("on ") else f" ({phrase})"
        return Replacement(start=word.end, end=word.end, text=text)
    return None


def _may_corefer(lemma: str, other: str) -> bool:
    return lemma == other or (lemma in ATTACK_NOUNS and other in ATTACK_NOUNS)


def _temporal_adverb(sentence: Parsed, word: Word, previous: Sequence[PreviousTurn]) -> Replacement | None:
    """Resolve "then" at the end of a question to the last date of the previous turns."""
    words = sentence.words
    is_last = word.index + 1 == len(words) or words[word.index + 1].pos == "PUNCT"
    if word.index == 0 or not is_last or "if" in [other.folded for other in words]:
        return None
    date = next((date for turn in reversed(previous) for date in _dates_in(turn)), None)
    governed = words[word.index - 1].folded in ("since", "until", "by", "before", "after")
    return Replacement(start=word.start, end=word.end, text=date if governed else f"in {date}") if date else None


def _locative_adverb(sentence: Parsed, word: Word, previous: Sequence[PreviousTurn]) -> Replacement | None:
    """Resolve "there" to the most salient place of the previous turns."""
    before = sentence.words[word.index - 1] if word.index else None
    if word.dep == "expl" or word.tag == "EX" or (before is not None and before.lemma == "be"):
        return None
    if any(m.entity_type == "place" or m.preposition for m in mentions(sentence.text) if m.has_name):
        return None
    place = most_salient(("place", "name"), previous, sentence, plural=False, locative=True)
    if place is None:
        return None
    governed = before is not None and before.pos == "ADP"
    preposition = place.preposition if place.preposition in LOCATIVE_PREPOSITIONS else "in"
    return Replacement(start=word.start, end=word.end, text=place.text if governed else f"{preposition} {place.text}")


def _dates_in(turn: PreviousTurn) -> Iterator[str]:
    for text in (turn.question, *turn.quotes):
        yield from YEAR_PHRASE.findall(text)


def _demonstrative(sentence: Parsed, word: Word, previous: Sequence[PreviousTurn]) -> Replacement | None:
    """Resolve a pronominal "this" or "that" to the last event or the topic of the last question."""
    if word.tag != "DT" or sentence.children[word.index]:
        return None
    if word.dep.startswith("nsubj") and sentence.words[word.head].lemma in OCCURRENCE_VERBS:
        event = _last_event(previous)
        if event:
            return Replacement(start=word.start, end=word.end, text=event)
    if any(mention.has_name for mention in mentions(sentence.text)):
        return None
    topic = question_topic(previous[-1].question)
    return Replacement(start=word.end, end=word.end, text=f" ({topic})") if topic else None
