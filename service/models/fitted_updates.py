"""Fitted update: a few hundred kilobytes of weight differences that turn the embedder into the relevance model.

Low-rank updates of the linear layers (LoRA, Hu et al. 2022, arXiv 2106.09685) and differences of the small tensors,
in 8 bits with one scale per row. `footnote study fit head` makes the file.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FITTED = Path(__file__).with_name("relevance.npz")

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class LinearHead:
    """Linear head over the mean token vector: `logit = mean @ vector + bias`."""

    vector: NDArray[np.float32]
    """Shape (hidden,)."""
    bias: float


def fitted_digest() -> str:
    """Return the SHA-256 of the fitted file, which the manifest of a converted model records."""
    return hashlib.sha256(FITTED.read_bytes()).hexdigest()


def apply_fit(base: Weights) -> tuple[Weights, LinearHead]:
    """Return the base weights with all fitted differences added, and the linear head.

    Raises:
        KeyError: the update was fitted for another base model.
    """
    fitted = _read(FITTED)
    scale = float(fitted.pop("lora_scale"))
    head = LinearHead(vector=fitted.pop("head.weight").reshape(-1), bias=float(fitted.pop("head.bias").reshape(())))
    weights = dict(base)
    for name in [n for n in fitted if n.endswith(".lora_A")]:
        layer = name.removesuffix(".lora_A")
        low_rank = fitted.pop(f"{layer}.lora_B") @ fitted.pop(name)
        weights[f"{layer}.weight"] = weights[f"{layer}.weight"] + np.float32(scale) * low_rank
    for name, difference in fitted.items():
        if name.startswith("span."):  # head of the auxiliary task, unused at inference
            continue
        weights[name] = weights[name] + difference
    return weights, head


def _read(path: Path) -> dict[str, NDArray[np.float32]]:
    """Read float32 tensors by name; a `layer.*` entry stacks one tensor per layer, and B is stored as (rank, out)."""
    found: dict[str, NDArray[np.float32]] = {}
    with np.load(path) as stored:
        for name in (n for n in stored.files if not n.endswith(":scale")):
            value = stored[name].astype(np.float32)
            if f"{name}:scale" in stored.files:
                value = value * stored[f"{name}:scale"].astype(np.float32)
            if name.endswith("lora_B"):
                value = value.swapaxes(-1, -2)
            found |= {name.replace("*", str(i)): v for i, v in enumerate(value)} if "*" in name else {name: value}
    return found
