"""Train one judge from packed rows, for a given time, with checkpoints.

    python train_judge.py entailment|reader --data FILE.npz --base MODEL_FOLDER --out FOLDER --minutes 80 [--threads 1]

Runs by itself in an environment with PyTorch; it imports nothing of the service. Rates fall with the time that has
passed, so that a slow machine ends with a finished schedule of fewer steps.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file

sys.path.insert(0, str(Path(__file__).parent))
from judge_network import ENTAILMENT_HEADS, READER_HEADS, Batch, Encoder, entailment, load_base, reading, truncated

NOT_A = torch.tensor([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [0, 1, 1, 1], [1, 0, 0, 1]]).bool()
"""Classes that each label of `judge_rows.LABELS` allows."""


BUCKET = 16


class Rows:
    def __init__(self, path: Path) -> None:
        with np.load(path) as stored:
            self.__dict__.update({name: stored[name] for name in stored.files})
        self.lengths = np.diff(self.starts)

    def batch(self, chosen: np.ndarray, device: str) -> tuple[Batch, torch.Tensor]:
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


def batches(rows: Rows, weights: np.ndarray, tokens: int, random: np.random.Generator):
    """Draw rows by weight without end; near lengths share a batch of about `tokens` tokens."""
    usable = np.flatnonzero(weights > 0)
    share = weights[usable] / weights[usable].sum()
    while True:
        pool = random.choice(usable, 8192, p=share)
        buckets = -(-rows.lengths[pool] // BUCKET) * BUCKET
        found = []
        for length in np.unique(buckets):
            members = random.permutation(pool[buckets == length])
            size = max(1, tokens // int(length))
            # Few shapes: the kernels of each are made once. What is left of a bucket is drawn again later.
            found += [members[i : i + size] for i in range(0, len(members) - size + 1, size)]
        for i in random.permutation(len(found)):
            yield found[i]


def entailment_loss(network: Encoder, rows: Rows, chosen: np.ndarray, device: str, dtype: torch.dtype) -> torch.Tensor:
    batch, marks = rows.batch(chosen, device)
    labels, tokens = entailment(network, batch, dtype)
    allowed = NOT_A.to(device)[torch.from_numpy(rows.labels[chosen].astype(np.int64)).to(device)]
    log = labels.log_softmax(-1)
    loss = -torch.logsumexp(log.masked_fill(~allowed, -1e4), -1).mean()
    known = (batch.segments == 0) & (marks >= 0) & batch.mask & (batch.ids != 101) & (batch.ids != 102)
    if known.any():
        loss = loss + 0.5 * F.binary_cross_entropy_with_logits(
            tokens[known], marks[known].float(), pos_weight=torch.tensor(2.0, device=device)
        )
    return loss


def reader_loss(network: Encoder, rows: Rows, chosen: np.ndarray, device: str, dtype: torch.dtype) -> torch.Tensor:
    batch, marks = rows.batch(chosen, device)
    spans, answers = reading(network, batch, dtype)
    labels = torch.from_numpy(rows.labels[chosen].astype(np.float32)).to(device)
    only = torch.from_numpy(rows.only[chosen]).to(device)
    log = spans.log_softmax(1)
    total = torch.zeros(len(chosen), device=device)
    for side, bit in ((0, 1), (1, 2)):
        allowed = (marks & bit) > 0
        allowed[:, 0] = labels == 0
        total = total - torch.logsumexp(log[..., side].masked_fill(~allowed, -1e4), -1)
    total = torch.where(only, total * 0.5, total)
    return total.mean() / 2 + 0.5 * F.binary_cross_entropy_with_logits(answers, labels)


def auc(scores: np.ndarray, positive: np.ndarray) -> float:
    order = np.argsort(scores, kind="stable")
    ranks = np.empty(len(scores))
    ranks[order] = np.arange(1, len(scores) + 1)
    n = int(positive.sum())
    return float((ranks[positive].sum() - n * (n + 1) / 2) / max(1, n * (len(scores) - n)))


def accepted_at(scores: np.ndarray, positive: np.ndarray, false: float) -> float:
    return float((scores[positive] > np.quantile(scores[~positive], 1 - false)).mean())


@torch.no_grad()
def scored(kind: str, network: Encoder, rows: Rows, chosen: np.ndarray, device: str, dtype: torch.dtype) -> np.ndarray:
    out = np.zeros(len(chosen))
    order = np.argsort(rows.lengths[chosen])
    for start in range(0, len(order), 32):
        part = order[start : start + 32]
        batch, _ = rows.batch(chosen[part], device)
        if kind == "entailment":
            log = entailment(network, batch, dtype)[0].log_softmax(-1)
            out[part] = (log[:, 0] - torch.log1p(-log[:, 0].exp().clamp(max=1 - 1e-6))).cpu().numpy()
        else:
            spans, answers = reading(network, batch, dtype)
            best = spans[:, 1:].max(1).values.sum(-1) - spans[:, 0].sum(-1)
            out[part] = (answers + 0.25 * best).cpu().numpy()
    return out


def evaluate(kind: str, network: Encoder, rows: Rows, device: str, dtype: torch.dtype, most: int = 700) -> dict:
    network.eval()
    found = {}
    random = np.random.default_rng(0)
    for source in np.unique(rows.sources):
        held = np.flatnonzero((rows.folds >= 8) & (rows.sources == source))
        if len(held) < 60:
            continue
        chosen = random.choice(held, min(most, len(held)), replace=False)
        label = rows.labels[chosen]
        positive = np.isin(label, (0, 5)) if kind == "entailment" else label == 1
        if not 5 < positive.sum() < len(chosen) - 5:
            continue
        scores = scored(kind, network, rows, chosen, device, dtype)
        found[str(source)] = {"n": len(chosen), "auc": round(auc(scores, positive), 3)}
        if source == "written":
            found["written"] |= {f"at{p}": round(accepted_at(scores, positive, p / 100), 3) for p in (2, 5, 10)}
    network.train()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=("entailment", "reader"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--base", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--start", type=Path, help="a checkpoint to go on from")
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--rate", type=float, default=1.2e-4)
    parser.add_argument("--tokens", type=int, default=3072)
    parser.add_argument(
        "--rank", type=int, default=0, help="project onto this rank at the start and at each checkpoint"
    )
    parser.add_argument("--dropout", type=float, default=0.05)
    parser.add_argument(
        "--weights", type=json.loads, default={}, help='JSON: {"source": [first, last]} sampling weights'
    )
    parser.add_argument("--eval-minutes", type=float, default=15)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    random = np.random.default_rng(args.seed)
    dtype = torch.bfloat16
    base = load_base(args.base)
    network = Encoder(base, ENTAILMENT_HEADS if args.kind == "entailment" else READER_HEADS, args.dropout).to(
        args.device
    )
    network.frozen = {k: v.to(args.device) for k, v in network.frozen.items()}
    if args.start:
        network.load_state_dict({f"weights.{k.replace('.', '/')}": v for k, v in load_file(args.start).items()})
    rows = Rows(args.data)
    train = rows.folds < 8
    loss_of = entailment_loss if args.kind == "entailment" else reader_loss
    heads = ("label", "mark", "mix", "span", "answers")
    groups = [
        {
            "params": [p for n, p in network.weights.items() if not n.startswith(heads)],
            "peak": args.rate,
            "weight_decay": 0.01,
        },
        {
            "params": [p for n, p in network.weights.items() if n.startswith(heads)],
            "peak": 8 * args.rate,
            "weight_decay": 0.0,
        },
    ]
    optimiser = torch.optim.AdamW(groups, lr=args.rate, betas=(0.9, 0.98), eps=1e-6)
    args.out.mkdir(parents=True, exist_ok=True)
    log = (args.out / "log.jsonl").open("a")
    began, step, seen, average, next_eval = time.monotonic(), 0, 0, None, args.eval_minutes
    network.train()
    stream, drawn_at = None, -1.0
    while True:
        passed = (time.monotonic() - began) / 60
        done = passed / args.minutes
        if done >= 1:
            break
        if done - drawn_at > 0.05:
            weight = train.astype(float)
            for source, (first, last) in args.weights.items():
                weight[rows.sources == source] *= first + (last - first) * done
            stream, drawn_at = batches(rows, weight, args.tokens, random), done
        warm = min(1.0, (step + 1) / 150)
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * warm * max(0.02, 1 - done)
        chosen = next(stream)
        loss = loss_of(network, rows, chosen, args.device, dtype)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        step, seen = step + 1, seen + len(chosen)
        average = loss.item() if average is None else 0.99 * average + 0.01 * loss.item()
        if step % 50 == 0:
            print(f"{passed:.1f} min, step {step}, {seen} rows, loss {average:.3f}", flush=True)
        if passed > next_eval:
            next_eval += args.eval_minutes
            save(network, args.out / "checkpoint.safetensors")
            result = evaluate(args.kind, network, rows, args.device, dtype)
            log.write(
                json.dumps(
                    {"minutes": round(passed, 1), "step": step, "rows": seen, "loss": round(average, 4)} | result
                )
                + "\n"
            )
            log.flush()
    if args.rank:
        truncated(network, base, args.rank)
    save(network, args.out / "final.safetensors")
    result = evaluate(args.kind, network, rows, args.device, dtype, most=2000)
    log.write(json.dumps({"final": True, "step": step, "rows": seen, "loss": average} | result) + "\n")
    print(json.dumps(result, indent=1))


def save(network: Encoder, path: Path) -> None:
    part = path.with_suffix(".part")
    save_file({n.replace("/", "."): p.detach().contiguous().cpu() for n, p in network.weights.items()}, part)
    part.replace(path)


if __name__ == "__main__":
    main()
