"""Brief as Markdown with footnotes."""

from collections.abc import Iterable, Iterator
from itertools import chain, count, repeat

from service.answering.citations import basis_mark, in_marks, source_line, unmarked
from service.answering.types import Citation
from service.briefing.types import Brief, BriefChange, BriefDifference, BriefLine, NumberUpdate, SourceUse, Speaker
from service.language.dates import spell_date
from service.rendering.brief_repeats import REPEATED, without_repeats
from service.rendering.escaping import escape_markdown

CHANGE_LABELS = {"new": "New", "changed": "Changed", "gone": "Withdrawn"}


def as_markdown(brief: Brief) -> str:
    """Render the non-empty parts of the brief, then a footnote for each citation; article text is escaped."""
    brief = without_repeats(brief)
    blocks = [
        f"# {_plain(brief.title or brief.topic)}",
        *_since(brief),
        *_parts(brief),
        *map(_footnote, brief.citations),
    ]
    if brief.withheld:
        blocks.append(f"*{len(brief.withheld)} withheld by the gate.*")
    blocks.append(f"*Brief of {spell_date(brief.receipt.created_at[:10])}, receipt {brief.receipt.id}.*")
    return "\n\n".join(blocks) + "\n"


def _plain(text: str) -> str:
    return escape_markdown(unmarked(" ".join(text.split())))


def _parts(brief: Brief) -> Iterator[str]:
    if brief.verdict == "not_in_corpus":
        yield "This collection has nothing on the topic. The closest passages, which are not about it:"
        yield from (f"- {_plain(source_line(each))}: {_plain(in_marks(each.quote))}" for each in brief.closest)
        return
    if brief.summary.headline:
        yield f"**{_line(brief.summary.headline)}**"
    if brief.is_little:
        yield little_on_this(brief)
    yield "\n".join(f"{line}  " for line in _lines(brief.summary.lines, repeat("> ")))
    sections = {
        "Key points": _lines(brief.points, (f"{n}. " for n in count(1))),
        "Timeline": (
            f"- **{each.spelled}**{_inferred(each.basis)}: {_line(each.line, named=False)}" for each in brief.timeline
        ),
        "Who says what": chain.from_iterable(map(_speaker, brief.speakers)),
        "Where sources differ": chain.from_iterable(map(_difference, brief.differences)),
        "What is not known": (f"- {_line(each.line) if each.line else _plain(each.text)}" for each in brief.unknown),
        "Sources": map(_source, brief.sources),
    }
    for heading, lines in sections.items():
        if text := "\n".join(lines):
            yield from (f"## {heading}", text)


def little_on_this(brief: Brief) -> str:
    """Return the sentence that opens a brief on a topic that the collection hardly covers."""
    articles = len(brief.sources)
    return f"Little on this: {articles} article{'' if articles == 1 else 's'} of the collection."


def _since(brief: Brief) -> Iterator[str]:
    if brief.since_last is None:
        return
    yield "## Since the last brief"
    if brief.since_last.previous_at is None:
        yield "This is the first brief on the topic."
    elif not brief.since_last.changes:
        yield f"Nothing is new since {spell_date(brief.since_last.previous_at[:10])}."
    else:
        yield "\n".join(f"- **{CHANGE_LABELS[each.kind]}**: {_change(each)}" for each in brief.since_last.changes)


def _change(change: BriefChange) -> str:
    if change.line is None:
        return _plain(change.text)
    update = _update(change.update) if change.update and not change.line.update else ""
    return f"{update}{_line(change.line)}"


def update_shown(update: NumberUpdate) -> str:
    """Return both numbers of an update with their sources: "at first 12 (Outlet, day), then 15 (Outlet, day)"."""
    first, then = (f"{each.value} ({each.source})" for each in (update.first, update.then))
    return f"at first {first}, then {then}"


def _update(update: NumberUpdate) -> str:
    first, then = (
        f"{_plain(f'{each.value} ({each.source})')}{f'[^{each.citation}]' if each.citation else ''}"
        for each in (update.first, update.then)
    )
    return f"*At first {first}, then {then}:* "


def _line(line: BriefLine, *, named: bool = True) -> str:
    marks = "".join(f"[^{number}]" for number in line.citations)
    several = f" ({line.origins} origins)" if line.origins > 1 else ""
    source = f" *{_plain(line.source)}*" if named and line.words != REPEATED else ""
    return f"{_update(line.update) if line.update else ''}{_plain(words_shown(line))}{several}{marks}{source}"


def _lines(lines: Iterable[BriefLine], before: Iterable[str]) -> Iterator[str]:
    """Yield lines with something before each, and the source only where it is another than the last one's."""
    source = ""
    for line, mark in zip(lines, before, strict=False):
        yield f"{mark}{_line(line, named=line.source != source)}"
        source = line.source


def words_shown(line: BriefLine) -> str:
    """Return the words of a line without their source, in quotation marks if they are a quotation.

    No ellipsis stands for what was left out before or after: the footnote has the whole sentence.
    """
    said = f" (“{line.said}”)" if line.said else ""
    if line.style == "compose" or line.words == REPEATED:
        return line.words
    return f"{in_marks(line.words)}{said}"


def _inferred(basis: str) -> str:
    return f" ({basis.removeprefix('inferred: ')})" if basis.startswith("inferred") else ""


def _speaker(speaker: Speaker) -> Iterator[str]:
    described = f" ({_plain(speaker.described)})" if speaker.described else ""
    yield f"- **{_plain(speaker.name)}**{described}"
    for each in speaker.statements:
        yield f"    - {'(an allegation) ' if each.alleged else ''}{_line(each.line)}"


def _difference(difference: BriefDifference) -> Iterator[str]:
    yield f"- On {_plain(difference.about)} ({difference.kind}):"
    yield from (f"    - **{_plain(value.value)}**: {_line(value.line)}" for value in difference.values)


def _source(use: SourceUse) -> str:
    title = f"“{use.title}”" if use.title else "no headline"
    date = spell_date(use.published) if use.published else "date unknown"
    origin = use.origin.agency or ("own text" if use.origin.first == use.article_id else f"copy of {use.origin.first}")
    known = _known(use, "outlet", use.outlet or "outlet unknown"), _known(use, "published", date)
    rests = f"{use.share:.0%} of the lines, {use.article_id}"
    return f"- {_plain(f'{known[0]}, {title}, {known[1]}; origin: {origin}; {rests}')}"


def _known(use: SourceUse, name: str, value: str) -> str:
    return f"{value}{basis_mark(use.basis.get(name, ''))}"


def _footnote(citation: Citation) -> str:
    said = f" (said by: {citation.attribution})" if citation.attribution else ""
    also = (
        f"; also printed by {', '.join(each.outlet or each.article_id for each in citation.also)}"
        if citation.also
        else ""
    )
    correction = f"; the article carries a correction: {in_marks(citation.correction)}" if citation.correction else ""
    place = f"{citation.article_id}, characters {citation.start} to {citation.end}"
    words = f"{source_line(citation)}: {in_marks(' '.join(citation.quote.split()))}{said}; {place}{also}{correction}"
    return f"[^{citation.number}]: {_plain(words)}"
