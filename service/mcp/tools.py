"""MCP tools: ask, search, brief and check, each with text for the model and the whole record."""

from collections.abc import Callable
from typing import Annotated, TypeVar

from mcp.server import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import CallToolResult, TextContent, ToolAnnotations
from pydantic import Field

from index.errors import FootnoteError, InputError
from index.types import Day, Filters, Record
from service.answering.types import Answer, Question, Style
from service.briefing.types import Brief, BriefRequest
from service.checking.checker import MAX_TEXT
from service.checking.types import CheckReport
from service.library.types import SearchResults
from service.mcp.home import OpenWorkspace
from service.rendering import checked_draft, terminal
from service.rendering.brief_document import brief_document
from service.rendering.escaping import printable
from service.rendering.footnotes import footnoted
from service.rendering.markdown import as_markdown
from service.runtime.settings import MAX_QUESTION_CHARACTERS
from service.workspace_client import WorkspaceClient

READ_ONLY = ToolAnnotations(read_only_hint=True, open_world_hint=False)

AsOf = Annotated[Day | None, Field(description="The day on which the reader stands: nothing later is used.")]
Since = Annotated[Day | None, Field(description="Nothing published before this day.")]
Until = Annotated[Day | None, Field(description="Nothing published after this day.")]
Outlet = Annotated[str | None, Field(description="Only this outlet.")]
Collection = Annotated[
    str | None, Field(description="Which collection; by default the one that needs no name. They share no articles.")
]
Result = TypeVar("Result", bound=Record)


def add_tools(server: MCPServer[None], workspace: OpenWorkspace) -> None:
    """Add the tools ask, search, brief and check."""

    @server.tool(title="Ask the collection", annotations=READ_ONLY)
    def ask(
        question: Annotated[str, Field(description="One question, in words.", max_length=MAX_QUESTION_CHARACTERS)],
        as_of: AsOf = None,
        since: Since = None,
        until: Until = None,
        outlet: Outlet = None,
        style: Annotated[Style, Field(description="quote: exact words only; compose: the model writes.")] = "auto",
        collection: Collection = None,
    ) -> Annotated[CallToolResult, Answer]:
        """Answer a question from the articles, every sentence with its citation, or say that they do not answer it."""
        filters = _filters(as_of, since, until, outlet)
        asked = Question(text=question, style=style, filters=filters)
        return _tool_result(workspace, collection, lambda open_: open_.ask(asked), _with_footnotes)

    @server.tool(title="Search the collection", annotations=READ_ONLY)
    def search(
        query: Annotated[str, Field(description="What to look for.", max_length=MAX_QUESTION_CHARACTERS)],
        limit: Annotated[int, Field(description="Passages at most.", ge=1, le=50)] = 10,
        as_of: AsOf = None,
        since: Since = None,
        until: Until = None,
        outlet: Outlet = None,
        collection: Collection = None,
    ) -> Annotated[CallToolResult, SearchResults]:
        """Retrieve the passages nearest to a query, without writing an answer."""
        filters = _filters(as_of, since, until, outlet)
        return _tool_result(workspace, collection, lambda open_: open_.search(query, limit, filters), terminal.results)

    @server.tool(title="Brief on a topic", annotations=READ_ONLY)
    def brief(
        topic: Annotated[str, Field(description="A topic, a person, an event.", max_length=MAX_QUESTION_CHARACTERS)],
        as_of: AsOf = None,
        since: Since = None,
        until: Until = None,
        outlet: Outlet = None,
        collection: Collection = None,
    ) -> Annotated[CallToolResult, Brief]:
        """Write what the articles say about a topic: points, timeline, who says what, where sources differ."""
        filters = _filters(as_of, since, until, outlet)
        request = BriefRequest(topic=topic, filters=filters)
        return _tool_result(workspace, collection, lambda open_: open_.brief(request), _brief_markdown)

    @server.tool(title="Check a text against the collection", annotations=READ_ONLY)
    def check(
        text: Annotated[str, Field(description="The draft to check, any prose.", max_length=MAX_TEXT)],
        as_of: AsOf = None,
        since: Since = None,
        until: Until = None,
        outlet: Outlet = None,
        collection: Collection = None,
    ) -> Annotated[CallToolResult, CheckReport]:
        """Check a text against the articles: the verdict on each sentence, the reason, and its sources."""
        filters = _filters(as_of, since, until, outlet)
        return _tool_result(workspace, collection, lambda open_: open_.check(text, filters), checked_draft.as_text)


def _filters(as_of: Day | None, since: Day | None, until: Day | None, outlet: str | None) -> Filters:
    try:
        return Filters(as_of=as_of, since=since, until=until, outlet=outlet)
    except InputError as error:
        raise ToolError(str(error)) from error


def _tool_result(
    open_workspace: OpenWorkspace,
    collection: str | None,
    call: Callable[[WorkspaceClient], Result],
    as_text: Callable[[Result], str],
) -> CallToolResult:
    """Call the workspace and return the result both as text for the model and as a structured record."""
    try:
        with open_workspace(collection) as workspace:
            found = call(workspace)
    except FootnoteError as error:
        raise ToolError(" ".join(str(error).split())) from error
    return CallToolResult(content=[TextContent(text=as_text(found))], structured_content=found.model_dump())


def _brief_markdown(brief: Brief) -> str:
    return as_markdown(brief_document(brief))


def _with_footnotes(answer: Answer) -> str:
    return printable(f"{footnoted(answer).text}\n\nReceipt {answer.receipt.id}")
