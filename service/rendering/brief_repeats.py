"""Repeated statements in a brief: abridge a speaker's statement that an earlier part already shows."""

from service.answering.citations import in_marks
from service.briefing.types import Brief, BriefLine, Speaker

REMINDER_WORDS = 12
"""Number of words that are kept of an abridged statement, so that a reader recognises it."""
MIN_WORDS_SAVED = 4
"""Minimum number of words that an abridgement must save; a shorter statement stays whole."""


def without_repeats(brief: Brief) -> Brief:
    """Return a copy of the brief in which repeated statements of speakers are cut to their first words."""
    first = [brief.summary.headline] if brief.summary.headline else []
    shown = {(line.citations[0], line.words) for line in (*first, *brief.summary.lines, *brief.points)}
    speakers: list[Speaker] = []
    for speaker in brief.speakers:
        statements = tuple(each.model_copy(update={"line": _short(each.line, shown)}) for each in speaker.statements)
        shown |= {(each.line.citations[0], each.line.words) for each in speaker.statements}
        speakers.append(speaker.model_copy(update={"statements": statements}))
    return brief.model_copy(update={"speakers": tuple(speakers)})


def _short(line: BriefLine, shown: set[tuple[int, str]]) -> BriefLine:
    words = line.words.split()
    own = [other for number, other in shown if number == line.citations[0]]
    repeated = any(line.words in other or other in line.words for other in own)
    if not repeated or len(words) < REMINDER_WORDS + MIN_WORDS_SAVED:
        return line
    reminder = " ".join(words[:REMINDER_WORDS])
    return line.model_copy(update={"words": f"{reminder} …", "text": f"{line.source}: {in_marks(f'{reminder} …')}"})
