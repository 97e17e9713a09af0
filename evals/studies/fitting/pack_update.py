"""Packing of a trained judge as a fitted update: low-rank factors and differences of the small tensors, in 8 bits.

    PYTHONPATH=. python -m evals.studies.fitting.pack_update CHECKPOINT.safetensors... \
        --base MODEL_FOLDER --rank 64 --out reader.npz

Of several checkpoints the average is packed (Wortsman et al. 2022, arXiv 2203.05482). Row-wise absmax int8: Dettmers et
al. 2022, arXiv 2208.07339. Runs in an environment of its own with PyTorch.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from evals.studies.fitting.judge_network import HEADS, LAYERS, LINEARS, base_weights
from evals.studies.fitting.update_file import write_update


def factors(base: Mapping[str, Tensor], state: Mapping[str, Tensor], rank: int) -> dict[str, Tensor]:
    """Return the first `rank` singular directions of each linear layer's change, the rest as differences, and heads."""
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


def average(states: Sequence[Mapping[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of each tensor of several checkpoints."""
    return {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}


def main() -> None:
    """Pack one checkpoint."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--rank", type=int, default=64)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    fitted = factors(base_weights(args.base), average([load_file(path) for path in args.checkpoints]), args.rank)
    write_update(args.out, {name: value.contiguous().float().numpy() for name, value in fitted.items()})
    print(f"{args.out}: {args.out.stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
