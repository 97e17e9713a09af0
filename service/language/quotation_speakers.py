"""Quotation speakers: find the quotations of an article, over paragraphs too, and who speaks in each."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from index.sentences import split_sentences
from index.types import Span
from service.language.names import NAME_RUN, full_name, without_opening
from service.language.parsing import Parsed, Word, parse
from service.language.pronouns import PERSON_PRONOUNS
from service.language.reported_speech import passive_quotee
from service.language.reporting_verbs import REPORTING_VERBS

MARK = re.compile(r"[“”\"]")
MARKS = '“”" \n'
MIN_WORDS = 4
"""Fewest words of a quotation that somebody speaks; fewer are scare quotes or a title."""
MAX_CHARACTERS_BETWEEN = 600
"""Most characters between two quotations of which the second one's speaker may be the pronoun of the first one's."""


def quotation_around(text: str, body: Sequence[Span], sentence: Span) -> Span | None:
    """Return the quotation in which a whole sentence stands; None for words of the article itself."""
    bare = sentence.of(text).strip(MARKS)
    start = text.find(bare, sentence.start, sentence.end)
    found = quotations_of(text, tuple(body))
    return next((each for each in found if each.start <= start and start + len(bare) <= each.end), None)


@lru_cache(maxsize=256)
def quotations_of(text: str, body: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the quotations of an article in order, with their marks."""
    return tuple(span for span in _spans(text, body) if len(span.of(text).split()) >= MIN_WORDS)


@lru_cache(maxsize=1024)
def speaker_of(text: str, body: tuple[Span, ...], quotation: Span) -> str:
    """Return the fullest words of the article for who speaks in a quotation; empty where it names nobody."""
    found = quotations_of(text, body)
    place = found.index(quotation)
    earlier, follower = found[:place], found[place + 1].start if place + 1 < len(found) else len(text)
    speaker = _behind(text, body, quotation, follower) or _before(text, body, quotation, earlier)
    if speaker is None:
        return _of_last(text, body, quotation, earlier)
    words = parse(speaker).words
    if len(words) == 1 and words[0].folded in PERSON_PRONOUNS:
        return _antecedent(text, body, quotation, earlier)
    return "" if any(word.pos == "PRON" for word in words) else full_name(text, speaker)


def _spans(text: str, body: Sequence[Span]) -> Iterator[Span]:
    """Yield the quotations; one that a paragraph leaves open goes on where the next begins with a mark, or is none."""
    opened: int | None = None
    for paragraph in body:
        marks = list(MARK.finditer(text, paragraph.start, paragraph.end))
        if opened is not None and marks and marks[0].start() == paragraph.start and marks[0].group() != "”":
            marks = marks[1:]
        else:
            opened = None
        for mark in marks:
            if opened is None:
                opened = mark.start() if mark.group() != "”" else None
            elif mark.group() != "“":
                yield Span(start=opened, end=mark.end())
                opened = None


def _behind(text: str, body: Sequence[Span], quotation: Span, follower: int) -> str | None:
    """Return the speaker of the reporting clause behind a quotation: “…,” she said."""
    end = min(follower, _paragraph(body, quotation.end - 1).end)
    sentences = split_sentences(text, Span(start=quotation.end, end=max(quotation.end, end)))
    return _subject(sentences[0].of(text)) if sentences else None


def _before(text: str, body: Sequence[Span], quotation: Span, earlier: Sequence[Span]) -> str | None:
    """Return the speaker of the reporting clause that opens a quotation: she said: “…”."""
    own = _paragraph(body, quotation.start)
    start, end = own.start, quotation.start
    if start == end:
        before = next((each for each in reversed(body) if each.end <= start), own)
        start, end = before.start, before.end
    start = max(start, earlier[-1].end) if earlier else start
    words = text[start:end].rstrip()
    if not words.endswith((":", ",") if end == quotation.start else ":"):
        return None
    sentences = split_sentences(text, Span(start=start, end=start + len(words)))
    return _subject(sentences[-1].of(text)) if sentences else None


def _of_last(text: str, body: tuple[Span, ...], quotation: Span, earlier: Sequence[Span]) -> str:
    """Return the speaker of the quotation before, where only its reporting clause or nothing stands between."""
    if not earlier:
        return ""
    last = earlier[-1]
    between = split_sentences(text, Span(start=last.end, end=quotation.start))
    paragraphs = sum(last.end <= each.start <= quotation.start for each in body)
    is_clause = len(between) == 1 and _subject(between[0].of(text)) is not None
    return speaker_of(text, body, last) if paragraphs < 2 and (is_clause or not between) else ""


def _subject(clause: str) -> str | None:
    """Return the subject of the first reporting verb of a clause, a name alone where it is one; None without either."""
    parsed = parse(" ".join(clause.split()).strip(" ,.:"))
    verb = next((word for word in parsed.words if word.lemma in REPORTING_VERBS and word.pos == "VERB"), None)
    if verb is None:
        return None
    # Behind its verb ("said Ann Velt") the parser often takes the subject for an object.
    own = [parsed.words[i] for i in parsed.children[verb.index]]
    if quotee := passive_quotee(parsed, verb.index):
        return speaker_phrase(parsed.text[parsed.words[min(quotee)].start : parsed.words[max(quotee)].end])
    heads = [w for w in own if w.dep == "nsubj" or (verb.index == 0 and w.dep in ("dobj", "npadvmod"))]
    return _phrase(parsed, heads[0]) if heads else None


def speaker_phrase(words: str) -> str:
    """Return the name alone in the words for a speaker, else those words without what follows the noun."""
    parsed = parse(words)
    return _phrase(parsed, next(word for word in parsed.words if word.dep == "ROOT")) if parsed.words else ""


def _phrase(sentence: Parsed, head: Word) -> str:
    named = [each for i in sentence.children[head.index] if (each := sentence.words[i]).dep in ("conj", "appos")]
    if named and named[-1].is_name and not head.is_name:
        head = named[-1]  # "star and former guard Ann Velt", "its director, Ann Velt"
    for run in NAME_RUN.finditer(sentence.text):
        if head.is_name and run.start() <= head.start < run.end():
            return without_opening(run.group())
    inside = [sentence.words[i] for i in sorted(sentence.subtree(head.index))]
    behind = (word for word in inside if word.index > head.index and (word.text == "," or word.tag in ("WP", "WDT")))
    end = next(behind, None)
    words = sentence.text[inside[0].start : end.start if end else inside[-1].end].strip(" ,")
    opens = inside[0].index == 0 and (inside[0].pos == "DET" or inside[0].tag == "NNS")
    return words[:1].lower() + words[1:] if opens else words


def _antecedent(text: str, body: tuple[Span, ...], quotation: Span, earlier: Sequence[Span]) -> str:
    """Return the last one who spoke before "she" does, where nobody else is the subject between."""
    for last in reversed(earlier):
        between = text[last.end : quotation.start]
        if len(between) > MAX_CHARACTERS_BETWEEN:
            break
        if speaker := speaker_of(text, body, last):
            return "" if _names_another(between, speaker) else speaker
    return ""


def _names_another(words: str, speaker: str) -> bool:
    """Whether words name somebody else: as the subject of a verb, or in more than one word."""
    subjects = [w.text for w in parse(words).words if w.dep in ("nsubj", "nsubjpass") and w.is_name]
    runs = [run.group().split() for run in NAME_RUN.finditer(words)]
    named = [[each] for each in subjects] + [run for run in runs if len(run) > 1]
    return any(not {*run} & {*speaker.split()} for run in named)


def _paragraph(body: Sequence[Span], at: int) -> Span:
    return next((each for each in body if each.start <= at < each.end), Span(start=at, end=at + 1))
