"""Supervisor of the llama.cpp child process: a TextGenerator that survives crashes of that process."""

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
from index.fifo_lock import FifoLock
from service.generation.child_process import Call, ChildProcess
from service.generation.protocol import EngineReply, EngineRequest
from service.generation.types import Engine, Limits, Message, OptionChoice

_log = logging.getLogger("footnote.engine")

WORKER_COMMAND = (sys.executable, "-m", "service.generation.worker")
ROOT = Path(__file__).resolve().parents[2]
COUNT_TIMEOUT_SECONDS = 5.0
"""Timeout for counting a prompt's tokens, which takes milliseconds."""


class LlamaProcess:
    """Runs a GGUF model in a child process, started at its first use; one request at a time, in FIFO order."""

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
        claim_file: Path | None = None,
    ) -> None:
        """`deterministic=False` reuses the KV cache of a common prompt prefix: faster, but it can change greedy text.

        `command` replaces the worker command line; the model's arguments are appended to it. `claim_file`: the file of
        the ComputeClaim to which the process yields the CPU. `start_timeout`: seconds allowed for loading the model.
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
        self._command = [*(command or WORKER_COMMAND), *options, *([] if deterministic else ["--reuse-prefix"])]
        self._command += ["--claim-file", str(claim_file)] if claim_file else []
        self._fifo, self._starting = FifoLock(), Lock()
        self._child: ChildProcess | None = None
        self._finalizer: weakref.finalize[[], LlamaProcess] | None = None
        self._closed = False
        self._starts = 0
        self._failed: ModelError | None = None
        """Error of the last start; None if it succeeded."""

    @property
    def engine(self) -> Engine:
        """Identity for receipts, known before the model is loaded."""
        return self._engine

    @property
    def starts(self) -> int:
        """Number of processes started so far."""
        return self._starts

    def state(self) -> str:
        """Return a line with the process id, if one runs; raises the ModelError if the last start failed."""
        if self._failed is not None:
            raise self._failed
        return f"process {self.pid}" if self.pid else "starts at its first use"

    @property
    def pid(self) -> int | None:
        """Process id of the engine, None while none runs."""
        return self._child.pid if self._child and self._child.alive else None

    def start(self) -> None:
        """Load the model now instead of at the first call; does nothing if it is already loaded."""
        self._live_child()

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """Choose the option whose distinguishing token has the highest probability; `deadline` in seconds."""
        request = EngineRequest(id=0, op="choose", messages=tuple(messages), options=tuple(options), prefill=prefill)
        choice = self._ask(request, deadline).choice
        if choice is None:
            raise GenerationError(f"{self._engine.name!r} answered without a choice")
        return choice

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Yield text as it is generated; a slow reader does not slow the engine down."""
        request = EngineRequest(id=0, op="stream", messages=tuple(messages), prefill=prefill, limits=limits)
        pieces = self._pieces(*self._submit(request, limits.deadline))
        next(pieces)
        return pieces

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Count the tokens of the rendered prompt, without starting a process that is not running.

        Raises:
            EngineBusy: the engine is running another request.
            EngineCrashed: the process is not running.
        """
        child = self._child
        if child is None or not child.alive:
            raise EngineCrashed(f"the language model {self._engine.name!r} does not run; the next generation starts it")
        if not self._fifo.acquire(0):
            raise EngineBusy(f"the language model {self._engine.name!r} is busy with another request", retry_after=1)
        late = DeadlineExceeded(f"{self._engine.name!r} did not count within {COUNT_TIMEOUT_SECONDS:g} s")
        call = self._submit_locked(
            EngineRequest(id=0, op="count", messages=tuple(messages)), lambda: child, COUNT_TIMEOUT_SECONDS, late
        )[1]
        try:
            return call.take().count
        finally:
            child.cancel(call)

    def close(self) -> None:
        """Stop the process; the current request and every later call fail with an error."""
        self._closed = True
        if self._child:
            self._child.close()

    def _ask(self, request: EngineRequest, deadline: float) -> EngineReply:
        child, call = self._submit(request, deadline)
        try:
            return call.take()
        finally:
            child.cancel(call)

    def _pieces(self, child: ChildProcess, call: Call) -> Generator[str, None, None]:
        try:
            reply = call.take()
            # Consumed by `stream`, not by its caller: closing a generator that was not started skips its `finally`.
            yield ""
            while not reply.last:
                yield reply.text
                reply = call.take()
        finally:
            child.cancel(call)

    def _submit(self, request: EngineRequest, deadline: float) -> tuple[ChildProcess, Call]:
        self._live_child()
        late = DeadlineExceeded(f"{self._engine.name!r} did not finish within {deadline:g} s; allow more time")
        end = monotonic() + deadline
        if not self._fifo.acquire(deadline):
            raise late
        return self._submit_locked(request, self._live_child, end - monotonic(), late)

    def _submit_locked(
        self, request: EngineRequest, live_child: Callable[[], ChildProcess], seconds: float, late: DeadlineExceeded
    ) -> tuple[ChildProcess, Call]:
        """Submit a request while the FIFO lock is taken; the lock is released when the call is over."""
        try:
            child = live_child()
            return child, child.submit(request, seconds=seconds, late=late, ended=self._fifo.release)
        except BaseException:
            self._fifo.release()
            raise

    def _live_child(self) -> ChildProcess:
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

    def _load(self) -> ChildProcess:
        if not self._path.is_file():
            raise ModelMissing(f"there is no model file {str(self._path)!r}; run `footnote models pull`")
        late = ModelError(f"{self._engine.name!r} was not loaded within {self._start_timeout:g} s")
        self._starts += 1
        child = self._child = ChildProcess(self._command, _environment(), seconds=self._start_timeout, late=late)
        if self._finalizer:
            self._finalizer.detach()
        self._finalizer = weakref.finalize(self, child.close)  # also runs at exit
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
    # llama.cpp's threads spin at every barrier. When they share cores with other work, 2 threads generate
    # 10 tokens per second spinning and 45 sleeping.
    quiet = {"OMP_WAIT_POLICY": "PASSIVE", "GGML_NO_BACKTRACE": "1"}
    return {**quiet, **os.environ, "PYTHONPATH": path}
