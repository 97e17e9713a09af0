"""Claim decision: fit the score and the two thresholds of `footnote check` on labelled claims about a collection.

    footnote --home HOME study fit claim-decision CLAIMS.jsonl --report OTHERS.jsonl

HOME holds the articles that the claims are about. A line has `claim`, `label` (supported, or why not) and `kind`. Run
it again for other weights of the entailment model: the coefficients belong to them. Prints, for the claims that it was
fitted on and for the others, the shares of supported and of false claims above each threshold.
"""

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from evals.studies.fitting.fit_verb import fit
from evals.studies.fitting.logistic import fit_logistic
from evals.studies.fitting.roc import auc
from index.search.reranking import weigh
from index.types import Filters, Record
from service.grounding import CLAIM_DECISION, CLAIM_SIGNALS
from service.proving.judge_proof import LOOSE_SHARE, STRICT_SHARE, threshold
from service.runtime.settings import Settings
from service.workspace import Workspace, open_workspace

MARGIN = 0.001
"""Score by which a threshold lies above the claim that must not pass."""
CLAIMS = click.Path(path_type=Path, exists=True, dir_okay=False)
Values = NDArray[np.float64]


class LabelledClaim(Record):
    """LabelledClaim: a claim with what its writer says of it, and the signals that the entailment model gave."""

    claim: str
    label: str
    signals: dict[str, float]


@fit.command("claim-decision")
@click.argument("claims", nargs=-1, required=True, type=CLAIMS)
@click.option("--report", multiple=True, type=CLAIMS, help="Claims that are only reported.")
@click.option("--write", is_flag=True, help="Write the coefficients that the service uses.")
@click.pass_obj
def claim_decision(settings: Settings, claims: Sequence[Path], report: Sequence[Path], write: bool) -> None:
    """Fit when `footnote check` calls a claim supported, and likely supported."""
    workspace = open_workspace(settings, reads=True)
    fitted_on = [each for path in claims for each in judged_claims(workspace, path)]
    found = fitted(fitted_on)
    click.echo(json.dumps(found))
    sets = {"fitted on": fitted_on} | {path.name: list(judged_claims(workspace, path)) for path in report}
    workspace.close()
    for name, judged in sets.items():
        click.echo("\n".join(_table(name, judged, found)))
    if write:
        CLAIM_DECISION.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


def judged_claims(workspace: Workspace, path: Path) -> Iterator[LabelledClaim]:
    """Yield the claims of a file with their signals; a claim without evidence has none and is left out."""
    for line in path.read_text("utf-8").splitlines():
        row = json.loads(line)
        judged = workspace.checker.judgement(row["claim"], Filters())
        if judged is not None:
            yield LabelledClaim(claim=row["claim"], label=row["label"], signals=judged.signals)


def fitted(claims: Sequence[LabelledClaim]) -> dict[str, object]:
    """Return weights by signal, and the thresholds that leave at most 2 and 10 % of the false claims above them."""
    labels = _labels(claims)
    weights = fit_logistic(np.array([[each.signals[name] for name in CLAIM_SIGNALS] for each in claims]), labels)
    named = {name: round(float(weight), 3) for name, weight in zip(CLAIM_SIGNALS, weights, strict=True)}
    false = [float(each) for each in _scores(claims, named)[labels == 0]]
    thresholds = {
        name: round(threshold(false, share, MARGIN), 3)
        for name, share in (("supported", STRICT_SHARE), ("likely", LOOSE_SHARE))
    }
    return {"weights": named, **thresholds}


def _labels(claims: Sequence[LabelledClaim]) -> Values:
    return np.array([float(each.label == "supported") for each in claims])


def _scores(claims: Sequence[LabelledClaim], weights: dict[str, float]) -> Values:
    return np.array([weigh(weights, each.signals) for each in claims])


def _table(name: str, claims: Sequence[LabelledClaim], found: dict[str, object]) -> Iterator[str]:
    weights, labels = found["weights"], _labels(claims)
    assert isinstance(weights, dict)
    scores = _scores(claims, weights)
    yield f"{name}: n {len(claims)}, AUC {auc(scores, labels):.3f}"
    by_label: dict[str, list[float]] = defaultdict(list)
    for each, score in zip(claims, scores, strict=True):
        by_label[each.label].append(float(score))
        if each.label != "supported":
            by_label["all false"].append(float(score))
    for label, values in sorted(by_label.items()):
        shares = (np.mean(np.array(values) >= found[threshold]) for threshold in ("supported", "likely"))
        yield f"  {label:18} n {len(values):4} " + " ".join(f"{share:.3f}" for share in shares)
