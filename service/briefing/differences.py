"""Where articles give another figure or date for one thing, or one denies it: each value with its sentence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from typing import Literal

from index.dates.calendar import MONTH_NUMBERS, WEEKDAYS
from index.search.scored_sentence import ScoredSentence
from index.words import FUNCTION_WORDS, carries_meaning
from service.briefing.clustering import overlap
from service.briefing.line_writer import Wording
from service.briefing.topic_retrieval import on_topic
from service.briefing.types import BriefDifference, Value
from service.language.attribution_clauses import strip_attribution
from service.language.dates import dates
from service.language.numbers import RARELY_COUNTS, SCALES, SPELLED, numbers
from service.language.parsing import NEGATORS, NOMINAL, Parsed, Word, parse
from service.language.quantities import Quantity, quantities

Kind = Literal["figure", "date", "denial"]

OF_BEST = 0.5
"""Share of the best sentence's score below which a difference would be about something else."""
MOST = 8
"""Differences that are shown."""
COMPARED = 0.5
"""Share of the shorter sentence's words, figures left out, without which two are about different things."""
NEAR_COPY = 0.8
"""Share of the words of both, figures left out, that two printings of one sentence have in common, in order."""
ONE_THING, FEWEST = 0.65, 3
"""The same for two reports in words of their own, and how many words they must share at least."""
FIGURES = frozenset({*SPELLED, *SCALES, "dozen"}) - RARELY_COUNTS
DOING = frozenset("do did does have has had".split())
CALENDAR = frozenset({*MONTH_NUMBERS, *WEEKDAYS}) - {"may", "mar", "sun", "sat"}


@dataclass(frozen=True)
class Parting:
    """Two sentences that give different values for one thing."""

    kind: Kind
    about: str
    values: tuple[str, str]
    pair: tuple[ScoredSentence, ScoredSentence]
    alike: float


def differences(found: Sequence[ScoredSentence], wording: Wording) -> tuple[BriefDifference, ...]:
    """Differences between articles, those between the most similar sentences first; each value is told once."""
    partings = sorted(_partings(on_topic(found, OF_BEST)), key=lambda each: -each.alike)
    told: list[list[Parting]] = []
    for each in partings:
        home = next((others for others in told if any(_same_matter(each, other) for other in others)), None)
        if home is not None:
            home.append(each)
        elif len(told) < MOST:
            told.append([each])
    made = (_difference(several, wording) for several in told)
    return tuple(each for each in made if each is not None)


def _same_matter(one: Parting, other: Parting) -> bool:
    """Whether two pairs share a sentence and the value that it gives: then three sources give two or three values."""
    ours, theirs = (
        {(found.location, value) for found, value in zip(each.pair, each.values, strict=True)} for each in (one, other)
    )
    return one.kind == other.kind and bool(ours & theirs)


def _difference(several: Sequence[Parting], wording: Wording) -> BriefDifference | None:
    """Each value once, with the sentence of the first that gives it."""
    sides: dict[str, tuple[str, ScoredSentence]] = {}
    for parting in several:
        for value, found in zip(parting.values, parting.pair, strict=True):
            sides.setdefault(value.casefold(), (value, found))
    values = [made for value, found in sides.values() if (made := _value(value, found, wording)) is not None]
    if len(values) < 2:
        return None
    return BriefDifference(kind=several[0].kind, about=several[0].about, values=tuple(values))


def _value(value: str, side: ScoredSentence, wording: Wording) -> Value | None:
    line = wording.line(side)
    return Value(value=value, line=line) if line is not None else None


def _partings(found: Sequence[ScoredSentence]) -> Iterator[Parting]:
    speaking = [each for each in found if numbers(each.text) or dates(parse(each.quote)) or _denies(each)]
    others = {id(each) for each in speaking}
    for one, other in combinations(found, 2):
        if one.article_id == other.article_id or not ({id(one), id(other)} & others):
            continue
        if overlap(_words(one), _words(other)) < COMPARED:
            continue
        yield from list(near_copy(one, other)) or _of_own_words(one, other)


def _denies(found: ScoredSentence) -> bool:
    return any(word.folded in NEGATORS for word in parse(found.quote).words)


def _words(found: ScoredSentence) -> frozenset[str]:
    """Stems of what is neither a figure nor a part of a date."""
    return frozenset(stem for stem in found.stems if not stem[0].isdigit() and stem not in CALENDAR | FIGURES)


def _is_figure(word: Word) -> bool:
    return word.text[:1].isdigit() or word.folded in FIGURES or any(part.isdigit() for part in word.folded.split("-"))


def near_copy(one: ScoredSentence, other: ScoredSentence) -> Iterator[Parting]:
    """Two printings of one sentence in which nothing that counts differs but figures, a date, or a denial."""
    ours, theirs = _tokens(parse(one.quote)), _tokens(parse(other.quote))
    matcher = SequenceMatcher(None, [w.stem for w in ours], [w.stem for w in theirs], autojunk=False)
    plain = sum(map(_weighs, (*ours, *theirs)))
    same = sum(_weighs(w) for block in matcher.get_matching_blocks() for w in ours[block.a : block.a + block.size])
    if not plain or 2 * same / plain < NEAR_COPY:
        return
    changed = [(ours[a:b], theirs[c:d]) for kind, a, b, c, d in matcher.get_opcodes() if kind != "equal"]
    if _own_names(ours, theirs):
        return
    for mine, yours in changed:
        figures = [w for w in (*mine, *yours) if _is_figure(w) or w.folded in CALENDAR]
        if mine and yours and figures and _is_value(mine) and _is_value(yours) and not _equal(mine, yours):
            kind: Kind = "date" if _in_date(parse(one.quote), mine) or _in_date(parse(other.quote), yours) else "figure"
            values = (_told(parse(one.quote), mine), _told(parse(other.quote), yours))
            if kind == "figure" and _reconciled(parse(one.quote), mine, parse(other.quote), yours):
                continue
            yield Parting(kind, _about(one, other), values, (one, other), 2 * same / plain)
    if _only_denial(changed):
        denied = one if any(w.folded in NEGATORS for mine, _ in changed for w in mine) else other
        values = ("denied", "stated") if denied is one else ("stated", "denied")
        yield Parting("denial", _about(one, other), values, (one, other), 2 * same / plain)


def _weighs(word: Word) -> bool:
    """Whether it counts for the likeness of two printings: no figure, no date, no "did not"."""
    return not (_is_figure(word) or word.folded in CALENDAR or word.folded in NEGATORS or word.folded in DOING)


def _own_names(ours: Sequence[Word], theirs: Sequence[Word]) -> bool:
    """Whether each has a name that the other lacks: two events told in the same words."""
    mine, yours = ({w.folded for w in each if w.is_name and w.folded not in CALENDAR} for each in (ours, theirs))
    return bool(mine - yours) and bool(yours - mine)


def _tokens(sentence: Parsed) -> list[Word]:
    return [w for w in sentence.words if w.pos not in ("PUNCT", "SPACE") and w.text not in "“”\"'’‘"]


def _is_value(words: Sequence[Word]) -> bool:
    """Whether these words hold a figure or a date and beside it nothing that carries meaning."""
    values = [_is_figure(w) or w.folded in CALENDAR for w in words]
    return any(values) and all(
        value or not carries_meaning(w.folded) or w.folded in FUNCTION_WORDS
        for w, value in zip(words, values, strict=True)
    )


def _equal(mine: Sequence[Word], yours: Sequence[Word]) -> bool:
    """Whether both are one value, spelled otherwise."""
    return bool(numbers(" ".join(w.text for w in mine))) and (
        numbers(" ".join(w.text for w in mine)) == numbers(" ".join(w.text for w in yours))
    )


def _in_date(sentence: Parsed, words: Sequence[Word]) -> bool:
    spelled = {i for date in dates(sentence) for i in date.indices}
    return any(w.index in spelled for w in words)


def _told(sentence: Parsed, words: Sequence[Word]) -> str:
    """The value with what it counts, or the whole date, as the sentence spells it."""
    first, last = words[0].index, words[-1].index
    for date in dates(sentence):
        if date.indices & {w.index for w in words}:
            first, last = min(first, *date.indices), max(last, *date.indices)
    above = sentence.words[sentence.words[last].head]
    if above.pos in NOMINAL and last < above.index <= last + 2:
        last = above.index
    elif last + 1 < len(sentence.words) and (
        sentence.words[last + 1].folded in SCALES or sentence.words[last + 1].text == "%"
    ):
        last += 1
    if first and sentence.words[first - 1].text in "$€£":
        first -= 1
    return " ".join(sentence.text[sentence.words[first].start : sentence.words[last].end].split())


def _about(one: ScoredSentence, other: ScoredSentence) -> str:
    """The words that both have, in the order of the first."""
    shared = _words(one) & _words(other)
    kept = dict.fromkeys(w.text for w in parse(one.quote).words if w.is_content and w.stem in shared)
    return " ".join(list(kept)[:8])


def _reconciled(one: Parsed, mine: Sequence[Word], other: Parsed, yours: Sequence[Word]) -> bool:
    ours = [q for q in quantities(one) if q.indices & {w.index for w in mine}]
    theirs = [q for q in quantities(other) if q.indices & {w.index for w in yours}]
    return any(_agree(a, b) for a in ours for b in theirs)


def _agree(one: Quantity, other: Quantity) -> bool:
    """Whether both figures can be so at once: "more than 60" and 63."""
    if one.value == other.value:
        return True
    low, high = sorted((one, other), key=lambda each: each.value)
    if "about" in (one.bound, other.bound) and high.value and (high.value - low.value) / high.value <= 0.1:
        return True
    return low.bound == "more" or high.bound == "less"


def _only_denial(changed: Sequence[tuple[Sequence[Word], Sequence[Word]]]) -> bool:
    words = [w for mine, yours in changed for w in (*mine, *yours)]
    negators = [w for w in words if w.folded in NEGATORS]
    return len(negators) == 1 and all(w.folded in NEGATORS or w.folded in DOING for w in words)


def _of_own_words(one: ScoredSentence, other: ScoredSentence) -> Iterator[Parting]:
    """Two reports of one event that count the same thing and come to different figures, or date it differently."""
    bodies = _body(one), _body(other)
    shared = _meant(bodies[0]) & _meant(bodies[1])
    alike = overlap(_meant(bodies[0]), _meant(bodies[1]))
    if alike < ONE_THING or len(shared) < FEWEST or not _same_names(*bodies):
        return
    ours, theirs = dates(bodies[0]), dates(bodies[1])
    if ours and theirs and not any(a.within(b) or b.within(a) for a in ours for b in theirs):
        if len(ours) == len(theirs) == 1 and ours[0].year and theirs[0].year:
            yield Parting("date", _about(one, other), (ours[0].written, theirs[0].written), (one, other), alike)
        return
    held = ({q.value for q in quantities(bodies[0])}, {q.value for q in quantities(bodies[1])})
    for mine in quantities(bodies[0]):
        for yours in quantities(bodies[1]):
            if mine.unit != yours.unit or mine.value in held[1] or yours.value in held[0] or _agree(mine, yours):
                continue
            nouns = _counted(bodies[0], mine), _counted(bodies[1], yours)
            if nouns[0] is not None and nouns[0] == nouns[1]:
                values = (_figure(bodies[0], mine), _figure(bodies[1], yours))
                yield Parting("figure", _about(one, other), values, (one, other), alike)


def _body(found: ScoredSentence) -> Parsed:
    """The sentence without the words beside it that only say who said it."""
    return strip_attribution(found.text).body


def _meant(sentence: Parsed) -> frozenset[str]:
    return frozenset(w.stem for w in sentence.words if w.is_content and not _is_figure(w) and w.folded not in CALENDAR)


def _same_names(one: Parsed, other: Parsed) -> bool:
    """Whether neither names a place or person that the other leaves out: they may be two events of one kind."""
    ours, theirs = ({w.folded for w in each.words if w.is_name and w.folded not in CALENDAR} for each in (one, other))
    return ours <= theirs or theirs <= ours


def _counted(sentence: Parsed, amount: Quantity) -> tuple[str, str] | None:
    """What an amount counts, and the verb over it."""
    above = sentence.words[sentence.words[amount.index].head]
    if above.pos not in NOMINAL:
        return None
    verb = next(
        (sentence.words[i].lemma for i in sentence.ancestors(above.index) if sentence.words[i].pos == "VERB"), ""
    )
    return above.lemma, verb


def _figure(sentence: Parsed, amount: Quantity) -> str:
    return _told(sentence, [sentence.words[i] for i in sorted(amount.indices)])
