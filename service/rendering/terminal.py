"""Terminal output: render each kind of record as plain text."""

import textwrap
from collections.abc import Iterable, Sequence

from rich.cells import cell_len, set_cell_size

from index.types import Origin
from service.answering.citations import basis_mark, in_marks, source_line, unmarked
from service.answering.replay import ArticleChange, ReceiptChange, Replay
from service.answering.types import Answer, Citation, Duplicate, Origins, Sentence
from service.briefing.brief_replay import BriefReplay
from service.ingestion.types import IngestReport
from service.language.dates import spell_date
from service.library.types import ArticleList, ArticleView, SearchResults
from service.models import ListedModel
from service.proving.kept_decisions import Decision
from service.rendering.escaping import printable
from service.rendering.footnotes import short_line
from service.runtime.tracing import Stage
from service.runtime.types import ComponentState, Readiness

WIDTH = 100
"""Width of wrapped text, in columns."""
MAX_TITLE_CHARACTERS = 60
"""Maximum length of a title in the list of articles."""


def answer(found: Answer) -> str:
    """Render an answer, then a footnote for each number: outlet, title, date and quoted words."""
    if found.verdict == "not_in_corpus":
        blocks = [_wrapped(found.text), *(_footnote(citation, "~") for citation in found.closest)]
    else:
        opening = [_wrapped(short_line(found.short).strip())] if found.short else []
        blocks = [*opening, *map(_sentence, found.sentences), *(_footnote(c, f"[{c.number}]") for c in found.citations)]
        blocks += [origins(found.origins)] if found.origins and found.origins.articles > 1 else []
    if found.undated_left_out and found.verdict == "answered":
        blocks.append(f"{_count(found.undated_left_out, 'undated article')} left out")
    blocks += [_wrapped(f"sources differ: {each.reason}") for each in found.disagreements]
    blocks += [_wrapped(unmarked(f"withheld: {withheld.text} ({withheld.reason})")) for withheld in found.withheld]
    understood = [_wrapped(unmarked(f"understood as: {found.asked}"))] if found.asked else []
    conversation = f", conversation {found.conversation}" if found.conversation else ""
    blocks += [trace(found.trace)] if found.trace else []
    return printable("\n\n".join([*understood, *blocks, f"receipt {found.receipt.id}{conversation}"]))


def trace(stages: Sequence[Stage]) -> str:
    """Render a table of the stages of an answer with their times in milliseconds."""
    rows = [[stage.name, f"{stage.at * 1000:.0f}", f"{stage.seconds * 1000:.1f}", _details(stage)] for stage in stages]
    return table(["step", "at ms", "took ms", ""], rows)


def _details(stage: Stage) -> str:
    return ", ".join(f"{name} {value}" for name, value in stage.details.items())


def origins(found: Origins) -> str:
    """Render the number of outlets and of the origins behind them, with the names of the origins."""
    known = _count(found.outlets, "outlet")
    # With unknown outlets there may be fewer outlets than origins, so the articles are counted too.
    head = f"{_count(found.articles, 'article')}, {known}" if found.outlets < found.origins else known
    return _wrapped(f"{head}, {_count(found.origins, 'origin')} ({', '.join(found.names)})")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def replay(found: Replay | BriefReplay) -> str:
    """Render a replay: "same answer", or the lines that differ (- then, + now) and what has changed since."""
    kind, about = ("brief on", found.topic) if isinstance(found, BriefReplay) else ("answer to", found.question)
    blocks = [f"same {kind.split()[0]}" if found.same else f"a different {kind}: {about}"]
    if found.difference:
        blocks.append(
            "\n".join(f"{'-' if line.side == 'then' else '+'} {_one_line(line.text)}" for line in found.difference)
        )
    if found.changes:
        blocks.append("\n".join(["changed since then:", *map(_change, found.changes)]))
    elif found.difference:
        blocks.append("nothing that a receipt records has changed since then")
        if found.then.receipt.settings.get("exact") is False:
            blocks.append("the search was approximate (Chroma); FOOTNOTE_EXACT=1 compares every vector")
    if found.articles:
        lines = [line for article in found.articles for line in _article_change(article)]
        blocks.append("\n".join(["articles:", *lines]))
    kept = "the new brief is not kept" if isinstance(found, BriefReplay) else f"receipt {found.now.receipt.id}"
    return printable("\n\n".join([*blocks, kept]))


def _article_change(change: ArticleChange) -> list[str]:
    gone = [f"these words are no longer in the current version: {in_marks(_one_line(words))}" for words in change.gone]
    return [f"  {change.article_id}: {change.what}; {change.detail}", *(indented(unmarked(line)) for line in gone)]


def _change(change: ReceiptChange) -> str:
    then, now = (value if value is not None else "not recorded" for value in (change.then, change.now))
    return f"  {change.name}: {then} -> {now}"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _sentence(sentence: Sentence) -> str:
    return _wrapped(unmarked(sentence.text) + " " + "".join(f"[{number}]" for number in sentence.citations))


def _footnote(citation: Citation, mark: str) -> str:
    lines = [f"{mark} {unmarked(source_line(citation))}", indented(unmarked(citation.quote))]
    if citation.attribution:
        lines.append(indented(unmarked(f"(said by: {citation.attribution})")))
    for each in citation.dates:
        lines.append(indented(f"(“{each.words}”: {spell_date(each.value)}, {each.basis.removeprefix('inferred: ')})"))
    lines.append(f"    {citation.article_id}, characters {citation.start} to {citation.end}")
    if citation.also:
        lines.append(indented(unmarked(f"also printed by {', '.join(map(_duplicate, citation.also))}")))
    if citation.correction:
        lines.append(indented(unmarked(f"the article carries a correction: {in_marks(citation.correction)}")))
    return "\n".join(lines)


def _duplicate(duplicate: Duplicate) -> str:
    return f"{duplicate.outlet or duplicate.article_id} ({duplicate.published or 'date unknown'})"


def results(found: SearchResults) -> str:
    """Render search results: each passage with its article, outlet and date."""
    blocks = [
        f"{hit.article_id}  {hit.outlet or 'outlet unknown'}, {hit.published or 'date unknown'}\n" + indented(hit.text)
        for hit in found.results
    ]
    return printable("\n\n".join(blocks)) or "nothing found"


def ingested(report: IngestReport) -> str:
    """Render the counts of an ingest report in one line."""
    counts = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged, "refused": report.refused}
    return ", ".join(f"{len(items)} {name}" for name, items in counts.items())


def articles(found: ArticleList) -> str:
    """Render a table of articles; inferred values are marked."""
    rows = [
        (
            article.id,
            _known(article.published, article.basis["published"]),
            _known(article.outlet, article.basis["outlet"]),
            _origin(article.origin, article.id),
            textwrap.shorten(article.title or "(no headline)", MAX_TITLE_CHARACTERS),
        )
        for article in found.articles
    ]
    return table(("id", "published", "outlet", "origin", "title"), rows) if rows else "no articles"


def _origin(origin: Origin, article_id: str) -> str:
    """Return the agency credited as the origin, or the article that was copied."""
    return origin.agency or ("own" if origin.first == article_id else f"copy of {origin.first}")


def _known(value: str | None, basis: str) -> str:
    if value is None:
        return "unknown"
    return f"{value}{basis_mark(basis)}"


def article(found: ArticleView) -> str:
    """Render the metadata of an article, each value with its basis, then the text."""
    return f"{article_facts(found)}\n\n{printable(found.text)}"


def article_facts(found: ArticleView) -> str:
    """Render the metadata of an article, each value with its basis."""
    names = ("title", "outlet", "author", "place", "published")
    known = [f"{name}: {getattr(found, name) or '-'}  ({found.basis[name]})" for name in names]
    known.append(f"origin: {_origin(found.origin, found.id)}  ({found.origin.basis})")
    if found.current != found.version:
        known.append(f"version {found.current} is current; `footnote articles show --diff` says what changed")
    known += [f"correction: {' '.join(span.of(found.text).split())}" for span in found.corrections]
    return printable("\n".join([f"id: {found.id}, version {found.version}", *known]))


def models(listing: Iterable[ListedModel]) -> str:
    """Render a table of models with licence, sizes and whether each is downloaded."""
    rows = [
        (
            m.name,
            m.role,
            m.licence,
            f"{m.size / 1e6:,.0f} MB",
            f"{m.memory / 1e6:,.0f} MB",
            "yes" if m.present else "no",
        )
        for m in listing
    ]
    return table(("name", "role", "licence", "size", "memory", "fetched"), rows)


def decision(found: Decision) -> str:
    """Render what `footnote models prove` found of a model, and whether it may write and judge."""
    lines: list[str] = []
    if writing := found.writing:
        lines += [
            f"{writing.sets} evidence sets, {writing.seconds:.1f} s each at the median",
            f"  wanted facts in its answers  {writing.nuggets:.0%} (in quotations {writing.quoted_nuggets:.0%})",
            f"  sentences accepted           {writing.shown:.0%}",
            f"  faithful by the judge        {writing.faithful:.0%} (of faithful claims {writing.least_faithful:.0%})",
            f"  silent without an answer     {writing.abstained:.0%}",
            f"{found.model} may write: `auto` lets it compose"
            if writing.composes
            else f"`auto` quotes: {writing.reason}",
        ]
    if judging := found.judging:
        lines += [
            f"{judging.result.supported + judging.result.false} claims, {judging.result.seconds:.1f} s",
            f"  accepted at 2 % false ones   {judging.result.share:.0%} (embedded judge {judging.embedded.share:.0%})",
            f"it may judge: `footnote models use {found.model} --role judge`"
            if judging.judges
            else f"the embedded judge stays: {judging.reason}",
        ]
    return "\n".join(lines)


def readiness(found: Readiness) -> str:
    """Render the state of each part of the service, one per line."""
    lines = [f"{part.name}: {_state(part)}, {part.detail}" for part in found.parts]
    return "\n".join([*lines, "ready" if found.ready else "not ready"])


def _state(part: ComponentState) -> str:
    if part.degraded:
        return "in part"
    return "ok" if part.ok else "NOT OK"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Render rows below their heads, in columns that are as wide as their widest cell."""
    # Uses the cells of rich (a CJK character takes two columns) but not its Table, which takes a millisecond per row.
    cells = [[printable(" ".join(cell.split())) for cell in row] for row in (head, *rows)]
    widths = [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
    return "\n".join("  ".join(map(set_cell_size, row, widths)).rstrip() for row in cells)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH)


def indented(text: str) -> str:
    """Wrap a text with four spaces before each line."""
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent="    ", subsequent_indent="    ")
