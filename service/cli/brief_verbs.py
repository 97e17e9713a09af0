"""Brief commands of the CLI: `briefs` with `list`, `show`, `rename`, `delete` and `compare`."""

from pathlib import Path

import click

from service.cli.options import BRIEFS, as_document, as_json, document_format, with_workspace, write_document
from service.cli.root import footnote, show
from service.rendering import brief_lists
from service.rendering.escaping import printable
from service.rendering.export import BriefFormat, export_brief
from service.workspace_client import WorkspaceClient

BRIEFS_LISTED_BY_DEFAULT = 1000


@footnote.group()
def briefs() -> None:
    """List, show, rename, delete or compare kept briefs."""


@briefs.command("list")
@click.option("--topic", help="Only those on this topic.")
@click.option("--limit", type=click.IntRange(1, 1000), default=BRIEFS_LISTED_BY_DEFAULT)
@click.option("--offset", type=click.IntRange(0), default=0)
@as_json
@with_workspace
def list_(workspace: WorkspaceClient, topic: str | None, limit: int, offset: int, json_: bool) -> None:
    """List the kept briefs, the newest first."""
    found = workspace.brief_archive.briefs(topic, limit, offset)
    show(found, lambda: brief_lists.briefs(found), json_)


@briefs.command("show")
@click.argument("receipt")
@as_document(*BRIEFS)
@with_workspace
def show_(workspace: WorkspaceClient, receipt: str, form: BriefFormat | None, out: Path | None) -> None:
    """Show a brief as it was written."""
    form = document_format(form, out, *BRIEFS) or "md"
    write_document(export_brief(workspace.brief_archive.brief(receipt), form), out)


@briefs.command()
@click.argument("receipt")
@click.argument("title")
@as_json
@with_workspace
def rename(workspace: WorkspaceClient, receipt: str, title: str, json_: bool) -> None:
    """Give a brief another title."""
    found = workspace.brief_archive.rename(receipt, title)
    show(found, lambda: printable(f"renamed {found.receipt}: {found.title}"), json_)


@briefs.command()
@click.argument("receipts", nargs=-1, required=True)
@with_workspace
def delete(workspace: WorkspaceClient, receipts: tuple[str, ...]) -> None:
    """Delete briefs with their receipts; articles, answers and other briefs stay."""
    for receipt in receipts:
        found = workspace.brief_archive.delete(receipt)
        click.echo(printable(f"deleted {found.receipt}: {found.title}"))


@briefs.command()
@click.argument("receipt")
@click.argument("other")
@as_json
@with_workspace
def compare(workspace: WorkspaceClient, receipt: str, other: str, json_: bool) -> None:
    """Compare two briefs: what is new, changed or withdrawn in the later one."""
    found = workspace.brief_archive.compare(receipt, other)
    show(found, lambda: brief_lists.comparison(found), json_)
