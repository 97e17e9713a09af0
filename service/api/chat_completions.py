"""Chat completion routes (OpenAI's API): an existing client needs only another base URL."""

import math
import re
import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from itertools import chain
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sse_starlette import ServerSentEvent

import service.api.openai_types as wire
from index.errors import FootnoteError, InputError, NotFound
from index.store.named_collections import DEFAULT
from service.answering.citations import source_line
from service.answering.types import (
    Answer,
    Citation,
    Done,
    Event,
    EvidenceFound,
    Question,
    Sentence,
    SentenceAccepted,
    Style,
)
from service.api.collections import Requested, Visible, VisibleCollections
from service.api.openai_errors import OpenAIRoute, as_body
from service.api.openai_types import STYLE_BY_MODEL, ChatChunk, ChatCompletion, ChatRequest, ModelCard, ModelList
from service.api.sse import event_response
from service.conversation.rewriting_context import rewrite_last_message
from service.generation.types import Message
from service.rendering.escaping import printable
from service.rendering.footnotes import (
    FootnotedText,
    break_before,
    footnoted,
    sentence_text,
    sentences_text,
    short_line,
)
from service.runtime.settings import MAX_QUESTION_CHARACTERS
from service.workspace import Workspace

ERRORS = wire.error_responses(
    {
        400: "The request cannot be used as it is.",
        404: "No such model or collection.",
        409: "The collection is empty.",
        429: "Too many wait for the language model; `Retry-After` says how many seconds to wait.",
        503: "A model is missing, altered or has stopped.",
        504: "The model took too long.",
    }
)
COMPLETION_STREAM: dict[str, object] = {
    "description": "The answer, or with `stream` its chunks and then `[DONE]`.",
    "content": {"text/event-stream": {"schema": {"type": "string", "contentMediaType": "application/json"}}},
}
CHARACTERS_PER_TOKEN = 4
"""Approximate average for English text with current tokenizers."""


class ChatExchange:
    """ChatExchange: one chat request and the reply to it, whole or in chunks."""

    def __init__(self, workspace: Workspace, body: ChatRequest, page_url: str) -> None:
        """`page_url` is the address of the page that shows articles; raises NotFound when there is no such model."""
        self._style = _style_and_collection(body.model)[0]
        self._workspace, self._body, self._page_url = workspace, body, page_url
        self._messages = _turns(body)
        self._id, self._created = f"chatcmpl-{uuid.uuid4().hex}", int(time.time())

    def events(self) -> Generator[Event, None, None]:
        """Return the event stream of the answer to the last message."""
        filters = (self._body.footnote or wire.ChatFilters()).filters()
        question = Question(text=self._messages[-1].content, style=self._style, filters=filters)
        return self._workspace.stream(question.model_copy(update={"asked": rewrite_last_message(self._messages)}))

    def reply(self, answer: Answer) -> ChatCompletion:
        """Return the complete answer as one chat completion."""
        rendered = footnoted(answer)
        message = wire.ReplyMessage(content=rendered.text, annotations=self._annotations(answer, rendered))
        return ChatCompletion(
            id=self._id,
            created=self._created,
            model=self._body.model,
            choices=[wire.ChatChoice(message=message)],
            usage=self._usage(rendered.text),
            system_fingerprint=answer.receipt.revision,
            footnote=answer,
        )

    def chunks(self, first: Event, rest: Generator[Event, None, None]) -> Generator[ServerSentEvent, None, None]:
        """Yield the answer as chunks: one per sentence, then the footnotes, the annotations and the token usage."""
        yield self._event(wire.Delta(role="assistant", content=""))
        sentences: list[Sentence] = []
        opening = ""
        try:
            for event in chain([first], rest):
                if isinstance(event, EvidenceFound) and (opening := short_line(event.short)):
                    yield self._event(wire.Delta(content=opening))
                elif isinstance(event, SentenceAccepted):
                    lead = break_before(sentences[-1], event.sentence) if sentences else ""
                    sentences.append(event.sentence)
                    yield self._event(wire.Delta(content=lead + sentence_text(event.sentence)))
                elif isinstance(event, Done):
                    yield from self._last_chunks(event.answer, opening, len(sentences_text(sentences)))
            yield ServerSentEvent(data="[DONE]")
        except FootnoteError as error:
            yield ServerSentEvent(data=as_body(error).model_dump_json())
        finally:
            rest.close()

    def _last_chunks(self, answer: Answer, opening: str, characters_sent: int) -> Iterator[ServerSentEvent]:
        """Yield what follows the sentences; an opening line that was not sent before them comes first."""
        rendered = footnoted(answer)
        unsent = "" if opening else short_line(answer.short)
        yield self._event(wire.Delta(content=unsent + rendered.text[len(short_line(answer.short)) + characters_sent :]))
        last = wire.Delta(annotations=self._annotations(answer, rendered))
        yield self._event(last, finish_reason="stop", answer=answer)
        if self._body.stream_options and self._body.stream_options.include_usage:
            yield _as_event(self._chunk([], usage=self._usage(rendered.text)))

    def _event(
        self, delta: wire.Delta, *, finish_reason: str | None = None, answer: Answer | None = None
    ) -> ServerSentEvent:
        choice = wire.ChatChunkChoice(delta=delta, finish_reason="stop" if finish_reason else None)
        return _as_event(self._chunk([choice], answer=answer))

    def _chunk(
        self, choices: list[wire.ChatChunkChoice], *, usage: wire.Usage | None = None, answer: Answer | None = None
    ) -> ChatChunk:
        return ChatChunk(
            id=self._id, created=self._created, model=self._body.model, choices=choices, usage=usage, footnote=answer
        )

    def _annotations(self, answer: Answer, rendered: FootnotedText) -> list[wire.Annotation]:
        cited = {citation.number: citation for citation in answer.citations}
        return [
            wire.Annotation(
                url_citation=wire.UrlCitation(
                    start_index=mark.start,
                    end_index=mark.end,
                    title=printable(source_line(cited[mark.number])),
                    url=cited[mark.number].url or self._article_url(cited[mark.number]),
                    **cited[mark.number].model_dump(include={"article_id", "version", "start", "end", "quote"}),
                )
            )
            for mark in rendered.marks
        ]

    def _article_url(self, citation: Citation) -> str:
        span = citation.model_dump(include={"article_id", "version", "start", "end"})
        return f"{self._page_url}#article?{urlencode(span)}"

    def _usage(self, text: str) -> wire.Usage:
        """Count tokens with the language model, or estimate them when it is unavailable: quoting needs no engine."""
        estimated = False
        try:
            prompt = self._workspace.count_tokens(self._messages)
            written, empty = (
                self._workspace.count_tokens([Message(role="assistant", content=each)]) for each in (text, "")
            )
        except FootnoteError:
            estimated, empty, written = True, 0, _estimated_tokens(text)
            prompt = sum(_estimated_tokens(message.content) for message in self._messages)
        completion = written - empty
        return wire.Usage(
            prompt_tokens=prompt, completion_tokens=completion, total_tokens=prompt + completion, estimated=estimated
        )


def chat_completion_routes() -> APIRouter:
    """Return the routes of OpenAI's API: chat completions and models."""
    router = APIRouter(prefix="/v1", tags=["OpenAI's API"], route_class=OpenAIRoute)

    @router.post(
        "/chat/completions",
        response_model=ChatCompletion,
        responses={200: COMPLETION_STREAM, **ERRORS},
    )
    def complete(
        body: ChatRequest, request: Request, collections: Visible, named: Requested
    ) -> ChatCompletion | Response:
        """Answer the last message of a conversation, in the shape of OpenAI's chat API.

        A follow-up is rewritten from the messages before it. The citations are in the text, as [n] with footnotes,
        and beside it as annotations; a refusal is an ordinary answer. `footnote` carries the whole answer.
        """
        workspace = collections.open(*named, _style_and_collection(body.model)[1])
        exchange = ChatExchange(workspace, body, _page_url(request, workspace))
        events = exchange.events()
        if body.stream:
            # Computed before the response begins, so that an unusable question gets an error status.
            return event_response(exchange.chunks(next(events), events))
        return exchange.reply(next(event.answer for event in events if isinstance(event, Done)))

    @router.get("/models")
    def list_models(collections: Visible) -> ModelList:
        """List the model names that a client may send: the styles of an answer, alone and with each collection."""
        return ModelList(data=[ModelCard(id=name, created=0) for name in _model_names(collections)])

    @router.get("/models/{model:path}", responses={404: ERRORS[404]})
    def get_model(model: str, collections: Visible) -> ModelCard:
        """Show one of the models."""
        if model not in (names := _model_names(collections)):
            raise NotFound(f"no model {model!r}; name one of {', '.join(names)}")
        return ModelCard(id=model, created=0)

    return router


def _estimated_tokens(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_PER_TOKEN)


def _style_and_collection(model: str) -> tuple[Style, str | None]:
    """Return the style and the collection that a model's name asks for; raises NotFound when there is no such style."""
    name, _, collection = model.partition("/")
    if name not in STYLE_BY_MODEL:
        raise NotFound(f"no model {model!r}; name one of {', '.join(STYLE_BY_MODEL)}")
    return STYLE_BY_MODEL[name], collection or None


def _model_names(collections: VisibleCollections) -> list[str]:
    alone = list(STYLE_BY_MODEL) if collections.default() else []
    named = [name for name in collections.names() if name != collections.default()]
    return alone + [f"{style}/{name}" for name in named for style in STYLE_BY_MODEL]


def _page_url(request: Request, workspace: Workspace) -> str:
    """Return the address of the page that shows the articles of this collection."""
    name = workspace.home.collection
    return str(request.base_url) if name == DEFAULT else f"{request.base_url}?{urlencode({'collection': name})}"


def _turns(body: ChatRequest) -> Sequence[Message]:
    """Return the text of user and assistant messages in order, without the others.

    Older messages without text are left out, such as images and calls of tools; raises InputError unless the last of
    them is a user's with text.
    """
    said = [(message.role, message.text()) for message in body.messages]
    last = next((i for i in reversed(range(len(said))) if said[i][0] in ("user", "assistant")), None)
    if last is None or said[last][0] != "user":
        raise InputError("the last message is no question; end the messages with one whose role is 'user'")
    if not said[last][1].strip():
        raise InputError("the last message is empty: it has no text; ask something in words")
    turns: list[Message] = []
    for role, text in said[: last + 1]:
        if text.strip() and role == "user":
            turns.append(Message(role="user", content=_last_part(text)))
        elif text.strip() and role == "assistant":
            turns.append(Message(role="assistant", content=text))
    return turns


def _last_part(text: str) -> str:
    """Return the last paragraphs of a long message that a question has room for, or its last words."""
    if len(text) <= MAX_QUESTION_CHARACTERS:
        return text
    kept = ""
    for paragraph in reversed(re.split(r"\n\s*\n", text.strip())):
        longer = f"{paragraph}\n\n{kept}".strip()
        if len(longer) > MAX_QUESTION_CHARACTERS:
            break
        kept = longer
    return kept or text[-MAX_QUESTION_CHARACTERS:].partition(" ")[2].strip() or text[-MAX_QUESTION_CHARACTERS:]


def _as_event(chunk: ChatChunk) -> ServerSentEvent:
    return ServerSentEvent(data=chunk.model_dump_json())
