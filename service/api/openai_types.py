"""OpenAI wire types: requests and replies of the chat completions API."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.types import Utf8Text
from service.answering.types import Answer, Style
from service.api.collections import CollectionField
from service.api.filter_parameters import FilterParameters

STYLE_BY_MODEL: dict[str, Style] = {"footnote": "auto", "footnote-quote": "quote", "footnote-compose": "compose"}
"""Answer style for each model name that a client may send."""


class ContentPart(BaseModel):
    """One part of a message; only the text of text parts is used."""

    type: str = Field(default="text", description="`text`; parts of other types are accepted and not used.")
    text: Utf8Text | None = None


class ChatMessage(BaseModel):
    """One message of the conversation so far."""

    role: str = Field(
        description="Questions are `user`, answers `assistant`. Others (`system`, `tool`) are accepted and not used: "
        "the wording is Footnote's own, and no instruction changes what the articles say."
    )
    content: Utf8Text | list[ContentPart] | None = None

    def text(self) -> str:
        """Return the text of the message; empty for one that only has images or calls tools."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text" and part.text)
        return self.content or ""


class StreamOptions(BaseModel):
    """Options of a stream."""

    include_usage: bool | None = Field(default=False, description="A last chunk with the token counts.")


class ChatFilters(FilterParameters):
    """Filters of the articles; sent as `footnote` (with the official client: `extra_body={"footnote": {...}}`)."""

    model_config = ConfigDict(extra="forbid")


class ChatRequest(CollectionField):
    """A conversation whose last message is the question; other fields of OpenAI's API are accepted and not used."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"model": "footnote", "messages": [{"role": "user", "content": "What is said about the BAP rally?"}]}
            ]
        }
    )

    model: str = Field(
        description="`footnote`, or the style: `footnote-quote`, `footnote-compose`; with `/NAME` after it, another "
        "collection than the default one."
    )
    messages: list[ChatMessage] = Field(min_length=1)
    stream: bool | None = Field(default=False, description="Chunks as server-sent events, one sentence at a time.")
    stream_options: StreamOptions | None = None
    n: Literal[1] | None = Field(default=None, description="There is one answer.")
    footnote: ChatFilters | None = Field(default=None, description="Which articles may be used, by date and outlet.")


class UrlCitation(BaseModel):
    """A citation mark in the text and the article it cites."""

    start_index: int = Field(description="Where the [n] begins in the content, in code points.")
    end_index: int
    title: str = Field(description="Outlet, headline and date in one line.")
    url: str = Field(description="The article's own address, else the page of this server that shows it.")
    article_id: str
    version: int
    start: int = Field(description="First character of the quote in the article's text, in code points.")
    end: int
    quote: str = Field(description="The exact words.")


class Annotation(BaseModel):
    """Annotation of the content: one citation."""

    type: Literal["url_citation"] = "url_citation"
    url_citation: UrlCitation


class ReplyMessage(BaseModel):
    """The answer as a message."""

    role: Literal["assistant"] = "assistant"
    content: str = Field(description="The sentences with their [n], then the footnotes; or the refusal.")
    refusal: None = Field(default=None, description="Always null: that the collection has no answer is an answer.")
    annotations: list[Annotation] = []


class ChatChoice(BaseModel):
    """The only choice."""

    index: int = 0
    message: ReplyMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Usage(BaseModel):
    """Token counts of the conversation and of the answer, by the language model's tokenizer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    estimated: bool = Field(
        default=False,
        description="Whether they are estimated from the length (four characters a token): the model that counts was "
        "busy or does not run, and nobody waits for it only to count.",
    )


class ChatCompletion(BaseModel):
    """The reply to a request without `stream`."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="Seconds since 1970.")
    model: str
    choices: list[ChatChoice]
    usage: Usage
    system_fingerprint: str = Field(description="The digest of the collection that was asked.")
    footnote: Answer = Field(description="The whole answer with its receipt, as POST /v1/ask returns it.")


class Delta(BaseModel):
    """The part of the message that a chunk adds."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    annotations: list[Annotation] | None = None


class ChatChunkChoice(BaseModel):
    """The part of the only choice that a chunk adds."""

    index: int = 0
    delta: Delta
    finish_reason: Literal["stop"] | None = None


class ChatChunk(BaseModel):
    """One event of a stream; the last one before `[DONE]` carries the usage if it was requested."""

    id: str
    object: Literal["chat.completion.chunk"] = "chat.completion.chunk"
    created: int
    model: str
    choices: list[ChatChunkChoice]
    usage: Usage | None = None
    footnote: Answer | None = Field(default=None, description="On the chunk that finishes: the whole answer.")


class ModelCard(BaseModel):
    """A model name that a client may send."""

    id: str
    object: Literal["model"] = "model"
    created: int = Field(description="Always 0: these are the styles of one service.")
    owned_by: str = "footnote"


class ModelList(BaseModel):
    """The model names that a client may send."""

    object: Literal["list"] = "list"
    data: list[ModelCard]


class ErrorDetail(BaseModel):
    """Error details, as OpenAI's clients read them."""

    message: str = Field(description="One line: what is wrong, and what to do about it.")
    type: str = Field(examples=["invalid_request_error"])
    param: str | None = Field(description="The field that cannot be used, if it is one.")
    code: str | None = Field(description="The kind of error.", examples=["model_not_found"])


class ErrorBody(BaseModel):
    """Error body on the routes of OpenAI's API."""

    error: ErrorDetail


def error_responses(descriptions: dict[int, str]) -> dict[int | str, dict[str, Any]]:
    """Return the OpenAPI descriptions of a route's error responses."""
    return {code: {"model": ErrorBody, "description": text} for code, text in descriptions.items()}
