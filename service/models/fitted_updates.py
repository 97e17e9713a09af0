"""Fitted updates: a few megabytes of weight differences that make the embedder a reader or an entailment model.

Low-rank updates of the linear layers (LoRA, Hu et al. 2022, arXiv 2106.09685) and differences of the small tensors,
in 8 bits with one scale per row. `footnote study fit` makes the files; each has a card beside it (`NAME.md`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOLDER = Path(__file__).parent
READER = "reader"
ENTAILMENT = "entailment"
INSTALLED = (READER, ENTAILMENT)
"""Updates that `footnote models pull` converts."""

Weights = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True)
class LinearHead:
    """Linear head: `x @ weight.T + bias`; weight of shape (out, in), bias of shape (out,)."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]


Heads = Mapping[str, LinearHead]


def update_path(name: str) -> Path:
    """Return the file of a fitted update."""
    return FOLDER / f"{name}.npz"


def update_digest(name: str) -> str:
    """Return the SHA-256 of a fitted update, which the manifest of a converted model records."""
    return hashlib.sha256(update_path(name).read_bytes()).hexdigest()


def apply_update(name: str, base: Weights) -> tuple[Weights, Heads]:
    """Return the base weights with all fitted differences added, and the heads by name.

    Raises:
        KeyError: the update was fitted for another base model.
    """
    return apply_file(update_path(name), base)


def apply_file(path: Path, base: Weights) -> tuple[Weights, Heads]:
    """Return what `apply_update` returns, from any file of a fitted update."""
    fitted = _read(path)
    weights = dict(base)
    for lower in [n for n in fitted if n.endswith(".lora_A")]:
        layer = lower.removesuffix(".lora_A")
        low_rank = fitted.pop(f"{layer}.lora_B") @ fitted.pop(lower)
        weights[f"{layer}.weight"] = weights[f"{layer}.weight"] + low_rank
    heads = {n.split(".")[1] for n in fitted if n.startswith("head.")}
    found = {n: LinearHead(fitted.pop(f"head.{n}.weight"), fitted.pop(f"head.{n}.bias")) for n in sorted(heads)}
    for tensor, difference in fitted.items():
        weights[tensor] = weights[tensor] + difference
    return weights, found


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
