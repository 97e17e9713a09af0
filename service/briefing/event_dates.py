"""When something in a sentence happened: each date of it with the words that it belongs to."""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from index.dates.calendar import MONTH_NUMBERS, MONTHS
from index.dates.relative import DatedWords, dated
from index.search.scored_sentence import ScoredSentence
from index.types import Fact, Span
from service.language.dates import Date, dates, spell_date
from service.language.parsing import Parsed, Word, parse
from service.language.pronouns import POSSESSIVE_DETERMINERS
from service.language.reported_speech import REPORTING

IN_TIME = frozenset("in on since until by from during after before around till at of to between through".split())
COUNTED = "inferred: the year is counted from the publication date"
COMING = frozenset("will shall 'll next".split())
RECENT = re.compile(r"(?:19|20)\d\d")
DEFINING = POSSESSIVE_DETERMINERS | {"the", "this", "that", "s"}
PLANNED = frozenset("schedule plan expect due".split())
RANGE = re.compile(r"\s*(?:to|until|till|through|-|–|—|and)\s*", re.IGNORECASE)


@dataclass(frozen=True)
class Moment:
    """A date in a sentence, and the word of it that happened then."""

    date: str
    until: str | None
    basis: str
    at: int
    """Index of the date's main word in the sentence's grammar."""
    head: int
    """Index of the word that it dates."""
    spelled: frozenset[int]


def moments(found: ScoredSentence) -> list[Moment]:
    """The dated happenings of a sentence.

    A date that is itself what is talked about ("a quiet 2024") and the day on which something was merely reported are
    none.
    """
    sentence, published = parse(found.quote), found.source.published
    absolute = [m for each in dates(sentence) if (m := _absolute(sentence, each, published)) is not None]
    absolute += [m for each in _years_of_names(sentence) if (m := _absolute(sentence, each, published)) is not None]
    taken = {i for each in absolute for i in each.spelled}
    relative = [
        m
        for each in dated(found.article.text, found.span, published)
        if (m := _relative(sentence, each, found.start, taken)) is not None
    ]
    return _joined(sentence, sorted([*absolute, *relative], key=lambda each: each.at))


def said(value: str, until: str | None = None) -> str:
    """A date of the timeline as a person writes it."""
    return f"{_said(value)} to {_said(until)}" if until else _said(value)


def _said(value: str) -> str:
    if re.fullmatch(r"\d{4}-\d{2}", value):
        return f"{MONTHS[int(value[5:]) - 1].capitalize()} {value[:4]}"
    return spell_date(value)


def compatible(one: Moment, other: Moment) -> bool:
    """Whether both may be the same day: one lies within what the other leaves open."""
    ours, theirs = _days(one), _days(other)
    return ours[0] <= theirs[1] and theirs[0] <= ours[1]


def _days(moment: Moment) -> tuple[str, str]:
    return first_day(moment.date), last_day(moment.until or moment.date)


def first_day(value: str) -> str:
    """The first day that a date of any precision may be."""
    return f"{value}-01-01"[:10] if len(value) == 4 else f"{value}-01"[:10]


def last_day(value: str) -> str:
    """The last day that a date of any precision may be."""
    if len(value) == 4:
        return f"{value}-12-31"
    year, month = int(value[:4]), int(value[5:7])
    return value if len(value) == 10 else f"{value}-{monthrange(year, month)[1]}"


def _absolute(sentence: Parsed, found: Date, published: Fact) -> Moment | None:
    head = _head(sentence, found.index, found.indices)
    if found.weekday or head is None:
        return None
    year, basis = found.year, "stated"
    if year is None:
        year = _year(found, published, ahead=_looks_ahead(sentence, head))
        basis = COUNTED
    if year is None or (found.month is None and year is None):
        return None
    try:
        value = f"{year:04}"
        if found.month:
            value = date(year, found.month, found.day or 1).isoformat()[: 10 if found.day else 7]
    except ValueError:
        return None
    return Moment(date=value, until=None, basis=basis, at=found.index, head=head, spelled=found.indices)


def _looks_ahead(sentence: Parsed, head: int) -> bool:
    """Whether the verb that the date stands on, or the nearest above it, is of what is still to come."""
    verb = next((i for i in (head, *sentence.ancestors(head)) if sentence.words[i].pos in ("VERB", "AUX")), head)
    beside = {sentence.words[i].folded for i in sentence.children[verb]}
    return bool(beside & COMING) or sentence.words[verb].lemma in PLANNED


def _years_of_names(sentence: Parsed) -> list[Date]:
    """ "the 2023 floods": a year before a plural, which elsewhere would be taken for how many there were."""
    known = {i for each in dates(sentence) for i in each.indices}
    return [
        Date(year=int(word.folded), index=word.index, indices=frozenset({word.index}))
        for word in sentence.words
        if word.index not in known
        and RECENT.fullmatch(word.folded)
        and word.index
        and sentence.words[word.index - 1].folded in DEFINING
        and word.head > word.index
    ]


def _year(found: Date, published: Fact, *, ahead: bool) -> int | None:
    """A month without a year is the last one before the article, unless the sentence looks ahead."""
    try:
        day = date.fromisoformat(published.value or "")
        wanted = date(day.year, found.month or 1, found.day or 1)
    except ValueError:
        return None
    if ahead:
        return day.year if wanted >= day else day.year + 1
    return day.year if wanted <= day else day.year - 1


def _relative(sentence: Parsed, found: DatedWords, start: int, taken: set[int]) -> Moment | None:
    first, last = found.start - start, found.start - start + len(found.words)
    own = frozenset(w.index for w in sentence.words if w.start < last and w.end > first)
    if not own or own & taken:
        return None
    head = _head(sentence, max(own), own)
    if head is None or sentence.words[head].lemma in REPORTING:
        return None
    return Moment(date=found.value, until=None, basis=found.basis, at=max(own), head=head, spelled=own)


def _head(sentence: Parsed, index: int, own: frozenset[int]) -> int | None:
    """The verb or noun that the date stands on; None when the date is itself a subject or an object."""
    word = _topmost(sentence, index, own)
    above = sentence.words[word.head]
    if word.dep in ("nsubj", "nsubjpass", "dobj", "attr", "ROOT", "conj"):
        return None
    if word.dep == "pobj":
        if above.folded not in IN_TIME or (above.index == 0 and above.dep == "ROOT"):
            return None
        below, above = above, sentence.words[above.head]
        if above.pos == "ADP":
            above = sentence.words[above.head]
        if below.dep == "ROOT":
            return None
    return above.index if above.pos in ("VERB", "AUX", "NOUN", "PROPN") else None


def _topmost(sentence: Parsed, index: int, own: frozenset[int]) -> Word:
    """The date's own top: from "16" and "2025" to "April"."""
    word = sentence.words[index]
    while word.head in own and word.head != word.index:
        word = sentence.words[word.head]
    # "late July 2016", "the March of 2024"
    while word.dep in ("nummod", "compound") and sentence.words[word.head].folded in MONTH_NUMBERS:
        word = sentence.words[word.head]
    return word


def _joined(sentence: Parsed, found: Sequence[Moment]) -> list[Moment]:
    """ "from January 31 to February 8" is one stretch of time."""
    done: list[Moment] = []
    for each in found:
        if done and _is_range(sentence, done[-1], each):
            done[-1] = Moment(
                date=done[-1].date,
                until=each.date,
                basis=each.basis if each.basis != "stated" else done[-1].basis,
                at=done[-1].at,
                head=done[-1].head,
                spelled=done[-1].spelled | each.spelled,
            )
        else:
            done.append(each)
    return done


def _is_range(sentence: Parsed, one: Moment, other: Moment) -> bool:
    between = sentence.text[sentence.words[max(one.spelled)].end : sentence.words[min(other.spelled)].start]
    before = sentence.text[: sentence.words[min(one.spelled)].start].rstrip().casefold()
    joins = RANGE.fullmatch(between)
    meant = before.endswith(("from", "between")) or between.strip() in ("-", "–", "—", "to")
    return bool(joins) and meant and one.until is None and first_day(one.date) < last_day(other.date)


def stretches(sentence: Parsed, moment: Moment, others: Sequence[Moment]) -> Iterator[Span]:
    """Stretches of the sentence that hold this date and none of the others, the widest first.

    Each is a clause with its subject or a noun with all that describes it; where other dates stand in the sentence,
    what lies between two borders will do after those.
    """
    apart = {i for each in others if each is not moment for i in each.spelled}
    best: list[tuple[int, int]] = []
    for top in (moment.head, *sentence.ancestors(moment.head)):
        kept = _without(sentence, top, apart)
        run = _run(sentence, kept | moment.spelled, moment)
        if run and not apart & set(range(run[0], run[1] + 1)) and _is_whole(sentence, top, kept, run):
            best.append(run)
    best = sorted(dict.fromkeys(best), key=lambda run: run[0] - run[1])
    between = _between_borders(sentence, moment, apart) if apart else None
    for first, last in [*best, *([between] if between else [])]:
        if last - first >= 3:
            yield Span(start=sentence.words[first].start, end=sentence.words[last].end)


def _is_whole(sentence: Parsed, top: int, kept: set[int], run: tuple[int, int]) -> bool:
    """Whether nothing of the clause or noun is lost at its edges, and a clause has its subject."""
    word = sentence.words[top]
    lost = {i for i in kept if not run[0] <= i <= run[1] and sentence.words[i].pos not in ("PUNCT", "CCONJ", "SCONJ")}
    if lost:
        return False
    if word.pos in ("NOUN", "PROPN"):
        return True
    subjects = (i for i in sentence.children[top] if sentence.words[i].dep in ("nsubj", "nsubjpass"))
    return any(run[0] <= i <= run[1] for i in subjects)


def _without(sentence: Parsed, top: int, apart: set[int]) -> set[int]:
    """What hangs on a word, less every branch that holds another date."""
    kept = set(sentence.subtree(top))
    for index in sorted(kept):
        if index == top:
            continue
        branch = sentence.subtree(index)
        if branch & apart and sentence.words[index].dep in ("conj", "advcl", "relcl", "appos", "acl", "parataxis"):
            kept -= branch
    return kept


def _run(sentence: Parsed, kept: set[int], moment: Moment) -> tuple[int, int] | None:
    """The unbroken run of kept words around the date, without marks and joining words at its edges."""
    first = last = moment.at
    while first - 1 in kept:
        first -= 1
    while last + 1 in kept:
        last += 1
    return _bare(sentence, first, last)


def _between_borders(sentence: Parsed, moment: Moment, apart: set[int]) -> tuple[int, int] | None:
    borders = {w.index for w in sentence.words if w.text in (",", ";", "—", "–") or w.folded in ("while", "and")}
    first, last = min(moment.spelled), max(moment.spelled)
    limit = len(sentence.words)
    while first > 0 and first - 1 not in apart and (first - 1 not in borders or last - first < 4):
        first -= 1
    while last + 1 < limit and last + 1 not in apart and (last + 1 not in borders or last - first < 4):
        last += 1
    return _bare(sentence, first, last)


def _bare(sentence: Parsed, first: int, last: int) -> tuple[int, int] | None:
    marks = ",;–—-:"
    while first < last and (sentence.words[first].text in marks or sentence.words[first].pos in ("CCONJ", "SCONJ")):
        first += 1
    while last > first and (sentence.words[last].text in marks + "." or sentence.words[last].pos in ("CCONJ", "SCONJ")):
        last -= 1
    return (first, last) if last > first else None
