"""Salience: find the mention of the previous turns that a reference most likely means."""

from collections.abc import Iterator, Sequence

from service.conversation.mentions import LOCATIVE_PREPOSITIONS, EntityType, Mention, mentions
from service.conversation.types import PreviousTurn
from service.language.parsing import Parsed, entities


def most_salient(
    types: tuple[EntityType, ...],
    previous: Sequence[PreviousTurn],
    sentence: Parsed,
    *,
    plural: bool,
    locative: bool = False,
    other_than: Mention | None = None,
) -> Mention | None:
    """Return the most salient mention of one of the types, skipping names that the sentence itself contains.

    Names rank above descriptions, and the last question above its answer.

    Args:
        plural: whether a mention without a name must be plural.
        locative: whether the mention must be a place or follow a locative preposition.
        other_than: the mention that another pronoun of the sentence refers to.
    """
    names = {word.folded for word in sentence.words if word.is_name}
    types_by_name = _types_by_name(previous)
    for mention, requires_type in _by_salience(previous):
        if names & set(mention.text.casefold().split()) or (other_than and _name_key(mention) == _name_key(other_than)):
            continue
        if not (mention.has_name or plural == mention.plural) or (locative and not _is_locative(mention)):
            continue
        unknown = "name" if mention.entity_type == "name" else None
        known = mention.entity_type if mention.is_certain else types_by_name.get(_name_key(mention), unknown)
        guessed = not requires_type and known in (None, "name") and _may_be_of_type(mention, types)
        is_settled = mention.is_certain or "person" in types
        if (known in types or guessed) and (is_settled or not _is_named_person(mention, previous)):
            return mention
    return None


def _is_locative(mention: Mention) -> bool:
    return mention.entity_type == "place" or mention.preposition in LOCATIVE_PREPOSITIONS


def _by_salience(previous: Sequence[PreviousTurn]) -> Iterator[tuple[Mention, bool]]:
    """Yield every mention of the previous turns, nearest first, and whether it needs a certain type to be selected."""
    for turn in reversed(previous):
        yield from _named_in_turn(turn)
    for turn in reversed(previous):
        ordered = sorted(mentions(turn.question), key=lambda m: m.salience)
        yield from ((m, True) for m in ordered if not (m.has_name or m.is_asked_for))


def _named_in_turn(turn: PreviousTurn) -> Iterator[tuple[Mention, bool]]:
    """Yield the names of a turn: in its question, in its short answer, in other quoted words, then those asked for."""
    in_question = [m for m in mentions(turn.question) if m.has_name]
    given = sorted((m for m in in_question if not m.is_asked_for), key=lambda m: m.salience)
    cited = [m for quote in turn.quotes for m in mentions(quote) if m.has_name]
    for group in (given, sorted(cited, key=lambda m: (m.text not in turn.short, not m.head.is_name))):
        for requires_type in (True, False):
            yield from ((m, requires_type) for m in group)
    yield from ((m, True) for m in in_question if m.is_asked_for)


def _may_be_of_type(mention: Mention, types: Sequence[EntityType]) -> bool:
    """Whether a name without a certain type could be of one of these types."""
    if mention.is_certain:
        return False
    if types[0] == "person":
        return mention.entity_type in ("person", "name") and not mention.text.startswith("the ")
    return mention.entity_type in (*types, "name") or (types[0] == "group" and " " in mention.text)


def _is_named_person(mention: Mention, previous: Sequence[PreviousTurn]) -> bool:
    """Whether the entity recogniser finds a person of this name, with a first name, in the conversation."""
    for text in _texts(previous):
        same = [m.text for m in mentions(text) if m.entity_type == "person" and _name_key(m) == _name_key(mention)]
        if same and any(
            name in text[entity.start : entity.end]
            for entity in entities(text)
            if entity.label == "PERSON"
            for name in same
        ):
            return True
    return False


def _texts(previous: Sequence[PreviousTurn]) -> list[str]:
    return [text for turn in previous for text in (turn.question, *turn.quotes)]


def _types_by_name(previous: Sequence[PreviousTurn]) -> dict[str, EntityType]:
    """Map each name, by its last word, to its certain type; a type known in one turn applies in all turns."""
    return {
        _name_key(mention): mention.entity_type
        for text in _texts(previous)
        for mention in mentions(text)
        if mention.has_name and mention.is_certain
    }


def _name_key(mention: Mention) -> str:
    return mention.head.folded if mention.head.is_name else mention.text.casefold()
