"""Judge network: MiniLM with every weight trained, a head for pairs and a head for passages, and its low-rank update.

Sources: BERT (Devlin et al. 2019, arXiv 1810.04805); low-rank updates (Hu et al. 2022, arXiv 2106.09685), here the
truncated singular value decomposition of what full fine-tuning changed (Eckart and Young 1936), fitted on afterwards.
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
FROZEN = ("embeddings.word_embeddings.weight", "embeddings.position_embeddings.weight")
LINEARS = (
    "attention.self.query",
    "attention.self.key",
    "attention.self.value",
    "attention.output.dense",
    "intermediate.dense",
    "output.dense",
)


@dataclass(frozen=True)
class Batch:
    ids: Tensor
    """Token ids, (rows, tokens), padded with 0."""
    segments: Tensor
    """Token types: 0 for the left text, 1 for the right one."""
    mask: Tensor
    """True where there is a token."""


class Encoder(nn.Module):
    """Encoder: BERT of six layers; `weights` holds every trained tensor by its name in the base file."""

    def __init__(self, base: Mapping[str, Tensor], heads: Mapping[str, tuple[int, int]], dropout: float = 0.0) -> None:
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

    def get(self, name: str) -> Tensor:
        return self.weights[name.replace(".", "/")]

    def linear(self, x: Tensor, name: str) -> Tensor:
        return F.linear(x, self.get(f"{name}.weight").to(x.dtype), self.get(f"{name}.bias").to(x.dtype))

    def norm(self, x: Tensor, name: str) -> Tensor:
        weight, bias = (self.get(f"{name}.{part}").to(x.dtype) for part in ("weight", "bias"))
        return F.layer_norm(x, (WIDTH,), weight, bias, EPSILON)

    def drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training) if self.dropout else x

    def layer(self, x: Tensor, mask: Tensor, name: str) -> Tensor:
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
        mask = torch.zeros(batch.mask.shape, dtype=dtype).masked_fill(~batch.mask, -1e4)[:, None, None, :]
        for layer in range(LAYERS):
            x = self.layer(x, mask, f"encoder.layer.{layer}")
        return x.float()


ENTAILMENT_HEADS = {"label": (4, 2 * WIDTH), "mark": (1, WIDTH), "mix": (4, 1)}
READER_HEADS = {"span": (2, WIDTH), "answers": (1, 2 * WIDTH)}


def pooled(x: Tensor, mask: Tensor) -> Tensor:
    weight = mask.float()[..., None]
    return torch.cat([x[:, 0], (x * weight).sum(1) / weight.sum(1)], -1)


def entailment(encoder: Encoder, batch: Batch, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return four label logits a row, and a logit a token that the premise does not carry it (hypothesis only).

    The label sees the worst token: label = W [first; mean] + mix * logsumexp(mark over the hypothesis).
    """
    x = encoder.encode(batch, dtype)
    marks = F.linear(x, encoder.get("mark.weight"), encoder.get("mark.bias"))[..., 0]
    inside = (batch.segments == 0) & batch.mask & (batch.ids != 101) & (batch.ids != 102)
    worst = torch.logsumexp(marks.masked_fill(~inside, -1e4), -1, keepdim=True)
    labels = F.linear(pooled(x, batch.mask), encoder.get("label.weight"), encoder.get("label.bias"))
    return labels + F.linear(worst, encoder.get("mix.weight"), encoder.get("mix.bias")), marks


def reading(encoder: Encoder, batch: Batch, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """Return start and end logits, (rows, tokens, 2), position 0 for no answer, and a logit a row that it answers."""
    x = encoder.encode(batch, dtype)
    spans = F.linear(x, encoder.get("span.weight"), encoder.get("span.bias"))
    allowed = (batch.segments == 1) & batch.mask & (batch.ids != 102)
    allowed[:, 0] = True
    spans = spans.masked_fill(~allowed[..., None], -1e4)
    return spans, F.linear(pooled(x, batch.mask), encoder.get("answers.weight"), encoder.get("answers.bias"))[:, 0]


def load_base(folder: Path) -> dict[str, Tensor]:
    return load_file(folder / "model.safetensors")


def truncated(encoder: Encoder, base: Mapping[str, Tensor], rank: int) -> None:
    """Project what each linear layer has learnt onto its first `rank` singular directions, in place."""
    with torch.no_grad():
        for layer in range(LAYERS):
            for part in LINEARS:
                name = f"encoder.layer.{layer}.{part}.weight"
                u, s, v = torch.linalg.svd(encoder.get(name) - base[name].float(), full_matrices=False)
                encoder.get(name).copy_(base[name].float() + (u[:, :rank] * s[:rank]) @ v[:rank])
