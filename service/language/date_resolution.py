"""Date resolution: which day, month or year the words of a sentence name, only where the grammar decides it."""

import re
from calendar import monthrange
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Literal, NamedTuple

from index.types import Record
from index.words import FUNCTION_WORDS
from service.language.date_expressions import MONTH, DateExpression, date_expressions
from service.language.parsing import Parsed, Word, parse
from service.language.reporting_verbs import REPORTING_VERBS
from service.language.time_direction import Clause, Direction, governing_clause

Precision = Literal["day", "month", "year", "range"]

QUOTE_MARKS = re.compile(r"[“”\"«»„]|``|''")
DATELINE = re.compile(
    rf"\W*(?:(?:[A-Z][\w.'’-]*|of|de|la|al|the),? ){{1,6}}(?:\d{{1,2}} {MONTH}|{MONTH} \d{{1,2}})(?:,? (?:19|20)\d\d)?"
    r"(?: ?\([^)]{1,40}\))?(?: [-–—_]+(?=\s|$)|[:.](?=\s|$))"
)
"""Place and date before the first words of an article; the date is when it was written, not an event."""
INDEFINITE = frozenset("a an every each any one some most another that those these many the".split())
"""Words before a weekday that make it one of many or another week's ("a Friday", "every Friday", "that Friday")."""
EDGES = frozenset("early earlier late later".split())
PLACE_PREPOSITIONS = frozenset("in at near outside".split())
SETTING_PREPOSITIONS = frozenset("in at during".split())
FINITE_TAGS = frozenset("VBD VBZ VBP MD".split())
NEAREST_DAYS = 31
"""Most days between the anchor and a day without a year that stands before its noun."""
NEAR_DAYS = 62
"""Most days between the anchor and a day without a year whose clause does not say whether it lies behind or ahead."""
ENDPOINTS = frozenset("since until till by before after than".split())
"""Prepositions whose year bounds a time and does not say when the event of the clause was."""


class ResolvedDate(Record):
    """A date in a sentence: the words, what they name, and what that was read from."""

    text: str
    start: int
    end: int
    """Character offsets in the sentence."""
    date: str
    """ISO 8601 at the precision of the words; `start/end` for a range."""
    precision: Precision
    basis: Literal["stated", "inferred"]
    """`stated` where the words give the year, `inferred` where it was counted from `anchor`."""
    anchor: str | None = None
    """ISO 8601 of what it was counted from: the publication date, or the day on which the quoted words were said."""
    anchor_words: str | None = None
    """Words of the sentence that name the anchor; None for the publication date."""


class _Anchor(NamedTuple):
    first: date
    last: date
    """Every day from `first` to `last` may be meant."""
    value: str
    words: str | None = None


class _Dated(NamedTuple):
    expression: DateExpression
    own: frozenset[int]
    """Indices of its words."""
    clause: Clause | None
    is_quoted: bool


def resolve_dates(sentence: str, published: date | None, *, is_quoted: bool = False) -> list[ResolvedDate]:
    """Resolve the dates of a sentence, in order; what is not sure is left out.

    Args:
        published: the day on which the sentence was published; None resolves only dates that state their year.
        is_quoted: whether the whole sentence stands inside a longer quotation.
    """
    original, sentence = sentence, re.sub(r"\s", " ", sentence)
    return [
        found.model_copy(update={"text": original[found.start : found.end]})
        for found in _resolved_dates(sentence, published, is_quoted)
    ]


def _resolved_dates(sentence: str, published: date | None, is_quoted: bool) -> list[ResolvedDate]:
    """Resolve the dates of a sentence in which every white space is a single space character."""
    expressions = date_expressions(sentence)
    if not expressions:
        return []
    parsed = parse(sentence)
    dateline = DATELINE.match(sentence)
    after = dateline.end() if dateline and sentence[: dateline.end()].split()[0].lower() not in FUNCTION_WORDS else 0
    quoted = _quoted_spans(sentence)
    every = [
        _Dated(each, own, clause, is_quoted or any(first <= each.start < last for first, last in quoted))
        for each in expressions
        if each.start >= after and (own := _own(parsed, each)) and _is_a_date(parsed, each, own)
        for clause in (governing_clause(parsed, _main(parsed, each), own),)
    ]
    if published is None:
        return [_resolved(sentence, each.expression, _stated(each)) for each in every if _stated(each)]
    resolver = _Resolver(parsed, every, _Anchor(published, published, published.isoformat()))
    return [found for each in every if (found := resolver.resolve(each)) is not None]


def _quoted_spans(sentence: str) -> list[tuple[int, int]]:
    """Return the quoted parts; a quotation whose other mark is in another sentence reaches to the end of this one."""
    spans: list[tuple[int, int]] = []
    opened: int | None = None
    for mark in QUOTE_MARKS.finditer(sentence):
        is_closing = mark.group() in "”»''" or (mark.group() == '"' and opened is not None)
        if mark.group() == '"' and opened is None and not spans:
            before, behind = sentence[: mark.start()], sentence[mark.end() :]
            is_closing = bool(before.strip()) and not before[-1:].isspace() and behind[:1] in (" ", "")
        if is_closing:
            spans.append((opened or 0, mark.end()))
            opened = None
        elif opened is None:
            opened = mark.start()
    return [*spans, (opened, len(sentence))] if opened is not None else spans


def _own(parsed: Parsed, expression: DateExpression) -> frozenset[int]:
    return frozenset(w.index for w in parsed.words if w.start < expression.end and w.end > expression.start)


def _main(parsed: Parsed, expression: DateExpression) -> int:
    return next((w.index for w in parsed.words if w.start <= expression.main < w.end), len(parsed.words) - 1)


def _is_a_date(parsed: Parsed, expression: DateExpression, own: frozenset[int]) -> bool:
    """Whether the words are a date in this sentence, and not a name, a habit or a count."""
    if any(word.folded in ("each", "every") for word in parsed.words[max(own) + 1 : max(own) + 2]):
        return False
    main = parsed.words[_main(parsed, expression)]
    if expression.kind == "weekday":
        return _is_weekday(parsed, main, own)
    if expression.kind == "month":
        return main.pos == "PROPN" and parsed.words[main.head].dep != "agent" and main.dep not in ("nsubj", "nsubjpass")
    if expression.kind == "year":
        return _is_year(parsed, main)
    if expression.kind == "period":
        return main.dep != "compound"
    if expression.kind == "shift":
        is_name = main.text[:1].isupper() and main.index > 0 and parsed.words[main.index - 1].pos != "PUNCT"
        return not is_name and main.dep not in ("compound", "nsubj", "dobj", "attr")
    return True


def _is_weekday(parsed: Parsed, word: Word, own: frozenset[int]) -> bool:
    before = parsed.words[min(own) - 1] if min(own) else None
    behind = parsed.words[max(own) + 1] if max(own) + 1 < len(parsed.words) else None
    is_possessive = behind is not None and behind.tag == "POS"
    is_bare = min(own) == word.index
    if before is not None and (before.folded in INDEFINITE or (is_bare and _joins_a_name(parsed, before, word))):
        return False
    if any(
        parsed.words[i].dep in ("amod", "nummod", "det") and i not in own and parsed.words[i].folded not in EDGES
        for i in parsed.children[word.index]
    ):
        return False
    if is_possessive:
        return True
    if before is None and behind is not None and behind.pos in ("VERB", "AUX"):
        return False  # "Wednesday marks ten years since"
    modifies = behind is not None and behind.pos == "NOUN" and word.index == max(own)
    if modifies and (before is None or (before.folded != "on" and before.pos != "VERB")):
        return False  # "hundreds of Saturday shoppers"
    if is_bare and before is not None and before.pos == "NOUN" and behind is not None and behind.tag in FINITE_TAGS:
        return False  # "the novel Saturday won"
    if behind is not None and behind.text[:1].isupper() and (before is None or before.folded != "on"):
        return False
    is_part = word.head in own  # "Friday night"
    head = parsed.words[max(own)] if is_part else word
    return head.dep not in ("compound", "nsubj", "nsubjpass", "dobj", "attr", "amod", "nmod", "poss")


def _joins_a_name(parsed: Parsed, before: Word, weekday: Word) -> bool:
    """Whether the weekday may end a name ("Bloody Sunday"), and is not the time after a place ("in Rome Sunday")."""
    if not before.text[:1].isupper() or before.folded in FUNCTION_WORDS or before.folded in EDGES:
        return False
    place = before
    while place.dep == "conj" and parsed.words[place.head].text[:1].isupper():
        place = parsed.words[place.head]
    is_place = place.dep == "pobj" and parsed.words[place.head].folded in PLACE_PREPOSITIONS
    return not (is_place and weekday.dep == "npadvmod")


def _is_year(parsed: Parsed, word: Word) -> bool:
    before = parsed.words[word.index - 1]
    head = parsed.words[word.head]
    behind = parsed.words[min(word.index + 1, len(parsed.words) - 1)]
    if before.tag == "POS" and behind.pos not in ("NOUN", "ADJ"):
        return False  # a title
    if word.dep != "nummod" or head.index < word.index:
        return True
    return before.pos in ("DET", "PRON") or before.tag == "POS"


def _stated(dated: _Dated) -> str | None:
    return dated.expression.read(date.min, None) if dated.expression.is_absolute else None


class _Resolver:
    """Resolves each date of one sentence against the publication date, or the day on which something was said."""

    def __init__(self, parsed: Parsed, every: Sequence[_Dated], published: _Anchor) -> None:
        self._parsed, self._every, self._published = parsed, every, published

    def resolve(self, dated: _Dated) -> ResolvedDate | None:
        text = self._parsed.text
        if (value := _stated(dated)) is not None:
            return _resolved(text, dated.expression, value)
        anchors = self._anchors(dated)
        values = {self._read(dated, anchor) for anchor in anchors}
        value = values.pop() if len(values) == 1 else None
        return _resolved(text, dated.expression, value, anchors[0]) if value else None

    def _anchors(self, dated: _Dated) -> list[_Anchor]:
        """Return every anchor that the words may be counted from; the date is sure where all give the same."""
        said = list(self._said(dated))
        if dated.is_quoted:
            return said if len(said) == 1 else []
        if dated.clause and dated.clause.tense.is_backshifted and len(said) == 1:
            return said
        return [self._published, *said]

    def _said(self, dated: _Dated) -> Iterator[_Anchor]:
        """Yield the dates of the reporting verbs above a date, or for quoted words outside the quotation."""
        above = set(self._parsed.ancestors(dated.clause.verb)) if dated.clause else set()
        for other in self._every:
            if other is dated or other.clause is None or other.is_quoted:
                continue
            verb = self._report(other.clause.verb)
            if verb is not None and (dated.is_quoted or verb in above):
                value = _stated(other) or self._read(other, self._published)
                if value and "/" not in value:
                    yield _Anchor(_first_day(value), _last_day(value), value, _words(self._parsed.text, other))

    def _report(self, verb: int) -> int | None:
        """Return the reporting verb whose time a date of `verb` is: itself, or above "in a statement issued on"."""
        below = self._parsed.words[verb]
        if below.lemma in REPORTING_VERBS:
            return verb
        for i in self._parsed.ancestors(verb):
            word = self._parsed.words[i]
            if word.pos in ("VERB", "AUX"):
                is_setting = below.dep == "prep" and below.folded in SETTING_PREPOSITIONS
                return i if is_setting and word.lemma in REPORTING_VERBS else None
            below = word
        return None

    def _read(self, dated: _Dated, anchor: _Anchor) -> str | None:
        kind, clause = dated.expression.kind, dated.clause
        direction = clause.tense.direction if clause else None
        if clause and clause.tense.is_present and clause.is_attached and kind == "month_day":
            direction = "future"  # "the law takes effect on 1 July"; "the bells ring on Sunday" may be a habit
        if self._is_possessive(dated) and not self._is_past_event(dated, direction):
            direction = None  # "will appeal Wednesday's ruling", "awaited Friday's data"
        if kind == "shift" and not self._is_near(dated):
            return None
        if kind in ("weekday", "month", "month_day") and self._has_a_time_of_its_own(dated):
            return None
        if kind == "month_day" and (direction is None or self._is_object(dated)):
            direction = self._only_near(dated, anchor)
        found = {dated.expression.read(day, direction) for day in (anchor.first, anchor.last)}
        value = found.pop() if len(found) == 1 else None
        if value and kind == "month_day" and self._is_attributive(dated):
            # "The September 11 attacks" may be of any year.
            return value if _distance(value, anchor.last) <= NEAREST_DAYS else None
        if value and kind in ("month", "month_day") and clause and not clause.is_attached:
            # "Cancelled the summit of March 20": the nearer one, or none where that contradicts the tense.
            nearest = {dated.expression.read(anchor.last, each) for each in ("past", "future")}
            day = min((each for each in nearest if each), key=lambda each: _distance(each, anchor.last))
            return value if value == day else None
        return value

    def _only_near(self, dated: _Dated, anchor: _Anchor) -> Direction | None:
        """Return the direction in which the day is near, where the other one is most of a year away."""
        directions: tuple[Direction, ...] = ("past", "future")
        read = {each: dated.expression.read(anchor.last, each) for each in directions}
        near = [each for each, value in read.items() if value and _distance(value, anchor.last) <= NEAR_DAYS]
        return near[0] if len(near) == 1 else None

    def _is_past_event(self, dated: _Dated, direction: Direction | None) -> bool:
        """Whether the event of "Monday's attack" is over: it did something, or something came after it."""
        events = {self._parsed.words[self._parsed.words[i].head].dep for i in dated.own}
        is_after = dated.clause is not None and bool(dated.clause.prepositions & {"after", "since", "following"})
        return direction == "past" and (is_after or "nsubj" in events)

    def _is_attributive(self, dated: _Dated) -> bool:
        """Whether the date stands before the noun that it modifies."""
        heads = (self._parsed.words[i].head for i in dated.own)
        return any(head > max(dated.own) and self._parsed.words[head].pos in ("NOUN", "PROPN") for head in heads)

    def _is_object(self, dated: _Dated) -> bool:
        """Whether the date is what is spoken of ("has set 10 November as the deadline"), and not when."""
        return any(self._parsed.words[i].dep in ("dobj", "nsubj") for i in dated.own)

    def _is_possessive(self, dated: _Dated) -> bool:
        return any(word.tag == "POS" for word in self._parsed.words[max(dated.own) + 1 : max(dated.own) + 2])

    def _is_near(self, dated: _Dated) -> bool:
        """Whether "today" means the day and not the present age: its clause is not in the simple present."""
        clause = dated.clause
        words = _words(self._parsed.text, dated).lower()
        if clause is None or "of" in clause.prepositions or (clause.tense.is_present and words == "today"):
            return False
        return (
            not self._is_possessive(dated)
            or words == "yesterday"
            or (words == "tomorrow" and clause.tense.direction == "future")
        )

    def _has_a_time_of_its_own(self, dated: _Dated) -> bool:
        """Whether the clause, or one it depends on, is dated by a stated year, which then is the year of this date."""
        if dated.clause is None:
            return False
        verbs = {dated.clause.verb, *self._parsed.ancestors(dated.clause.verb)}
        return any(
            other.clause.verb in verbs and other.clause.is_attached and not other.clause.prepositions & ENDPOINTS
            for other in self._every
            if other is not dated and other.clause is not None and _stated(other) and not dated.is_quoted
        )


def _words(text: str, dated: _Dated) -> str:
    return text[dated.expression.start : dated.expression.end]


def _distance(value: str, day: date) -> int:
    return abs((_first_day(value.partition("/")[0]) - day).days)


def _first_day(value: str) -> date:
    return date.fromisoformat(f"{value}-01-01"[:10] if len(value) == 4 else f"{value}-01"[:10])


def _last_day(value: str) -> date:
    if len(value) == 4:
        return date(int(value), 12, 31)
    year, month = int(value[:4]), int(value[5:7])
    return date.fromisoformat(value) if len(value) == 10 else date(year, month, monthrange(year, month)[1])


def _resolved(text: str, expression: DateExpression, value: str | None, anchor: _Anchor | None = None) -> ResolvedDate:
    assert value is not None
    precision: Precision = "range" if "/" in value else {10: "day", 7: "month", 4: "year"}[len(value)]  # type: ignore[assignment]
    return ResolvedDate(
        text=text[expression.start : expression.end],
        start=expression.start,
        end=expression.end,
        date=value,
        precision=precision,
        basis="inferred" if anchor else "stated",
        anchor=anchor.value if anchor else None,
        anchor_words=anchor.words if anchor else None,
    )
