"""MCP command of the CLI, in a separate module: its imports take a second and no other command needs them."""

import click

from service.cli.root import footnote
from service.mcp import serve_tools
from service.runtime.settings import Settings


@footnote.command("mcp")
@click.pass_obj
def mcp_(settings: Settings) -> None:
    """Offer ask, search, brief and check to assistants, over standard input and output (Model Context Protocol).

    The tools take the name of a collection; started with --collection, they may use only that one.
    Articles, kept briefs and receipts are resources (`footnote://articles`, `footnote://articles/ID`,
    `footnote://briefs/RECEIPT`, `footnote://receipts/RECEIPT`); ask, brief and check are prompts as well.
    """
    serve_tools(settings)
