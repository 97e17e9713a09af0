"""OpenAI's chat API over the desk: an existing client works by changing its base URL."""

import math
import time
import uuid
from collections.abc import Generator, Iterator, Sequence
from itertools import chain
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sse_starlette import ServerSentEvent

import service.api.openai_types as shapes
from index.errors import FootnoteError, InputError, NotFound
from service.answering.citations import source_line
from service.answering.types import Answer, Citation, Done, Event, Question, Sentence, SentenceAccepted
from service.api.openai_errors import OpenAIRoute, as_body
from service.api.openai_types import MODELS, ChatCompletion, ChatRequest, Chunk, ModelCard, ModelList
from service.api.sse import sent
from service.conversation.rewriting_context import rewrite_last_message
from service.generation.types import Message
from service.rendering.escaping import plain
from service.rendering.footnotes import BETWEEN, Footnoted, footnoted, opening
from service.workspace import Workspace

ERRORS = shapes.errors(
    {
        400: "The request cannot be used as it is.",
        404: "No such model.",
        409: "The collection is empty.",
        429: "Too many wait for the language model; `Retry-After` says how many seconds to wait.",
        503: "A model is missing, altered or has stopped.",
        504: "The model took too long.",
    }
)
STREAM: dict[str, object] = {
    "description": "The answer, or with `stream` its chunks and then `[DONE]`.",
    "content": {"text/event-stream": {"schema": {"type": "string", "contentMediaType": "application/json"}}},
}


CHARACTERS_A_TOKEN = 4
"""Of English text, about, for the vocabularies of models in use."""


class Conversation:
    """One request: what it asks, and the replies to it."""

    def __init__(self, workspace: Workspace, body: ChatRequest, page: str) -> None:
        """`page` is the address of the page that shows articles."""
        if body.model not in MODELS:
            raise NotFound(f"no model {body.model!r}; name one of {', '.join(MODELS)}")
        self._workspace, self._body, self._page = workspace, body, page
        self._messages = _turns(body)
        self._id, self._created = f"chatcmpl-{uuid.uuid4().hex}", int(time.time())

    def events(self) -> Generator[Event, None, None]:
        """The desk's answer to the last message, as it comes."""
        filters = (self._body.footnote or shapes.FilterParameters()).filters()
        question = Question(text=self._messages[-1].content, style=MODELS[self._body.model], filters=filters)
        return self._workspace.stream(question.model_copy(update={"asked": rewrite_last_message(self._messages)}))

    def reply(self, answer: Answer) -> ChatCompletion:
        """The whole answer at once."""
        told = footnoted(answer)
        message = shapes.ReplyMessage(content=told.text, annotations=self._annotations(answer, told))
        return ChatCompletion(
            id=self._id,
            created=self._created,
            model=self._body.model,
            choices=[shapes.Choice(message=message)],
            usage=self._usage(told.text),
            system_fingerprint=answer.receipt.revision,
            footnote=answer,
        )

    def chunks(self, first: Event, rest: Generator[Event, None, None]) -> Generator[ServerSentEvent, None, None]:
        """The answer as it is written: a chunk a sentence, then the footnotes, then what belongs to the whole."""
        yield self._event(shapes.Delta(role="assistant", content=""))
        sentences: list[Sentence] = []
        try:
            for event in chain([first], rest):
                if isinstance(event, SentenceAccepted):
                    lead = BETWEEN if sentences else ""
                    sentences.append(event.sentence)
                    yield self._event(shapes.Delta(content=lead + opening(sentences[-1:])))
                elif isinstance(event, Done):
                    yield from self._ending(event.answer, len(opening(sentences)))
            yield ServerSentEvent(data="[DONE]")
        except FootnoteError as error:
            yield ServerSentEvent(data=as_body(error).model_dump_json())
        finally:
            rest.close()

    def _ending(self, answer: Answer, told_so_far: int) -> Iterator[ServerSentEvent]:
        told = footnoted(answer)
        yield self._event(shapes.Delta(content=told.text[told_so_far:]))
        last = shapes.Delta(annotations=self._annotations(answer, told))
        yield self._event(last, finish_reason="stop", answer=answer)
        if self._body.stream_options and self._body.stream_options.include_usage:
            yield _sent(self._chunk([], usage=self._usage(told.text)))

    def _event(
        self, delta: shapes.Delta, *, finish_reason: str | None = None, answer: Answer | None = None
    ) -> ServerSentEvent:
        choice = shapes.ChunkChoice(delta=delta, finish_reason="stop" if finish_reason else None)
        return _sent(self._chunk([choice], answer=answer))

    def _chunk(
        self, choices: list[shapes.ChunkChoice], *, usage: shapes.Usage | None = None, answer: Answer | None = None
    ) -> Chunk:
        return Chunk(
            id=self._id, created=self._created, model=self._body.model, choices=choices, usage=usage, footnote=answer
        )

    def _annotations(self, answer: Answer, told: Footnoted) -> list[shapes.Annotation]:
        cited = {citation.number: citation for citation in answer.citations}
        return [
            shapes.Annotation(
                url_citation=shapes.UrlCitation(
                    start_index=mark.start,
                    end_index=mark.end,
                    title=plain(source_line(cited[mark.number])),
                    url=cited[mark.number].url or self._shown(cited[mark.number]),
                    **cited[mark.number].model_dump(include={"article_id", "version", "start", "end", "quote"}),
                )
            )
            for mark in told.marks
        ]

    def _shown(self, citation: Citation) -> str:
        place = citation.model_dump(include={"article_id", "version", "start", "end"})
        return f"{self._page}#article?{urlencode(place)}"

    def _usage(self, text: str) -> shapes.Usage:
        """Counted by the model that writes, else estimated: an answer of quotations does not wait for an engine."""
        estimated = False
        try:
            prompt = self._workspace.count_tokens(self._messages)
            written, empty = (
                self._workspace.count_tokens([Message(role="assistant", content=each)]) for each in (text, "")
            )
        except FootnoteError:
            estimated, empty, written = True, 0, _tokens_about(text)
            prompt = sum(_tokens_about(message.content) for message in self._messages)
        told = written - empty
        return shapes.Usage(
            prompt_tokens=prompt, completion_tokens=told, total_tokens=prompt + told, estimated=estimated
        )


def completions(workspace: Workspace) -> APIRouter:
    """The routes of OpenAI's API."""
    router = APIRouter(prefix="/v1", tags=["OpenAI's API"], route_class=OpenAIRoute)

    @router.post(
        "/chat/completions",
        response_model=ChatCompletion,
        responses={200: STREAM, **ERRORS},
    )
    def complete(body: ChatRequest, request: Request) -> ChatCompletion | Response:
        """Answer the last message of a conversation, in the shape of OpenAI's chat API.

        A follow-up is understood from the messages before it. The citations are in the text, as [n] with footnotes,
        and beside it as annotations; a refusal is an ordinary answer. `footnote` carries the whole answer.
        """
        asked = Conversation(workspace, body, str(request.base_url))
        events = asked.events()
        if body.stream:
            # Drawn before the response begins, so that an unusable question is answered by its status.
            return sent(asked.chunks(next(events), events))
        return asked.reply(next(event.answer for event in events if isinstance(event, Done)))

    @router.get("/models")
    def list_models() -> ModelList:
        """What a client may name as its model: the styles of an answer."""
        return ModelList(data=[_card(name) for name in MODELS])

    @router.get("/models/{model}", responses={404: ERRORS[404]})
    def get_model(model: str) -> ModelCard:
        """One of them."""
        if model not in MODELS:
            raise NotFound(f"no model {model!r}; name one of {', '.join(MODELS)}")
        return _card(model)

    return router


def _tokens_about(text: str) -> int:
    return math.ceil(len(text) / CHARACTERS_A_TOKEN)


def _card(name: str) -> ModelCard:
    return ModelCard(id=name, created=0)


def _turns(body: ChatRequest) -> Sequence[Message]:
    """Questions and answers in order, without instructions to the machine."""
    turns = [
        Message(role=message.role, content=message.text())
        for message in body.messages
        if message.role == "user" or message.role == "assistant"
    ]
    if not turns or turns[-1].role != "user":
        raise InputError("the last message is no question; end the messages with one whose role is 'user'")
    return turns


def _sent(chunk: Chunk) -> ServerSentEvent:
    return ServerSentEvent(data=chunk.model_dump_json())
