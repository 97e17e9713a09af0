"""Engine worker, the child process: reads requests on stdin, writes replies to stdout, exits when stdin closes."""

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
from service.generation.protocol import READY, EngineReply, EngineRequest, encode, error_reply


class Inbox:
    """Request inbox: a FIFO queue, and whether the current request was cancelled."""

    def __init__(self) -> None:
        self.cancelled = False
        self._requests: SimpleQueue[EngineRequest] = SimpleQueue()
        self._lock = Lock()
        self._current = self._cancelled_up_to = READY

    def listen(self, stream: BinaryIO) -> None:
        """Read requests until the service closes the pipe or dies; then exit the process, even during inference."""
        for text in stream:
            request = EngineRequest.model_validate_json(text)
            if request.op == "cancel":
                self._cancel(request.id)
            else:
                self._requests.put(request)
        os._exit(0)

    def take(self) -> EngineRequest:
        """Wait for the next request and return it; it may already have been cancelled."""
        request = self._requests.get()
        with self._lock:
            self._current = request.id
            self.cancelled = self._cancelled_up_to >= request.id
        return request

    def _cancel(self, number: int) -> None:
        with self._lock:
            self._cancelled_up_to = max(self._cancelled_up_to, number)
            self.cancelled = self._cancelled_up_to >= self._current


def replies(engine: LlamaEngine, request: EngineRequest) -> Iterator[EngineReply]:
    """Yield all replies to one request; raises Cancelled."""
    number = request.id
    if request.op == "count":
        yield EngineReply(id=number, kind="count", count=len(engine.prompt(request.messages)))
    elif request.op == "choose":
        choice = engine.choose(request.messages, request.options, prefill=request.prefill)
        yield EngineReply(id=number, kind="choice", choice=choice)
    else:
        for text in engine.stream(request.messages, request.limits, prefill=request.prefill):
            yield EngineReply(id=number, kind="text", text=text)
        yield EngineReply(id=number, kind="done")


def serve(engine: LlamaEngine, inbox: Inbox, send: Callable[[EngineReply], None]) -> None:
    """Serve requests from the inbox forever; an error ends only its own request."""
    while True:
        request = inbox.take()
        try:
            for reply in replies(engine, request):
                send(reply)
        except Cancelled:
            send(EngineReply(id=request.id, kind="cancelled"))
        except Exception as error:  # noqa: BLE001 - report any error, or the request would seem to run forever
            send(error_reply(request.id, error))


def reply_sender() -> Callable[[EngineReply], None]:
    """Return a function that writes replies to stdout; all other output to stdout, also llama.cpp's, goes to stderr."""
    real = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)

    def send(reply: EngineReply) -> None:
        real.write(encode(reply))
        real.flush()

    return send


def main() -> None:
    """Load the model, report READY, and serve requests."""
    parser = argparse.ArgumentParser(prog="service.generation.worker")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--context", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--reuse-prefix", action="store_true")
    parser.add_argument("--claim-file", type=Path, help="Flag of the service that claims the CPU.")
    options = parser.parse_args()
    send, inbox = reply_sender(), Inbox()
    Thread(target=inbox.listen, args=(sys.stdin.buffer,), daemon=True).start()
    try:
        engine = LlamaEngine(
            options.model,
            context_tokens=options.context,
            threads=options.threads,
            deterministic=not options.reuse_prefix,
            cancelled=lambda: inbox.cancelled,
            pause=ComputeYield(options.claim_file)
            if options.claim_file and options.claim_file.exists()
            else lambda stopped: None,
        )
    except Exception as error:  # noqa: BLE001 - any error must be reported
        send(error_reply(READY, error))
        sys.exit(1)
    send(EngineReply(id=READY, kind="done"))
    serve(engine, inbox, send)


if __name__ == "__main__":
    main()
