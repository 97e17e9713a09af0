"""Text generator over an OpenAI-compatible server: llama-server, vLLM, Ollama, or a cloud service.

What is sent there leaves this process, and the machine where the server is elsewhere: question and evidence sentences.
Requests are made with httpx and events parsed by httpx-sse. The `openai` package would send the system and Python's
version along, read OPENAI_* variables, and bound each read and each retry by itself instead of the whole generation.
"""

import logging
import re
import time
from collections.abc import Generator, Iterator, Sequence
from threading import Lock
from typing import Any
from urllib.parse import urldefrag

import httpx
from httpx_sse import EventSource, SSEError

from index.errors import DeadlineExceeded, GenerationError, InputError, ModelError, PromptTooLong
from service.generation.stop_strings import StopFilter
from service.generation.types import Engine, Limits, Message, OptionChoice

MAX_ATTEMPTS = 3
"""Attempts at one request, which is never repeated after its first token came."""
FIRST_PAUSE_SECONDS = 0.5
"""Before another attempt, where the server does not say; doubled each time that it is busy."""
MAX_PAUSE_SECONDS = 10.0
"""Before another attempt, whatever the server says."""
RETRYABLE_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
CONNECT_TIMEOUT_SECONDS = 5.0
MIN_CHARACTERS_PER_TOKEN = 3
"""Of English text: a prompt's estimated length is too high rather than too low."""
MAX_STOP_STRINGS = 4
"""That such a server accepts; all of them are applied here too."""
MAX_QUOTED_CHARACTERS = 200
"""Of a server's error that a message of ours quotes."""
_log = logging.getLogger("footnote.engine")


class OpenAIGenerator:
    """A TextGenerator over `POST /v1/chat/completions`; the server queues concurrent requests."""

    def __init__(self, address: str, *, key: str = "", context_tokens: int, client: httpx.Client | None = None) -> None:
        """`address`: http(s)://HOST:PORT[/v1][#MODEL]; without a model the first that the server lists."""
        base, model = urldefrag(address)
        base = base.rstrip("/")
        self._base = base if base.endswith("/v1") else f"{base}/v1"
        self._model = model
        self._context_tokens = context_tokens
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = client or httpx.Client(headers=headers, trust_env=False)
        self._lock = Lock()
        self._failed: ModelError | None = None
        self._reached = 0

    @property
    def engine(self) -> Engine:
        """Identity for receipts: the server's name for its model, whose file cannot be hashed from here."""
        version = f"OpenAI-compatible server at {self._base}"
        return Engine(name=self._model or "served", digest="", context_tokens=self._context_tokens, version=version)

    @property
    def starts(self) -> int:
        """How often the server was reached, at first or after a failure."""
        return self._reached

    def state(self) -> str:
        """Address of the server; raises the error of the last request, if that failed."""
        if self._failed is not None:
            raise self._failed
        return f"served by {self._base}"

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """Option that the reply names first, with probability 1: such servers report no comparable probabilities."""
        limits = Limits(max_tokens=12, deadline=deadline)
        written = "".join(self.stream(messages, limits, prefill=prefill))
        found = re.search("|".join(rf"(?<!\w){re.escape(option)}(?!\w)" for option in options), written)
        if not options or found is None:
            raise GenerationError(f"{self._model!r} names none of {list(options)!r}: {written[:60]!r}")
        return OptionChoice(option=found[0], odds=tuple(float(option == found[0]) for option in options))

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Text as it arrives, without the `prefill` that the server repeats."""
        if self.count_tokens(messages) + limits.max_tokens > self._context_tokens:
            raise PromptTooLong(
                f"a prompt of about {self.count_tokens(messages)} tokens and an answer of up to {limits.max_tokens} do "
                f"not fit {self._context_tokens}; set FOOTNOTE_CONTEXT_TOKENS to what the server's model can read"
            )
        end = time.monotonic() + limits.deadline
        pieces = self._pieces(self._open(messages, limits, prefill, end), limits, prefill, end)
        next(pieces)
        return pieces

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Estimated from the characters: servers have no common way to count."""
        return sum(len(message.content) for message in messages) // MIN_CHARACTERS_PER_TOKEN + 8 * len(messages)

    def close(self) -> None:
        """Close the connections; the server is not ours to stop."""
        self._client.close()

    def find_model(self) -> str:
        """Name of the model that is used; raises ModelError where the server cannot be reached or has none."""
        with self._lock:
            if not self._model:
                try:
                    listed = self._client.get(f"{self._base}/models", timeout=CONNECT_TIMEOUT_SECONDS)
                    self._model = str(listed.raise_for_status().json()["data"][0]["id"])
                except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
                    raise self._unreachable(error) from error
        return self._model

    def _open(self, messages: Sequence[Message], limits: Limits, prefill: str, end: float) -> httpx.Response:
        """Send the request; it is retried while the server is busy or unreachable, within the deadline."""
        # A loop of our own: stamina checks its timeout before a pause, which may then last beyond the deadline, and
        # counts retries in the metrics of the process; tenacity takes more lines than this.
        pause, error = FIRST_PAUSE_SECONDS, ModelError("no request was sent")
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                if time.monotonic() + pause >= end:
                    break
                time.sleep(pause)
            try:
                response = self._client.send(self._request(messages, limits, prefill, end), stream=True)
                if response.status_code == 200:
                    if self._failed is not None or not self._reached:
                        self._reached += 1
                    self._failed = None
                    return response
                error = self._rejected(response)
            except httpx.TimeoutException as late:
                raise self._fail(self._late(limits)) from late
            except (httpx.HTTPError, ModelError) as failed:
                error = failed if isinstance(failed, ModelError) else self._unreachable(failed)
                continue
            if response.status_code not in RETRYABLE_STATUSES:
                break
            asked = response.headers.get("retry-after", "")
            pause = min((float(asked) if asked.isdecimal() else 0.0) or pause * 2, MAX_PAUSE_SECONDS)
        raise self._fail(error)

    def _request(self, messages: Sequence[Message], limits: Limits, prefill: str, end: float) -> httpx.Request:
        left = max(end - time.monotonic(), 0.1)
        timeout = httpx.Timeout(left, connect=min(left, CONNECT_TIMEOUT_SECONDS))
        body = self._body(messages, limits, prefill)
        return self._client.build_request("POST", f"{self._base}/chat/completions", json=body, timeout=timeout)

    def _body(self, messages: Sequence[Message], limits: Limits, prefill: str) -> dict[str, Any]:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        if prefill and turns:
            # Servers differ in how a reply can be prefilled; all of them understand an instruction.
            turns[-1]["content"] += f"\n\nBegin your reply with exactly: {prefill}"
        return {
            "model": self.find_model(),
            "messages": turns,
            "max_tokens": limits.max_tokens,
            "temperature": limits.temperature,
            "seed": limits.seed,
            "stream": True,
            **({"stop": list(limits.stop)[:MAX_STOP_STRINGS]} if limits.stop else {}),
        }

    def _pieces(self, response: httpx.Response, limits: Limits, prefill: str, end: float) -> Generator[str, None, None]:
        stops, head = StopFilter(limits.stop), PrefillFilter(prefill)
        try:
            yield ""  # drawn by `stream`, so that closing always reaches the `finally` (as in LlamaProcess)
            for piece in _texts(response):
                if time.monotonic() > end:
                    raise self._late(limits)
                if text := stops.feed(head.feed(piece)):
                    yield text
                if stops.stopped:
                    return
            if rest := stops.feed(head.flush()) + stops.flush():
                yield rest
        except httpx.TimeoutException as error:
            raise self._late(limits) from error
        except SSEError as error:
            raise self._fail(GenerationError(f"the model server at {self._base} sent no event stream")) from error
        except httpx.HTTPError as error:
            raise self._fail(self._unreachable(error)) from error
        finally:
            response.close()

    def _late(self, limits: Limits) -> DeadlineExceeded:
        return DeadlineExceeded(f"the server at {self._base} did not finish within {limits.deadline:g} s")

    def _unreachable(self, error: Exception) -> ModelError:
        reason = " ".join(str(error).split()) or type(error).__name__
        return GenerationError(f"the model server at {self._base} does not answer ({reason}); is it running?")

    def _rejected(self, response: httpx.Response) -> ModelError:
        response.read()
        if response.status_code in (401, 403):
            return ModelError(f"the model server at {self._base} requires a key: set FOOTNOTE_ENGINE_KEY")
        detail = " ".join(response.text.split())[:MAX_QUOTED_CHARACTERS]
        return GenerationError(f"the model server at {self._base} answered {response.status_code}: {detail}")

    def _fail(self, error: ModelError) -> ModelError:
        self._failed = error
        _log.warning("the model server failed", extra={"server": self._base, "fault": str(error)})
        return error


class PrefillFilter:
    """Removes the prefill from the start of a streamed reply; a text that starts otherwise passes unchanged."""

    def __init__(self, prefill: str) -> None:
        self._prefill = prefill
        self._buffer: str | None = "" if prefill else None

    def feed(self, text: str) -> str:
        """Add a piece; returns the text that is known to follow the prefill."""
        if self._buffer is None:
            return text
        self._buffer += text
        bare = self._buffer.lstrip()
        if len(bare) < len(self._prefill) and self._prefill.startswith(bare):
            return ""
        return self.flush()

    def flush(self) -> str:
        """The buffered text, at the end of the stream."""
        text, self._buffer = self._buffer or "", None
        bare = text.lstrip()
        return bare.removeprefix(self._prefill) if bare.startswith(self._prefill) else text


def _texts(response: httpx.Response) -> Iterator[str]:
    """Text of each completion chunk in an event stream."""
    for event in EventSource(response).iter_sse():
        if event.data == "[DONE]":
            return
        try:
            chunk = event.json()
            if "error" in chunk:
                raise GenerationError(f"the model server broke off: {str(chunk['error'])[:MAX_QUOTED_CHARACTERS]}")
            choices = chunk.get("choices") or [{}]
            text = (choices[0].get("delta") or {}).get("content")
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            raise GenerationError(f"the model server sent no completion chunk: {event.data[:60]!r}") from error
        if text:
            yield str(text)


def check_address(address: str) -> str:
    """A server's URL, unchanged; raises InputError for one without a host or with a password."""
    parsed = httpx.URL(address)
    if not parsed.host or parsed.userinfo:
        raise InputError(f"{address!r} is not the address of a server; write it as http://127.0.0.1:8080/v1#MODEL")
    return address
