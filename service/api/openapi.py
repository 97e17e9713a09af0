"""The reference: what the code's own descriptions leave out is filled in, so that every field of the API has its line.

`python -m service.api` prints it; `docs/openapi.json` is that, and a test holds the two together.
"""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from service.api.problem_details import PROBLEM, Problem

FIELDS = {
    "answer": "The whole answer.",
    "article_id": "The id of the article.",
    "articles": "The articles.",
    "as_of": "The day on which you stand: nothing later is used.",
    "author": "Who wrote it; null when unknown.",
    "basis": "How it is known.",
    "body": "Where each paragraph of prose begins and ends in the text, in order.",
    "briefs": "The newest first.",
    "changes": "What changed, a line each.",
    "characters": "Length of the text, in code points.",
    "choices": "One choice, or none in the chunk that carries the usage.",
    "chunks": "How many pieces of it are searched.",
    "citations": "The exact words behind it.",
    "content": "What it says.",
    "context_tokens": "How many tokens the model can take at once.",
    "created_at": "ISO 8601 in UTC.",
    "detail": "In a line for people.",
    "differences": "Where sources differ, and by whom.",
    "digest": "SHA-256 in hexadecimal.",
    "embedder": "What made the vectors.",
    "end": "One past its last character, in code points.",
    "end_index": "One past its last character in the content, in code points.",
    "feedback": "What readers said of answers.",
    "history": "Its questions and answers, oldest first.",
    "id": "Its id, which never changes.",
    "index": "Always 0: there is one choice.",
    "ingested_at": "When it was taken in, ISO 8601 in UTC.",
    "kind": "Which kind it is.",
    "licence": "The licence of the model.",
    "limit": "How many at most.",
    "logprobs": "Always null.",
    "memory": "Bytes of memory that it needs.",
    "messages": "The conversation so far, oldest message first; the last one is the question.",
    "model": "The name of the model.",
    "name": "Its name.",
    "now": "What it is now.",
    "offset": "How many to leave out from the beginning.",
    "ok": "Whether it works.",
    "outlet": "Who published it; null when unknown.",
    "owned_by": "Always footnote.",
    "parts": "Part by part.",
    "pieces": "The words that stayed, went and came, in order.",
    "place": "Where it was written; null when unknown.",
    "present": "Whether it was fetched.",
    "published": "When, as ISO 8601 at its own precision; null when unknown.",
    "query": "What was looked for.",
    "question": "As it was put.",
    "quote": "The exact words.",
    "previous_at": "When the one before was written, ISO 8601 in UTC; null for none.",
    "ready": "Whether questions can be answered.",
    "reason": "Why, in a line for people.",
    "receipt": "The id of its receipt.",
    "relevance": "The model that reads question and sentence together.",
    "results": "What was found, best first.",
    "role": "What it is for.",
    "seed": "The seed of what is drawn by chance.",
    "sentences": "Sentence by sentence.",
    "since": "Nothing published before this day.",
    "size": "Bytes on disk.",
    "source": "Where it was read, or what it was inferred from; empty when unknown.",
    "speakers": "Who is quoted, with what.",
    "start": "Its first character, in code points.",
    "statements": "What they say.",
    "status": "Whether it works.",
    "style": "quote: the article's own words; compose: written, and let through by the gate.",
    "text": "The words.",
    "then": "What it was.",
    "title": "The headline; null when there is none.",
    "topic": "What it is about.",
    "total": "How many there are in all.",
    "unknown": "What is not known.",
    "until": "Nothing published after this day.",
    "url": "The address; null when there is none.",
    "value": "What is known; null when nothing is.",
    "values": "Each value with the line that gives it.",
    "verdict": "Whether the collection says anything of it.",
    "version": "Which version; 1 unless the text changed after it was first taken in.",
    "versions": "The versions of what took part, each by its name.",
    "withheld": "What was written and not shown.",
    "words": "The words.",
}
"""By the name of the field; a field's own description comes first."""

OWN = {
    "Answer.verdict": "answered, or not_in_corpus: the collection does not answer the question.",
    "Ask.question": "One question, in words.",
    "ArticleChange.what": "What became of it.",
    "Change.name": "The field of the receipt.",
    "ChatCompletion.id": "A new id for each reply.",
    "ChatCompletion.usage": "Of the conversation and of the answer.",
    "ChatRequest.stream_options": "What a stream carries besides the text.",
    "ConversationList.conversations": "Most recently used first.",
    "DatedWords.value": "The day, as ISO 8601.",
    "Difference.facts": "The facts about the article that changed.",
    "Difference.from_version": "The older version.",
    "Difference.to_version": "The newer version.",
    "Disagreement.citations": "The numbers of the two citations.",
    "Engine.version": "Name and version of the library that runs the model.",
    "EngineView.threads": "How many threads the model uses.",
    "EngineView.version": "The version of Footnote.",
    "ErrorDetail.type": "The kind of error.",
    "Health.version": "The version of Footnote.",
    "IngestReport.changed": "Ids of articles whose text is another one now.",
    "IngestReport.new": "Ids of articles that were not there before.",
    "IngestReport.refused": "What gave no article.",
    "IngestReport.unchanged": "Ids of articles that were there as they are.",
    "KeptTurn.question": "As it was typed.",
    "Line.side": "Which of the two answers has it.",
    "ModelList.data": "The models.",
    "Piece.kind": "Whether they stayed, went or came.",
    "ReplyMessage.annotations": "The citations, each at its mark in the content.",
    "Sentence.citations": "The numbers of the citations behind it.",
    "Usage.completion_tokens": "Tokens of the answer.",
    "Usage.prompt_tokens": "Tokens of the conversation.",
    "Usage.total_tokens": "Both together.",
}
UNUSED = ("HTTPValidationError", "ValidationError")
"""The framework's own error body, which no route of ours gives."""


def fill_in(app: FastAPI) -> None:
    """Let the app's reference describe every field and parameter, and name only the errors that we give."""
    original = app.openapi

    def filled() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _filled(original())
        return app.openapi_schema

    app.openapi = filled  # type: ignore[method-assign]  # the framework's own way to change it


def _filled(schema: dict[str, Any]) -> dict[str, Any]:
    models = schema["components"]["schemas"]
    for name in UNUSED:
        models.pop(name, None)
    for name, model in models.items():
        for field, described in model.get("properties", {}).items():
            own = OWN.get(
                f"{name.rpartition('__')[2]}.{field}"
            )  # the framework puts the module before a name held twice
            _describe(described, own or FIELDS.get(field))
    for operation in _operations(schema):
        for parameter in operation.get("parameters", []):
            _describe(parameter, FIELDS.get(parameter["name"]))
        if "HTTPValidationError" in json.dumps(operation["responses"].get("422", {})):
            _ours(operation["responses"])
    return schema


def _describe(described: dict[str, Any], text: str | None) -> None:
    if text and "$ref" not in described:
        described.setdefault("description", text)


def _ours(responses: dict[str, Any]) -> None:
    body = {PROBLEM: {"schema": Problem.model_json_schema()}}
    responses["422"] = {"description": "The request cannot be used as it is.", "content": body}


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema["paths"].values():
        yield from methods.values()


def undescribed(schema: dict[str, Any]) -> list[str]:
    """The fields and parameters that no line says anything of."""
    models = schema["components"]["schemas"].items()
    fields = [
        f"{name}.{field}"
        for name, model in models
        for field, described in model.get("properties", {}).items()
        if not {"description", "$ref", "const"} & set(described)
    ]
    parameters = [
        f"{operation['operationId']}: {parameter['name']}"
        for operation in _operations(schema)
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    ]
    return fields + parameters


def printed(app: FastAPI) -> str:
    """The reference as it is committed."""
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
