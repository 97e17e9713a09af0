"""Text generator over an OpenAI-compatible server: llama-server, vLLM, Ollama, or a cloud service.

The question and evidence sentences are sent to the server, so they leave this machine if the server is remote.
Uses httpx and httpx-sse instead of the `openai` package, which would send the operating system and Python version,
read OPENAI_* variables, and set timeouts per read and per retry instead of one for the whole generation.
"""

import logging
import math
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
"""Attempts per request; a request is never repeated once its first token has arrived."""
FIRST_PAUSE_SECONDS = 0.5
"""Pause before a retry without Retry-After; doubled each time the server is busy."""
MAX_PAUSE_SECONDS = 10.0
"""Longest pause before a retry, even if Retry-After asks for more."""
RETRYABLE_STATUSES = frozenset({408, 429, 500, 502, 503, 504})
CONNECT_TIMEOUT_SECONDS = 5.0
MIN_CHARACTERS_PER_TOKEN = 3
"""Low for English text, so that a prompt's token count is overestimated rather than underestimated."""
MAX_STOP_STRINGS = 4
"""Number of stop strings that such a server accepts; all stop strings are also applied here."""
MAX_QUOTED_CHARACTERS = 200
"""Length to which a server's error is cut when an error message quotes it."""
TOP_TOKENS = 10
"""Number of alternatives of a token that are asked for; some servers allow no more than 20."""
_log = logging.getLogger("footnote.engine")


class OpenAIGenerator:
    """TextGenerator that calls `POST /v1/chat/completions`; the server queues concurrent requests."""

    def __init__(self, address: str, *, key: str = "", context_tokens: int, client: httpx.Client | None = None) -> None:
        """`address`: http(s)://HOST:PORT[/v1][#MODEL]; without #MODEL, the first model listed by the server is used."""
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
        """Identity for receipts: the server's model name; no digest, because the model file is not accessible."""
        version = f"OpenAI-compatible server at {self._base}"
        return Engine(name=self._model or "served", digest="", context_tokens=self._context_tokens, version=version)

    @property
    def starts(self) -> int:
        """How often the server was reached for the first time or again after a failure."""
        return self._reached

    def state(self) -> str:
        """Return a line with the server's address; raises the error of the last request if it failed."""
        if self._failed is not None:
            raise self._failed
        return f"served by {self._base}"

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """Return the option with the highest log-probability as first token, where the server reports them.

        Else the option named first in the reply, with probability 1.
        """
        limits = Limits(max_tokens=12, deadline=deadline)
        first = FirstToken()
        written = "".join(self._stream(messages, limits, prefill, first))
        if any(probabilities := first.probabilities(options)):
            return OptionChoice(option=options[probabilities.index(max(probabilities))], probabilities=probabilities)
        found = re.search("|".join(rf"(?<!\w){re.escape(option)}(?!\w)" for option in options), written)
        if not options or found is None:
            raise GenerationError(f"{self._model!r} names none of {list(options)!r}: {written[:60]!r}")
        return OptionChoice(option=found[0], probabilities=tuple(float(option == found[0]) for option in options))

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Yield text as it arrives, without the `prefill` that the server repeats."""
        return self._stream(messages, limits, prefill)

    def _stream(
        self, messages: Sequence[Message], limits: Limits, prefill: str, first: "FirstToken | None" = None
    ) -> Generator[str, None, None]:
        if self.count_tokens(messages) + limits.max_tokens > self._context_tokens:
            raise PromptTooLong(
                f"a prompt of about {self.count_tokens(messages)} tokens and an answer of up to {limits.max_tokens} do "
                f"not fit {self._context_tokens}; set FOOTNOTE_CONTEXT_TOKENS to what the server's model can read"
            )
        end = time.monotonic() + limits.deadline
        pieces = self._pieces(
            self._open(messages, limits, prefill, end, first is not None), limits, prefill, end, first
        )
        next(pieces)
        return pieces

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """Estimate the token count from the characters: servers have no common way to count tokens."""
        return sum(len(message.content) for message in messages) // MIN_CHARACTERS_PER_TOKEN + 8 * len(messages)

    def close(self) -> None:
        """Close the connections; the server keeps running."""
        self._client.close()

    def find_model(self) -> str:
        """Return the name of the model in use; raises ModelError if the server cannot be reached or lists no model."""
        with self._lock:
            if not self._model:
                try:
                    listed = self._client.get(f"{self._base}/models", timeout=CONNECT_TIMEOUT_SECONDS)
                    self._model = str(listed.raise_for_status().json()["data"][0]["id"])
                except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
                    raise self._unreachable(error) from error
        return self._model

    def reach(self) -> None:
        """Raise ModelError if nothing answers at the address; a server that lists no model has answered."""
        try:
            self._client.get(f"{self._base}/models", timeout=CONNECT_TIMEOUT_SECONDS)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error

    def _open(
        self, messages: Sequence[Message], limits: Limits, prefill: str, end: float, scored: bool
    ) -> httpx.Response:
        """Send the request; retry within the deadline while the server is busy or unreachable."""
        # No retry library: stamina checks its timeout before a pause, which may then exceed the deadline, and counts
        # retries in the process's metrics; tenacity would need more lines than this loop.
        pause, error = FIRST_PAUSE_SECONDS, ModelError("no request was sent")
        for attempt in range(MAX_ATTEMPTS):
            if attempt:
                if time.monotonic() + pause >= end:
                    break
                time.sleep(pause)
            try:
                response = self._client.send(self._request(messages, limits, prefill, end, scored), stream=True)
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

    def _request(
        self, messages: Sequence[Message], limits: Limits, prefill: str, end: float, scored: bool
    ) -> httpx.Request:
        left = max(end - time.monotonic(), 0.1)
        timeout = httpx.Timeout(left, connect=min(left, CONNECT_TIMEOUT_SECONDS))
        body = self._body(messages, limits, prefill)
        body |= {"logprobs": True, "top_logprobs": TOP_TOKENS} if scored else {}
        return self._client.build_request("POST", f"{self._base}/chat/completions", json=body, timeout=timeout)

    def _body(self, messages: Sequence[Message], limits: Limits, prefill: str) -> dict[str, Any]:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        if prefill and turns:
            # Servers differ in how they support prefilling; an instruction works with all of them.
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

    def _pieces(
        self, response: httpx.Response, limits: Limits, prefill: str, end: float, first: "FirstToken | None"
    ) -> Generator[str, None, None]:
        stops, head = StopFilter(limits.stop), PrefillFilter(prefill)
        try:
            yield ""  # consumed by `stream`, so that close() always runs the `finally` (as in LlamaProcess)
            for piece in _texts(response, first):
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
    """Removes the prefill from the start of a streamed reply; a reply that starts differently passes unchanged."""

    def __init__(self, prefill: str) -> None:
        self._prefill = prefill
        self._buffer: str | None = "" if prefill else None

    def feed(self, text: str) -> str:
        """Add a piece and return the text that is known to come after the prefill."""
        if self._buffer is None:
            return text
        self._buffer += text
        bare = self._buffer.lstrip()
        if len(bare) < len(self._prefill) and self._prefill.startswith(bare):
            return ""
        return self.flush()

    def flush(self) -> str:
        """Return the buffered text at the end of the stream."""
        text, self._buffer = self._buffer or "", None
        bare = text.lstrip()
        return bare.removeprefix(self._prefill) if bare.startswith(self._prefill) else text


class FirstToken:
    """First token of a reply: its alternatives with their log-probabilities, where the server reports them."""

    def __init__(self) -> None:
        self._alternatives: dict[str, float] | None = None

    def take(self, choice: dict[str, Any]) -> None:
        """Keep the alternatives of the first chunk that reports any."""
        reported = (choice.get("logprobs") or {}).get("content") or []
        if self._alternatives is None and reported:
            top = reported[0].get("top_logprobs") or [reported[0]]
            self._alternatives = {}
            for each in top:
                token = str(each["token"]).strip().lower()
                self._alternatives[token] = self._alternatives.get(token, 0.0) + math.exp(float(each["logprob"]))

    def probabilities(self, options: Sequence[str]) -> tuple[float, ...]:
        """Return the probability of each option, normalised over the options; all 0 where none is reported."""
        found = [(self._alternatives or {}).get(option.lower(), 0.0) for option in options]
        return tuple(each / sum(found) for each in found) if sum(found) else tuple(0.0 for _ in options)


def _texts(response: httpx.Response, first: FirstToken | None = None) -> Iterator[str]:
    """Yield the text of each completion chunk in an event stream."""
    for event in EventSource(response).iter_sse():
        if event.data == "[DONE]":
            return
        try:
            chunk = event.json()
            if "error" in chunk:
                raise GenerationError(f"the model server broke off: {str(chunk['error'])[:MAX_QUOTED_CHARACTERS]}")
            choices = chunk.get("choices") or [{}]
            if first is not None:
                first.take(choices[0])
            text = (choices[0].get("delta") or {}).get("content")
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            raise GenerationError(f"the model server sent no completion chunk: {event.data[:60]!r}") from error
        if text:
            yield str(text)


def check_address(address: str) -> str:
    """Return a server's URL unchanged; raises InputError for a URL without a host or with a password."""
    parsed = httpx.URL(address)
    if not parsed.host or parsed.userinfo:
        raise InputError(f"{address!r} is not the address of a server; write it as http://127.0.0.1:8080/v1#MODEL")
    return address
