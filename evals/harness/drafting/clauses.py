"""Clauses: a statement of an article taken apart into subject, verb, complements and adjuncts, each shortened."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from index.search.scored_sentence import ScoredSentence
from service.language.article_dates import dates_of
from service.language.date_resolution import PLACE_PREPOSITIONS, ResolvedDate
from service.language.dates import HISTORICAL_YEAR
from service.language.parsing import Entity, Parsed, Word, entities, parse
from service.language.reporting_verbs import REPORTING_VERBS

Role = Literal["object", "complement", "clause", "preposition", "particle", "date", "place", "reason"]

SUBJECTS = ("nsubj", "nsubjpass")
AUXILIARIES = ("aux", "auxpass")
PLACE_LABELS = frozenset({"GPE", "LOC", "FAC"})
NAME_LABELS = frozenset({"PERSON", "ORG", "GPE", "LOC", "FAC", "EVENT", "PRODUCT", "WORK_OF_ART", "NORP", "LAW"})
"""Types of named entity that are names; the others are dates and amounts."""
TIME_LABELS = frozenset({"DATE", "TIME"})
OPENING_MARKS = ('"', "“", "``", "‘")
REASON_WORDS = frozenset({"because", "due"})
OMITTED = frozenset({"relcl", "appos", "acl", "advcl", "preconj"})
"""Dependents that a shortened phrase leaves out."""
MAX_PHRASE_WORDS = 9
MAX_PREPOSITION_WORDS = 7
MAX_CLAUSE_WORDS = 12


@dataclass(frozen=True)
class Part:
    """Part: one complement or adjunct of a clause, shortened, with the span of its whole words in the sentence."""

    role: Role
    head: int
    text: str
    start: int
    end: int
    day: ResolvedDate | None = None
    """Of a date: which one it is."""


@dataclass(frozen=True)
class Clause:
    """Clause: a finite verb with its subject and parts, in the order of the sentence."""

    source: ScoredSentence
    sentence: Parsed
    verb: Word
    auxiliaries: tuple[Word, ...]
    subject: Part
    parts: tuple[Part, ...]
    entities: tuple[Entity, ...]

    def of(self, *roles: Role) -> list[Part]:
        """Return the parts with one of these roles."""
        return [part for part in self.parts if part.role in roles]

    @property
    def is_main(self) -> bool:
        """Whether it is the main clause of its sentence."""
        return self.verb.dep == "ROOT"

    def label(self, part: Part) -> str:
        """Return the type of the named entity that contains the head of a part; empty for none."""
        return label_at(self.sentence, self.entities, part.head)


def clauses(source: ScoredSentence) -> Iterator[Clause]:
    """Yield the affirmative finite clauses of a statement whose subject and parts can be shortened."""
    sentence, named = parse(source.quote), entities(source.quote)
    days = _days(source, sentence)
    for verb in sentence.words:
        if verb.pos not in ("VERB", "AUX") or not _is_asserted(sentence, verb):
            continue
        children = [sentence.words[i] for i in sentence.children[verb.index]]
        subject = next((word for word in children if word.dep in SUBJECTS), None)
        if subject is None or subject.index > verb.index or any(_forbids(verb, word) for word in children):
            continue
        text = phrase(sentence, subject.index)
        parts = [_part(sentence, verb, word, named, days) for word in children if word.index > verb.index]
        auxiliaries = tuple(word for word in children if word.dep in AUXILIARIES and word.index < verb.index)
        if text and None not in parts and _is_finite(verb, auxiliaries):
            yield Clause(
                source=source,
                sentence=sentence,
                verb=verb,
                auxiliaries=auxiliaries,
                subject=_whole(sentence, "object", subject.index, text),
                parts=tuple(part for part in parts if part is not None and part.text),
                entities=named,
            )


def _is_asserted(sentence: Parsed, verb: Word) -> bool:
    """Whether the clause is stated: the main clause, one joined to it, or what somebody is reported to say."""
    if verb.dep == "ROOT":
        return True
    above = sentence.words[verb.head]
    if verb.dep == "conj":
        return above.dep == "ROOT"
    return verb.dep == "ccomp" and above.dep == "ROOT" and above.lemma in REPORTING_VERBS and above.lemma != "deny"


def _forbids(verb: Word, word: Word) -> bool:
    """Whether a dependent denies or qualifies the clause ("last posted"), or is what was said before its "he said"."""
    is_qualifying = word.dep == "advmod" and word.index == verb.index - 1 and not word.folded.endswith("ly")
    return word.is_negator or is_qualifying or (word.dep in ("ccomp", "parataxis") and word.index < verb.index)


def _is_finite(verb: Word, auxiliaries: Sequence[Word]) -> bool:
    return bool(auxiliaries) or verb.tag in ("VBD", "VBZ", "VBP")


def _days(source: ScoredSentence, sentence: Parsed) -> dict[int, ResolvedDate]:
    """Return for each word of a date the date, counted from the article's own."""
    found = {}
    for each, _ in dates_of(source.article.text, source.span, source.source.published):
        for word in sentence.words:
            if word.start < each.end and word.end > each.start:
                found[word.index] = each
    return found


def _part(
    sentence: Parsed, verb: Word, word: Word, named: Sequence[Entity], days: dict[int, ResolvedDate]
) -> Part | None:
    """Return a dependent of the verb as a part; one without text is left out, and None if it cannot be shortened."""
    tree = sentence.subtree(word.index)
    day = next((days[i] for i in sorted(tree) if i in days), None)
    if day is not None and any(days[i] != day for i in tree if i in days):  # "in 2020 and 2021"
        day = None
    if day is not None and word.dep in ("npadvmod", "prep", "advmod") and len(tree) <= MAX_PREPOSITION_WORDS:
        return replace(_whole(sentence, "date", word.index, phrase(sentence, word.index)), day=day)
    if word.dep in ("dobj", "attr", "dative", "oprd", "acomp"):
        text = phrase(sentence, word.index)
        return _whole(sentence, "object" if word.dep == "dobj" else "complement", word.index, text) if text else None
    if word.dep in ("prep", "agent"):
        return _preposition(sentence, word, named)
    if word.dep in ("xcomp", "ccomp"):
        marks = {sentence.words[i].dep for i in sentence.children[word.index]}
        is_joined = word.dep == "xcomp" or bool(marks & {"mark", "advmod"})  # else the parser joined two sentences
        text = phrase(sentence, word.index, MAX_CLAUSE_WORDS) if is_joined else ""
        return _whole(sentence, "clause", word.index, text) if text else None
    is_direction = word.dep == "advmod" and word.index == verb.index + 1 and word.tag == "RB" and len(tree) == 1
    if word.dep == "prt" or (is_direction and not word.folded.endswith("ly")):
        return _whole(sentence, "particle", word.index, word.text)
    if word.dep == "advcl" and _gives_reason(sentence.words[min(tree)]):
        return _whole(sentence, "reason", word.index, "because")
    return _whole(sentence, "particle", word.index, "")


def _gives_reason(opening: Word) -> bool:
    """Whether the first word of an adverbial clause opens a reason or a purpose: "because", "to"."""
    return opening.folded in REASON_WORDS or (opening.folded == "to" and opening.dep == "aux")


def _preposition(sentence: Parsed, word: Word, named: Sequence[Entity]) -> Part | None:
    """Return a prepositional phrase; times without a year and sources are left out, and None cannot be shortened."""
    if word.folded in REASON_WORDS:
        return _whole(sentence, "reason", word.index, "because")
    below = next((i for i in sentence.children[word.index] if sentence.words[i].dep == "pobj"), None)
    is_time = below is not None and label_at(sentence, named, below) in TIME_LABELS
    has_year = any(HISTORICAL_YEAR.fullmatch(sentence.words[i].folded) for i in sentence.subtree(word.index))
    if (is_time and not has_year) or word.folded == "according":
        return _whole(sentence, "preposition", word.index, "")
    text = phrase(sentence, word.index, MAX_PREPOSITION_WORDS)
    if not text:
        return None
    is_place = below is not None and label_at(sentence, named, below) in PLACE_LABELS
    if is_place and word.folded in PLACE_PREPOSITIONS:
        return _whole(sentence, "place", word.index, text)
    return _whole(sentence, "preposition", word.index, text)


def _whole(sentence: Parsed, role: Role, head: int, text: str) -> Part:
    tree = sentence.subtree(head)
    start, end = sentence.words[min(tree)].start, sentence.words[max(tree)].end
    return Part(role=role, head=head, text=text, start=start, end=end)


def label_at(sentence: Parsed, named: Sequence[Entity], index: int) -> str:
    """Return the type of the named entity that contains a word; empty for none."""
    word = sentence.words[index]
    return next((each.label for each in named if each.start <= word.start and word.end <= each.end), "")


def phrase(sentence: Parsed, head: int, limit: int = MAX_PHRASE_WORDS, without: frozenset[int] = frozenset()) -> str:
    """Return the words of a phrase without its relative clauses, appositions and asides; empty if it stays too long."""
    kept = sorted(i for i in _kept(sentence, head, sentence.words[head]) if i not in without)
    kept += [i + 1 for i in kept if i + 2 in kept and _joins_list(sentence, i + 1)]
    kept.sort()
    while kept and sentence.words[kept[-1]].pos in ("PUNCT", "CCONJ", "ADP"):
        kept.pop()
    words = [sentence.words[i] for i in kept]
    if any(_restricts(sentence, sentence.words[i]) for each in words for i in sentence.children[each.index]):
        return ""
    if not words or len([word for word in words if word.pos != "PUNCT"]) > limit:
        return ""
    is_cut = sentence.text[words[-1].end : words[-1].end + 1] in ("-", "–")
    is_plain = (
        not is_cut
        and words[0].text[0].isalnum()
        and not set(sentence.text[words[0].start : words[-1].end]) & set('"“”()[]:;—\n')
    )
    return joined(sentence, words) if is_plain else ""


def _joins_list(sentence: Parsed, index: int) -> bool:
    """Whether a comma is between the members of a list, which are all kept."""
    return sentence.words[index].text == "," and sentence.words[index + 1].dep == "conj"


def _restricts(sentence: Parsed, word: Word) -> bool:
    """Whether a dependent that a shortened phrase leaves out says which one is meant: "users who shared the claim"."""
    if word.dep not in ("relcl", "acl") or sentence.words[word.head].is_name:
        return False
    first = min(sentence.subtree(word.index))
    return first > 0 and sentence.words[first - 1].pos != "PUNCT"


def joined(sentence: Parsed, words: Sequence[Word]) -> str:
    """Join words as the sentence does, with a space where words between them are left out."""
    text = ""
    for before, word in zip([None, *words], words, strict=False):
        gap = "" if before is None or before.end == word.start else " "
        text += gap + _in_sentence_case(sentence, word)
    return text


def _in_sentence_case(sentence: Parsed, word: Word) -> str:
    """Return a word as inside a sentence: a capital stays only where it is a name's."""
    text = sentence.text[word.start : word.end]
    if word.dep == "det" and word.folded in ("the", "a", "an"):
        return text.lower()
    named = label_at(sentence, entities(sentence.text), word.index) in NAME_LABELS
    opens = not word.index or sentence.words[word.index - 1].text in OPENING_MARKS
    following = sentence.words[word.index + 1 : word.index + 2]
    if any(each.text[:1].isupper() for each in following):  # a name that the recogniser does not know
        return text
    is_name = word.is_name and (word.pos == "PROPN" or not word.index or not opens)
    if not opens or is_name or named or word.pos == "PROPN" or text.isupper():
        return text
    return text[:1].lower() + text[1:]


def _kept(sentence: Parsed, index: int, head: Word) -> Iterator[int]:
    word = sentence.words[index]
    if word.pos != "PUNCT" or _joins(sentence, word):
        yield index
    for child in (sentence.words[i] for i in sentence.children[index]):
        is_aside = child.dep in OMITTED and not (child.dep == "appos" and child.index < head.index)
        if child.dep == "conj" and child.pos in ("VERB", "AUX") and word.pos in ("VERB", "AUX"):
            is_aside = True
        if not is_aside:
            yield from _kept(sentence, child.index, head)


def _joins(sentence: Parsed, mark: Word) -> bool:
    """Whether a mark is inside a word or name: a hyphen, an apostrophe, a currency sign."""
    if mark.text in "'’":
        return sentence.text[mark.start - 1 : mark.start] not in ("", " ")
    return sentence.text[mark.end : mark.end + 1] not in ("", " ") and mark.text not in ',"“”()'
