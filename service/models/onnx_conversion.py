"""ONNX conversion: convert BERT safetensors without PyTorch to a graph of standard operators.

Standard operators, optimised by onnxruntime, ran 5 to 7 % faster than its contributed Attention or
MultiHeadAttention with SkipLayerNormalization (120-word texts, two threads, compared on the same busy machine).
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
from service.models.fitted_updates import ENTAILMENT, READER, Heads, Weights
from service.models.manifest import CONVERTER

ATTENTION_HEADS = 12
LAYER_NORM_EPSILON = 1e-12
ONNX_OPSET = 20
MIN_COSINE = 0.9999
"""Minimum cosine to the reference vectors, which PyTorch computed from the same weights."""
REFERENCE_VECTORS = Path(__file__).with_name("reference_vectors.json")

SPECIAL_TOKENS = (101, 102)
"""[CLS] and [SEP] of BERT's vocabulary."""
NEVER = -1e4
"""Logit of what is not allowed."""

Adjust = Callable[[Weights], tuple[Weights, Heads]]
"""Function that replaces the loaded weights and adds heads."""


def convert(source: Path, target: Path, *, kind: str = "embedder", adjust: Adjust | None = None) -> None:
    """Write the graph of a BERT safetensors file to `target`, with the outputs of its kind.

    `embedder`: `embedding` (n, hidden), of unit length, and `tokens` (n, length, hidden), the last hidden states.
    `reader`: `answers` (n, 1), the log-odds that the passage answers, and `spans` (n, length, 2), logits of the first
    and the last token, where position 0 stands for no answer.
    `entailment`: `labels` (n, 4), logits of supported, contradicted, neither and attributed, and `marks` (n, length),
    per token of the hypothesis the log-odds that the premise does not carry it.
    Raises ModelAltered if the source is not such a file.
    """
    try:
        weights: Weights = load_file(source)
        heads: Heads = {}
        if adjust:
            weights, heads = adjust(weights)
        model = _Graph(weights, heads).model(kind)
    except (SafetensorError, KeyError) as error:
        raise ModelAltered(f"{str(source)!r} is not a BERT model that can be converted: {error}") from error
    target.write_bytes(model.SerializeToString())


def check(folder: Path) -> float:
    """Return the smallest cosine between converted and reference vectors; raises ModelAltered below MIN_COSINE."""
    known = json.loads(REFERENCE_VECTORS.read_text("utf-8"))
    expected = np.asarray(known["vectors"], dtype=np.float32)
    encoder = OnnxEncoder(folder)
    found = encoder.run([encoder.encode(text, max_tokens=known["max_tokens"]) for text in known["sentences"]])
    cosine = float((found * expected).sum(axis=1).min() if found.shape == expected.shape else -1.0)
    if not cosine >= MIN_COSINE:  # not `<`, because NaN must fail too
        raise ModelAltered(
            f"the converted model in {folder.name!r} does not give the reference vectors (cosine {cosine:.4f}): "
            "nothing was installed; run `footnote models pull` again, and report it if this happens again"
        )
    return cosine


class _Graph:
    """Builder of a BERT encoder graph; each method adds nodes and returns the name of their output."""

    def __init__(self, weights: Weights, heads: Heads) -> None:
        self._weights = weights
        self._heads = heads
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._hidden = weights["embeddings.LayerNorm.weight"].shape[0]

    def model(self, kind: str) -> onnx.ModelProto:
        """Return the checked model, with dynamic batch size and length."""
        outputs = {READER: self._reader, ENTAILMENT: self._entailment}.get(kind, self._embedder)(self._encode())
        names = ("input_ids", "attention_mask", "token_type_ids")
        inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "length"]) for name in names]
        graph = helper.make_graph(self._nodes, "bert", inputs, outputs, list(self._constants.values()))
        opsets = [helper.make_opsetid("", ONNX_OPSET)]
        model = helper.make_model(graph, opset_imports=opsets, ir_version=9, producer_name=f"footnote {CONVERTER}")
        onnx.checker.check_model(model)
        return model

    def _embedder(self, tokens: str) -> list[onnx.ValueInfoProto]:
        unit = self._op("LpNormalization", self._mean(tokens), axis=-1, p=2)
        return [
            self._named("embedding", unit, ["n", self._hidden]),
            self._named("tokens", tokens, ["n", "length", self._hidden]),
        ]

    def _reader(self, tokens: str) -> list[onnx.ValueInfoProto]:
        spans = self._head(tokens, "span")
        passage = self._op("And", self._op("Equal", "token_type_ids", self._ints(1)), self._op("Not", self._special()))
        first = self._op("Equal", "input_ids", self._ints(SPECIAL_TOKENS[0]))
        allowed = self._op("Unsqueeze", self._op("Or", passage, first), self._ints(2))
        spans = self._op("Where", allowed, spans, self._number(NEVER))
        return [
            self._named("answers", self._head(self._pooled(tokens), "answers"), ["n", 1]),
            self._named("spans", spans, ["n", "length", 2]),
        ]

    def _entailment(self, tokens: str) -> list[onnx.ValueInfoProto]:
        marks = self._op("Squeeze", self._head(tokens, "mark"), self._ints(2))
        present = self._op("Equal", "attention_mask", self._ints(1))
        hypothesis = self._op("And", self._op("Equal", "token_type_ids", self._ints(0)), present)
        inside = self._op("And", hypothesis, self._op("Not", self._special()))
        marks = self._op("Where", inside, marks, self._number(NEVER))
        worst = self._op("ReduceLogSumExp", marks, self._ints(1), keepdims=1)
        labels = self._op("Add", self._head(self._pooled(tokens), "label"), self._head(worst, "mix"))
        return [self._named("labels", labels, ["n", 4]), self._named("marks", marks, ["n", "length"])]

    def _pooled(self, tokens: str) -> str:
        """Concatenate the first token's state and the mean of all; shape (n, 2 hidden)."""
        first = self._op("Slice", tokens, self._ints(0), self._ints(1), self._ints(1))
        first = self._op("Squeeze", first, self._ints(1))
        return self._op("Concat", first, self._mean(tokens), axis=-1)

    def _special(self) -> str:
        first, second = (self._op("Equal", "input_ids", self._ints(each)) for each in SPECIAL_TOKENS)
        return self._op("Or", first, second)

    def _head(self, value: str, name: str) -> str:
        head = self._heads[name]
        kernel = self._constant(f"head.{name}.kernel", np.ascontiguousarray(head.weight.T))
        return self._op("Add", self._op("MatMul", value, kernel), self._constant(f"head.{name}.bias", head.bias))

    def _encode(self) -> str:
        mask = self._op("Unsqueeze", self._op("Cast", "attention_mask", to=TensorProto.FLOAT), self._ints(1, 2))
        # Far below any attention score, but without overflow when a score is added.
        masked = self._op("Mul", self._op("Sub", mask, self._number(1.0)), self._number(1e9))
        hidden = self._embed()
        layer = 0
        while f"encoder.layer.{layer}.output.dense.weight" in self._weights:
            hidden = self._layer(hidden, masked, f"encoder.layer.{layer}.")
            layer += 1
        return hidden

    def _embed(self) -> str:
        prefix = "embeddings."
        length = self._op("Gather", self._op("Shape", "input_ids"), self._ints(1), axis=0)
        positions = self._op(
            "Slice", self._weight(prefix + "position_embeddings.weight"), self._ints(0), length, self._ints(0)
        )
        words = self._op("Gather", self._weight(prefix + "word_embeddings.weight"), "input_ids")
        types = self._op("Gather", self._weight(prefix + "token_type_embeddings.weight"), "token_type_ids")
        return self._norm(self._op("Add", self._op("Add", words, types), positions), prefix + "LayerNorm")

    def _layer(self, hidden: str, masked: str, prefix: str) -> str:
        attended = self._linear(
            self._attention(hidden, masked, prefix + "attention.self."), prefix + "attention.output.dense"
        )
        hidden = self._norm(self._op("Add", attended, hidden), prefix + "attention.output.LayerNorm")
        # Gelu with its default `approximate="none"` is the exact one, computed with erf.
        wide = self._op("Gelu", self._linear(hidden, prefix + "intermediate.dense"))
        return self._norm(
            self._op("Add", self._linear(wide, prefix + "output.dense"), hidden), prefix + "output.LayerNorm"
        )

    def _attention(self, hidden: str, masked: str, prefix: str) -> str:
        query = self._split(hidden, prefix + "query", [0, 2, 1, 3])
        key = self._split(hidden, prefix + "key", [0, 2, 3, 1])
        value = self._split(hidden, prefix + "value", [0, 2, 1, 3])
        scale = self._number(math.sqrt(self._hidden // ATTENTION_HEADS))
        scores = self._op("Add", self._op("Div", self._op("MatMul", query, key), scale), masked)
        mixed = self._op("MatMul", self._op("Softmax", scores, axis=-1), value)
        return self._op("Reshape", self._op("Transpose", mixed, perm=[0, 2, 1, 3]), self._ints(0, 0, self._hidden))

    def _split(self, hidden: str, name: str, order: list[int]) -> str:
        """Split a projection into heads and put the axes (batch, token, head, dimension) in the given order."""
        parts = self._ints(0, 0, ATTENTION_HEADS, self._hidden // ATTENTION_HEADS)
        return self._op("Transpose", self._op("Reshape", self._linear(hidden, name), parts), perm=order)

    def _mean(self, tokens: str) -> str:
        """Average the tokens that are not padding; shape (n, hidden)."""
        mask = self._op("Unsqueeze", self._op("Cast", "attention_mask", to=TensorProto.FLOAT), self._ints(1))
        total = self._op("Squeeze", self._op("MatMul", mask, tokens), self._ints(1))
        return self._op("Div", total, self._op("ReduceSum", mask, self._ints(2), keepdims=0))

    def _linear(self, value: str, name: str) -> str:
        # Safetensors store a layer as (out, in); MatMul needs (in, out).
        kernel = self._constant(name + ".kernel", self._weights[name + ".weight"].T)
        return self._op("Add", self._op("MatMul", value, kernel), self._weight(name + ".bias"))

    def _norm(self, value: str, name: str) -> str:
        scale, shift = self._weight(name + ".weight"), self._weight(name + ".bias")
        return self._op("LayerNormalization", value, scale, shift, axis=-1, epsilon=LAYER_NORM_EPSILON)

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
