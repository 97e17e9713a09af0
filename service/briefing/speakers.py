"""Speakers of a brief: group attributed statements by speaker, the most salient first, named ones before others."""

import itertools
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from index.search.scored_sentence import ScoredSentence
from index.types import Span
from service.briefing.clustering import are_redundant
from service.briefing.decontextualisation import discourse_marker_length
from service.briefing.line_writer import LineWriter
from service.briefing.speaker_attribution import AttributedStatement, attributed_statements
from service.briefing.speaker_names import full_name, is_same_name, name_words, role_of, without_time
from service.briefing.types import Speaker, SpeakerStatement
from service.language.names import first_names
from service.language.parsing import parse
from service.language.quotations import DOUBLE_MARKS
from service.language.reporting_verbs import VIEWING_VERBS

MAX_SPEAKERS = 10
MAX_UNNAMED = 3
"""Maximum number of speakers who are only described ("two officials")."""
MAX_STATEMENTS_PER_SPEAKER = 2
MAX_READ = 90
"""Number of sentences, the most salient first, whose speakers are read; bounds the time of a brief."""

RETELLING = "report"
"""Verb of an outlet that tells what others say."""
DETERMINER = re.compile(r"^the ", re.IGNORECASE)


@dataclass(frozen=True)
class SpokenStatement:
    """A statement with the fullest words of its article for the speaker."""

    statement: AttributedStatement
    speaker: str
    name: tuple[str, ...]
    """Words of the speaker's name; empty for a speaker who is only described."""

    @property
    def sentence(self) -> ScoredSentence:
        """The sentence that holds the statement."""
        return self.statement.sentence


def find_speakers(
    sentences: Iterable[ScoredSentence], shown: Sequence[ScoredSentence], writer: LineWriter
) -> tuple[Speaker, ...]:
    """Find the speakers in the order of their most salient statement, those with a name first.

    Args:
        sentences: the most salient first.
        shown: the sentences of the key points; what else a speaker says comes before them.
    """
    by_speaker: list[list[SpokenStatement]] = []
    read = list(sentences)[:MAX_READ]
    texts = {each.article.text for each in read}
    for sentence in read:
        for spoken in _spoken(sentence):
            own = next((each for each in by_speaker if _is_same_speaker(spoken, each, texts)), None)
            if own is None:
                by_speaker.append([spoken])
            else:
                own.append(spoken)
    named = [each for each in by_speaker if any(s.name for s in each)]
    others = [each for each in by_speaker if not any(s.name for s in each)]
    already = {each.location for each in shown}
    found = (_speaker(each, already, writer) for each in (*named, *others[:MAX_UNNAMED]))
    return tuple(itertools.islice((each for each in found if each is not None), MAX_SPEAKERS))


def _spoken(sentence: ScoredSentence) -> Iterable[SpokenStatement]:
    statements = [each for each in attributed_statements(sentence) if each.verb != RETELLING]
    for statement in statements:
        # "…, Anne Gieske, the senator said": the clause of the shorter speaker is the one that the parser found.
        if any(statement.speaker != e.speaker and statement.speaker.endswith(e.speaker) for e in statements):
            continue
        speaker = without_time(statement.speaker)
        if any(mark in speaker for mark in DOUBLE_MARKS):
            continue  # part of what is said
        is_view = statement.verb in VIEWING_VERBS and not any(mark in sentence.quote for mark in DOUBLE_MARKS)
        if is_view or not any(word.is_content for word in parse(speaker).words):
            continue
        speaker = full_name(speaker, sentence)
        yield SpokenStatement(statement, speaker, name_words(speaker))


def _is_same_speaker(one: SpokenStatement, others: Sequence[SpokenStatement], texts: Collection[str]) -> bool:
    """Whether a statement is of the speaker of others: the same name or, without one, the same words.

    The words of a mere description ("the source") are of one speaker only in one article.
    """
    if any(_is_body_of(one.speaker, each.speaker) for each in others):
        return True
    if one.name:
        # A bare surname would join two people of one family name, and is full where the articles have only one of them.
        named = all(is_same_name(one.name, each.name) for each in others)
        return named and (all(_is_as_full(one, each) for each in others) or _is_sole(one.name[-1], texts))
    return any(
        not each.name
        and each.sentence.article_id == one.sentence.article_id
        and each.speaker.casefold() == one.speaker.casefold()
        for each in others
    )


def _is_body_of(one: str, other: str) -> bool:
    """Whether two phrases are the same name with an article ("the Water Agency"), or one has the other's initials."""
    short, long = sorted((DETERMINER.sub("", each) for each in (one, other)), key=len)
    if short.casefold() == long.casefold():
        return short.isupper() or (short[:1].isupper() and any(map(DETERMINER.match, (one, other))))
    initials = "".join(word[0] for word in long.split() if word[0].isupper())
    return len(short) > 2 and short.isupper() and initials.startswith(short)


def _is_sole(surname: str, texts: Iterable[str]) -> bool:
    """Whether only one person of the articles has a surname."""
    return len(frozenset().union(*(first_names(text, surname) for text in texts))) == 1


def _is_as_full(one: SpokenStatement, other: SpokenStatement) -> bool:
    """Whether both have more than a surname, both are bodies of one name, or stand in one article."""
    both_full = min(len(one.name), len(other.name)) > 1 or (_is_body(one) and _is_body(other))
    return both_full or one.sentence.article_id == other.sentence.article_id


def _is_body(spoken: SpokenStatement) -> bool:
    """Whether a speaker is one word, without title, that the article never makes fuller: a state or body ("Hamas")."""
    return [*spoken.name] == spoken.speaker.split() == [full_name(spoken.speaker, spoken.sentence)]


def _speaker(
    several: Sequence[SpokenStatement], shown: set[tuple[str, int, int, int]], writer: LineWriter
) -> Speaker | None:
    statements: list[SpeakerStatement] = []
    said: list[ScoredSentence] = []
    for each in sorted(several, key=lambda each: each.sentence.location in shown):
        repeats = bool(statements) and each.sentence.location in shown
        repeats |= any(are_redundant(each.sentence, other) for other in said)
        if repeats or len(statements) == MAX_STATEMENTS_PER_SPEAKER:
            continue
        marker = discourse_marker_length(each.sentence.quote)
        line = writer.write(each.sentence, Span(start=marker, end=len(each.sentence.quote)) if marker else None)
        if line is not None:
            said.append(each.sentence)
            alleged = each.statement.is_alleged
            statements.append(SpeakerStatement(verb=each.statement.verb, alleged=alleged, line=line))
    if not statements:
        return None
    fullest = max(several, key=lambda each: (len(each.name), len(each.speaker)))
    described = fullest.statement.described or role_of(fullest.speaker, fullest.sentence)
    is_new = described is not None and "," not in fullest.speaker and described not in fullest.speaker
    return Speaker(name=fullest.speaker, described=described if is_new else None, statements=tuple(statements))
