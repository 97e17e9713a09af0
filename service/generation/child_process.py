"""Engine child process: send requests, receive replies, and fail the current request if the process dies."""

import os
import signal
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from itertools import count
from queue import Empty, SimpleQueue
from threading import Lock, Thread, Timer
from typing import IO, cast

from pydantic import ValidationError

from index.errors import EngineCrashed, FootnoteError, GenerationError
from service.generation.protocol import READY, EngineReply, EngineRequest, encode, error_of
from service.runtime.request_context import current_request

KILL_AFTER_SECONDS = 3.0
"""Grace period for a process to cancel its request, or to exit after its stdin closes, before it is killed."""
CANCEL_POLL_SECONDS = 0.05
"""Interval at which a waiting caller checks whether its request was cancelled."""
MAX_REASON_CHARACTERS = 200
"""Length to which the last stderr line is cut when an error message quotes it."""


class Call:
    """Call: one pending request; it ends exactly once, even if nobody reads its replies."""

    def __init__(self, number: int, late: FootnoteError, ended: Callable[[], None]) -> None:
        self.number = number
        self.over = False
        self.expired = False
        self._late = late
        self._ended = ended
        self._replies: SimpleQueue[EngineReply | FootnoteError] = SimpleQueue()
        self._timers: list[Timer] = []

    def after(self, seconds: float, action: Callable[["Call"], None]) -> None:
        """Run an action after `seconds`, unless the call has ended by then."""
        timer = Timer(seconds, lambda: None if self.over else action(self))
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def deliver(self, reply: EngineReply | FootnoteError) -> None:
        """Queue a reply for `take`; the last one, or an error, ends the call."""
        if isinstance(reply, EngineReply) and not reply.last:
            self._replies.put(reply)
            return
        self.over = True
        for timer in self._timers:
            timer.cancel()
        unfinished = isinstance(reply, FootnoteError) or reply.kind == "cancelled"
        # Before the last reply is queued, so that its reader finds the engine free.
        self._ended()
        self._replies.put(self._late if self.expired and unfinished else reply)

    def take(self) -> EngineReply:
        """Wait for the next reply; raises the error that ended the call, or RequestCancelled."""
        request, reply = current_request(), None
        while reply is None:
            request.raise_if_cancelled()
            with suppress(Empty):
                reply = self._replies.get(timeout=CANCEL_POLL_SECONDS)
        if isinstance(reply, FootnoteError):
            raise reply
        if reply.kind == "error":
            raise error_of(reply)
        return reply


class ChildProcess:
    """One run of the engine program; a process that died is not restarted, its owner creates a new one."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, seconds: float, late: FootnoteError
    ) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        # A separate session shields it from Ctrl-C. PR_SET_PDEATHSIG would kill it as soon as the *thread* that started
        # it ends, as a server's worker threads do; instead, the process exits when its stdin closes.
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            env=environment,
            start_new_session=True,
        )
        self._stdin = cast(IO[bytes], self._process.stdin)
        self._stdout = cast(IO[bytes], self._process.stdout)
        self._numbers = count(READY + 1)
        self._lock, self._writing = Lock(), Lock()
        self._closing = False
        self._cause = ""
        self._stream_ended = False
        self.loading = Call(READY, late, lambda: None)
        self._call: Call | None = self.loading
        self.loading.after(seconds, self._expire_hard)
        Thread(target=self._read, daemon=True).start()

    @property
    def alive(self) -> bool:
        """Whether the process can take a request."""
        # poll() reports a dead process as alive while the reader thread waits for it: check the reader's flags last.
        return self._process.poll() is None and not (self._stream_ended or self._cause)

    @property
    def pid(self) -> int:
        """Process id, kept after the process has ended."""
        return self._process.pid

    def submit(self, request: EngineRequest, *, seconds: float, late: FootnoteError, ended: Callable[[], None]) -> Call:
        """Send a request, one at a time; if the process has died, raises EngineCrashed without calling `ended`."""
        with self._lock:
            if self._cause:
                raise EngineCrashed(self._cause)
            call = self._call = Call(next(self._numbers), late, ended)
        call.after(seconds, self._expire)
        self._send(request.model_copy(update={"id": call.number}))
        return call

    def cancel(self, call: Call) -> None:
        """Cancel a call that is not over; kill the process if it does not respond within KILL_AFTER_SECONDS."""
        if not call.over:
            call.after(KILL_AFTER_SECONDS, self._kill)  # before the message: a stopped process may not even read it
            self._send(EngineRequest(id=call.number, op="cancel"))

    def close(self) -> None:
        """Close the process's stdin, kill it if it does not exit, and return when it has exited."""
        self._closing = True
        if self._writing.acquire(timeout=KILL_AFTER_SECONDS):
            with suppress(OSError):
                self._stdin.close()
            self._writing.release()
        self._reap()

    def _reap(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(KILL_AFTER_SECONDS)
        self._process.kill()
        self._process.wait()

    def _expire(self, call: Call) -> None:
        call.expired = True
        self.cancel(call)

    def _expire_hard(self, call: Call) -> None:
        call.expired = True
        self._process.kill()

    def _kill(self, _call: Call) -> None:
        self._process.kill()

    def _send(self, request: EngineRequest) -> None:
        # A broken or closed pipe means that the process has ended; the reader thread reports that.
        with suppress(OSError, ValueError), self._writing:
            self._stdin.write(encode(request))
            self._stdin.flush()

    def _read(self) -> None:
        with suppress(ValidationError):  # not a reply: abandon a process that breaks the protocol
            for text in self._stdout:
                self._dispatch(EngineReply.model_validate_json(text))
        self._stream_ended = True
        self._reap()
        with self._lock:
            self._cause = self._death_message()
            call, self._call = self._call, None
        if call:
            call.deliver(GenerationError(self._cause) if self._closing else EngineCrashed(self._cause))
        for pipe in (self._stdout, self._stdin, self._errors):
            with suppress(OSError):
                pipe.close()

    def _dispatch(self, reply: EngineReply) -> None:
        with self._lock:
            call = self._call if self._call and self._call.number == reply.id else None
            if call and reply.last:
                self._call = None
        if call:
            call.deliver(reply)

    def _death_message(self) -> str:
        if self._closing:
            return "the language model was closed while it worked"
        lines = os.pread(self._errors.fileno(), 1 << 16, 0).decode("utf-8", "replace").split("\n")
        last = next((" ".join(line.split())[:MAX_REASON_CHARACTERS] for line in reversed(lines) if line.strip()), "")
        reason = _exit_reason(self._process.returncode) + (f": {last}" if last else "")
        return f"the language model's process ended ({reason}); the next call starts a new one"


def _exit_reason(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return f"{name}, perhaps out of memory" if name == "SIGKILL" else name
