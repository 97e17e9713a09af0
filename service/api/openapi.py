"""OpenAPI document: adds the descriptions that the models lack, so that every field and parameter has one.

`python -m service.api` prints the document; `docs/openapi.json` is a copy of it, and a test compares the two.
"""

import json
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI

from service.api.problem_details import PROBLEM_JSON, Problem

DESCRIPTIONS_BY_FIELD = {
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
    "chunks": "How many chunks of it are searched.",
    "citations": "The exact words behind it.",
    "content": "What it says.",
    "context_tokens": "How many tokens the model can take at once.",
    "created_at": "ISO 8601 in UTC.",
    "detail": "One line for people.",
    "differences": "Where sources differ, and by whom.",
    "digest": "SHA-256 in hexadecimal.",
    "embedder": "The model that made the vectors.",
    "end": "One past its last character, in code points.",
    "end_index": "One past its last character in the content, in code points.",
    "feedback": "Feedback of readers on answers.",
    "history": "Its questions and answers, oldest first.",
    "id": "Its id, which never changes.",
    "index": "Always 0: there is one choice.",
    "ingested_at": "When it was ingested, ISO 8601 in UTC.",
    "kind": "Which kind it is.",
    "licence": "The licence of the model.",
    "limit": "How many at most.",
    "logprobs": "Always null.",
    "memory": "Bytes of memory that it needs.",
    "messages": "The conversation so far, oldest message first; the last one is the question.",
    "model": "The name of the model.",
    "name": "Its name.",
    "now": "The value now.",
    "offset": "How many to leave out from the beginning.",
    "ok": "Whether it works.",
    "outlet": "Who published it; null when unknown.",
    "owned_by": "Always footnote.",
    "parts": "State of each component.",
    "pieces": "The words that are the same, removed and added, in order.",
    "place": "Where it was written (dateline); null when unknown.",
    "present": "Whether it was fetched.",
    "published": "When, as ISO 8601 at its own precision; null when unknown.",
    "query": "What was looked for.",
    "question": "As it was asked.",
    "quote": "The exact words.",
    "previous_at": "When the one before was written, ISO 8601 in UTC; null for none.",
    "ready": "Whether questions can be answered.",
    "reason": "Why, in one line for people.",
    "receipt": "The id of its receipt.",
    "relevance": "The reader: the model that reads question and passage together.",
    "results": "What was found, best first.",
    "role": "What it is for.",
    "seed": "The random seed.",
    "sentences": "Sentence by sentence.",
    "since": "Nothing published before this day.",
    "size": "Bytes on disk.",
    "source": "Where it was read, or what it was inferred from; empty when unknown.",
    "speakers": "Who is quoted, with what.",
    "start": "Its first character, in code points.",
    "statements": "What they say.",
    "status": "Whether it works.",
    "style": "quote: the article's own words; compose: written by the model and accepted by the gate.",
    "text": "The words.",
    "then": "The value before.",
    "title": "The headline; null when there is none.",
    "topic": "What it is about.",
    "total": "How many there are in all.",
    "unknown": "What is not known.",
    "until": "Nothing published after this day.",
    "url": "The address; null when there is none.",
    "value": "What is known; null when nothing is.",
    "values": "Each value with the line that gives it.",
    "verdict": "Whether the collection says anything about it.",
    "version": "Which version; 1 unless the text changed after it was first ingested.",
    "versions": "The version of each component that took part, by its name.",
    "withheld": "Sentences that the gate did not accept, which are not shown.",
    "words": "The words.",
}
"""Default descriptions by field name, in any model; a field's own description takes precedence."""

DESCRIPTIONS_BY_MODEL_FIELD = {
    "Answer.verdict": "answered, or not_in_corpus: the collection does not answer the question.",
    "AskBody.question": "One question, in words.",
    "ArticleChange.what": "What happened to it.",
    "ReceiptChange.name": "The field of the receipt.",
    "ChatCompletion.id": "A new id for each reply.",
    "ChatCompletion.usage": "Of the conversation and of the answer.",
    "ChatRequest.stream_options": "What a stream carries besides the text.",
    "ConversationList.conversations": "Most recently used first.",
    "DatedWords.value": "The day, month or year, as ISO 8601; start/end for a range.",
    "Difference.facts": "The facts about the article that changed.",
    "Difference.from_version": "The older version.",
    "Difference.to_version": "The newer version.",
    "Disagreement.citations": "The numbers of the two citations.",
    "Engine.version": "Name and version of the library that runs the model.",
    "EngineView.threads": "How many threads the model uses.",
    "EngineView.version": "The version of Footnote.",
    "ErrorDetail.type": "The kind of error.",
    "Health.version": "The version of Footnote.",
    "IngestReport.changed": "Ids of articles whose text has changed.",
    "IngestReport.new": "Ids of articles that the collection did not have before.",
    "IngestReport.refused": "Inputs that gave no article.",
    "IngestReport.unchanged": "Ids of articles that the collection has already, with the same text.",
    "JobList.jobs": "The newest first.",
    "JobReport.report": "What became of its articles so far.",
    "KeptTurn.question": "As it was typed.",
    "DifferingLine.side": "Which of the two answers contains it.",
    "ModelList.data": "The models.",
    "DiffPiece.kind": "Whether the words are the same, removed or added.",
    "ReplyMessage.annotations": "The citations, each at its mark in the content.",
    "Sentence.citations": "The numbers of the citations behind it.",
    "Usage.completion_tokens": "Tokens of the answer.",
    "Usage.prompt_tokens": "Tokens of the conversation.",
    "Usage.total_tokens": "Both together.",
}
UNUSED_MODELS = ("HTTPValidationError", "ValidationError")
"""FastAPI's own error bodies, which our routes do not return."""


def describe_every_field(app: FastAPI) -> None:
    """Make the app's OpenAPI document describe every field and parameter, and list only our error bodies."""
    generate = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _described(generate())
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way to extend it


def _described(schema: dict[str, Any]) -> dict[str, Any]:
    models = schema["components"]["schemas"]
    for name in UNUSED_MODELS:
        models.pop(name, None)
    for name, model in models.items():
        model_name = name.rpartition("__")[2]  # FastAPI prefixes the module when two models share a name
        for field, schema_of_field in model.get("properties", {}).items():
            own = DESCRIPTIONS_BY_MODEL_FIELD.get(f"{model_name}.{field}")
            _add_description(schema_of_field, own or DESCRIPTIONS_BY_FIELD.get(field))
    for operation in _operations(schema):
        for parameter in operation.get("parameters", []):
            _add_description(parameter, DESCRIPTIONS_BY_FIELD.get(parameter["name"]))
        if "HTTPValidationError" in json.dumps(operation["responses"].get("422", {})):
            _use_problem_body(operation["responses"])
    return schema


def _add_description(schema: dict[str, Any], text: str | None) -> None:
    if text and "$ref" not in schema:
        schema.setdefault("description", text)


def _use_problem_body(responses: dict[str, Any]) -> None:
    body = {PROBLEM_JSON: {"schema": Problem.model_json_schema()}}
    responses["422"] = {"description": "The request cannot be used as it is.", "content": body}


def _operations(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for methods in schema["paths"].values():
        yield from methods.values()


def undescribed(schema: dict[str, Any]) -> list[str]:
    """Return the fields and parameters without a description."""
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


def openapi_text(app: FastAPI) -> str:
    """Return the document in the form of `docs/openapi.json`."""
    return json.dumps(app.openapi(), indent=1, ensure_ascii=False, sort_keys=True) + "\n"
