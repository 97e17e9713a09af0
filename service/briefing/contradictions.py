"""Contradiction detection: find sentence pairs with different figures or dates for one thing, or a denial."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from index.dates.calendar import MONTH_NUMBERS, WEEKDAYS
from index.search.scored_sentence import ScoredSentence
from index.words import FUNCTION_WORDS, carries_meaning
from service.briefing.clustering import overlap_coefficient
from service.language.attribution_clauses import strip_attribution
from service.language.dates import dates
from service.language.numbers import RARELY_COUNTS, SCALES, SPELLED, numbers
from service.language.parsing import NEGATORS, NOMINAL, Parsed, Word, parse
from service.language.quantities import Quantity, are_compatible, quantities
from service.language.tokens import tokenise

Kind = Literal["figure", "date", "denial"]

MIN_OVERLAP = 0.5
"""Overlap coefficient of the stems, values excluded, below which two sentences are about different things."""
MIN_NEAR_DUPLICATE_SIMILARITY = 0.8
"""Minimum share of content tokens, values excluded, that match in order for two sentences to be near-duplicates."""
MIN_PARAPHRASE_OVERLAP = 0.65
"""Minimum overlap coefficient of two independent reports of one event."""
MIN_SHARED_WORDS = 3
"""Minimum number of content stems that two independent reports of one event share."""
MAX_WORDS_OF_SUBJECT = 8
MAX_NUMBERS = 8
"""Number of numbers above which a sentence is a list."""
NUMBER_WORDS = frozenset({*SPELLED, *SCALES, "dozen"}) - RARELY_COUNTS
AUXILIARIES = frozenset("do did does have has had".split())
CALENDAR = frozenset({*MONTH_NUMBERS, *WEEKDAYS}) - {"may", "mar", "sun", "sat"}


@dataclass(frozen=True)
class Contradiction:
    """Two sentences that give different values for the same thing."""

    kind: Kind
    about: str
    """Content words that both sentences share."""
    values: tuple[str, str]
    sentences: tuple[ScoredSentence, ScoredSentence]
    similarity: float
    """Similarity of the two sentences without the values, from 0 to 1."""


def has_comparable_value(sentence: ScoredSentence) -> bool:
    """Whether a sentence has a number, a date or a negation, so that it can contradict another sentence."""
    words = {token.folded for token in tokenise(sentence.text)}
    return bool(numbers(sentence.text) or words & CALENDAR or words & NEGATORS) or "n't" in sentence.text


def contradictions_of_copies(one: ScoredSentence, other: ScoredSentence) -> Iterator[Contradiction]:
    """Yield the contradictions of two near-duplicates, by token alignment."""
    is_list = any(len(set(numbers(each.text))) > MAX_NUMBERS for each in (one, other))
    if not is_list and overlap_coefficient(_stems_without_values(one), _stems_without_values(other)) >= MIN_OVERLAP:
        yield from _between_near_duplicates(one, other)


def contradictions_of_reports(one: ScoredSentence, other: ScoredSentence) -> Iterator[Contradiction]:
    """Yield the contradictions of two sentences in other words, by the noun counted and the verb above it."""
    if overlap_coefficient(_stems_without_values(one), _stems_without_values(other)) >= MIN_OVERLAP:
        yield from _between_reports(one, other)


def _stems_without_values(sentence: ScoredSentence) -> frozenset[str]:
    excluded = CALENDAR | NUMBER_WORDS
    return frozenset(stem for stem in sentence.stems if not stem[0].isdigit() and stem not in excluded)


def _is_number(word: Word) -> bool:
    has_digit = any(part.isdigit() for part in word.folded.split("-"))
    return word.text[:1].isdigit() or word.folded in NUMBER_WORDS or has_digit


def _is_value(word: Word) -> bool:
    return _is_number(word) or word.folded in CALENDAR


def _between_near_duplicates(one: ScoredSentence, other: ScoredSentence) -> Iterator[Contradiction]:
    """Yield the contradictions of two near-duplicates that differ only in numbers, a date or a negation."""
    left, right = parse(one.quote), parse(other.quote)
    left_tokens, right_tokens = _tokens(left), _tokens(right)
    matcher = SequenceMatcher(None, [w.stem for w in left_tokens], [w.stem for w in right_tokens], autojunk=False)
    total = sum(map(_counts, (*left_tokens, *right_tokens)))
    matching = [w for block in matcher.get_matching_blocks() for w in left_tokens[block.a : block.a + block.size]]
    similarity = 2 * sum(map(_counts, matching)) / total if total else 0.0
    if similarity < MIN_NEAR_DUPLICATE_SIMILARITY or _have_different_names(left_tokens, right_tokens):
        return
    changed = [(left_tokens[a:b], right_tokens[c:d]) for tag, a, b, c, d in matcher.get_opcodes() if tag != "equal"]
    for before, after in changed:
        if kind := _kind_of_change(left, before, right, after):
            values = (spelled_value(left, before), spelled_value(right, after))
            yield Contradiction(kind, shared_words(one, other), values, (one, other), similarity)
    if denial := _denial(changed):
        yield Contradiction("denial", shared_words(one, other), denial, (one, other), similarity)


def _kind_of_change(left: Parsed, before: Sequence[Word], right: Parsed, after: Sequence[Word]) -> Kind | None:
    """Classify a changed token run as a date or figure contradiction; None unless both sides are different values."""
    if not (_are_values(before) and _are_values(after)) or _are_same_number(before, after):
        return None
    if _is_in_date(left, before) or _is_in_date(right, after):
        return "date"
    return None if _are_compatible_figures(left, before, right, after) else "figure"


def _counts(word: Word) -> bool:
    """Whether a token counts for similarity: it is not a value, negator or auxiliary."""
    return not (_is_value(word) or word.folded in NEGATORS or word.folded in AUXILIARIES)


def _have_different_names(left: Sequence[Word], right: Sequence[Word]) -> bool:
    """Whether each side has a name that the other lacks; if so, they are about different events."""
    left_names, right_names = (
        {w.folded for w in each if w.is_name and w.folded not in CALENDAR} for each in (left, right)
    )
    return bool(left_names - right_names) and bool(right_names - left_names)


def _tokens(sentence: Parsed) -> list[Word]:
    return [w for w in sentence.words if w.pos not in ("PUNCT", "SPACE") and w.text not in "“”\"'’‘"]


def _are_values(words: Sequence[Word]) -> bool:
    """Whether the words contain a number or a date and no other content word."""
    return any(map(_is_value, words)) and all(
        _is_value(w) or not carries_meaning(w.folded) or w.folded in FUNCTION_WORDS for w in words
    )


def _are_same_number(left: Sequence[Word], right: Sequence[Word]) -> bool:
    """Whether both sides are the same numbers in different notation."""
    left_numbers = numbers(" ".join(w.text for w in left))
    return bool(left_numbers) and left_numbers == numbers(" ".join(w.text for w in right))


def _is_in_date(sentence: Parsed, words: Sequence[Word]) -> bool:
    in_dates = {i for date in dates(sentence) for i in date.indices}
    return any(w.index in in_dates for w in words)


def spelled_value(sentence: Parsed, words: Sequence[Word]) -> str:
    """Return a value as the sentence writes it: a number with currency, scale and counted noun, or the whole date."""
    first, last = words[0].index, words[-1].index
    for date in dates(sentence):
        if date.indices & {w.index for w in words}:
            first, last = min(first, *date.indices), max(last, *date.indices)
    head = sentence.words[sentence.words[last].head]
    if head.pos in NOMINAL and last < head.index <= last + 2:
        last = head.index
    elif last + 1 < len(sentence.words) and (
        sentence.words[last + 1].folded in SCALES or sentence.words[last + 1].text == "%"
    ):
        last += 1
    if first and sentence.words[first - 1].text in "$€£":
        first -= 1
    return " ".join(sentence.text[sentence.words[first].start : sentence.words[last].end].split())


def shared_words(one: ScoredSentence, other: ScoredSentence) -> str:
    """Return the content words that both sentences share, in the order of the first."""
    shared = _stems_without_values(one) & _stems_without_values(other)
    words = dict.fromkeys(w.text for w in parse(one.quote).words if w.is_content and w.stem in shared)
    return " ".join(list(words)[:MAX_WORDS_OF_SUBJECT])


def _are_compatible_figures(left: Parsed, before: Sequence[Word], right: Parsed, after: Sequence[Word]) -> bool:
    left_quantities = [q for q in quantities(left) if q.indices & {w.index for w in before}]
    right_quantities = [q for q in quantities(right) if q.indices & {w.index for w in after}]
    return any(are_compatible(a, b) for a in left_quantities for b in right_quantities)


def _denial(changed: Sequence[tuple[Sequence[Word], Sequence[Word]]]) -> tuple[str, str] | None:
    """Return which sentence denies and which states, if they differ in exactly one negator; otherwise None."""
    words = [w for before, after in changed for w in (*before, *after)]
    negators = [w for w in words if w.folded in NEGATORS]
    if len(negators) != 1 or not all(w.folded in NEGATORS or w.folded in AUXILIARIES for w in words):
        return None
    return ("denied", "stated") if any(negators[0] in before for before, _ in changed) else ("stated", "denied")


def _between_reports(one: ScoredSentence, other: ScoredSentence) -> Iterator[Contradiction]:
    """Yield the contradictions of two independent reports of one event: other dates, or other counts of one noun."""
    left, right = _without_attribution(one), _without_attribution(other)
    left_stems, right_stems = _content_stems(left), _content_stems(right)
    overlap = overlap_coefficient(left_stems, right_stems)
    if overlap < MIN_PARAPHRASE_OVERLAP or len(left_stems & right_stems) < MIN_SHARED_WORDS:
        return
    if not _are_names_nested(left, right):
        return
    left_dates, right_dates = dates(left), dates(right)
    if left_dates and right_dates and not any(a.within(b) or b.within(a) for a in left_dates for b in right_dates):
        if len(left_dates) == len(right_dates) == 1 and left_dates[0].year and right_dates[0].year:
            values = (left_dates[0].written, right_dates[0].written)
            yield Contradiction("date", shared_words(one, other), values, (one, other), overlap)
        return
    for values in _different_counts(left, right):
        yield Contradiction("figure", shared_words(one, other), values, (one, other), overlap)


def _different_counts(left: Parsed, right: Parsed) -> Iterator[tuple[str, str]]:
    """Yield pairs of incompatible quantities with the same unit, noun and verb, as the sentences write them."""
    left_values, right_values = ({q.value for q in quantities(each)} for each in (left, right))
    for one in quantities(left):
        for other in quantities(right):
            if one.unit != other.unit or one.value in right_values or other.value in left_values:
                continue
            if are_compatible(one, other):
                continue
            counted = _counted(left, one)
            if counted is not None and counted == _counted(right, other):
                yield _spelled_quantity(left, one), _spelled_quantity(right, other)


def _without_attribution(sentence: ScoredSentence) -> Parsed:
    return strip_attribution(sentence.text).body


def _content_stems(sentence: Parsed) -> frozenset[str]:
    return frozenset(w.stem for w in sentence.words if w.is_content and not _is_value(w))


def _are_names_nested(one: Parsed, other: Parsed) -> bool:
    """Whether the names of one sentence include those of the other; otherwise they may report two similar events."""
    own, others = ({w.folded for w in each.words if w.is_name and w.folded not in CALENDAR} for each in (one, other))
    return own <= others or others <= own


def _counted(sentence: Parsed, quantity: Quantity) -> tuple[str, str] | None:
    """Return the lemmas of the noun that a quantity counts and of the verb above the noun; None without a noun."""
    head = sentence.words[sentence.words[quantity.index].head]
    if head.pos not in NOMINAL:
        return None
    verb = next(
        (sentence.words[i].lemma for i in sentence.ancestors(head.index) if sentence.words[i].pos == "VERB"), ""
    )
    return head.lemma, verb


def _spelled_quantity(sentence: Parsed, quantity: Quantity) -> str:
    return spelled_value(sentence, [sentence.words[i] for i in sorted(quantity.indices)])
