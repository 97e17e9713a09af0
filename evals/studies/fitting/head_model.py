"""Relevance head model: a MiniLM cross-encoder with a frozen base and low-rank updates, and its file format.

Sources: BERT (Devlin et al. 2019, arXiv 1810.04805), sentence-pair scoring (Nogueira and Cho 2019, arXiv 1901.04085),
LoRA (Hu et al. 2022, arXiv 2106.09685), BitFit (Ben Zaken et al. 2022, arXiv 2106.10199), row-wise absmax int8
(Dettmers et al. 2022, arXiv 2208.07339).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

LAYERS = 6
WIDTH = 384
ATTENTION_HEADS = 12
LAYER_NORM_EPSILON = 1e-12
LINEARS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
TYPES = "embeddings.token_type_embeddings.weight"


@dataclass(frozen=True)
class Batch:
    ids: Tensor
    """Token ids, (pairs, tokens), padded with 0."""
    segments: Tensor
    """Token types: 0 for the question, 1 for the sentence and its context."""
    mask: Tensor
    """True where there is a token."""


def layer_names(parts: tuple[str, ...]) -> Iterator[str]:
    for layer in range(LAYERS):
        for part in parts:
            yield f"encoder.layer.{layer}.{part}"


class PairScorer(nn.Module):
    """PairScorer: gives the logit that a sentence answers a question; all trained parameters are in `fitted`."""

    def __init__(self, base: Mapping[str, Tensor], rank: int, alpha: float, dropout: float) -> None:
        super().__init__()
        self.rank, self.scale, self.dropout = rank, alpha / rank, dropout
        self.base = {name: tensor.float() for name, tensor in base.items()}
        self.fitted = nn.ParameterDict()
        for name in layer_names(LINEARS):
            out, into = self.base[f"{name}.weight"].shape
            self.add(f"{name}.lora_A", torch.randn(rank, into) * 0.03)
            self.add(f"{name}.lora_B", torch.zeros(out, rank))
            self.add(f"{name}.bias", self.base[f"{name}.bias"].clone())
        for name in ("embeddings.LayerNorm", *layer_names(NORMS)):
            for part in ("weight", "bias"):
                self.add(f"{name}.{part}", self.base[f"{name}.{part}"].clone())
        self.add(TYPES, self.base[TYPES].clone())
        self.add("head.weight", torch.zeros(1, WIDTH))
        self.add("head.bias", torch.zeros(1))
        self.add("span.weight", torch.zeros(1, WIDTH))
        self.add("span.bias", torch.full((1,), -3.0))

    def add(self, name: str, value: Tensor) -> None:
        self.fitted[name.replace(".", "/")] = nn.Parameter(value)

    def get(self, name: str) -> Tensor:
        value: Tensor = self.fitted[name.replace(".", "/")]
        return value

    def to_dtype(self, dtype: torch.dtype) -> PairScorer:
        """Cast the frozen weights; the fitted ones stay float32 and are cast when used."""
        self.base = {name: tensor.to(dtype) for name, tensor in self.base.items()}
        return self

    def linear(self, x: Tensor, name: str) -> Tensor:
        # One product with the merged weight: on a CPU two low-rank products cost more than the gradient they save.
        low = self.scale * self.get(f"{name}.lora_B") @ self.get(f"{name}.lora_A")
        return F.linear(x, self.base[f"{name}.weight"] + low.to(x.dtype), self.get(f"{name}.bias").to(x.dtype))

    def norm(self, x: Tensor, name: str) -> Tensor:
        return F.layer_norm(x, (WIDTH,), self.get(f"{name}.weight"), self.get(f"{name}.bias"), LAYER_NORM_EPSILON)

    def heads(self, x: Tensor, name: str) -> Tensor:
        return self.linear(x, name).view(*x.shape[:2], ATTENTION_HEADS, WIDTH // ATTENTION_HEADS).transpose(1, 2)

    def layer(self, x: Tensor, mask: Tensor, name: str) -> Tensor:
        query, key, value = (self.heads(x, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
        # Not the fused attention kernel: on a CPU in bfloat16 its backward pass takes twice as long.
        seen = (query @ key.transpose(-1, -2) * (WIDTH // ATTENTION_HEADS) ** -0.5 + mask).softmax(-1) @ value
        seen = self.linear(seen.transpose(1, 2).flatten(2), f"{name}.attention.output.dense")
        x = self.norm(x + self.drop(seen), f"{name}.attention.output.LayerNorm")
        wide = F.gelu(self.linear(x, f"{name}.intermediate.dense"))
        return self.norm(x + self.drop(self.linear(wide, f"{name}.output.dense")), f"{name}.output.LayerNorm")

    def drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training) if self.dropout else x

    def encode(self, batch: Batch) -> Tensor:
        words = F.embedding(batch.ids, self.base["embeddings.word_embeddings.weight"])
        places = self.base["embeddings.position_embeddings.weight"][: batch.ids.shape[1]]
        x = words + places + F.embedding(batch.segments, self.get(TYPES).to(words.dtype))
        x = self.drop(self.norm(x, "embeddings.LayerNorm"))
        mask = torch.zeros(batch.mask.shape, dtype=x.dtype).masked_fill(~batch.mask, -1e4)[:, None, None, :]
        for layer in range(LAYERS):
            x = self.layer(x, mask, f"encoder.layer.{layer}")
        return x

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Return one relevance logit per pair, and per token a logit that it belongs to the answer."""
        x = self.encode(batch).float()
        weight = batch.mask.float()[..., None]
        pooled = (x * weight).sum(1) / weight.sum(1)
        spans = F.linear(x, self.get("span.weight"), self.get("span.bias"))[..., 0]
        return F.linear(self.drop(pooled), self.get("head.weight"), self.get("head.bias"))[:, 0], spans

    def state(self) -> dict[str, Tensor]:
        return {name.replace("/", "."): p.detach().clone() for name, p in self.fitted.items()}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        with torch.no_grad():
            for name, value in state.items():
                self.get(name).copy_(value)


def load_base(folder: Path) -> dict[str, Tensor]:
    return load_file(folder / "model.safetensors")


def merge(base: Mapping[str, Tensor], state: Mapping[str, Tensor], scale: float) -> dict[str, Tensor]:
    """Merge the low-rank updates into the base: (out, in) weights named as in the base file, plus the head."""
    merged = {name: tensor.float() for name, tensor in base.items()}
    for name in layer_names(LINEARS):
        merged[f"{name}.weight"] = merged[f"{name}.weight"] + scale * state[f"{name}.lora_B"] @ state[f"{name}.lora_A"]
    return merged | {name: value for name, value in state.items() if ".lora_" not in name}


def delta(base: Mapping[str, Tensor], state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return the fitted tensors, as differences from the base tensor of the same name where there is one."""
    return {name: value - base[name].float() if name in base else value for name, value in state.items()}


def quantise(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantise to int8 by absmax along the last axis; return it with the float16 scales, shape (..., 1)."""
    scale = np.maximum(np.abs(rows).max(-1, keepdims=True) / 127, 6e-8).astype(np.float16)
    return np.clip(np.rint(rows / scale.astype(np.float32)), -127, 127).astype(np.int8), scale


def stacked(fitted: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Stack the six layers' tensors of each part as one array `encoder.layer.*`; few entries make a small file."""
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for name, value in fitted.items():
        rows = value.T if name.endswith("lora_B") else value
        found[re.sub(r"layer\.\d+\.", "layer.*.", name)].append(rows.contiguous().numpy())
    return {name: np.stack(rows) if "*" in name else rows[0] for name, rows in found.items()}


def write_npz(path: Path, fitted: Mapping[str, Tensor], scale: float) -> None:
    """Write int8 rows (`name`) with scales (`name:scale`); B is transposed to (rank, out), one scale per rank."""
    arrays: dict[str, np.ndarray] = {"lora_scale": np.array(scale, np.float32)}
    for name, value in stacked(fitted).items():
        if value.size == 1:
            arrays[name] = value.astype(np.float32)
        else:
            arrays[name], arrays[f"{name}:scale"] = quantise(value)
    np.savez_compressed(path, **arrays)  # type: ignore[arg-type]
