"""ONNX encoder: tokenizes texts and runs a model on the CPU; the only importer of onnxruntime and tokenizers."""

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
"""Most padded tokens per forward pass: fastest between 600 and 1,300; more does not fit the processor's cache."""

Progress = Callable[[int, int], None]
"""Called with the number of texts done and the number of all texts."""


@dataclass(frozen=True, slots=True)
class TokenIds:
    """Token ids of a text or of a pair of texts; special tokens occur only where the model adds them."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    """Token type of each id: 0 in the first text, 1 in the second."""
    offsets: tuple[tuple[int, int], ...] = ()
    """For a pair: start and end of each token in its own text, in characters; (0, 0) for special tokens."""


class OnnxEncoder:
    """ONNX encoder: a model folder (`model.onnx`, `tokenizer.json`) loaded for the CPU; thread-safe."""

    def __init__(
        self,
        folder: Path,
        *,
        threads: int = 2,
        scheduler: InferenceScheduler | None = None,
        tokens_per_pass: int = TOKENS_PER_PASS,
    ) -> None:
        """Load tokenizer and model; raises ModelMissing for a missing file and ModelAltered for an unreadable one.

        Args:
            scheduler: shared by the models of a process; by default the encoder creates one for itself.
            tokens_per_pass: most padded tokens per forward pass, which cannot be interrupted; a longer text runs alone.
        """
        self._scheduler = scheduler or InferenceScheduler()
        self._tokens_per_pass = tokens_per_pass
        self._tokenizer = _load_tokenizer(_existing(folder / "tokenizer.json"))
        self._session = _load_session(_existing(folder / "model.onnx"), threads)
        self._output = self._session.get_outputs()[0]
        self._inputs = {each.name for each in self._session.get_inputs()}

    @property
    def width(self) -> int:
        """Length of each row that `run` returns."""
        return int(self._output.shape[-1])

    def count_tokens(self, text: str) -> int:
        """Return the number of tokens of the whole text, without truncation, special tokens included."""
        return len(self._tokenize(text)) + int(self._tokenizer.num_special_tokens_to_add(False))

    def token_ends(self, text: str) -> list[int]:
        """Return the end offset of each token of the whole text in characters, without special tokens."""
        return [end for _, end in self._tokenize(text).offsets]

    def encode(self, text: str, other: str | None = None, *, max_tokens: int) -> TokenIds:
        """Tokenize and truncate to `max_tokens`, special tokens included; of a pair the longer text is cut first."""
        first, second = self._tokenize(text), None if other is None else self._tokenize(other)
        room = max_tokens - int(self._tokenizer.num_special_tokens_to_add(second is not None))
        longest = len(second) if second else 0
        first.truncate(min(len(first), max(room - longest, room - room // 2)))
        if second:
            second.truncate(min(longest, room - len(first)))
        whole = self._tokenizer.post_process(first, second)
        return TokenIds(tuple(whole.ids), tuple(whole.type_ids), tuple(whole.offsets) if second else ())

    def run(self, texts: Sequence[TokenIds], *, progress: Progress | None = None) -> NDArray[np.float32]:
        """Return the output rows of the texts, shape (n, width), float32, in the order of the texts."""
        rows = np.zeros((len(texts), self.width), dtype=np.float32)
        done = 0
        for members in _batches([len(each.ids) for each in texts], self._tokens_per_pass):
            rows[members] = self._forward([texts[i] for i in members], self._output.name)[0]
            done += len(members)
            if progress:
                progress(done, len(texts))
        return rows

    def run_with_states(
        self, texts: Sequence[TokenIds], *, progress: Progress | None = None
    ) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
        """Return the rows of `run`, and the last hidden states of each text: (tokens, width), with special tokens."""
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

    def outputs(self, pairs: Sequence[TokenIds], *names: str) -> list[tuple[NDArray[np.float32], ...]]:
        """Return for each pair the named outputs of the model: its own rows, still padded along the tokens."""
        found: list[tuple[NDArray[np.float32], ...]] = [()] * len(pairs)
        for members in _batches([len(each.ids) for each in pairs], self._tokens_per_pass):
            arrays = self._forward([pairs[i] for i in members], *names)
            for row, i in enumerate(members):
                found[i] = tuple(array[row] for array in arrays)
        return found

    def _tokenize(self, text: str) -> Encoding:
        # A lone surrogate (from broken JSON) cannot be passed to Rust; "?" is one character too, so offsets stay valid.
        return self._tokenizer.encode(text.encode("utf-8", "replace").decode("utf-8"), add_special_tokens=False)

    def _forward(self, batch: Sequence[TokenIds], *outputs: str) -> list[NDArray[np.float32]]:
        feeds = {name: array for name, array in _padded(batch).items() if name in self._inputs}
        with self._scheduler.forward_pass():
            return [np.asarray(found, dtype=np.float32) for found in self._session.run(list(outputs), feeds)]


def _batches(lengths: Sequence[int], tokens: int) -> Iterator[list[int]]:
    """Yield batches of indices of texts of similar length: at most `tokens` padded tokens each, or one longer text."""
    group: list[int] = []
    for i in sorted(range(len(lengths)), key=lengths.__getitem__):
        if group and lengths[i] * (len(group) + 1) > tokens:
            yield group
            group = []
        group.append(i)
    if group:
        yield group


def _padded(batch: Sequence[TokenIds]) -> dict[str, NDArray[np.int64]]:
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
    # The file's settings truncate silently to 128 tokens; "[SEP]" in an article must not become a special token.
    tokenizer.no_truncation()
    tokenizer.no_padding()
    tokenizer.encode_special_tokens = True
    return tokenizer


def _load_session(path: Path, threads: int) -> ort.InferenceSession:
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    # Threads that spin while they wait take cores from the generator: a quarter of its speed on a busy machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    try:
        return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # onnxruntime's errors have no common base class
        raise ModelAltered(f"cannot load {str(path)!r}: run `footnote models pull`") from error
