"""A brief for reading: what a part above has shown already is only called to mind among the speakers."""

from service.answering.citations import in_marks
from service.briefing.types import Brief, BriefLine, Speaker

REMINDER = 12
"""Words by which a reader knows the statement again."""


def without_repeats(brief: Brief) -> Brief:
    """The same brief, a speaker's words that stand above cut to their beginning; the record itself keeps them whole."""
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
    if not repeated or len(words) <= REMINDER + 3:
        return line
    reminder = " ".join(words[:REMINDER])
    return line.model_copy(update={"words": f"{reminder} …", "text": f"{line.source}: {in_marks(f'{reminder} …')}"})
