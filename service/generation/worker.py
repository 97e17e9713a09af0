"""The engine's process: requests come in on stdin, replies go out on stdout, and it ends when stdin does."""

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import SimpleQueue
from threading import Lock, Thread
from typing import BinaryIO

from service.generation.cpu_yield import ComputeYield
from service.generation.llama_engine import Cancelled, LlamaEngine
from service.generation.protocol import READY, Reply, Request, as_reply, line


class Inbox:
    """Requests in the order they came, and whether the one at work has been cancelled."""

    def __init__(self) -> None:
        self.cancelled = False
        self._requests: SimpleQueue[Request] = SimpleQueue()
        self._lock = Lock()
        self._current = self._stopped = READY

    def listen(self, stream: BinaryIO) -> None:
        """Read requests until the service closes the pipe or dies; then leave, whatever the engine is doing."""
        for text in stream:
            request = Request.model_validate_json(text)
            if request.op == "cancel":
                self._cancel(request.id)
            else:
                self._requests.put(request)
        os._exit(0)

    def take(self) -> Request:
        """The next request; a cancel may have overtaken it."""
        request = self._requests.get()
        with self._lock:
            self._current = request.id
            self.cancelled = self._stopped >= request.id
        return request

    def _cancel(self, number: int) -> None:
        with self._lock:
            self._stopped = max(self._stopped, number)
            self.cancelled = self._stopped >= self._current


def answer(engine: LlamaEngine, request: Request) -> Iterator[Reply]:
    """Every reply to one request, the last included."""
    number = request.id
    if request.op == "count":
        yield Reply(id=number, kind="count", count=len(engine.prompt(request.messages)))
    elif request.op == "choose":
        choice = engine.choose(request.messages, request.options, prefill=request.prefill)
        yield Reply(id=number, kind="choice", choice=choice)
    else:
        for text in engine.stream(request.messages, request.limits, prefill=request.prefill):
            yield Reply(id=number, kind="text", text=text)
        yield Reply(id=number, kind="done")


def serve(engine: LlamaEngine, inbox: Inbox, send: Callable[[Reply], None]) -> None:
    """Work through the inbox; an error ends its request and nothing else."""
    while True:
        request = inbox.take()
        try:
            for reply in answer(engine, request):
                send(reply)
        except Cancelled:
            send(Reply(id=request.id, kind="cancelled"))
        except Exception as error:  # noqa: BLE001 - the caller must hear of anything: silence would look like work
            send(as_reply(request.id, error))


def keep_stdout() -> Callable[[Reply], None]:
    """A way to send replies on the real stdout, which everyone else, llama.cpp included, now finds to be stderr."""
    real = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def send(reply: Reply) -> None:
        real.write(line(reply))
        real.flush()

    return send


def main() -> None:
    """Load the model, say so, and answer."""
    parser = argparse.ArgumentParser(prog="service.generation.worker")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--reuse-prefix", action="store_true")
    parser.add_argument("--way", type=Path, help="Says when to wait for the service.")
    chosen = parser.parse_args()
    send, inbox = keep_stdout(), Inbox()
    Thread(target=inbox.listen, args=(sys.stdin.buffer,), daemon=True).start()
    try:
        engine = LlamaEngine(
            chosen.model,
            context_tokens=chosen.context,
            threads=chosen.threads,
            deterministic=not chosen.reuse_prefix,
            cancelled=lambda: inbox.cancelled,
            pause=ComputeYield(chosen.way) if chosen.way and chosen.way.exists() else lambda stopped: None,
        )
    except Exception as error:  # noqa: BLE001 - likewise
        send(as_reply(READY, error))
        sys.exit(1)
    send(Reply(id=READY, kind="done"))
    serve(engine, inbox, send)


if __name__ == "__main__":
    main()
