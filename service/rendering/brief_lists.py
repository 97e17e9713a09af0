"""Terminal output of kept briefs: their list, and two of them compared."""

from itertools import groupby
from operator import attrgetter

from service.briefing.types import BriefComparison, BriefList, ComparedLine, ComparedStatement
from service.language.dates import spell_date
from service.rendering.brief_document import update_shown
from service.rendering.escaping import printable
from service.rendering.terminal import indented, table

KINDS = {
    "changed": "Changed",
    "new": "New",
    "gone": "Withdrawn",
    "only_then": "Only in the earlier brief, though its article is still there",
    "only_now": "Only in the later brief, though the earlier one had its article",
}


def briefs(found: BriefList) -> str:
    """Render a table of briefs: receipt, day and title."""
    rows = [(each.receipt, each.created_at[:10], each.title) for each in found.briefs]
    return table(("receipt", "written", "title"), rows) if rows else "no briefs; `footnote brief TOPIC` writes one"


def comparison(found: BriefComparison) -> str:
    """Render a comparison: both briefs, then what differs by kind, - of the earlier and + of the later one."""
    both = [
        f"{mark} {each.title} ({spell_date(each.created_at[:10])}, {each.receipt})"
        for mark, each in (("-", found.then), ("+", found.now))
    ]
    blocks = ["\n".join(both), f"{found.unchanged} {'statement' if found.unchanged == 1 else 'statements'} in both"]
    if found.same:
        blocks.append("both make the same statements")
    for kind, statements in groupby(found.statements, key=attrgetter("kind")):
        blocks.append("\n".join([f"{KINDS[kind]}:", *map(_statement, statements)]))
    return printable("\n\n".join(blocks))


def _statement(statement: ComparedStatement) -> str:
    sides = [_side(mark, line) for mark, line in (("-", statement.then), ("+", statement.now)) if line is not None]
    return "\n".join([*sides, *([indented(update_shown(statement.update))] if statement.update else [])])


def _side(mark: str, compared: ComparedLine) -> str:
    lines = indented(compared.line.text).splitlines()
    return "\n".join([f"  {mark} {lines[0].strip()}", *lines[1:]])
