"""Conversation routes: kept conversations and answers, their export, and feedback on answers."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Response
from pydantic import ConfigDict, Field

from index.types import ConversationSummary, Feedback, Utf8Text
from service.answering.types import Answer, Conversation
from service.api.briefs import TitleBody
from service.api.collections import Chosen, CollectionField
from service.api.downloads import EXPORTED_FILE, download
from service.api.error_responses import problems
from service.conversation.types import ConversationList, FeedbackList, KeptConversation, KeptTurn
from service.rendering.export import DocumentFormat, export_answers

Format = Literal["markdown", "docx", "csl-json", "json"]
DOCUMENT_FORMATS: dict[Format, DocumentFormat] = {"markdown": "md", "docx": "docx", "csl-json": "csl", "json": "json"}
ConversationId = Annotated[Conversation, Path(description="The conversation's id, as it was chosen when it began.")]
ReceiptId = Annotated[str, Path(description="The id of the answer's receipt.", max_length=100)]
ExportFormat = Annotated[
    Format,
    Query(alias="format", description="Markdown with footnotes, a Word document, CSL-JSON of what is cited, or JSON."),
]


class FeedbackBody(CollectionField):
    """Whether an answer is right or wrong, and why."""

    model_config = ConfigDict(extra="forbid")

    receipt: Utf8Text = Field(description="The id of the answer's receipt.", max_length=100)
    verdict: Annotated[str, Field(pattern="^(wrong|right)$")] = Field(
        default="wrong", description="`wrong` answers become cases with `footnote eval add`."
    )
    note: Utf8Text = Field(default="", max_length=2000, description="What is wrong about it, or what would be right.")


def conversation_routes() -> APIRouter:
    """Return the routes below /v1/conversations and /v1/answers."""
    router = APIRouter(prefix="/v1", tags=["conversations"], responses=problems(404, 422))

    @router.get("/conversations")
    def list_conversations(
        workspace: Chosen,
        limit: Annotated[int, Query(ge=1, le=1000)] = 100,
        offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
        q: Annotated[
            Utf8Text, Query(max_length=1000, description="Words; each must be part of the title or of a question.")
        ] = "",
    ) -> ConversationList:
        """List the kept conversations, all or those with these words, the most recent first."""
        return workspace.archive.conversations(limit, offset, q)

    @router.get("/conversations/{conversation}")
    def get_conversation(conversation: ConversationId, workspace: Chosen) -> KeptConversation:
        """Show a conversation: every question with its whole answer, citations and receipts included."""
        return workspace.archive.conversation(conversation)

    @router.patch("/conversations/{conversation}")
    def rename_conversation(conversation: ConversationId, body: TitleBody, workspace: Chosen) -> ConversationSummary:
        """Give a conversation another title."""
        return workspace.archive.rename(conversation, body.title)

    @router.delete("/conversations/{conversation}")
    def delete_conversation(conversation: ConversationId, workspace: Chosen) -> ConversationSummary:
        """Delete a conversation with its answers, their receipts and the feedback on them; returns what was deleted."""
        return workspace.archive.delete(conversation)

    @router.get("/conversations/{conversation}/export", response_class=Response, responses=EXPORTED_FILE)
    def export_conversation(
        conversation: ConversationId, workspace: Chosen, form: ExportFormat = "markdown"
    ) -> Response:
        """Export a conversation as one file; its footnotes are numbered consecutively."""
        found = workspace.archive.conversation(conversation)
        exported = export_answers(found.title, _answers(found.history), DOCUMENT_FORMATS[form])
        return download(exported, "conversation")

    @router.get("/answers/{receipt}")
    def get_answer(receipt: ReceiptId, workspace: Chosen) -> Answer:
        """Show a kept answer, by the id of its receipt."""
        return workspace.archive.answer(receipt)

    @router.get("/answers/{receipt}/export", response_class=Response, responses=EXPORTED_FILE)
    def export_answer(receipt: ReceiptId, workspace: Chosen, form: ExportFormat = "markdown") -> Response:
        """Export an answer as a file."""
        answer = workspace.archive.answer(receipt)
        return download(export_answers(answer.question, [answer], DOCUMENT_FORMATS[form]), "answer")

    return router


def feedback_routes() -> APIRouter:
    """Return the routes below /v1/feedback."""
    router = APIRouter(prefix="/v1/feedback", tags=["feedback"], responses=problems(404, 422))

    @router.get("")
    def list_feedback(workspace: Chosen) -> FeedbackList:
        """List all feedback, oldest first."""
        return FeedbackList(feedback=workspace.archive.feedback())

    @router.post("")
    def give_feedback(body: FeedbackBody, workspace: Chosen) -> Feedback:
        """Mark an answer as wrong or right; the last feedback on an answer counts."""
        return workspace.archive.give_feedback(body.receipt, body.verdict, body.note)

    @router.delete("/{receipt}", status_code=204, response_class=Response)
    def take_back_feedback(receipt: ReceiptId, workspace: Chosen) -> Response:
        """Withdraw the feedback on an answer."""
        workspace.archive.delete_feedback(receipt)
        return Response(status_code=204)

    return router


def _answers(history: tuple[KeptTurn, ...]) -> list[Answer]:
    return [turn.answer for turn in history if turn.answer is not None]
