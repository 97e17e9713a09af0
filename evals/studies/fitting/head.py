"""Relevance head training: fit which sentence, if any, answers a question; writes a few hundred kilobytes.

    footnote study fit head --python TORCH_PYTHON --train-dir DATA --base all-MiniLM-L6-v2 --out head

Needs a separate environment with torch, safetensors, tokenizers and nupunkt, where it also runs directly as
`python -m evals.studies.fitting.head`. On shared cores set OMP_WAIT_POLICY=PASSIVE: spinning threads that waited for a
preempted one made a step seven times as long. DATA has SQuAD 2.0 (Rajpurkar et al. 2018, arXiv 1806.03822) and SelQA
(Jurczyk et al. 2016, arXiv 1606.00851); questions marked `test` are never used for fitting. Methods besides those in
head_model.py: a listwise loss over the candidates of a question (Cao et al. 2007, ListNet), a per-token answer loss as
an auxiliary task (Devlin et al. 2019, section 4.2), questions made unanswerable by replacing a name or number (the
"entity swap" of Rajpurkar et al. 2018), and Platt scaling (Platt 1999) for the probability.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file, save_file
from torch import Tensor

from evals.studies.fitting.head_data import (
    Candidates,
    EncodedPair,
    LabelledSentence,
    PairEncoder,
    SquadQuestion,
    TrainingPair,
    batches,
    collate,
    read_selqa,
    read_squad,
)
from evals.studies.fitting.head_model import Batch, PairScorer, delta, load_base, merge, write_npz
from evals.studies.fitting.paraphrase import Paraphrase
from evals.studies.fitting.roc import auc


def listwise(logits: Tensor, sizes: Sequence[int], labels: Tensor) -> Tensor:
    """Softmax loss over each question's candidates plus a null candidate of logit 0, which is right if none answers."""
    losses = []
    for x, y in zip(torch.split(logits, list(sizes)), torch.split(labels, list(sizes)), strict=True):
        x, y = torch.cat([x, x.new_zeros(1)]), torch.cat([y, (1 - y.max())[None]])
        losses.append(x.logsumexp(0) - x[y > 0].logsumexp(0))
    return torch.stack(losses).mean()


def token_loss(spans: Tensor, batch: Batch, rows: Sequence[EncodedPair]) -> Tensor:
    """Binary cross-entropy for whether each sentence token is part of the answer, where spans are known."""
    target = torch.zeros_like(spans)
    for i, row in enumerate(rows):
        target[i, : len(row.answer)] = torch.tensor(row.answer)
    known = torch.tensor([r.pair.spans_known for r in rows])[:, None] & (batch.segments > 0)
    return F.binary_cross_entropy_with_logits(spans[known], target[known], reduction="sum") / max(1, len(rows)) / 4


def loss_of(model: PairScorer, groups: list[list[EncodedPair]], weights: Weights) -> Tensor:
    rows = [e for g in groups for e in g]
    batch, labels = collate(rows), torch.tensor([e.pair.label for e in rows])
    logits, spans = model(batch)
    # The entity-swapped question is a different question, so its pair counts in the pointwise loss only.
    own = torch.tensor([e.pair.question == g[0].pair.question for g in groups for e in g])
    sizes = [sum(e.pair.question == g[0].pair.question for e in g) for g in groups]
    loss = F.binary_cross_entropy_with_logits(logits, labels) + weights.listwise * listwise(
        logits[own], sizes, labels[own]
    )
    return loss + weights.span * token_loss(spans, batch, rows) if weights.span else loss


@dataclass(frozen=True)
class Weights:
    listwise: float
    span: float


def optimiser(model: PairScorer, rate: float, small: float) -> torch.optim.Optimizer:
    low = [p for n, p in model.fitted.items() if "lora" in n]
    rest = [p for n, p in model.fitted.items() if "lora" not in n]
    return torch.optim.AdamW(
        [{"params": low, "lr": rate}, {"params": rest, "lr": small, "weight_decay": 0.0}],
        weight_decay=0.01,
        betas=(0.9, 0.99),
    )


def share(progress: float) -> float:
    """Return the share of the full learning rate: linear warm-up over the first 6 % of the run, then linear to 0."""
    return (progress + 1e-3) / 0.06 if progress < 0.06 else (1 - progress) / 0.94


@torch.no_grad()
def score(
    model: PairScorer, encode: PairEncoder, pairs: Sequence[tuple[str, LabelledSentence]], size: int = 64
) -> list[float]:
    model.eval()
    rows = [encode(TrainingPair(q, s, 0.0)) for q, s in pairs]
    order = sorted(range(len(rows)), key=lambda i: len(rows[i].ids))
    logits = [0.0] * len(rows)
    for at in range(0, len(order), size):
        chosen = order[at : at + size]
        found, _ = model(collate([rows[i] for i in chosen]))
        for i, value in zip(chosen, found.tolist(), strict=True):
            logits[i] = value
    model.train()
    return logits


@dataclass(frozen=True)
class TopSentence:
    answerable: bool
    right: bool
    """Whether the highest-scored sentence answers the question."""
    best: float


def rank(model: PairScorer, encode: PairEncoder, questions: Sequence[SquadQuestion]) -> list[TopSentence]:
    logits = score(model, encode, [(q.text, s) for q in questions for s in q.paragraph])
    found, at = [], 0
    for q in questions:
        own = logits[at : at + len(q.paragraph)]
        at += len(own)
        top = max(range(len(own)), key=own.__getitem__)
        found.append(TopSentence(bool(q.positive), top in q.positive, own[top]))
    return found


def platt(ranked: Sequence[TopSentence]) -> tuple[float, float]:
    """Fit slope and offset of P(question is answered) = sigmoid(slope * best logit + offset)."""
    x = torch.tensor([r.best for r in ranked])
    y = torch.tensor([float(r.answerable) for r in ranked])
    line = torch.tensor([1.0, 0.0], requires_grad=True)
    fit = torch.optim.LBFGS([line], max_iter=100)

    def closure() -> Tensor:
        fit.zero_grad()
        loss = F.binary_cross_entropy_with_logits(line[0] * x + line[1], y)
        loss.backward()  # type: ignore[no-untyped-call]
        return loss

    fit.step(closure)  # type: ignore[no-untyped-call]
    slope, offset = line.detach().tolist()
    return slope, offset


def balanced(ranked: Sequence[TopSentence], threshold: float) -> float:
    kept = [r.best >= threshold for r in ranked if r.answerable]
    refused = [r.best < threshold for r in ranked if not r.answerable]
    return (sum(kept) / len(kept) + sum(refused) / len(refused)) / 2


def best_threshold(ranked: Sequence[TopSentence]) -> float:
    return max((r.best for r in ranked), key=lambda t: balanced(ranked, t))


def threshold_at(ranked: Sequence[TopSentence], wrong: float) -> float:
    """Return the highest threshold that refuses at most this share of the answerable questions."""
    kept = sorted(r.best for r in ranked if r.answerable)
    return kept[math.floor(wrong * len(kept))]


def report(ranked: Sequence[TopSentence], chosen_on: Sequence[TopSentence]) -> dict[str, float]:
    yes, no = [r for r in ranked if r.answerable], [r for r in ranked if not r.answerable]
    cut = threshold_at(chosen_on, 0.10)
    return {
        "n": len(ranked),
        "n_answerable": len(yes),
        "hit1": sum(r.right for r in yes) / len(yes),
        "auc": auc(np.array([r.best for r in ranked]), np.array([float(r.answerable) for r in ranked])),
        "balanced_accuracy": balanced(ranked, best_threshold(chosen_on)),
        "balanced_threshold": best_threshold(chosen_on),
        "cut_10pct_wrong_refusals": cut,
        "answered_right": sum(r.right and r.best >= cut for r in yes) / len(yes),
        "wrong_refusals": sum(r.best < cut for r in yes) / len(yes),
        "right_refusals": sum(r.best < cut for r in no) / len(no),
    }


class Fit:
    """Fit: one training run with its model, data and the best checkpoint on the development articles."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.args, self.rng = args, random.Random(args.seed)
        questions = [*read_squad(args.train_dir), *read_selqa(args.train_dir)]
        self.fitting = [q for q in questions if q.split == "train"]
        self.dev = [q for q in questions if q.split == "dev"]
        self.base, self.encode = load_base(args.base), PairEncoder(args.base / "tokenizer.json", args.tokens)
        self.model = PairScorer(self.base, args.rank, args.alpha, args.dropout).to_dtype(getattr(torch, args.dtype))
        near = json.loads(args.near.read_text(encoding="utf-8")) if args.near else {}
        reword = Paraphrase(near, args.reworded if near else 0.0, self.rng)
        self.candidates = Candidates(self.fitting, args.swaps, self.rng, reword)
        if args.start:
            self.model.restore(load_file(args.start))
        self.steps = optimiser(self.model, args.rate, args.small_rate)
        self.best = -1.0

    def epoch(self, number: int) -> None:
        groups = [[self.encode(p) for p in self.candidates.group(q)] for q in self.fitting]
        plan = batches(groups, self.args.batch, self.rng)
        for i, chosen in enumerate(plan):
            loss = self.step(chosen, (number + i / len(plan)) / self.args.epochs)
            if i % 25 == 0:
                print(f"epoch {number} step {i}/{len(plan)} loss {loss:.3f}", flush=True)
            if i % self.args.every == self.args.every - 1 or i == len(plan) - 1:
                self.keep_if_better({"epoch": number, "step": i})

    def step(self, chosen: list[list[EncodedPair]], progress: float) -> float:
        for group, rate in zip(self.steps.param_groups, (self.args.rate, self.args.small_rate), strict=True):
            group["lr"] = rate * share(progress)
        loss = loss_of(self.model, chosen, Weights(self.args.listwise, self.args.span))
        self.steps.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.steps.step()
        return loss.item()

    def keep_if_better(self, at: dict[str, int]) -> None:
        ranked = rank(self.model, self.encode, self.dev)
        found = report(ranked, ranked)
        print(json.dumps(at | {"dev": found}), flush=True)
        if found["hit1"] + found["auc"] > self.best:
            self.best = found["hit1"] + found["auc"]
            save(self.args, self.base, self.model, {**at, "dev": found, "platt": platt(ranked)})


def train(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    fit = Fit(args)
    for number in range(args.epochs):
        fit.epoch(number)


def save(args: argparse.Namespace, base: dict[str, Tensor], model: PairScorer, found: dict[str, Any]) -> None:
    args.out.mkdir(parents=True, exist_ok=True)
    state = {n: v for n, v in model.state().items() if args.span or not n.startswith("span.")}
    config = {
        k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items() if k not in ("train_dir", "base", "out")
    }
    save_file(state, args.out / "delta.safetensors")
    save_file(merge(base, state, model.scale), args.out / "merged.safetensors")
    write_npz(args.out / "head.npz", delta(base, state), model.scale)
    (args.out / "meta.json").write_text(json.dumps({**found, "scale": model.scale, "config": config}, indent=1) + "\n")


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Fit the head that picks the answering sentence.")
    for name in ("--train-dir", "--base", "--out"):
        parser.add_argument(name, type=Path, required=True)
    for name, value in {
        "rank": 8,
        "epochs": 3,
        "batch": 36,
        "tokens": 112,
        "threads": 2,
        "seed": 1,
        "every": 322,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=value)
    for name, default in {
        "alpha": 16.0,
        "rate": 7e-4,
        "small-rate": 4e-4,
        "dropout": 0.0,
        "swaps": 0.3,
        "listwise": 1.0,
        "span": 0.3,
        "reworded": 0.5,
    }.items():
        parser.add_argument(f"--{name}", type=float, default=default)
    parser.add_argument("--start", type=Path, help="a delta.safetensors to go on from")
    parser.add_argument(
        "--near", type=Path, help="what `footnote study fit near-words` wrote; questions are reworded with it"
    )
    parser.add_argument("--dtype", default="bfloat16", choices=("bfloat16", "float32"))
    return parser.parse_args()


if __name__ == "__main__":
    train(arguments())
