"""Training of one judge from packed rows, for a given time, with checkpoints.

    PYTHONPATH=. python -m evals.studies.fitting.train_judge reader|entailment \
        --data ROWS.npz... --base MODEL_FOLDER --out FOLDER --minutes 80

Runs in an environment of its own with PyTorch, and imports nothing of the service. Learning rates fall with the time
that has passed, so that a slow machine ends with a finished schedule of fewer steps.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from torch import Tensor

from evals.studies.fitting.judge_network import (
    ENTAILMENT_HEADS,
    HEADS,
    NEVER,
    READER_HEADS,
    Batch,
    Encoder,
    base_weights,
    entailment,
    reading,
)
from evals.studies.fitting.roc import auc

ALLOWED = torch.tensor([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 1, 1], [1, 0, 0, 1]]).bool()
"""Classes that each label of `judge_rows.LABELS` allows."""
SUPPORTED = (0, 5)
BUCKET = 16
"""Lengths of batches are multiples of this number of tokens."""
POOL = 8192
"""Rows that are drawn and sorted by length at a time."""
WARM_UP = 150
"""Steps in which the learning rate rises."""
HEAD_RATE = 8
"""Learning rate of the heads, in multiples of that of the encoder."""
LEAST_RATE = 0.02
"""Last learning rate, as a share of the highest."""
REDRAWN = 0.05
"""Share of the training time after which the sampling weights are computed again."""
TYPES = {"bfloat16": torch.bfloat16, "float32": torch.float32}
"""Number formats of the matrix products; a processor without instructions for bfloat16 is faster in float32."""

Indices = NDArray[np.int64]
Arrays = dict[str, NDArray[Any]]
Loss = Callable[[Encoder, "Rows", Indices, str], Tensor]


class Rows:
    """Packed rows as `judge_rows` writes them, of one file or several."""

    def __init__(self, paths: Sequence[Path]) -> None:
        arrays = _joined([_arrays(path) for path in paths])
        self.ids, self.marks, self.starts, self.first = (arrays[n] for n in ("ids", "marks", "starts", "first"))
        self.labels, self.folds, self.sources = (arrays[name] for name in ("labels", "folds", "sources"))
        self.only = arrays.get("only", np.zeros(0, bool))
        self.lengths = np.diff(self.starts)

    def batch(self, chosen: Indices, device: str) -> tuple[Batch, Tensor]:
        """Return the chosen rows, padded to a multiple of BUCKET tokens, and their marks, shape (rows, tokens)."""
        longest = -(-int(self.lengths[chosen].max()) // BUCKET) * BUCKET
        ids = np.zeros((len(chosen), longest), np.int64)
        segments, marks = np.zeros_like(ids), np.zeros_like(ids)
        for i, row in enumerate(chosen):
            a, b = self.starts[row], self.starts[row + 1]
            ids[i, : b - a] = self.ids[a:b]
            marks[i, : b - a] = self.marks[a:b]
            segments[i, self.first[row] + 2 : b - a] = 1
        tensors = [torch.from_numpy(x).to(device) for x in (ids, segments, marks)]
        return Batch(tensors[0], tensors[1], tensors[0] > 0), tensors[2]


def _arrays(path: Path) -> Arrays:
    with np.load(path) as stored:
        return {name: stored[name] for name in stored.files}


def _joined(files: Sequence[Arrays]) -> Arrays:
    """Return the rows of all files one after the other; what only some of them hold is left out."""
    first, *others = files
    names = set(first).intersection(*others)
    found = {name: np.concatenate([each[name] for each in files]) for name in names - {"starts"}}
    ends = np.cumsum([0, *(each["starts"][-1] for each in files)])
    parts = [each["starts"][1:] + before for each, before in zip(files, ends, strict=False)]
    return found | {"starts": np.concatenate([first["starts"][:1], *parts])}


def batches(rows: Rows, weights: NDArray[np.float64], tokens: int, random: np.random.Generator) -> Iterator[Indices]:
    """Draw rows by weight without end; near lengths share a batch of about `tokens` tokens."""
    usable = np.flatnonzero(weights > 0)
    share = weights[usable] / weights[usable].sum()
    while True:
        pool = random.choice(usable, POOL, p=share)
        buckets = -(-rows.lengths[pool] // BUCKET) * BUCKET
        found: list[Indices] = []
        for length in np.unique(buckets):
            members = random.permutation(pool[buckets == length])
            size = max(1, tokens // int(length))
            # Few shapes: the kernels of each are made once. What is left of a bucket is drawn again later.
            found += [members[i : i + size] for i in range(0, len(members) - size + 1, size)]
        for i in random.permutation(len(found)):
            yield found[i]


def entailment_loss(network: Encoder, rows: Rows, chosen: Indices, device: str) -> Tensor:
    """Return the log loss of the allowed classes, plus half the cross-entropy of the known marks of tokens."""
    batch, marks = rows.batch(chosen, device)
    labels, tokens = entailment(network, batch, network.dtype)
    allowed = ALLOWED.to(device)[torch.from_numpy(rows.labels[chosen].astype(np.int64)).to(device)]
    loss = -torch.logsumexp(labels.log_softmax(-1).masked_fill(~allowed, NEVER), -1).mean()
    known = (batch.segments == 0) & (marks >= 0) & batch.words
    if known.any():
        weight = torch.tensor(2.0, device=device)
        loss = loss + 0.5 * F.binary_cross_entropy_with_logits(tokens[known], marks[known].float(), pos_weight=weight)
    return loss


def reader_loss(network: Encoder, rows: Rows, chosen: Indices, device: str) -> Tensor:
    """Return the mean log loss of the allowed first and last tokens, plus half the cross-entropy of answering."""
    batch, marks = rows.batch(chosen, device)
    spans, answers = reading(network, batch, network.dtype)
    labels = torch.from_numpy(rows.labels[chosen].astype(np.float32)).to(device)
    only = torch.from_numpy(rows.only[chosen]).to(device)
    log = spans.log_softmax(1)
    total = torch.zeros(len(chosen), device=device)
    for side, bit in ((0, 1), (1, 2)):
        allowed = (marks & bit) > 0
        allowed[:, 0] = labels == 0
        total = total - torch.logsumexp(log[..., side].masked_fill(~allowed, NEVER), -1)
    total = torch.where(only, total * 0.5, total)
    return total.mean() / 2 + 0.5 * F.binary_cross_entropy_with_logits(answers, labels)


@torch.no_grad()
def scores(kind: str, network: Encoder, rows: Rows, chosen: Indices, device: str) -> NDArray[np.float64]:
    """Return the log-odds of supported against the rest, or a score that the passage answers; shape (chosen,)."""
    out = np.zeros(len(chosen))
    order = np.argsort(rows.lengths[chosen])
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        batch, _ = rows.batch(chosen[part], device)
        if kind == "entailment":
            log = entailment(network, batch, network.dtype)[0].log_softmax(-1)
            out[part] = (log[:, 0] - torch.log1p(-log[:, 0].exp().clamp(max=1 - 1e-6))).cpu().numpy()
        else:
            spans, answers = reading(network, batch, network.dtype)
            best = spans[:, 1:].max(1).values.sum(-1) - spans[:, 0].sum(-1)
            out[part] = (answers + 0.25 * best).cpu().numpy()
    return out


def evaluate(kind: str, network: Encoder, rows: Rows, device: str, most: int = 700) -> dict[str, Any]:
    """Return the AUC on at most `most` held-out rows of each source, to follow a training."""
    network.eval()
    found: dict[str, Any] = {}
    random = np.random.default_rng(0)
    for source in np.unique(rows.sources):
        test = np.flatnonzero((rows.folds >= 8) & (rows.sources == source))
        if len(test) < 60:
            continue
        chosen = random.choice(test, min(most, len(test)), replace=False)
        label = rows.labels[chosen]
        positive = np.isin(label, SUPPORTED) if kind == "entailment" else label == 1
        if not 5 < positive.sum() < len(chosen) - 5:
            continue
        scored = scores(kind, network, rows, chosen, device)
        found[str(source)] = {"n": len(chosen), "auc": round(auc(scored, positive.astype(float)), 3)}
        if source == "written":
            for percent in (2, 5, 10):
                threshold = np.quantile(scored[~positive], 1 - percent / 100)
                found["written"][f"at{percent}"] = round(float((scored[positive] > threshold).mean()), 3)
    network.train()
    return found


def optimiser_of(network: Encoder, rate: float) -> torch.optim.AdamW:
    """Return AdamW (Loshchilov and Hutter 2019, arXiv 1711.05101) with a higher rate for the heads."""
    encoder = [p for name, p in network.weights.items() if not name.startswith(HEADS) and p.requires_grad]
    heads = [p for name, p in network.weights.items() if name.startswith(HEADS)]
    groups = [
        {"params": encoder, "peak": rate, "weight_decay": 0.01},
        {"params": heads, "peak": HEAD_RATE * rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(groups, lr=rate, betas=(0.9, 0.98), eps=1e-6)


def sampling_weights(rows: Rows, weights: Mapping[str, tuple[float, float]], done: float) -> NDArray[np.float64]:
    """Return the weight of each row after the share `done` of the time: sources go from a first to a last weight."""
    found = (rows.folds < 8).astype(float)
    for source, (first, last) in weights.items():
        found[rows.sources == source] *= first + (last - first) * done
    return found


class Training:
    """Training run: one network, its rows and its log file."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.base = base_weights(options.base)
        heads = ENTAILMENT_HEADS if options.kind == "entailment" else READER_HEADS
        self.network = Encoder(self.base, heads, options.dropout).to(options.device)
        place = {"device": options.device, "dtype": TYPES[options.type]}
        self.network.frozen = {name: table.to(**place) for name, table in self.network.frozen.items()}
        fixed = ("embeddings", *(f"encoder/layer/{layer}/" for layer in range(options.fixed))) if options.fixed else ()
        for name, tensor in self.network.weights.items():
            tensor.requires_grad_(not name.startswith(fixed))
        if options.start:
            stored = load_file(options.start)
            self.network.load_state_dict({f"weights.{name.replace('.', '/')}": v for name, v in stored.items()})
        self.rows = Rows(options.data)
        self.loss: Loss = entailment_loss if options.kind == "entailment" else reader_loss
        self.optimiser = optimiser_of(self.network, options.rate)
        self.step, self.seen, self.average = 0, 0, 0.0
        options.out.mkdir(parents=True, exist_ok=True)

    def run(self) -> None:
        """Train for the given minutes, write checkpoints on the way, and the last weights at the end."""
        options, random = self.options, np.random.default_rng(self.options.seed)
        began, next_evaluation = time.monotonic(), options.eval_minutes
        self.network.train()
        stream: Iterator[Indices] = iter(())
        drawn_at = -1.0
        while (passed := (time.monotonic() - began) / 60) < options.minutes:
            done = passed / options.minutes
            if done - drawn_at > REDRAWN:
                weights = sampling_weights(self.rows, options.weights, done)
                stream, drawn_at = batches(self.rows, weights, options.tokens, random), done
            self._take_step(next(stream), done)
            if self.step % 50 == 0:
                print(f"{passed:.1f} min, step {self.step}, {self.seen} rows, loss {self.average:.3f}", flush=True)
            if passed > next_evaluation:
                next_evaluation += options.eval_minutes
                save(self.network, options.out / "checkpoint.safetensors")
                self._log({"minutes": round(passed, 1)}, most=700)
        save(self.network, options.out / "final.safetensors")
        print(json.dumps(self._log({"final": True}, most=2000), indent=1))

    def _take_step(self, chosen: Indices, done: float) -> None:
        warm = min(1.0, (self.step + 1) / WARM_UP)
        for group in self.optimiser.param_groups:
            group["lr"] = group["peak"] * warm * max(LEAST_RATE, 1 - done)
        loss = self.loss(self.network, self.rows, chosen, self.options.device)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.network.parameters(), 1.0)
        self.optimiser.step()
        self.average = 0.99 * self.average + 0.01 * loss.item() if self.step else loss.item()
        self.step, self.seen = self.step + 1, self.seen + len(chosen)

    def _log(self, entry: dict[str, Any], most: int) -> dict[str, Any]:
        """Evaluate, and append a line to the log; returns the result."""
        result = evaluate(self.options.kind, self.network, self.rows, self.options.device, most)
        entry |= {"step": self.step, "rows": self.seen, "loss": round(self.average, 4)} | result
        with (self.options.out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(entry) + "\n")
        return result


def save(network: Encoder, path: Path) -> None:
    """Write the trained tensors atomically, under their names in the base file."""
    part = path.with_suffix(".part")
    save_file({n.replace("/", "."): p.detach().contiguous().cpu() for n, p in network.weights.items()}, part)
    part.replace(path)


def main() -> None:
    """Train one judge."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("entailment", "reader"))
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="files of packed rows")
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--type", choices=TYPES, default="bfloat16", help="number format of the matrix products")
    parser.add_argument("--fixed", type=int, default=0, help="lowest layers, and the embeddings, that are not trained")
    parser.add_argument("--rate", type=float, default=1.2e-4, help="highest learning rate of the encoder")
    parser.add_argument("--tokens", type=int, default=3072, help="tokens of a batch")
    parser.add_argument("--dropout", type=float, default=0.05)
    parser.add_argument("--weights", type=json.loads, default={}, help='sampling weights: {"source": [first, last]}')
    parser.add_argument("--eval-minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)
    Training(options).run()


if __name__ == "__main__":
    main()
