"""Pack a trained judge into a fitted update: low-rank factors and small differences in 8 bits.

    python pack_update.py CHECKPOINT.safetensors --base MODEL_FOLDER --rank 64 --out service/models/reader.npz

Runs by itself in an environment with PyTorch. Row-wise absmax int8 as in Dettmers et al. 2022, arXiv 2208.07339.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parent))
from judge_network import LAYERS, LINEARS, load_base

HEADS = ("label", "mark", "mix", "span", "answers")


def quantise(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quantise to int8 by absmax along the last axis; return it with the float16 scales, shape (..., 1)."""
    scale = np.maximum(np.abs(rows).max(-1, keepdims=True) / 127, 6e-8).astype(np.float16)
    return np.clip(np.rint(rows / scale.astype(np.float32)), -127, 127).astype(np.int8), scale


def factors(base: Mapping[str, Tensor], state: Mapping[str, Tensor], rank: int) -> dict[str, Tensor]:
    """Return the first `rank` singular directions of each linear layer's change, the rest as differences."""
    found: dict[str, Tensor] = {}
    linear = {f"encoder.layer.{layer}.{part}.weight" for layer in range(LAYERS) for part in LINEARS}
    for name, value in state.items():
        if name.split(".")[0] in HEADS:
            found[f"head.{name}"] = value
        elif name in linear:
            u, s, v = torch.linalg.svd(value - base[name].float(), full_matrices=False)
            layer = name.removesuffix(".weight")
            root = s[:rank].sqrt()
            found[f"{layer}.lora_A"] = root[:, None] * v[:rank]
            found[f"{layer}.lora_B"] = u[:, :rank] * root
        else:
            found[name] = value - base[name].float()
    return found


def stacked(fitted: Mapping[str, Tensor]) -> dict[str, np.ndarray]:
    """Stack the six layers' tensors of each part as one array `encoder.layer.*`; few entries make a small file."""
    found: dict[str, list[np.ndarray]] = defaultdict(list)
    for name, value in fitted.items():
        rows = value.T if name.endswith("lora_B") else value
        found[re.sub(r"layer\.\d+\.", "layer.*.", name)].append(rows.contiguous().float().numpy())
    return {name: np.stack(rows) if "*" in name else rows[0] for name, rows in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    state = load_file(args.checkpoint)
    arrays: dict[str, np.ndarray] = {}
    for name, value in stacked(factors(load_base(args.base), state, args.rank)).items():
        if name.startswith("head.") or value.size < 16:
            arrays[name] = value.astype(np.float32)
        else:
            arrays[name], arrays[f"{name}:scale"] = quantise(value)
    np.savez_compressed(args.out, **arrays)
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
