"""Update file: writes what `service.models.fitted_updates` reads; needs only numpy."""

import re
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float32]

EXACT = 16
"""Arrays of fewer elements stay in float32."""


def quantise(rows: Array) -> tuple[NDArray[np.int8], NDArray[np.float16]]:
    """Quantise to int8 by absmax along the last axis; returns it with the scales, shape (..., 1)."""
    scale = np.maximum(np.abs(rows).max(-1, keepdims=True) / 127, 6e-8).astype(np.float16)
    return np.clip(np.rint(rows / scale.astype(np.float32)), -127, 127).astype(np.int8), scale


def stack_layers(fitted: Mapping[str, Array]) -> dict[str, Array]:
    """Stack the layers' tensors of each part as one array `encoder.layer.*`; few entries make a small file.

    The factors `lora_B`, shape (out, rank), are transposed: each row of 8-bit numbers is then one singular direction.
    """
    found: dict[str, list[Array]] = defaultdict(list)
    for name, value in fitted.items():
        rows = value.T if name.endswith("lora_B") else value
        found[re.sub(r"layer\.\d+\.", "layer.*.", name)].append(rows)
    return {name: np.stack(rows) if "*" in name else rows[0] for name, rows in found.items()}


def write_update(path: Path, fitted: Mapping[str, Array]) -> None:
    """Write low-rank factors, differences and heads, layers in their order; heads and the smallest stay exact."""
    arrays: dict[str, Any] = {}
    for name, value in stack_layers(fitted).items():
        if name.startswith("head.") or value.size < EXACT:
            arrays[name] = value.astype(np.float32)
        else:
            arrays[name], arrays[f"{name}:scale"] = quantise(value)
    np.savez_compressed(path, **arrays)
