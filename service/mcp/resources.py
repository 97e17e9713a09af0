"""MCP resources: the list of articles, one article, a kept brief and a kept answer with its receipt, by address."""

import json
from collections.abc import Callable
from typing import TypeVar
from urllib.parse import quote

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import ResourceSecurity

from index.errors import FootnoteError, NotFound
from service.library.types import ArticleList
from service.mcp.home import OpenWorkspace
from service.rendering import terminal
from service.rendering.brief_document import brief_document
from service.rendering.escaping import printable_json
from service.rendering.markdown import as_markdown
from service.workspace_client import WorkspaceClient

ARTICLES = "footnote://articles"
MAX_LISTED = 1000
"""Maximum articles in the list; the list says how many there are."""
NO_PATH = ResourceSecurity(exempt_params={"id"})
"""An article's id may look like a path, and none is opened by it."""
Result = TypeVar("Result")


def add_resources(server: MCPServer[None], workspace: OpenWorkspace) -> None:
    """Add the resources; those that name an id are templates."""

    @server.resource(ARTICLES, title="Articles", mime_type="application/json")
    def articles() -> str:
        """List the articles of the collection, each with the address of its text."""
        return _listed(_read(workspace, lambda open_: open_.articles(MAX_LISTED, 0)))

    @server.resource(ARTICLES + "/{id}{?version,collection}", title="Article", mime_type="text/plain", security=NO_PATH)
    def article(id: str, version: int | None = None, collection: str | None = None) -> str:
        """Show an article: what is known of it and how, then its text; by default the current version."""
        return terminal.article(_read(workspace, lambda open_: open_.article(id, version), collection))

    @server.resource("footnote://briefs/{receipt}{?collection}", title="Brief", mime_type="text/markdown")
    def brief(receipt: str, collection: str | None = None) -> str:
        """Show a brief that was written before, by the id of its receipt."""
        found = _read(workspace, lambda open_: open_.brief_archive.brief(receipt), collection)
        return as_markdown(brief_document(found))

    @server.resource(
        "footnote://receipts/{receipt}{?collection}", title="Answer with its receipt", mime_type="application/json"
    )
    def answer(receipt: str, collection: str | None = None) -> str:
        """Show an answer that was given before, with all that produced it, by the id of its receipt."""
        return printable_json(_read(workspace, lambda open_: open_.kept_answer(receipt), collection))


def _read(
    open_workspace: OpenWorkspace, call: Callable[[WorkspaceClient], Result], collection: str | None = None
) -> Result:
    try:
        with open_workspace(collection) as workspace:
            return call(workspace)
    except NotFound as error:
        raise ResourceNotFoundError(" ".join(str(error).split())) from error
    except FootnoteError as error:
        raise ResourceError(" ".join(str(error).split())) from error


def _listed(found: ArticleList) -> str:
    articles = [
        {"uri": f"{ARTICLES}/{quote(each.id, safe='')}"} | each.model_dump(include={"title", "outlet", "published"})
        for each in found.articles
    ]
    return json.dumps({"total": found.total, "articles": articles}, indent=1)
