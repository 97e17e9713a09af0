"""llama.cpp behind the Generator protocol: its process may die, the service does not."""

import logging
import os
import sys
import weakref
from collections.abc import Callable, Generator, Sequence
from importlib.metadata import version
from pathlib import Path
from threading import Lock
from time import monotonic

from index.errors import (
    DeadlineExceeded,
    EngineBusy,
    EngineCrashed,
    GenerationError,
    InputError,
    ModelError,
    ModelMissing,
)
from service.generation.child_process import Call, Child
from service.generation.fifo_lock import Turn
from service.generation.protocol import Reply, Request
from service.generation.types import Choice, Engine, Limits, Message

_log = logging.getLogger("footnote.engine")

WORKER = (sys.executable, "-m", "service.generation.worker")
ROOT = Path(__file__).resolve().parents[2]
COUNTING = 5.0
"""Seconds for the count of a prompt's tokens, which takes milliseconds."""


class LlamaProcess:
    """A GGUF model in a process of its own; one request at a time, first come first served."""

    def __init__(
        self,
        model_path: Path | str,
        *,
        name: str,
        digest: str,
        context_tokens: int = 4096,
        threads: int = 2,
        start_timeout: float = 60.0,
        deterministic: bool = True,
        command: Sequence[str] | None = None,
        way: Path | None = None,
    ) -> None:
        """`deterministic=False` keeps what the last prompt began with: faster, but it can change greedy text.

        `command` replaces the worker program; the model's arguments are appended to it. `way`: the file of a
        RightOfWay, for which the model waits.
        """
        if context_tokens < 256 or context_tokens % 256:
            raise InputError(f"a context of {context_tokens} tokens is not a multiple of 256; use for instance 4096")
        self._path = Path(model_path)
        self._start_timeout = start_timeout
        self._engine = Engine(
            name=name,
            digest=digest,
            context_tokens=context_tokens,
            version=f"llama-cpp-python {version('llama-cpp-python')}",
        )
        options = ["--model", str(self._path), "--context", str(context_tokens), "--threads", str(threads)]
        self._command = [*(command or WORKER), *options, *([] if deterministic else ["--reuse-prefix"])]
        self._command += ["--way", str(way)] if way else []
        self._turn, self._starting = Turn(), Lock()
        self._child: Child | None = None
        self._guard: weakref.finalize[[], LlamaProcess] | None = None
        self._closed = False
        self._starts = 0
        self._failed: ModelError | None = None
        """Why the last start did not succeed."""

    @property
    def engine(self) -> Engine:
        """What goes into receipts; known before the model is loaded."""
        return self._engine

    @property
    def starts(self) -> int:
        """How many processes were started so far."""
        return self._starts

    def state(self) -> str:
        """Whether it runs; it is started at its first use. Raises the error of the last start, if that failed."""
        if self._failed is not None:
            raise self._failed
        return f"process {self.pid}" if self.pid else "starts at its first use"

    @property
    def pid(self) -> int | None:
        """The process id of the engine, or None while none runs."""
        return self._child.pid if self._child and self._child.alive else None

    def start(self) -> None:
        """Load the model now rather than at the first call; does nothing when it is loaded."""
        self._running()

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> Choice:
        """Pick an option by the odds of the one token in which the options differ."""
        request = Request(id=0, op="choose", messages=tuple(messages), options=tuple(options), prefill=prefill)
        choice = self._ask(request, deadline).choice
        if choice is None:
            raise GenerationError(f"{self._engine.name!r} answered without a choice")
        return choice

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Text as it is written; the engine works on at its own pace, however slowly the text is read."""
        request = Request(id=0, op="stream", messages=tuple(messages), prefill=prefill, limits=limits)
        pieces = self._pieces(*self._submit(request, limits.deadline))
        next(pieces)
        return pieces

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Tokens of the rendered prompt, while the engine is free; it is not started for that.

        Raises:
            EngineBusy: it works for somebody else.
            EngineCrashed: it does not run.
        """
        child = self._child
        if child is None or not child.alive:
            raise EngineCrashed(f"the language model {self._engine.name!r} does not run; it starts when it must write")
        if not self._turn.acquire(0):
            raise EngineBusy(f"the language model {self._engine.name!r} works for somebody else", retry_after=1)
        late = DeadlineExceeded(f"{self._engine.name!r} did not count within {COUNTING:g} s")
        call = self._begun(Request(id=0, op="count", messages=tuple(messages)), lambda: child, COUNTING, late)[1]
        try:
            return call.take().count
        finally:
            child.cancel(call)

    def close(self) -> None:
        """Stop the process; what is under way ends in an error, and so does every later call."""
        self._closed = True
        if self._child:
            self._child.close()

    def _ask(self, request: Request, deadline: float) -> Reply:
        child, call = self._submit(request, deadline)
        try:
            return call.take()
        finally:
            child.cancel(call)

    def _pieces(self, child: Child, call: Call) -> Generator[str, None, None]:
        try:
            reply = call.take()
            # Nobody sees this piece: a generator that was never started skips its `finally` when it is closed.
            yield ""
            while not reply.last:
                yield reply.text
                reply = call.take()
        finally:
            child.cancel(call)

    def _submit(self, request: Request, deadline: float) -> tuple[Child, Call]:
        self._running()
        late = DeadlineExceeded(f"{self._engine.name!r} did not finish within {deadline:g} s; allow it more")
        end = monotonic() + deadline
        if not self._turn.acquire(deadline):
            raise late
        return self._begun(request, self._running, end - monotonic(), late)

    def _begun(
        self, request: Request, running: Callable[[], Child], seconds: float, late: DeadlineExceeded
    ) -> tuple[Child, Call]:
        """The turn is ours; it is given back when the call is over."""
        try:
            child = running()
            return child, child.submit(request, seconds=seconds, late=late, ended=self._turn.release)
        except BaseException:
            self._turn.release()
            raise

    def _running(self) -> Child:
        with self._starting:
            if self._closed:
                raise GenerationError(f"the language model {self._engine.name!r} has been closed")
            if self._child is None or not self._child.alive:
                try:
                    self._child = self._load()
                except ModelError as error:
                    self._failed = error
                    raise
                self._failed = None
            return self._child

    def _load(self) -> Child:
        if not self._path.is_file():
            raise ModelMissing(f"there is no model file {str(self._path)!r}; run `footnote models pull`")
        late = ModelError(f"{self._engine.name!r} was not loaded within {self._start_timeout:g} s")
        self._starts += 1
        child = self._child = Child(self._command, _environment(), seconds=self._start_timeout, late=late)
        if self._guard:
            self._guard.detach()
        self._guard = weakref.finalize(self, child.close)  # also runs at exit
        if self._closed:  # by another thread, before it could see this child
            child.close()
        try:
            child.loading.take()
        except EngineCrashed as error:
            raise ModelError(f"{self._engine.name!r} could not be loaded: {error}") from error
        _log.info("engine started", extra={"engine": self._engine.name, "pid": child.pid, "start": self._starts})
        return child


def _environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH", "")]))
    # llama.cpp's threads spin at every barrier; where they share cores with anything else, 2 of them write
    # 10 tokens a second spinning and 45 sleeping.
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "GGML_NO_BACKTRACE": "1"}
    return {**quiet, **os.environ, "PYTHONPATH": path}
