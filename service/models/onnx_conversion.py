"""Safetensors to ONNX without PyTorch: the BERT graph, written out with the standard operators.

Standard operators, left to onnxruntime's optimiser, ran 5 to 7 % faster than its contributed Attention or
MultiHeadAttention with SkipLayerNormalization (120-word texts, two threads, side by side on a busy machine).
"""

import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from safetensors import SafetensorError
from safetensors.numpy import load_file

from index.encoder import OnnxEncoder
from index.errors import ModelAltered
from service.models.fitted_updates import LinearHead, Weights
from service.models.manifest import CONVERTER

HEADS = 12
EPSILON = 1e-12
OPSET = 20
LEAST_COSINE = 0.9999
REFERENCE = Path(__file__).with_name("reference_vectors.json")

Adjust = Callable[[Weights], tuple[Weights, LinearHead | None]]
"""Other weights in the place of a file's own, and a head that scores what they compute, or none."""


def convert(source: Path, target: Path, *, adjust: Adjust | None = None) -> None:
    """Write the graph of a BERT safetensors file to `target`.

    Without a head the outputs are `embedding` (n, hidden), of unit length, and `tokens` (n, length, hidden), the
    last hidden states; with one, `logit` (n, 1). Raises ModelAltered where the source is not such a file.
    """
    try:
        weights: Weights = load_file(source)
        head: LinearHead | None = None
        if adjust:
            weights, head = adjust(weights)
        model = _Graph(weights).model(head)
    except (SafetensorError, KeyError) as error:
        raise ModelAltered(f"{str(source)!r} is not a BERT model we can convert: {error}") from error
    target.write_bytes(model.SerializeToString())


def check(folder: Path) -> float:
    """The least cosine between a converted embedder's vectors and the known ones; raises ModelAltered below 0.9999."""
    known = json.loads(REFERENCE.read_text("utf-8"))
    expected = np.asarray(known["vectors"], dtype=np.float32)
    encoder = OnnxEncoder(folder)
    found = encoder.run([encoder.encode(text, max_tokens=known["max_tokens"]) for text in known["sentences"]])
    cosine = float((found * expected).sum(axis=1).min() if found.shape == expected.shape else -1.0)
    if not cosine >= LEAST_COSINE:  # so written because a NaN must fail too
        raise ModelAltered(
            f"the converted model in {folder.name!r} gives other vectors than it should (cosine {cosine:.4f}): "
            "nothing was installed; run `footnote models pull` again, and report it if it stays"
        )
    return cosine


class _Graph:
    """One BERT encoder being written down; each method adds nodes and returns the name of what they compute."""

    def __init__(self, weights: Weights) -> None:
        self._weights = weights
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._hidden = weights["embeddings.LayerNorm.weight"].shape[0]

    def model(self, head: LinearHead | None) -> onnx.ModelProto:
        """The whole graph, checked, with its batch and length left open."""
        tokens = self._encode()
        mean = self._mean(tokens)
        if head:
            outputs = [self._named("logit", self._score(mean, head), ["n", 1])]
        else:
            unit = self._op("LpNormalization", mean, axis=-1, p=2)
            outputs = [
                self._named("embedding", unit, ["n", self._hidden]),
                self._named("tokens", tokens, ["n", "length", self._hidden]),
            ]
        names = ("input_ids", "attention_mask", "token_type_ids")
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"]) for name in names]
        graph = helper.make_graph(self._nodes, "bert", inputs, outputs, list(self._constants.values()))
        opsets = [helper.make_opsetid("", OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name=f"footnote {CONVERTER}")
        onnx.checker.check_model(model)
        return model

    def _encode(self) -> str:
        mask = self._op("Unsqueeze", self._op("Cast", "attention_mask", to=TensorProto.FLOAT), self._ints(1, 2))
        # Far below any attention score, and far from overflow when a score is added.
        unseen = self._op("Mul", self._op("Sub", mask, self._number(1.0)), self._number(1e9))
        hidden = self._embed()
        layer = 0
        while f"encoder.layer.{layer}.output.dense.weight" in self._weights:
            hidden = self._layer(hidden, unseen, f"encoder.layer.{layer}.")
            layer += 1
        return hidden

    def _embed(self) -> str:
        place = "embeddings."
        length = self._op("Gather", self._op("Shape", "input_ids"), self._ints(1), axis=0)
        positions = self._op(
            "Slice", self._weight(place + "position_embeddings.weight"), self._ints(0), length, self._ints(0)
        )
        words = self._op("Gather", self._weight(place + "word_embeddings.weight"), "input_ids")
        types = self._op("Gather", self._weight(place + "token_type_embeddings.weight"), "token_type_ids")
        return self._norm(self._op("Add", self._op("Add", words, types), positions), place + "LayerNorm")

    def _layer(self, hidden: str, unseen: str, place: str) -> str:
        seen = self._linear(self._attend(hidden, unseen, place + "attention.self."), place + "attention.output.dense")
        hidden = self._norm(self._op("Add", seen, hidden), place + "attention.output.LayerNorm")
        # Gelu with its default `approximate="none"` is the exact one, over erf.
        wide = self._op("Gelu", self._linear(hidden, place + "intermediate.dense"))
        return self._norm(
            self._op("Add", self._linear(wide, place + "output.dense"), hidden), place + "output.LayerNorm"
        )

    def _attend(self, hidden: str, unseen: str, place: str) -> str:
        query = self._split(hidden, place + "query", [0, 2, 1, 3])
        key = self._split(hidden, place + "key", [0, 2, 3, 1])
        value = self._split(hidden, place + "value", [0, 2, 1, 3])
        scale = self._number(math.sqrt(self._hidden // HEADS))
        scores = self._op("Add", self._op("Div", self._op("MatMul", query, key), scale), unseen)
        mixed = self._op("MatMul", self._op("Softmax", scores, axis=-1), value)
        return self._op("Reshape", self._op("Transpose", mixed, perm=[0, 2, 1, 3]), self._ints(0, 0, self._hidden))

    def _split(self, hidden: str, name: str, order: list[int]) -> str:
        """A projection cut into heads, its axes (batch, token, head, part) in the order given."""
        parts = self._ints(0, 0, HEADS, self._hidden // HEADS)
        return self._op("Transpose", self._op("Reshape", self._linear(hidden, name), parts), perm=order)

    def _mean(self, tokens: str) -> str:
        """The mean over the tokens that are not padding, shape (n, hidden)."""
        mask = self._op("Unsqueeze", self._op("Cast", "attention_mask", to=TensorProto.FLOAT), self._ints(1))
        total = self._op("Squeeze", self._op("MatMul", mask, tokens), self._ints(1))
        return self._op("Div", total, self._op("ReduceSum", mask, self._ints(2), keepdims=0))

    def _score(self, mean: str, head: LinearHead) -> str:
        vector = self._constant("head.vector", head.vector.astype(np.float32).reshape(-1, 1))
        return self._op("Add", self._op("MatMul", mean, vector), self._number(head.bias))

    def _linear(self, value: str, name: str) -> str:
        # Safetensors keep a layer as (out, in); MatMul wants (in, out).
        kernel = self._constant(name + ".kernel", self._weights[name + ".weight"].T)
        return self._op("Add", self._op("MatMul", value, kernel), self._weight(name + ".bias"))

    def _norm(self, value: str, name: str) -> str:
        scale, shift = self._weight(name + ".weight"), self._weight(name + ".bias")
        return self._op("LayerNormalization", value, scale, shift, axis=-1, epsilon=EPSILON)

    def _named(self, name: str, value: str, shape: list[str | int]) -> onnx.ValueInfoProto:
        self._nodes.append(helper.make_node("Identity", [value], [name]))
        return helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)

    def _op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        output = f"{kind.lower()}_{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, inputs, [output], **attributes))
        return output

    def _weight(self, name: str) -> str:
        return self._constant(name, self._weights[name])

    def _ints(self, *values: int) -> str:
        return self._constant(f"ints {values}", np.asarray(values, dtype=np.int64))

    def _number(self, value: float) -> str:
        return self._constant(f"number {value}", np.asarray(value, dtype=np.float32))

    def _constant(self, name: str, array: NDArray[np.float32] | NDArray[np.int64]) -> str:
        if name not in self._constants:
            self._constants[name] = numpy_helper.from_array(array, name)
        return name
