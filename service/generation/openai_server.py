"""A language model behind an OpenAI-compatible server: llama-server, vLLM, Ollama, or somebody's cloud.

What is sent there leaves this process, and the machine where the server is elsewhere: question and evidence sentences.
"""

import json
import logging
import re
import time
from collections.abc import Generator, Iterator, Sequence
from threading import Lock
from typing import Any
from urllib.parse import urldefrag

import httpx

from index.errors import DeadlineExceeded, GenerationError, InputError, ModelError, PromptTooLong
from service.generation.stop_strings import StopFilter
from service.generation.types import Engine, Limits, Message, OptionChoice

ATTEMPTS = 3
"""Tries of one request; never after its first word came."""
FIRST_PAUSE, LONGEST_PAUSE = 0.5, 10.0
BUSY = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which it is worth to ask again."""
CONNECT_SECONDS = 5.0
CHARACTERS_A_TOKEN = 3
"""At least, in English: with it a prompt is thought longer than it is, never shorter."""
_log = logging.getLogger("footnote.engine")


class ServedModel:
    """A Generator over `POST /v1/chat/completions`; several callers at once are the server's to serve."""

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
        """What goes into receipts: the server's word for its model, for nobody can hash it from here."""
        version = f"OpenAI-compatible server at {self._base}"
        return Engine(name=self._model or "served", digest="", context_tokens=self._context_tokens, version=version)

    @property
    def starts(self) -> int:
        """How often it was reached after it had not been."""
        return self._reached

    def state(self) -> str:
        """Where it is; raises the error of the last request, if that failed."""
        if self._failed is not None:
            raise self._failed
        return f"served by {self._base}"

    def choose(
        self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "", deadline: float = 60.0
    ) -> OptionChoice:
        """The option that the reply names first; such servers tell no odds, so it gets them all."""
        limits = Limits(max_tokens=12, deadline=deadline)
        written = "".join(self.stream(messages, limits, prefill=prefill))
        found = re.search("|".join(rf"(?<!\w){re.escape(option)}(?!\w)" for option in options), written)
        if not options or found is None:
            raise GenerationError(f"{self._model!r} names none of {list(options)!r}: {written[:60]!r}")
        return OptionChoice(option=found[0], odds=tuple(float(option == found[0]) for option in options))

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Generator[str, None, None]:
        """Text as it comes; what the server repeats of `prefill` is left out."""
        if self.count_tokens(messages) + limits.max_tokens > self._context_tokens:
            raise PromptTooLong(
                f"a prompt of about {self.count_tokens(messages)} tokens and an answer of up to {limits.max_tokens} do "
                f"not fit {self._context_tokens}; set FOOTNOTE_CONTEXT_TOKENS to what the server's model can read"
            )
        end = time.monotonic() + limits.deadline
        pieces = self._pieces(self._opened(messages, limits, prefill, end), limits, prefill, end)
        next(pieces)
        return pieces

    def count_tokens(self, messages: Sequence[Message]) -> int:
        """About how many: each server has its own way to count, or none."""
        return sum(len(message.content) for message in messages) // CHARACTERS_A_TOKEN + 8 * len(messages)

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()

    def find_model(self) -> str:
        """The model that is asked for; raises ModelError where the server cannot be reached or has none."""
        with self._lock:
            if not self._model:
                try:
                    listed = self._client.get(f"{self._base}/models", timeout=CONNECT_SECONDS)
                    self._model = str(listed.raise_for_status().json()["data"][0]["id"])
                except (httpx.HTTPError, ValueError, LookupError, TypeError) as error:
                    raise self._unreached(error) from error
        return self._model

    def _opened(self, messages: Sequence[Message], limits: Limits, prefill: str, end: float) -> httpx.Response:
        """The response, begun; tried again while the server is busy or away, within the deadline."""
        pause, last = FIRST_PAUSE, ModelError("it was not asked")
        for attempt in range(ATTEMPTS):
            if attempt:
                if time.monotonic() + pause >= end:
                    break
                time.sleep(pause)
            try:
                body = self._body(messages, limits, prefill)
                response = self._client.send(self._request(body, end), stream=True)
            except httpx.TimeoutException as error:
                raise self._fail(self._late(limits)) from error
            except httpx.HTTPError as error:
                last = self._unreached(error)
                continue
            except ModelError as error:
                last = error
                continue
            if response.status_code == 200:
                if self._failed is not None or not self._reached:
                    self._reached += 1
                self._failed = None
                return response
            last = self._refused(response)
            if response.status_code not in BUSY:
                break
            pause = min(_after(response) or pause * 2, LONGEST_PAUSE)
        raise self._fail(last)

    def _request(self, body: dict[str, Any], end: float) -> httpx.Request:
        left = max(end - time.monotonic(), 0.1)
        timeout = httpx.Timeout(left, connect=min(left, CONNECT_SECONDS))
        return self._client.build_request("POST", f"{self._base}/chat/completions", json=body, timeout=timeout)

    def _body(self, messages: Sequence[Message], limits: Limits, prefill: str) -> dict[str, Any]:
        turns = [{"role": message.role, "content": message.content} for message in messages]
        if prefill and turns:
            # Servers differ in how a reply is begun for the model; all of them can be asked.
            turns[-1]["content"] += f"\n\nBegin your reply with exactly: {prefill}"
        return {
            "model": self.find_model(),
            "messages": turns,
            "max_tokens": limits.max_tokens,
            "temperature": limits.temperature,
            "seed": limits.seed,
            "stream": True,
            **({"stop": list(limits.stop)[:4]} if limits.stop else {}),
        }

    def _pieces(self, response: httpx.Response, limits: Limits, prefill: str, end: float) -> Generator[str, None, None]:
        stops, head = StopFilter(limits.stop), Head(prefill)
        try:
            yield ""  # see LlamaProcess: drawn by `stream`, so that closing always comes to the `finally`
            for piece in _told(response):
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
        except httpx.HTTPError as error:
            raise self._fail(self._unreached(error)) from error
        finally:
            response.close()

    def _late(self, limits: Limits) -> DeadlineExceeded:
        return DeadlineExceeded(f"the server at {self._base} did not finish within {limits.deadline:g} s")

    def _unreached(self, error: Exception) -> ModelError:
        reason = " ".join(str(error).split()) or type(error).__name__
        return GenerationError(f"the model server at {self._base} does not answer ({reason}); is it running?")

    def _refused(self, response: httpx.Response) -> ModelError:
        response.read()
        said = " ".join(response.text.split())[:200]
        response.close()
        if response.status_code in (401, 403):
            return ModelError(f"the model server at {self._base} wants a key: set FOOTNOTE_ENGINE_KEY")
        return GenerationError(f"the model server at {self._base} answered {response.status_code}: {said}")

    def _fail(self, error: ModelError) -> ModelError:
        self._failed = error
        _log.warning("the model server failed", extra={"server": self._base, "fault": str(error)})
        return error


class Head:
    """The beginning of a reply, without the words with which it was asked to begin."""

    def __init__(self, prefill: str) -> None:
        self._prefill = prefill
        self._held: str | None = "" if prefill else None

    def feed(self, text: str) -> str:
        """What is now known to belong to the reply."""
        if self._held is None:
            return text
        self._held += text
        bare = self._held.lstrip()
        if len(bare) < len(self._prefill) and self._prefill.startswith(bare):
            return ""
        return self.flush()

    def flush(self) -> str:
        """What was held back."""
        held, self._held = self._held or "", None
        bare = held.lstrip()
        return bare.removeprefix(self._prefill) if bare.startswith(self._prefill) else held


def _told(response: httpx.Response) -> Iterator[str]:
    """The text in a stream of completion chunks."""
    for line in response.iter_lines():
        if not line.startswith("data:"):
            continue
        data = line.removeprefix("data:").strip()
        if data == "[DONE]":
            return
        try:
            chunk = json.loads(data)
            if "error" in chunk:
                raise GenerationError(f"the model server broke off: {str(chunk['error'])[:200]}")
            choices = chunk.get("choices") or [{}]
            text = (choices[0].get("delta") or {}).get("content")
        except (ValueError, LookupError, AttributeError, TypeError) as error:
            raise GenerationError(f"the model server sent what is no completion: {data[:60]!r}") from error
        if text:
            yield str(text)


def _after(response: httpx.Response) -> float:
    value = response.headers.get("retry-after", "")
    return float(value) if value.isdecimal() else 0.0


def check_address(address: str) -> str:
    """The address, if it is one; raises InputError."""
    parsed = httpx.URL(address)
    if not parsed.host or parsed.userinfo:
        raise InputError(f"{address!r} is no address of a server; write it as http://127.0.0.1:8080/v1#MODEL")
    return address
