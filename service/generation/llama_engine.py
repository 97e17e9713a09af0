"""llama.cpp inference: tokenise, score options and generate text; imported only in the engine's child process."""

import ctypes
import os
from codecs import getincrementaldecoder
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import llama_cpp
import numpy as np

from index.errors import InputError, ModelError, PromptTooLong
from service.generation.chat_template import ChatTemplate
from service.generation.stop_strings import StopFilter
from service.generation.types import Limits, Message, OptionChoice

MAX_TOKEN_BYTES = 1024
LOG_ERROR = 4  # GGML_LOG_LEVEL_ERROR; the table in llama_cpp._logger is outdated and has 3

_log_errors: deque[str] = deque(maxlen=4)
"""The last errors that llama.cpp logged, because its exceptions do not say why a model cannot be loaded."""


@llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
def _keep_error(level: int, text: bytes, _data: ctypes.c_void_p) -> None:
    if level == LOG_ERROR:
        _log_errors.append(" ".join(text.decode("utf-8", "replace").split()))


class Cancelled(Exception):
    """The current request was cancelled."""


class LlamaEngine:
    """One model with one context; handles one request at a time and is not thread-safe."""

    def __init__(
        self,
        model_path: Path,
        *,
        context_tokens: int,
        threads: int,
        deterministic: bool = True,
        cancelled: Callable[[], bool] = lambda: False,
        pause: Callable[[Callable[[], bool]], None] = lambda stopped: None,
    ) -> None:
        """`pause` may block between two steps of inference; its argument is a function that returns whether to stop."""
        self._pause = pause
        self._deterministic = deterministic
        self._cancelled = cancelled
        self._llama = _load(model_path, context_tokens, threads)
        self._vocab = llama_cpp.llama_model_get_vocab(self._llama.model)
        self._buffer = ctypes.create_string_buffer(MAX_TOKEN_BYTES)
        metadata = self._llama.metadata
        bos, eos = (self._token_text(token) for token in (self._llama.token_bos(), self._llama.token_eos()))
        self._chat = ChatTemplate(metadata.get("tokenizer.chat_template"), bos=bos, eos=eos)
        # ggml calls it before each node of the graph, so that a long prompt can be aborted as fast as generation.
        # The attribute keeps the callback alive: C code has no reference to it.
        self._abort = llama_cpp.llama_cpp.ggml_abort_callback(lambda _data: self._stopped())
        self._no_abort = llama_cpp.llama_cpp.ggml_abort_callback()

    def _stopped(self) -> bool:
        self._pause(self._cancelled)
        return self._cancelled()

    def prompt(self, messages: Sequence[Message]) -> list[int]:
        """Return the prompt's token ids up to the assistant's reply; message content never becomes control tokens."""
        ids: list[int] = []
        for text, template in self._chat.pieces(messages):
            ids += self.tokens(text, special=template)
        bos = self._llama.token_bos()
        wanted = llama_cpp.llama_vocab_get_add_bos(self._vocab)
        return [bos, *ids] if wanted and ids[:1] != [bos] else ids

    def tokens(self, text: str, *, special: bool = False) -> list[int]:
        """Return the token ids of a text; with `special`, names of control tokens become control tokens."""
        return self._llama.tokenize(text.encode(), add_bos=False, special=special)

    def choose(self, messages: Sequence[Message], options: Sequence[str], *, prefill: str = "") -> OptionChoice:
        """Choose the most probable option, from the logits of the one token in which the options differ.

        Raises:
            InputError: the options do not differ in exactly one token.
            PromptTooLong: the prompt does not fit the context.
        """
        common, tokens = self._split(options, prefill)
        ids = self._fit(self.prompt(messages) + common, 1)
        next(self._generated(ids, Limits()))
        logits = llama_cpp.llama_get_logits_ith(self._llama.ctx, -1)
        scores = np.ctypeslib.as_array(logits, shape=(self._llama.n_vocab(),))[tokens].astype(np.float64)
        weights = np.exp(scores - scores.max())
        probabilities = weights / weights.sum()
        return OptionChoice(option=options[int(probabilities.argmax())], probabilities=tuple(probabilities.tolist()))

    def stream(self, messages: Sequence[Message], limits: Limits, *, prefill: str = "") -> Iterator[str]:
        """Yield whole characters as they are generated, up to a stop string, the end token or `max_tokens`."""
        ids = self._fit(self.prompt(messages) + self.tokens(prefill), limits.max_tokens)
        # The bytes of an incomplete last character stay in the decoder and are dropped with it.
        decoder, stops = getincrementaldecoder("utf-8")("replace"), StopFilter(limits.stop)
        for token in islice(self._generated(ids, limits), limits.max_tokens):
            if llama_cpp.llama_vocab_is_eog(self._vocab, token):
                break
            if text := stops.feed(decoder.decode(self._bytes(token))):
                yield text
            if stops.stopped:
                return
        if rest := stops.flush():
            yield rest

    def _split(self, options: Sequence[str], prefill: str) -> tuple[list[int], list[int]]:
        tails = [self.tokens(prefill + option) for option in options]
        heads = {tuple(tail[:-1]) for tail in tails}
        lasts = [tail[-1] for tail in tails if tail]
        if not options or len(heads) > 1 or len(set(lasts)) < len(options):
            raise InputError(
                f"the options {list(options)!r} do not differ in exactly one token of this model after {prefill!r}; "
                "use single digits or single common words"
            )
        return tails[0][:-1], lasts

    def _fit(self, ids: list[int], max_tokens: int) -> list[int]:
        room = self._llama.n_ctx()
        if len(ids) + max_tokens > room:
            raise PromptTooLong(
                f"a prompt of {len(ids)} tokens and an answer of up to {max_tokens} do not fit the {room} tokens "
                "of the model's context; shorten the text or allow a shorter answer"
            )
        return ids

    def _generated(self, ids: list[int], limits: Limits) -> Iterator[int]:
        if self._deterministic:
            self._clear_cache()
        self._llama.set_seed(limits.seed)
        tokens = self._llama.generate(ids, temp=limits.temperature)
        self._abort_within_tokens(True)
        while True:
            try:
                token = next(tokens)
            except RuntimeError as error:
                self._clear_cache()
                raise (Cancelled() if self._cancelled() else error) from error
            if self._stopped():
                raise Cancelled
            # One token takes little time: hundreds of checks within it would cost more than they save.
            self._abort_within_tokens(False)
            yield token

    def _abort_within_tokens(self, enabled: bool) -> None:
        callback = self._abort if enabled else self._no_abort
        llama_cpp.llama_set_abort_callback(self._llama.ctx, callback, ctypes.c_void_p(None))

    def _clear_cache(self) -> None:
        self._llama.reset()  # type: ignore[no-untyped-call]
        llama_cpp.llama_memory_clear(llama_cpp.llama_get_memory(self._llama.ctx), False)

    def _bytes(self, token: int) -> bytes:
        # Llama.detokenize has a buffer of 32 bytes and silently drops a longer token.
        size = llama_cpp.llama_token_to_piece(self._vocab, token, self._buffer, MAX_TOKEN_BYTES, 0, False)
        return self._buffer.raw[: max(size, 0)]

    def _token_text(self, token: int) -> str:
        return llama_cpp.llama_vocab_get_text(self._vocab, token).decode() if token >= 0 else ""


def _load(path: Path, context_tokens: int, threads: int) -> llama_cpp.Llama:
    llama_cpp.llama_log_set(_keep_error, ctypes.c_void_p(None))
    try:
        llama = llama_cpp.Llama(
            os.fspath(path),
            n_ctx=context_tokens,
            n_threads=threads,
            n_threads_batch=threads,
            flash_attn=True,
            verbose=False,
        )
    except (ValueError, RuntimeError) as error:
        reason = _log_errors[0] if _log_errors else str(error)
        raise ModelError(f"the model file {str(path)!r} cannot be loaded ({reason}); fetch it again") from error
    trained = llama_cpp.llama_model_n_ctx_train(llama.model)
    if context_tokens > trained:
        raise ModelError(
            f"{str(path)!r} was trained for {trained} tokens, and not for a context of {context_tokens}; ask for less"
        )
    return llama
