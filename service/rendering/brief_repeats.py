"""Repeated statements in a brief: point back from a speaker's statement that an earlier part shows."""

from service.briefing.types import Brief, BriefLine, Speaker

REPEATED = "As quoted above."
"""Stands for a statement that an earlier part shows; its footnote stays."""


def without_repeats(brief: Brief) -> Brief:
    """Return a copy of the brief without speakers of whom all was shown; other repeated statements only point back."""
    first = [brief.summary.headline] if brief.summary.headline else []
    shown = {(line.citations[0], line.words) for line in (*first, *brief.summary.lines, *brief.points)}
    speakers: list[Speaker] = []
    for speaker in brief.speakers:
        statements = tuple(each.model_copy(update={"line": shortened(each.line, shown)}) for each in speaker.statements)
        shown |= {(each.line.citations[0], each.line.words) for each in speaker.statements}
        if any(each.line.words != REPEATED for each in statements):
            speakers.append(speaker.model_copy(update={"statements": statements}))
    return brief.model_copy(update={"speakers": tuple(speakers)})


def shortened(line: BriefLine, shown: set[tuple[int, str]]) -> BriefLine:
    """Return a line that points back where all its words were shown with the same citation, else the line."""
    own = [other for number, other in shown if number == line.citations[0]]
    if not any(line.words in other for other in own):
        return line
    return line.model_copy(update={"words": REPEATED, "text": REPEATED, "said": None})
