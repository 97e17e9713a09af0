"""Entailment rows of claims with the premises that `footnote check` itself finds for them.

    footnote --home HOME study fit found-premises CLAIMS.jsonl --out ROWS.npz

HOME holds the articles. A line has `claim`, `label`, `kind`, `article_id` and `evidence` (exact sentences). A premise
with all of the evidence has the claim's label, and any other premise of a false claim does not carry it. Other premises
of a faithful claim are left out: some carry it in other words.
With `--edits`, faithful claims with one detail changed join them, and pairs of faithful claims of one article as one.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import click

from evals.studies.fitting.claim_decision import CLAIMS
from evals.studies.fitting.claim_edits import edits, merged
from evals.studies.fitting.fit_verb import fit
from evals.studies.fitting.judge_rows import SUPPORTED, Json, PairRow, pack_pairs
from evals.studies.fitting.written_claims import LABEL_OF
from index.encoder import OnnxEncoder
from index.types import Filters
from service.models import EMBEDDER, ModelStore, default_models_dir
from service.runtime.settings import Settings
from service.workspace import Workspace, open_workspace

ARTICLES = 3
"""Number of nearest articles whose premises are rows."""
OF_FURTHER = 0.4
"""Share of the premises of the second and third article that are kept."""
MOST_EDITS = 3
"""Most edits of a faithful claim."""
MERGED_PER_ARTICLE = 2
FOUND, GIVEN, EXCHANGED, EDITED, MERGED = "found", "given", "exchanged", "edited", "merged"
"""Sources of the rows: premises that were found, the evidence alone; claims with a value or name exchanged, with some
other word changed, and two in one."""
EXCHANGES = ("number", "name", "date", "unit", "roles")
"""Kinds of edits that leave a natural sentence."""


@fit.command("found-premises")
@click.argument("claims", nargs=-1, required=True, type=CLAIMS)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File of packed rows.")
@click.option("--edits", "with_edits", is_flag=True, help="Add edits of the faithful claims.")
@click.pass_obj
def found_premises(settings: Settings, claims: Sequence[Path], out: Path, with_edits: bool) -> None:
    """Pack claims with the premises that `footnote check` finds, to train on."""
    workspace = open_workspace(settings, reads=True)
    random = Random(3)
    rows = [row for path in claims for row in _rows(workspace, path, random)]
    workspace.close()
    if with_edits:
        rows += [*edited_rows(rows, random), *merged_rows(rows, random)]
    store = ModelStore(settings.models or default_models_dir())
    pack_pairs(rows, OnnxEncoder(store.path(EMBEDDER), threads=settings.threads), out)
    click.echo(json.dumps(Counter(f"{row.source} {row.label}" for row in rows)))


def _rows(workspace: Workspace, path: Path, random: Random) -> Iterator[PairRow]:
    for line in path.read_text("utf-8").splitlines():
        claim = json.loads(line)
        found = workspace.checker.premises(claim["claim"], Filters(), ARTICLES)
        yield from found_rows(claim, [[each.text for each in article] for article in found], random)


def found_rows(claim: Json, articles: Sequence[Sequence[str]], random: Random) -> Iterator[PairRow]:
    """Yield the rows of a claim with its evidence alone and with the premises of each article, the nearest first."""
    label, evidence = LABEL_OF[claim["label"]], [" ".join(each.split()) for each in claim["evidence"]]
    if evidence:
        yield _row(claim, " ".join(evidence), label, GIVEN)
    for place, texts in enumerate(articles):
        for text in texts:
            words = " ".join(text.split())
            if evidence and all(each in words for each in evidence):
                yield _row(claim, text, label, FOUND)
            elif label not in SUPPORTED and (not place or random.random() < OF_FURTHER):
                yield _row(claim, text, "not_supported", FOUND)


def edited_rows(rows: Sequence[PairRow], random: Random) -> Iterator[PairRow]:
    """Yield edits of each faithful claim, with one of the premises that carry it."""
    carrying: dict[str, list[PairRow]] = defaultdict(list)
    for row in rows:
        if row.label == "supported":
            carrying[row.hypothesis].append(row)
    for claim, several in carrying.items():
        row = random.choice([each for each in several if each.source == FOUND] or several)
        for edit in edits(claim, row.premise, random, MOST_EDITS):
            source = EXCHANGED if edit.kind in EXCHANGES else EDITED
            yield PairRow(edit.text, row.premise, "not_supported", source, 0, edit.changed, edit.kind, row.group)


def merged_rows(rows: Sequence[PairRow], random: Random) -> Iterator[PairRow]:
    """Yield pairs of faithful claims of one article as one claim, with the evidence of both, and an edit of each."""
    of_article: dict[str, list[PairRow]] = defaultdict(list)
    for row in rows:
        if row.source == GIVEN and row.label == "supported":
            of_article[row.group].append(row)
    for article, several in of_article.items():
        for _ in range(MERGED_PER_ARTICLE if len(several) > 1 else 0):
            one, other = random.sample(several, 2)
            if (claim := merged(one.hypothesis, other.hypothesis, random)) is None:
                continue
            premise = f"{one.premise} {other.premise}"
            yield PairRow(claim, premise, "supported", MERGED, 0, kind="several", group=article)
            for edit in edits(claim, premise, random, 1):
                source = MERGED if edit.kind in EXCHANGES else EDITED
                yield PairRow(edit.text, premise, "not_supported", source, 0, edit.changed, edit.kind, article)


def _row(claim: Json, premise: str, label: str, source: str) -> PairRow:
    return PairRow(claim["claim"], premise, label, source, 0, kind=claim["kind"], group=claim["article_id"])
