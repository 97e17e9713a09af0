"""Small OpenAI-compatible server that runs a GGUF model in our worker: `python -m tests.openai_server GGUF`."""

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI, Response
from fastapi.responses import JSONResponse, StreamingResponse

from service.generation.supervisor import LlamaProcess
from service.generation.types import Limits, Message

NAME = "smollm2"


def app(model: LlamaProcess) -> FastAPI:
    """Handler of the two routes that a client needs; rejects the first request as a busy server would."""
    served, asked = FastAPI(), list[str]()

    @served.get("/v1/models")
    def models() -> dict[str, object]:
        return {"object": "list", "data": [{"id": NAME, "object": "model"}]}

    @served.post("/v1/chat/completions")
    def complete(body: dict[str, Any]) -> Response:
        asked.append(body["model"])
        if len(asked) == 1:
            return JSONResponse({"error": "loading"}, status_code=503)
        messages = [Message(role=turn["role"], content=turn["content"]) for turn in body["messages"]]
        limits = Limits(max_tokens=body["max_tokens"], seed=body["seed"], stop=tuple(body.get("stop", ())))
        return StreamingResponse(_chunks(model.stream(messages, limits)), media_type="text/event-stream")

    return served


def _chunks(pieces: Iterator[str]) -> Iterator[str]:
    for piece in pieces:
        yield f"data: {json.dumps({'choices': [{'delta': {'content': piece}}]})}\n\n"
    yield "data: [DONE]\n\n"


def main() -> None:
    """Serve on a free port of loopback and print it."""
    bound = socket.create_server(("127.0.0.1", 0))
    model = LlamaProcess(Path(sys.argv[1]), name=NAME, digest="", threads=1)
    model.start()
    print(bound.getsockname()[1], flush=True)
    try:
        uvicorn.Server(uvicorn.Config(app(model), log_level="warning")).run(sockets=[bound])
    finally:
        model.close()


if __name__ == "__main__":
    main()
