"""Records as text for a terminal."""

import textwrap
from collections import Counter
from collections.abc import Iterable, Sequence

from index.types import Origin
from service.answering.citations import in_marks, source_line, unmarked
from service.answering.replay import ArticleChange, Change, Replay
from service.answering.types import Answer, Citation, Duplicate, Origins, Sentence
from service.checking.types import CheckedSentence, CheckReport, CheckVerdict
from service.ingestion.types import IngestReport
from service.language.dates import spell_date
from service.library.types import ArticleList, ArticleView, SearchResults
from service.models import ListedModel
from service.rendering.escaping import plain
from service.runtime.tracing import Stage
from service.runtime.types import Part, Readiness

WIDTH = 100


def answer(found: Answer) -> str:
    """The answer, then a footnote for each number: outlet, title, date and the exact words."""
    if found.verdict == "not_in_corpus":
        blocks = [_wrapped(found.text), *(_footnote(citation, "~") for citation in found.closest)]
    else:
        blocks = [*map(_sentence, found.sentences), *(_footnote(c, f"[{c.number}]") for c in found.citations)]
        blocks += [origins(found.origins)] if found.origins and found.origins.articles > 1 else []
    blocks += [_wrapped(f"sources differ: {each.reason}") for each in found.disagreements]
    blocks += [_wrapped(unmarked(f"withheld: {withheld.text} ({withheld.reason})")) for withheld in found.withheld]
    understood = [_wrapped(unmarked(f"understood as: {found.asked}"))] if found.asked else []
    talk = f", conversation {found.conversation}" if found.conversation else ""
    blocks += [trace(found.trace)] if found.trace else []
    return plain("\n\n".join([*understood, *blocks, f"receipt {found.receipt.id}{talk}"]))


def trace(stages: Sequence[Stage]) -> str:
    """The steps of an answer, a line each."""
    rows = [[stage.name, f"{stage.at * 1000:.0f}", f"{stage.seconds * 1000:.1f}", _details(stage)] for stage in stages]
    return _table(["step", "at ms", "took ms", ""], rows)


def _details(stage: Stage) -> str:
    return ", ".join(f"{name} {value}" for name, value in stage.details.items())


def origins(found: Origins) -> str:
    """How many outlets, and how many origins they come to, each by its name."""
    known = _count(found.outlets, "outlet")
    # An article whose outlet is not known may be of one more: then the articles are counted too.
    head = f"{_count(found.articles, 'article')}, {known}" if found.outlets < found.origins else known
    return _wrapped(f"{head}, {_count(found.origins, 'origin')} ({', '.join(found.names)})")


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}" if number == 1 else f"{number} {thing}s"


def replay(found: Replay) -> str:
    """Whether the answer is the same; if not, what was said then (-) and now (+), and what changed in between."""
    blocks = ["same answer" if found.same else f"a different answer to: {found.question}"]
    if found.difference:
        blocks.append(
            "\n".join(f"{'-' if line.side == 'then' else '+'} {_unbroken(line.text)}" for line in found.difference)
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
    return plain("\n\n".join([*blocks, f"receipt {found.now.receipt.id}"]))


def _article_change(change: ArticleChange) -> list[str]:
    gone = [f"these words are no longer in the current version: {in_marks(_unbroken(words))}" for words in change.gone]
    return [f"  {change.article_id}: {change.what}; {change.detail}", *(_indented(unmarked(line)) for line in gone)]


def _change(change: Change) -> str:
    then, now = (value if value is not None else "not recorded" for value in (change.then, change.now))
    return f"  {change.name}: {then} -> {now}"


def _unbroken(text: str) -> str:
    return " ".join(text.split())


def _sentence(sentence: Sentence) -> str:
    return _wrapped(unmarked(sentence.text) + " " + "".join(f"[{number}]" for number in sentence.citations))


def _footnote(citation: Citation, mark: str) -> str:
    lines = [f"{mark} {unmarked(source_line(citation))}", _indented(unmarked(citation.quote))]
    if citation.attribution:
        lines.append(_indented(unmarked(f"(said by: {citation.attribution})")))
    for each in citation.dates:
        lines.append(_indented(f"(“{each.words}”: {spell_date(each.value)}, {each.basis.removeprefix('inferred: ')})"))
    lines.append(f"    {citation.article_id}, characters {citation.start} to {citation.end}")
    if citation.also:
        lines.append(_indented(unmarked(f"also printed by {', '.join(map(_printing, citation.also))}")))
    if citation.correction:
        lines.append(_indented(unmarked(f"the article carries a correction: {in_marks(citation.correction)}")))
    return "\n".join(lines)


def _printing(place: Duplicate) -> str:
    return f"{place.outlet or place.article_id} ({place.published or 'date unknown'})"


VERDICTS: dict[CheckVerdict, str] = {"supported": "✓", "contradicted": "✗", "altered_quote": "≠", "not_found": "?"}


def checked(report: CheckReport) -> str:
    """The draft sentence by sentence, each with its verdict and the article's own words."""
    blocks = [_checked(sentence) for sentence in report.sentences]
    counts = Counter(sentence.verdict for sentence in report.sentences)
    summary = ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in VERDICTS if counts[name])
    return plain(
        "\n\n".join([*blocks, f"{len(report.sentences)} sentences: {summary}" if blocks else "no sentence to check"])
    )


def _checked(sentence: CheckedSentence) -> str:
    head = textwrap.fill(
        " ".join(sentence.text.split()), WIDTH, initial_indent=f"{VERDICTS[sentence.verdict]} ", subsequent_indent="  "
    )
    name = sentence.verdict.replace("_", " ")
    told = name if sentence.verdict == "supported" else f"{name}: {sentence.reason}"
    lines = [head, _indented(told)]
    for citation in sentence.citations:
        lines += [_indented(f"{source_line(citation)}:"), _indented(in_marks(" ".join(citation.quote.split())))]
    return "\n".join(lines)


def results(found: SearchResults) -> str:
    """Each passage with the article it stands in."""
    blocks = [
        f"{hit.article_id}  {hit.outlet or 'outlet unknown'}, {hit.published or 'date unknown'}\n" + _indented(hit.text)
        for hit in found.results
    ]
    return plain("\n\n".join(blocks)) or "nothing found"


def ingested(report: IngestReport) -> str:
    """What changed, in a line."""
    counts = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged, "refused": report.refused}
    return ", ".join(f"{len(items)} {name}" for name, items in counts.items())


def articles(found: ArticleList) -> str:
    """One article a line: what is known, and `?` where it is only inferred."""
    rows = [
        (
            article.id,
            _known(article.published, article.basis["published"]),
            _known(article.outlet, article.basis["outlet"]),
            _origin(article.origin, article.id),
            textwrap.shorten(article.title or "(no headline)", 60),
        )
        for article in found.articles
    ]
    return plain(_table(("id", "published", "outlet", "origin", "title"), rows)) if rows else "no articles"


def _origin(origin: Origin, article_id: str) -> str:
    """The agency credited, or the article that was copied."""
    return origin.agency or ("own" if origin.first == article_id else f"copy of {origin.first}")


def _known(value: str | None, basis: str) -> str:
    if value is None:
        return "unknown"
    return f"{value} (inferred)" if basis.startswith("inferred") else value


def article(found: ArticleView) -> str:
    """What is known of the article and how, then its text."""
    names = ("title", "outlet", "author", "place", "published")
    known = [f"{name}: {getattr(found, name) or '-'}  ({found.basis[name]})" for name in names]
    known.append(f"origin: {_origin(found.origin, found.id)}  ({found.origin.basis})")
    if found.current != found.version:
        known.append(f"version {found.current} is current; `footnote articles show --diff` says what changed")
    known += [f"correction: {' '.join(span.of(found.text).split())}" for span in found.corrections]
    return plain("\n".join([f"id: {found.id}, version {found.version}", *known, "", found.text]))


def models(listing: Iterable[ListedModel]) -> str:
    """One model a line."""
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
    return _table(("name", "role", "licence", "size", "memory", "fetched"), rows)


def readiness(found: Readiness) -> str:
    """One part a line."""
    lines = [f"{part.name}: {_state(part)}, {part.detail}" for part in found.parts]
    return "\n".join([*lines, "ready" if found.ready else "not ready"])


def _state(part: Part) -> str:
    if part.degraded:
        return "in part"
    return "ok" if part.ok else "NOT OK"


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    widths = [max(len(row[i]) for row in [head, *rows]) for i in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in [head, *rows]]
    return "\n".join(line.rstrip() for line in lines)


def _wrapped(text: str) -> str:
    return textwrap.fill(text, WIDTH)


def _indented(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), WIDTH, initial_indent="    ", subsequent_indent="    ")
