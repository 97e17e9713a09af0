"""Speakers of a brief: group attributed statements by speaker, the most relevant first."""

from collections.abc import Sequence

from index.search.scored_sentence import ScoredSentence
from service.briefing.decontextualisation import context_dependence
from service.briefing.line_writer import LineWriter
from service.briefing.speaker_attribution import AttributedStatement, attributed_statements
from service.briefing.topic_retrieval import near_best
from service.briefing.types import Speaker, SpeakerStatement
from service.language.parsing import parse

MAX_SPEAKERS = 12
MAX_STATEMENTS_PER_SPEAKER = 2
RANKS_FOR_NAME = 6
"""Number of ranks that a named speaker moves up ahead of speakers who are only described."""
MIN_SHARE_OF_BEST_SCORE = 0.3
"""Minimum score as a share of the best sentence's score; below it a statement is off topic."""


def find_speakers(sentences: Sequence[ScoredSentence], writer: LineWriter) -> tuple[Speaker, ...]:
    """Find the speakers, ordered by their most relevant statement, with named speakers moved up."""
    by_speaker: list[list[AttributedStatement]] = []
    for sentence in near_best(sentences, MIN_SHARE_OF_BEST_SCORE):
        for statement in attributed_statements(sentence):
            own = next((each for each in by_speaker if _is_same_speaker(statement, each[0])), None)
            if own is None:
                by_speaker.append([statement])
            else:
                own.append(statement)
    # Readers look for names first; unnamed "officials" occur in every article.
    ranks = {id(each): i for i, each in enumerate(by_speaker)}
    ordered = sorted(by_speaker, key=lambda each: ranks[id(each)] - RANKS_FOR_NAME * any(s.names for s in each))
    speakers = (_speaker(each, writer) for each in ordered[:MAX_SPEAKERS])
    return tuple(each for each in speakers if each is not None)


def _is_same_speaker(one: AttributedStatement, other: AttributedStatement) -> bool:
    """Whether both have the same name or, without names, the same content words in one article."""
    if one.names and other.names:
        return one.names <= other.names or other.names <= one.names
    same_article = one.sentence.article_id == other.sentence.article_id
    return same_article and _content_words(one.speaker) == _content_words(other.speaker)


def _content_words(text: str) -> str:
    return " ".join(w.folded for w in parse(text).words if w.is_content)


def _speaker(several: Sequence[AttributedStatement], writer: LineWriter) -> Speaker | None:
    statements: list[SpeakerStatement] = []
    used: set[tuple[str, int, int, int]] = set()
    for each in sorted(several, key=lambda each: context_dependence(parse(each.sentence.quote))):
        if each.sentence.location in used or len(statements) == MAX_STATEMENTS_PER_SPEAKER:
            continue
        line = writer.write(each.sentence)
        if line is not None:
            used.add(each.sentence.location)
            statements.append(SpeakerStatement(verb=each.verb, alleged=each.is_alleged, line=line))
    if not statements:
        return None
    fullest = max(several, key=lambda each: (len(each.names), len(each.speaker)))
    return Speaker(name=fullest.speaker, described=fullest.described, statements=tuple(statements))
