"""Judge network: the embedder's BERT with all weights but two tables trained, and the heads of the two judges.

BERT: Devlin et al. 2019, arXiv 1810.04805. Low-rank updates: Hu et al. 2022, arXiv 2106.09685; here they are the
truncated singular value decomposition of what full fine-tuning changed (Eckart and Young 1936).
Runs in an environment of its own with PyTorch, and imports nothing of the service.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import load_file
from torch import Tensor, nn

LAYERS, WIDTH, ATTENTION_HEADS, EPSILON = 6, 384, 12, 1e-12
CLS, SEP = 101, 102
NEVER = -1e4
"""Logit of what is not allowed, and attention score of padding."""
FROZEN = ("embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight")
LINEARS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)
"""Linear layers of each encoder layer."""
Shapes = Mapping[str, tuple[int, int]]
"""Output and input width of each head."""
ENTAILMENT_HEADS: Shapes = {"label": (4, 2 * WIDTH), "mark": (1, WIDTH), "mix": (4, 1)}
READER_HEADS: Shapes = {"span": (2, WIDTH), "answers": (1, 2 * WIDTH)}
HEADS = (*ENTAILMENT_HEADS, *READER_HEADS)


@dataclass(frozen=True)
class Batch:
    """Batch of token pairs; every tensor has the shape (rows, tokens)."""

    ids: Tensor
    """Token ids, padded with 0."""
    segments: Tensor
    """Token types: 0 for the left text, 1 for the right one."""
    mask: Tensor
    """True where there is a token."""

    @property
    def words(self) -> Tensor:
        """True where there is a token that is not a special one."""
        return self.mask & (self.ids != CLS) & (self.ids != SEP)


class Encoder(nn.Module):
    """Encoder: BERT of six layers; `weights` holds each trained tensor by its name in the base file, `/` for `.`."""

    def __init__(self, base: Mapping[str, Tensor], heads: Shapes, dropout: float = 0.0) -> None:
        super().__init__()
        self.dropout = dropout
        self.frozen = {name: base[name].to(torch.bfloat16) for name in FROZEN}
        self.weights = nn.ParameterDict()
        for name, tensor in base.items():
            if name not in FROZEN and not name.startswith("pooler") and "position_ids" not in name:
                self.weights[name.replace(".", "/")] = nn.Parameter(tensor.float().clone())
        for name, (out, into) in heads.items():
            self.weights[f"{name}/weight"] = nn.Parameter(torch.randn(out, into) * 0.01)
            self.weights[f"{name}/bias"] = nn.Parameter(torch.zeros(out))

    @property
    def dtype(self) -> torch.dtype:
        """Number format of the matrix products."""
        return self.frozen[FROZEN[0]].dtype

    def get(self, name: str) -> Tensor:
        """Return a trained tensor by its name in the base file."""
        return self.weights[name.replace(".", "/")]

    def linear(self, x: Tensor, name: str) -> Tensor:
        """Apply a linear layer in the number format of `x`."""
        return F.linear(x, self.get(f"{name}.weight").to(x.dtype), self.get(f"{name}.bias").to(x.dtype))

    def norm(self, x: Tensor, name: str) -> Tensor:
        """Apply a layer normalisation."""
        weight, bias = (self.get(f"{name}.{part}").to(x.dtype) for part in ("weight", "bias"))
        return F.layer_norm(x, (WIDTH,), weight, bias, EPSILON)

    def drop(self, x: Tensor) -> Tensor:
        """Apply dropout, in training only."""
        return F.dropout(x, self.dropout, self.training) if self.dropout else x

    def layer(self, x: Tensor, mask: Tensor, name: str) -> Tensor:
        """Apply an encoder layer; `mask` is added to the attention scores."""

        def split(part: str) -> Tensor:
            y = self.linear(x, f"{name}.attention.self.{part}")
            return y.view(*x.shape[:2], ATTENTION_HEADS, WIDTH // ATTENTION_HEADS).transpose(1, 2)

        query, key, value = split("query"), split("key"), split("value")
        # Not the fused attention kernel: on a CPU in bfloat16 its backward pass takes twice as long.
        seen = (query @ key.transpose(-1, -2) * (WIDTH // ATTENTION_HEADS) ** -0.5 + mask).softmax(-1) @ value
        seen = self.linear(seen.transpose(1, 2).flatten(2), f"{name}.attention.output.dense")
        x = self.norm(x + self.drop(seen), f"{name}.attention.output.LayerNorm")
        wide = F.gelu(self.linear(x, f"{name}.intermediate.dense"))
        return self.norm(x + self.drop(self.linear(wide, f"{name}.output.dense")), f"{name}.output.LayerNorm")

    def encode(self, batch: Batch, dtype: torch.dtype) -> Tensor:
        """Return the last hidden states, (rows, tokens, 384), float32."""
        words = F.embedding(batch.ids, self.frozen[FROZEN[0]])
        positions = self.frozen[FROZEN[1]][: batch.ids.shape[1]]
        types = F.embedding(batch.segments, self.get("embeddings.token_type_embeddings.weight"))
        x = self.drop(self.norm((words + positions + types).to(dtype), "embeddings.LayerNorm"))
        mask = torch.zeros(batch.mask.shape, dtype=dtype).masked_fill(~batch.mask, NEVER)[:, None, None, :]
        for layer in range(LAYERS):
            x = self.layer(x, mask, f"encoder.layer.{layer}")
        return x.float()


def head(encoder: Encoder, x: Tensor, name: str) -> Tensor:
    """Apply a head in float32."""
    return F.linear(x, encoder.get(f"{name}.weight"), encoder.get(f"{name}.bias"))


def pooled(x: Tensor, mask: Tensor) -> Tensor:
    """Concatenate the first token's state and the mean of all; shape (rows, 768)."""
    weight = mask.float()[..., None]
    return torch.cat([x[:, 0], (x * weight).sum(1) / weight.sum(1)], -1)


def entailment(encoder: Encoder, batch: Batch, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return four label logits a row, and a logit a token that the premise does not carry it (hypothesis only).

    The label sees the worst token: label = W [first; mean] + mix * logsumexp(mark over the hypothesis).
    """
    x = encoder.encode(batch, dtype)
    marks = head(encoder, x, "mark")[..., 0]
    inside = (batch.segments == 0) & batch.words
    worst = torch.logsumexp(marks.masked_fill(~inside, NEVER), -1, keepdim=True)
    return head(encoder, pooled(x, batch.mask), "label") + head(encoder, worst, "mix"), marks


def reading(encoder: Encoder, batch: Batch, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return start and end logits, (rows, tokens, 2), position 0 for no answer, and a logit a row that it answers."""
    x = encoder.encode(batch, dtype)
    allowed = (batch.segments == 1) & batch.words
    allowed[:, 0] = True
    spans = head(encoder, x, "span").masked_fill(~allowed[..., None], NEVER)
    return spans, head(encoder, pooled(x, batch.mask), "answers")[:, 0]


def base_weights(folder: Path) -> dict[str, Tensor]:
    """Read the embedder's published weights."""
    return load_file(folder / "model.safetensors")
