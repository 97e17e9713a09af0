"""Event clauses: find the part of a sentence that says what happened on one of its dates, without the other dates."""

from collections.abc import Iterator, Sequence

from index.types import Span
from service.briefing.event_dates import EventDate
from service.language.parsing import Parsed

MIN_WORDS_BETWEEN_BORDERS = 4
"""Minimum number of words around a date before a comma or conjunction may end its clause."""
MIN_WORDS_OF_CLAUSE = 4


def event_clauses(sentence: Parsed, event_date: EventDate, dates: Sequence[EventDate]) -> Iterator[Span]:
    """Yield the spans of a sentence that contain this date and no other, widest first.

    Each span is a clause with its subject, or a noun phrase with all its modifiers. In a sentence with other dates, the
    span between two borders (commas, dashes, "and", "while") comes last, as a fallback.
    """
    excluded = {i for each in dates if each is not event_date for i in each.indices}
    found: list[tuple[int, int]] = []
    for top in (event_date.event, *sentence.ancestors(event_date.event)):
        kept = _subtree_without(sentence, top, excluded)
        run = _run_around(sentence, kept | event_date.indices, event_date.index)
        if run and not excluded & set(range(run[0], run[1] + 1)) and _is_complete(sentence, top, kept, run):
            found.append(run)
    found = sorted(dict.fromkeys(found), key=lambda run: run[0] - run[1])
    between = _between_borders(sentence, event_date, excluded) if excluded else None
    for first, last in [*found, *([between] if between else [])]:
        if last - first + 1 >= MIN_WORDS_OF_CLAUSE:
            yield Span(start=sentence.words[first].start, end=sentence.words[last].end)


def _is_complete(sentence: Parsed, top: int, kept: set[int], run: tuple[int, int]) -> bool:
    """Whether a token run contains its whole clause or noun phrase, and for a clause also the subject."""
    word = sentence.words[top]
    lost = {i for i in kept if not run[0] <= i <= run[1] and sentence.words[i].pos not in ("PUNCT", "CCONJ", "SCONJ")}
    if lost:
        return False
    if word.pos in ("NOUN", "PROPN"):
        return True
    subjects = (i for i in sentence.children[top] if sentence.words[i].dep in ("nsubj", "nsubjpass"))
    return any(run[0] <= i <= run[1] for i in subjects)


def _subtree_without(sentence: Parsed, top: int, excluded: set[int]) -> set[int]:
    """Return a word's subtree without the subordinate and coordinate branches that contain an excluded word."""
    kept = set(sentence.subtree(top))
    for index in sorted(kept):
        if index == top:
            continue
        branch = sentence.subtree(index)
        if branch & excluded and sentence.words[index].dep in ("conj", "advcl", "relcl", "appos", "acl", "parataxis"):
            kept -= branch
    return kept


def _run_around(sentence: Parsed, kept: set[int], index: int) -> tuple[int, int] | None:
    """Return the contiguous run of kept words around an index, trimmed of punctuation and conjunctions."""
    first = last = index
    while first - 1 in kept:
        first -= 1
    while last + 1 in kept:
        last += 1
    return _stripped(sentence, first, last)


def _between_borders(sentence: Parsed, event_date: EventDate, excluded: set[int]) -> tuple[int, int] | None:
    borders = {w.index for w in sentence.words if w.text in (",", ";", "—", "–") or w.folded in ("while", "and")}
    first, last = min(event_date.indices), max(event_date.indices)

    def extends(index: int) -> bool:
        return index not in excluded and (index not in borders or last - first < MIN_WORDS_BETWEEN_BORDERS)

    while first > 0 and extends(first - 1):
        first -= 1
    while last + 1 < len(sentence.words) and extends(last + 1):
        last += 1
    return _stripped(sentence, first, last)


def _stripped(sentence: Parsed, first: int, last: int) -> tuple[int, int] | None:
    punctuation = ",;–—-:"
    words = sentence.words
    while first < last and (words[first].text in punctuation or words[first].pos in ("CCONJ", "SCONJ")):
        first += 1
    while last > first and (words[last].text in punctuation + "." or words[last].pos in ("CCONJ", "SCONJ")):
        last -= 1
    return (first, last) if last > first else None
