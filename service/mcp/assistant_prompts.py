"""MCP prompts: what a reader asks an assistant to do with the tools; their texts are in `prompts/`."""

from typing import Annotated

from mcp.server import MCPServer
from pydantic import Field

from prompts import load


def add_prompts(server: MCPServer[None]) -> None:
    """Add the prompts ask, brief and check."""

    @server.prompt(title="Ask with citations")
    def ask(question: Annotated[str, Field(description="One question, in words.")]) -> str:
        """Answer a question from the articles, with every citation."""
        return _text("assistant_ask", question=question)

    @server.prompt(title="Brief on a topic")
    def brief(
        topic: Annotated[str, Field(description="A topic, a person, an event.")],
        since: Annotated[str, Field(description="Nothing published before this day.")] = "",
    ) -> str:
        """Write what the articles say about a topic, with footnotes."""
        return _text("assistant_brief", topic=topic, period=f"Only articles published since {since}." if since else "")

    @server.prompt(title="Check a draft")
    def check(draft: Annotated[str, Field(description="The draft, any prose.")]) -> str:
        """Compare a draft with the articles, sentence by sentence."""
        return _text("assistant_check", draft=draft)


def _text(name: str, **values: str) -> str:
    [(_, text)] = load(name).render(**values)
    return text
