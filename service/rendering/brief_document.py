"""Brief document: a brief as one cited document; parts without content are left out."""

from collections.abc import Iterable, Iterator
from itertools import chain

from service.answering.citations import basis_mark, in_marks, source_line
from service.briefing.types import Brief, BriefChange, BriefDifference, BriefLine, NumberUpdate, SourceUse, Speaker
from service.language.article_dates import FROM_PUBLICATION
from service.language.dates import spell_date
from service.rendering.brief_repeats import REPEATED, without_repeats
from service.rendering.cited_document import Block, BlockKind, CitedDocument, Run, block, numbered, one_line

NOTHING = "This collection has nothing on the topic. The closest passages, which are not about it:"
COUNTED_MARK = "°"
CHANGE_LABELS = {"new": "New", "changed": "Changed", "gone": "Withdrawn"}


def brief_document(brief: Brief) -> CitedDocument:
    """Return the non-empty parts of the brief, with a footnote for each citation."""
    brief = without_repeats(brief)
    day = brief.receipt.created_at[:10]
    closing = [f"{len(brief.withheld)} withheld by the gate."] if brief.withheld else []
    closing.append(f"Brief of {spell_date(day)}, receipt {brief.receipt.id}.")
    return CitedDocument(
        title=brief.title or brief.topic,
        facts={"title": brief.title or brief.topic, "date": day, "topic": brief.topic, "receipt": brief.receipt.id},
        blocks=(*_since(brief), *_parts(brief), *(block("paragraph", _emphasis(each)) for each in closing)),
        footnotes=numbered(brief.citations),
    )


def _parts(brief: Brief) -> Iterator[Block]:
    if brief.verdict == "not_in_corpus":
        yield block("paragraph", NOTHING)
        yield from (block("bullet", f"{source_line(each)}: {in_marks(each.quote)}") for each in brief.closest)
        return
    if brief.summary.headline:
        yield block("paragraph", *_line(brief.summary.headline, strong=True))
    if brief.is_little:
        yield block("paragraph", little_on_this(brief))
    yield from _lines(brief.summary.lines, "quote")
    sections = {
        "Key points": _lines(brief.points, "numbered"),
        "Timeline": _timeline(brief),
        "Who says what": chain.from_iterable(map(_speaker, brief.speakers)),
        "Where sources differ": chain.from_iterable(map(_difference, brief.differences)),
        "What is not known": (
            block("bullet", *(_line(each.line) if each.line else [Run(text=each.text)])) for each in brief.unknown
        ),
        "Sources": map(_source, brief.sources),
    }
    for heading, lines in sections.items():
        if found := list(lines):
            yield from (block("heading", heading), *found)


def little_on_this(brief: Brief) -> str:
    """Return the sentence that opens a brief on a topic that the collection hardly covers."""
    articles = len(brief.sources)
    return f"Little on this: {articles} article{'' if articles == 1 else 's'} of the collection."


def _since(brief: Brief) -> Iterator[Block]:
    if brief.since_last is None:
        return
    yield block("heading", "Since the last brief")
    if brief.since_last.previous_at is None:
        yield block("paragraph", "This is the first brief on the topic.")
    elif not brief.since_last.changes:
        yield block("paragraph", f"Nothing is new since {spell_date(brief.since_last.previous_at[:10])}.")
    for each in brief.since_last.changes:
        yield block("bullet", _strong(CHANGE_LABELS[each.kind]), ": ", *_change(each))


def _change(change: BriefChange) -> list[Run]:
    if change.line is None:
        return [Run(text=change.text)]
    update = [Run(text=f"A{update_shown(change.update)[1:]}: ")] if change.update else []
    return [*update, *_line(change.line)]


def update_shown(update: NumberUpdate) -> str:
    """Return both numbers of an update with their sources: "at first 12 (Outlet, day), then 15 (Outlet, day)"."""
    first, then = (f"{each.value} ({each.source})" for each in (update.first, update.then))
    return f"at first {first}, then {then}"


def _strong(text: str) -> Run:
    return Run(text=text, style="strong")


def _emphasis(text: str) -> Run:
    return Run(text=text, style="emphasis")


def _line(line: BriefLine, *, strong: bool = False) -> list[Run]:
    several = f" ({line.origins} origins)" if line.origins > 1 else ""
    words = Run(text=f"{words_shown(line)}{several}", notes=line.citations, style="strong" if strong else "plain")
    source = [Run(text=" "), _emphasis(line.source)] if line.source and line.words != REPEATED else []
    return [words, *source]


def _lines(lines: Iterable[BriefLine], kind: BlockKind) -> Iterator[Block]:
    return (block(kind, *_line(line)) for line in lines)


def words_shown(line: BriefLine) -> str:
    """Return the words of a line without their source, in quotation marks if they are a quotation.

    No ellipsis stands for what was left out before or after: the footnote has the whole sentence.
    """
    said = f" (“{line.said}”)" if line.said else ""
    if line.style == "compose" or line.words == REPEATED:
        return line.words
    return f"{in_marks(line.words)}{said}"


def _timeline(brief: Brief) -> Iterator[Block]:
    """Yield a block for each event; a date that was counted from the publication date has a mark, explained once."""
    is_counted = False
    for each in brief.timeline:
        basis = each.basis.removeprefix("inferred: ")
        day = each.basis.removeprefix(FROM_PUBLICATION)
        if day != each.basis and each.line.source.endswith(day):
            mark, is_counted = COUNTED_MARK, True
        else:
            mark = f" ({basis})" if basis != each.basis else ""
        yield block("bullet", _strong(each.spelled), f"{mark}: ", *_line(each.line))
    if is_counted:
        yield block("paragraph", _emphasis(f"{COUNTED_MARK} counted from the publication date of the source."))


def _speaker(speaker: Speaker) -> Iterator[Block]:
    described = f" ({speaker.described})" if speaker.described else ""
    yield block("bullet", _strong(speaker.name), described)
    for each in speaker.statements:
        yield block("bullet", "(an allegation) " if each.alleged else "", *_line(each.line), level=2)


def _difference(difference: BriefDifference) -> Iterator[Block]:
    yield block("bullet", f"On {difference.about} ({difference.kind}):")
    yield from (block("bullet", _strong(each.value), ": ", *_line(each.line), level=2) for each in difference.values)


def _source(use: SourceUse) -> Block:
    """Return outlet, title and day, and the agency or article that the text is from if it is not the outlet's own."""
    title = f"“{use.title}”" if use.title else f"{use.article_id} (no headline)"
    date = spell_date(use.published) if use.published else "date unknown"
    origin = use.origin.agency or ("" if use.origin.first == use.article_id else f"copy of {use.origin.first}")
    known = _known(use, "outlet", use.outlet or "outlet unknown"), _known(use, "published", date)
    rests = f"{use.share:.0%} of the lines"
    return block(
        "bullet", one_line(f"{known[0]}, {title}, {known[1]}; {f'origin: {origin}; ' if origin else ''}{rests}")
    )


def _known(use: SourceUse, name: str, value: str) -> str:
    return f"{value}{basis_mark(use.basis.get(name, ''))}"
