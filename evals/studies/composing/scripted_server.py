"""Scripted server: an OpenAI-compatible server on loopback that answers from the scripted replies."""

import json
import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

from evals.studies.composing.scripted_replies import ReplySentence, ScriptedReply, scripted_replies
from service.answering.written_sentences import written_sentences
from service.proving.evidence_sets import EvidenceSet, evidence_sets, passages_of

NAME = "scripted"
YES = [{"token": "Yes", "logprob": math.log(0.9)}, {"token": "No", "logprob": math.log(0.1)}]
"""What it reports of the first token when it is asked for log-probabilities."""
POINTS = ("summary", "comparison")


def reply_to(messages: list[Mapping[str, str]], *, again: bool = True) -> str:
    """Return the scripted reply to a prompt: of its evidence set, or the second wording of a rejected sentence."""
    prompt = messages[1]["content"] if len(messages) > 1 else ""
    for evidence in evidence_sets():
        if f"\nQuestion: {evidence.question}\n" in prompt and _first_line(evidence) in prompt:
            reply = scripted_replies()[evidence.id]
            if len(messages) > 2:
                return _again(reply, messages[-1]["content"]) if again else "NONE"
            return reply.text(points=evidence.kind in POINTS)
    return "NONE"


def _first_line(evidence: EvidenceSet) -> str:
    """Return the first evidence sentence as a line of the prompt, by which the sets of one question differ."""
    return f"[1] {' '.join(passages_of(evidence)[0].sentences[0].quote.split())[:60]}"


def _again(reply: ScriptedReply, request: str) -> str:
    return next((each.again for each in reply.sentences if f": {_plain(each)}\n" in request), "NONE")


def _plain(sentence: ReplySentence) -> str:
    return written_sentences(sentence.text)[0].text


class _Handler(BaseHTTPRequestHandler):
    again = True

    def log_message(self, format: str, *args: object) -> None:
        """Log nothing."""

    def do_GET(self) -> None:
        self._send("application/json", json.dumps({"data": [{"id": NAME}]}).encode())

    def do_POST(self) -> None:
        body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        scored = bool(body.get("logprobs"))
        pieces = "Yes".split() if scored else reply_to(body["messages"], again=self.again).split(" ")
        chunks: list[dict[str, Any]]
        chunks = [{"choices": [{"delta": {"content": f" {w}" if i else w}}]} for i, w in enumerate(pieces)]
        if scored:
            chunks[0]["choices"][0]["logprobs"] = {"content": [{"token": "Yes", "top_logprobs": YES}]}
        lines = [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]
        self._send("text/event-stream", "".join(lines).encode())

    def _send(self, kind: str, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def scripted_server(*, again: bool = True) -> Iterator[str]:
    """Serve on a free port of loopback; yields the address. `again`: whether rejected sentences get second wordings."""
    handler = type("_Handler", (_Handler,), {"again": again})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1#{NAME}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
