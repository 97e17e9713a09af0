"""The one door to onnxruntime and tokenizers: texts to token ids, and token ids to rows of numbers, on the CPU."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from index.errors import ModelAltered, ModelMissing
from index.scheduling import InferenceScheduler

TOKENS_PER_PASS = 1024
"""Padded tokens in one pass: measured best between 600 and 1,300; more falls out of the processor's cache."""

Progress = Callable[[int, int], None]
"""Called with how many texts are done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text, or one pair of texts, as the model reads it: control tokens at the ends, none from the text itself."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    """0 for the first text and 1 for the second, one for each id."""


class Encoder:
    """A model folder (`model.onnx`, `tokenizer.json`) that runs on the CPU and may be called from several threads."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 2,
        scheduler: InferenceScheduler | None = None,
        tokens_per_pass: int = TOKENS_PER_PASS,
    ) -> None:
        """Load it; raises ModelMissing where a file is absent and ModelAltered where one cannot be read.

        Args:
            precedence: whose pass comes first; its own unless it is shared with the other models of the process.
            tokens_per_pass: padded tokens in one pass, which nothing can interrupt; a longer text has one of its own.
        """
        self._scheduler = scheduler or InferenceScheduler()
        self._tokens_per_pass = tokens_per_pass
        self._tokenizer = _load_tokenizer(_existing(folder / "tokenizer.json"))
        self._session = _load_session(_existing(folder / "model.onnx"), threads)
        self._output = self._session.get_outputs()[0]
        self._inputs = {each.name for each in self._session.get_inputs()}

    @property
    def width(self) -> int:
        """Numbers in each row that `run` returns."""
        return int(self._output.shape[-1])

    def count(self, text: str) -> int:
        """Tokens of the whole text, however long, with the control tokens the model adds."""
        return len(self._read(text)) + int(self._tokenizer.num_special_tokens_to_add(False))

    def ends(self, text: str) -> list[int]:
        """For each token of the whole text, the character offset just after it; control tokens have none."""
        return [end for _, end in self._read(text).offsets]

    def encode(self, text: str, other: str | None = None, *, max_tokens: int) -> Tokens:
        """Token ids cut to `max_tokens` with the control tokens in place; of a pair, the longer side is cut first."""
        first, second = self._read(text), None if other is None else self._read(other)
        room = max_tokens - int(self._tokenizer.num_special_tokens_to_add(second is not None))
        longest = len(second) if second else 0
        first.truncate(min(len(first), max(room - longest, room - room // 2)))
        if second:
            second.truncate(min(longest, room - len(first)))
        whole = self._tokenizer.post_process(first, second)
        return Tokens(tuple(whole.ids), tuple(whole.type_ids))

    def run(self, texts: Sequence[Tokens], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """One float32 row for each text, shape (n, width), in the order given whatever order they are run in."""
        rows = np.zeros((len(texts), self.width), dtype=np.float32)
        done = 0
        for members in _batches([len(each.ids) for each in texts], self._tokens_per_pass):
            rows[members] = self._forward([texts[i] for i in members], self._output.name)[0]
            done += len(members)
            if progress:
                progress(done, len(texts))
        return rows

    def run_with_states(
        self, texts: Sequence[Tokens], *, progress: Progress | None = None
    ) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """The rows of `run`, and from the same pass each text's last hidden states, (tokens, width), controls too."""
        rows = np.zeros((len(texts), self.width), dtype=np.float32)
        states: list[NDArray[np.float32]] = [np.zeros((0, self.width), dtype=np.float32)] * len(texts)
        done = 0
        for members in _batches([len(each.ids) for each in texts], self._tokens_per_pass):
            rows[members], padded = self._forward([texts[i] for i in members], self._output.name, "tokens")
            for row, i in enumerate(members):
                states[i] = padded[row, : len(texts[i].ids)]
            done += len(members)
            if progress:
                progress(done, len(texts))
        return rows, states

    def _read(self, text: str) -> Encoding:
        # A lone surrogate (from broken JSON) cannot cross into Rust; "?" is one character too, so offsets still hold.
        return self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False)

    def _forward(self, batch: Sequence[Tokens], *outputs: str) -> list[NDArray[np.float32]]:
        feeds = {name: array for name, array in _padded(batch).items() if name in self._inputs}
        with self._scheduler.forward_pass():
            return [np.asarray(found, dtype=np.float32) for found in self._session.run(list(outputs), feeds)]


def _batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Positions in groups of like length, each padding to at most so many tokens or holding one text."""
    group: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and lengths[i] * (len(group) + 1) > tokens:
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def _padded(batch: Sequence[Tokens]) -> dict[str, NDArray[np.int64]]:
    shape = (len(batch), max(len(each.ids) for each in batch))
    ids, mask, types = (np.zeros(shape, dtype=np.int64) for _ in range(3))
    for row, each in enumerate(batch):
        ids[row, : len(each.ids)] = each.ids
        types[row, : len(each.ids)] = each.types
        mask[row, : len(each.ids)] = 1
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def _existing(path: Path) -> Path:
    if not path.is_file():
        raise ModelMissing(f"no model file {str(path)!r}: run `footnote models pull`")
    return path


def _load_tokenizer(path: Path) -> Tokenizer:
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # the Rust side raises bare Exception
        raise ModelAltered(f"cannot read {str(path)!r}: run `footnote models pull`") from error
    # The file asks for 128 tokens, silently; and "[SEP]" in an article must stay six characters, never a control token.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def _load_session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Waiting threads that spin take the cores from the generator: on a busy machine they cost a quarter of the speed.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors share no base of their own
        raise ModelAltered(f"cannot load {str(path)!r}: run `footnote models pull`") from error
