"""The engine's process as the service sees it: requests in, replies out, and a verdict when it dies."""

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
from service.generation.protocol import READY, Reply, Request, as_error, line
from service.runtime.request_context import current_request

GRACE = 3.0
"""Seconds a process has to obey a cancel, or to leave when its stdin closes, before it is killed."""

LOOK = 0.05
"""Seconds between two looks whether the caller is still there."""


class Call:
    """One request under way; it ends exactly once, whether or not anybody reads its replies."""

    def __init__(self, number: int, late: FootnoteError, ended: Callable[[], None]) -> None:
        self.number = number
        self.over = False
        self.expired = False
        self._late = late
        self._ended = ended
        self._replies: SimpleQueue[Reply | FootnoteError] = SimpleQueue()
        self._timers: list[Timer] = []

    def after(self, seconds: float, action: Callable[["Call"], None]) -> None:
        """Do something unless the call is over by then."""
        timer = Timer(seconds, lambda: None if self.over else action(self))
        timer.daemon = True
        self._timers.append(timer)
        timer.start()

    def deliver(self, reply: Reply | FootnoteError) -> None:
        """Hand on what the process said, or why it will say no more."""
        if isinstance(reply, Reply) and not reply.last:
            self._replies.put(reply)
            return
        self.over = True
        for timer in self._timers:
            timer.cancel()
        unfinished = isinstance(reply, FootnoteError) or reply.kind == "cancelled"
        # First: whoever has read the last reply finds the engine free.
        self._ended()
        self._replies.put(self._late if self.expired and unfinished else reply)

    def take(self) -> Reply:
        """The next reply; an error is raised instead, and CallerGone as soon as nobody waits for it any more."""
        caller, reply = current_request(), None
        while reply is None:
            caller.raise_if_cancelled()
            with suppress(Empty):
                reply = self._replies.get(timeout=LOOK)
        if isinstance(reply, FootnoteError):
            raise reply
        if reply.kind == "error":
            raise as_error(reply)
        return reply


class Child:
    """A running process; once dead it stays dead, and a new one takes its place."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str], *, seconds: float, late: FootnoteError
    ) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - closed with the process
        # A session of its own keeps Ctrl-C away from it. PR_SET_PDEATHSIG would kill it as soon as the *thread* that
        # started it ends, and a server's worker threads do: the end of stdin is what tells it that we are gone.
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
        self._fate = ""
        self._lost = False
        self.loading = Call(READY, late, lambda: None)
        self._call: Call | None = self.loading
        self.loading.after(seconds, self._expire_hard)
        Thread(target=self._read, daemon=True).start()

    @property
    def alive(self) -> bool:
        """It can take a request."""
        # poll() says "alive" of a dead process while the reader waits for it, so what the reader knows is asked last.
        return self._process.poll() is None and not (self._lost or self._fate)

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    def submit(self, request: Request, *, seconds: float, late: FootnoteError, ended: Callable[[], None]) -> Call:
        """Begin a request, one at a time; raises EngineCrashed, and never calls `ended`, when the process has died."""
        with self._lock:
            if self._fate:
                raise EngineCrashed(self._fate)
            call = self._call = Call(next(self._numbers), late, ended)
        call.after(seconds, self._expire)
        self._send(request.model_copy(update={"id": call.number}))
        return call

    def cancel(self, call: Call) -> None:
        """Stop a call that is not over: politely, then by force."""
        if not call.over:
            call.after(GRACE, self._kill)  # before the message: a stopped process may not even read it
            self._send(Request(id=call.number, op="cancel"))

    def close(self) -> None:
        """Let it leave, or make it; returns when it is gone."""
        self._closing = True
        if self._writing.acquire(timeout=GRACE):
            with suppress(OSError):
                self._stdin.close()
            self._writing.release()
        self._bury()

    def _bury(self) -> None:
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(GRACE)
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

    def _send(self, request: Request) -> None:
        # A pipe that broke or was closed means the process is gone, and the reader reports that.
        with suppress(OSError, ValueError), self._writing:
            self._stdin.write(line(request))
            self._stdin.flush()

    def _read(self) -> None:
        with suppress(ValidationError):  # anything but a reply means we have lost each other
            for text in self._stdout:
                self._dispatch(Reply.model_validate_json(text))
        self._lost = True
        self._bury()
        with self._lock:
            self._fate = self._verdict()
            call, self._call = self._call, None
        if call:
            call.deliver(GenerationError(self._fate) if self._closing else EngineCrashed(self._fate))
        for pipe in (self._stdout, self._stdin, self._errors):
            with suppress(OSError):
                pipe.close()

    def _dispatch(self, reply: Reply) -> None:
        with self._lock:
            call = self._call if self._call and self._call.number == reply.id else None
            if call and reply.last:
                self._call = None
        if call:
            call.deliver(reply)

    def _verdict(self) -> str:
        if self._closing:
            return "the language model was closed while it worked"
        words = os.pread(self._errors.fileno(), 1 << 16, 0).decode("utf-8", "replace").split("\n")
        last = next((" ".join(word.split())[:200] for word in reversed(words) if word.strip()), "")
        reason = _ending(self._process.returncode) + (f": {last}" if last else "")
        return f"the language model's process ended ({reason}); the next call starts a new one"


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    name = signal.Signals(-code).name
    return f"{name}, perhaps for want of memory" if name == "SIGKILL" else name
