"""Reported counts: the numbers of a sentence with the noun that each counts, what happened to it, where and when."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from index.dates.calendar import MONTH_NUMBERS, WEEKDAYS
from service.briefing.contradictions import MAX_NUMBERS, spelled_value
from service.briefing.event_dates import first_day, last_day
from service.language.attribution_clauses import strip_attribution
from service.language.date_resolution import resolve_dates
from service.language.numbers import numbers
from service.language.parsing import NOMINAL, Parsed, Word, parse
from service.language.quantities import Quantity, quantities
from service.language.reporting_verbs import REPORTING_VERBS

COUNTED_AS = frozenset("nsubj nsubjpass dobj attr".split())
"""Syntactic relations of a noun whose whole number is given; "including 12 people" is a part of another number."""
LEVEL_PREPOSITIONS = frozenset("to at".split())
"""Prepositions before the number that a measure has reached: "the death toll rose to 32", "stands at 32"."""
COUNT_NOUNS = frozenset("toll number count total tally".split())
"""Measures that only add up, unlike a price or a temperature."""
LOCATIVE_PREPOSITIONS = frozenset("in at off near across around from inside outside".split())
PERIODS = frozenset("minute hour day week month season year decade".split())
"""Nouns for a period: a number of one period is not replaced by that of the next."""
SUBORDINATE = frozenset("advcl relcl acl ccomp parataxis".split())
RESTRICTING = frozenset("amod compound det poss nmod advmod".split())
"""Syntactic relations of words that restrict a counted noun: "confirmed", "other", "more"."""
PEOPLE = frozenset({"people", "person"})
DAY_OF_COUNT = ("as of ", "by ")
"""What stands before the day of a count, which is not that of the event."""
DEFINITE, INDEFINITE = ("the",), ("a", "an")


@dataclass(frozen=True)
class Report:
    """A sentence with what is known of its article."""

    text: str
    article_id: str
    outlet: str
    published: str
    """ISO 8601 at the known precision; empty when unknown."""


@dataclass(frozen=True)
class ReportedCount:
    """A number in a report, with the noun that it counts and what happened to it."""

    report: Report
    day: date
    quantity: Quantity
    spelled: str
    """The number as the report writes it."""
    noun: str
    """Lemma of the counted noun; empty without one."""
    modifiers: frozenset[str]
    predicates: tuple[Word, ...]
    """Words for what happened to what is counted: "killed", "death"."""
    is_level: bool
    """Whether it is the level that a measure has reached, so that the dates are those of the count."""
    is_cumulative: bool
    """Whether it counts all that has happened so far: a level, or in the present perfect ("has killed")."""
    names: frozenset[str]
    places: frozenset[str]
    """Names behind a preposition of place: they may say where a count was made."""
    others: frozenset[str]
    """Stems of the other content words: of the clause, or of the whole sentence if the number is cumulative."""
    definite: frozenset[str]
    """Those of them with a definite article."""
    introduces: bool
    """Whether one of them may be a new event: the subject, or behind a preposition, with an indefinite article."""
    speakers: frozenset[str]
    """Names of those who gave the number; empty where nobody is named."""
    dates: tuple[tuple[str, str], ...]
    """First and last day of each date in the sentence, other than those of the count ("by Tuesday")."""


class _Relation(NamedTuple):
    """How a sentence counts: the words for what happened, and whether they name a measure that has reached a level."""

    predicates: tuple[Word, ...]
    is_level: bool


@lru_cache(maxsize=2048)
def reported_counts(report: Report) -> tuple[ReportedCount, ...]:
    """Return the numbers of a report that an event has led to; none if its day is unknown or it is a list."""
    try:
        day = date.fromisoformat(report.published)
    except ValueError:
        return ()
    if not numbers(report.text) or len(set(numbers(report.text))) > MAX_NUMBERS:
        return ()
    stripped = strip_attribution(report.text)
    named = {w.folded for each in stripped.attributions for w in parse(each.speaker).words if w.is_name}
    return tuple(_counts(report, day, stripped.body, frozenset(named)))


def _counts(report: Report, day: date, body: Parsed, speakers: frozenset[str]) -> Iterator[ReportedCount]:
    dates = tuple(_dates(body, day))
    amounts = quantities(body)
    # Several amounts in one run of figures are a list: "10-33-41".
    whole = [each for each in amounts if sum(each.indices == other.indices for other in amounts) == 1]
    found = [(each, _counted(body, each)) for each in whole]
    for quantity, noun in found:
        subject = _in_total(body, noun)
        clause = _clause(body, noun.index)
        relation = _relation(body, subject, is_sum=bool(quantity.unit))
        predicates = tuple(word for word in relation.predicates if word.index in clause or relation.is_level)
        if not predicates or not _is_whole_and_real(body, quantity, noun, clause):
            continue
        # "…, 11 of them in Calder": the words around another number are not about this one.
        elsewhere = (body.subtree(each.index) for _, each in found if noun.index not in body.subtree(each.index))
        around = frozenset(range(len(body.words))).difference(*elsewhere)
        is_cumulative = relation.is_level or any(_is_perfect(body.words[i]) for i in clause)
        own = {*body.subtree(quantity.index), *quantity.indices, noun.index, subject.index}
        own |= {word.index for word in predicates}
        others = _others(body, (around if is_cumulative else clause & around) - own)
        yield ReportedCount(
            report=report,
            day=day,
            quantity=quantity,
            spelled=spelled_value(body, [body.words[i] for i in sorted(quantity.indices)]),
            noun="" if noun.index in quantity.indices else noun.lemma,
            modifiers=_modifiers(body, noun, quantity),
            predicates=predicates,
            is_level=relation.is_level,
            is_cumulative=is_cumulative,
            names=_names(body, around),
            places=_names(body, around & frozenset(_places(body))),
            others=frozenset(word.stem for word in others),
            definite=frozenset(word.stem for word in others if _has_article(body, word, DEFINITE)),
            introduces=any(_is_introduced(body, word) for word in others if word.index in clause),
            speakers=speakers,
            dates=dates,
        )


def _counted(body: Parsed, quantity: Quantity) -> Word:
    """Return the noun that a quantity counts, or the head of its own words."""
    head = body.words[body.words[quantity.index].head]
    if head.pos in NOMINAL and head.index not in quantity.indices:
        return head
    return next(body.words[i] for i in sorted(quantity.indices) if body.words[i].head not in quantity.indices - {i})


def _in_total(body: Parsed, noun: Word) -> Word:
    """Return the word that stands for a counted noun in its clause: "total" in "a total of 160 people"."""
    above = body.words[body.words[noun.head].head]
    is_total = noun.dep == "pobj" and body.words[noun.head].folded == "of" and above.lemma == "total"
    return above if is_total else noun


def _clause(body: Parsed, index: int) -> frozenset[int]:
    """Return the words of the smallest clause around a word, without the clauses below it."""
    verb = next((i for i in (index, *body.ancestors(index)) if body.words[i].pos in ("VERB", "AUX")), index)
    if body.words[verb].dep in ("xcomp", "oprd"):
        verb = body.words[verb].head
    below = {
        i for i in body.subtree(verb) - {verb} if body.words[i].dep in SUBORDINATE and index not in body.subtree(i)
    }
    if body.words[index].dep == "ROOT":
        below -= {word.index for word in _children(body, body.words[index], "acl")}
    return body.subtree(verb).difference(*map(body.subtree, below))


def _is_whole_and_real(body: Parsed, quantity: Quantity, noun: Word, clause: frozenset[int]) -> bool:
    """Whether a number is of all that is counted, and of what has happened, not of what may happen or did not."""
    is_part = noun.index in quantity.indices and any(each.folded == "of" for each in _children(body, noun, "prep"))
    return not (quantity.unit == "%" or is_part) and not any(
        body.words[i].tag in ("MD", "VB") or body.words[i].is_negator or body.words[i].lemma in PERIODS for i in clause
    )


def _relation(body: Parsed, noun: Word, *, is_sum: bool) -> _Relation:
    above = body.words[noun.head]
    if noun.dep == "ROOT":  # "61 migrants drowned off the coast" is sometimes parsed as a noun phrase
        return _Relation(_children(body, noun, "acl"), is_level=False)
    if noun.dep in COUNTED_AS:
        return _Relation(_predicates(body, noun, above), is_level=False)
    if noun.dep != "pobj":
        return _Relation((), is_level=False)
    governor = body.words[above.head]
    if above.folded in LEVEL_PREPOSITIONS and governor.pos in ("VERB", "AUX"):
        measures = _children(body, governor, "nsubj nsubjpass dobj")
        adding_up = [each for each in measures if each.lemma in COUNT_NOUNS and not is_sum]
        words = (word for each in adding_up for word in (each, *_children(body, each, "compound"), *_of(body, each)))
        return _Relation(tuple(filter(_says_what, words)), is_level=True)
    if above.folded == "of" and is_sum and governor.pos == "NOUN":  # "damage of $1.1 billion"
        return _Relation((governor,), is_level=True)
    return _Relation((), is_level=False)


def _predicates(body: Parsed, noun: Word, above: Word) -> tuple[Word, ...]:
    words = (*_children(body, above, "oprd acomp xcomp"), *((above,) if above.pos == "VERB" else ()))
    found = tuple(filter(_says_what, words))
    # "300 cases were reported": the noun itself says what happened.
    return found or (() if noun.lemma in PEOPLE else (noun,))


def _of(body: Parsed, measure: Word) -> Iterator[Word]:
    """Yield what is said of the people that a measure counts: "killed" in "the number of people killed"."""
    for preposition in _children(body, measure, "prep"):
        if preposition.folded == "of":
            yield from (word for noun in _children(body, preposition, "pobj") for word in _children(body, noun, "acl"))


def _children(body: Parsed, word: Word, relations: str) -> tuple[Word, ...]:
    return tuple(body.words[i] for i in body.children[word.index] if body.words[i].dep in relations.split())


def _says_what(word: Word) -> bool:
    return word.is_content and word.pos in ("VERB", "NOUN", "ADJ") and word.lemma not in REPORTING_VERBS


def _is_perfect(word: Word) -> bool:
    return word.lemma == "have" and word.dep == "aux"


def _modifiers(body: Parsed, noun: Word, quantity: Quantity) -> frozenset[str]:
    if noun.index in quantity.indices:
        return frozenset()
    own = (body.words[i] for i in body.children[noun.index] if i not in quantity.indices)
    return frozenset(word.lemma for word in own if word.dep in RESTRICTING)


def _others(body: Parsed, among: frozenset[int]) -> Sequence[Word]:
    words = (body.words[i] for i in sorted(among))
    return [word for word in words if _says_what(word) and not word.is_name and not _is_calendar(word)]


def _names(body: Parsed, among: frozenset[int]) -> frozenset[str]:
    named = (body.words[i] for i in among if body.words[i].is_name and not _is_calendar(body.words[i]))
    return frozenset(word.folded.replace(".", "") for word in named)


def _places(body: Parsed) -> Iterator[int]:
    for preposition in body.words:
        if preposition.pos == "ADP" and preposition.folded in LOCATIVE_PREPOSITIONS:
            waiting = list(_children(body, preposition, "pobj"))
            for word in waiting:
                waiting += _children(body, word, "compound conj appos nmod")
            yield from (word.index for word in waiting)


def _is_calendar(word: Word) -> bool:
    return word.folded in MONTH_NUMBERS or word.folded in WEEKDAYS


def _dates(body: Parsed, day: date) -> Iterator[tuple[str, str]]:
    for found in resolve_dates(body.text, day):
        if not body.text[: found.start].casefold().endswith(DAY_OF_COUNT):
            first, _, last = found.date.partition("/")
            yield first_day(first), last_day(last or first)


def _is_introduced(body: Parsed, word: Word) -> bool:
    is_argument = word.pos == "NOUN" and word.dep in ("nsubj", "nsubjpass", "pobj")
    return is_argument and _has_article(body, word, INDEFINITE)


def _has_article(body: Parsed, word: Word, articles: Sequence[str]) -> bool:
    return any(body.words[i].folded in articles for i in body.children[word.index])
