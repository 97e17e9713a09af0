"""Gate ablation: measure what each check and each word table alone decides (`footnote eval ablate`).

A check is removed by its id; a table is emptied as a whole (see `gate_tables`). Its numbers are those of the whole
table, and a table that affects no measured pair shows zeros even if it matters on other data.

Labelled pairs: the committed claims with their recorded evidence, each sentence of the seeds changed by rule with the
original as evidence, the examples of the checks, and optionally the claims of a file.
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Literal

import click
from pydantic import BaseModel, Field, ValidationError

from evals.harness.cases import CASES, ClaimCase, read_records
from evals.harness.runner import workspace_over
from evals.harness.suites.cassettes.cassette_format import read_claims
from evals.harness.suites.cassettes.player import SentenceLookup, no_engines
from evals.harness.suites.suite_registry import SEEDS
from evals.studies.gate_tables import Table, emptied, tables
from evals.studies.measured_claims import LabelledClaim, MeasuredClaim
from evals.studies.mutations import changes, sentences
from index.errors import InputError
from index.reading import first_problem, read_paths
from index.types import Article, Record
from service.grounding import CHECKS, Support, support_of
from service.runtime.settings import Settings

Verdicts = Sequence[bool | None]
"""Whether each claim is accepted; None if the gate raised an exception."""
CLAIMS_PER_BATCH = 60
"""Small enough that the parses and semantic roles of a batch stay cached."""


class ForeignClaim(BaseModel):
    """ForeignClaim: one line of a user's claim file; other fields are ignored."""

    claim: str = Field(min_length=1)
    evidence: str | tuple[str, ...]
    faithful: bool


class Ablation(Record):
    """Ablation: the verdicts that change if one check or table is removed, counted by origin of the claim."""

    kind: Literal["check", "table"]
    name: str
    stops: dict[str, int]
    """Altered claims that are accepted without it."""
    lets_in: dict[str, int]
    """Altered claims that are rejected without it."""
    admits: dict[str, int]
    """Faithful claims that are rejected without it."""
    costs: dict[str, int]
    """Faithful claims that are accepted without it."""
    errors: int
    """Claims on which the gate raises an exception without it."""

    @property
    def decides(self) -> bool:
        """Whether any verdict depends on it."""
        return bool(self.errors or self.stops or self.lets_in or self.admits or self.costs)


class Group(Record):
    """Group: the number of claims of one origin, and how many the whole gate accepts."""

    origin: str
    altered: int
    altered_accepted: int
    faithful: int
    faithful_accepted: int


class Ablations(Record):
    """Ablations: the result of one ablation run."""

    groups: tuple[Group, ...]
    rows: tuple[Ablation, ...]


def ablate(
    claims: Sequence[LabelledClaim],
    checks: Sequence[str],
    emptied_tables: Sequence[Table],
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Ablations:
    """Compare the verdicts of the whole gate with those without each check and with each table emptied.

    Args:
        progress: called with the number of finished batches and the total.
    """
    batches = [claims[i : i + CLAIMS_PER_BATCH] for i in range(0, len(claims), CLAIMS_PER_BATCH)]
    measure = partial(_measure, checks=tuple(checks), emptied_tables=tuple(emptied_tables))
    columns: list[list[bool | None]] = [[] for _ in range(1 + len(checks) + len(emptied_tables))]
    for done, found in enumerate(_mapped(measure, batches, jobs), 1):
        for column, verdicts in zip(columns, found, strict=True):
            column += verdicts
        progress(done, len(batches))
    whole, *others = columns
    left_out = [*(("check", each) for each in checks), *(("table", each.name) for each in emptied_tables)]
    rows = (_row(kind, name, claims, whole, verdicts) for (kind, name), verdicts in zip(left_out, others, strict=True))
    return Ablations(groups=tuple(_groups(claims, whole)), rows=tuple(rows))


def _mapped(
    measure: Callable[[Sequence[LabelledClaim]], list[Verdicts]], batches: Sequence[Sequence[LabelledClaim]], jobs: int
) -> Iterator[list[Verdicts]]:
    if jobs == 1:
        yield from map(measure, batches)
        return
    with ProcessPoolExecutor(jobs, mp_context=get_context("spawn")) as pool:
        yield from pool.map(measure, batches)


def _measure(claims: Sequence[LabelledClaim], checks: Sequence[str], emptied_tables: Sequence[Table]) -> list[Verdicts]:
    """Return the verdicts of the whole gate, then without each check, then with each table emptied."""
    measured = [MeasuredClaim(each) for each in claims]
    found: list[Verdicts] = [[each.accepted() for each in measured]]
    found += [[each.accepted(without={name}) for each in measured] for name in checks]
    for table in emptied_tables:
        with emptied(table):
            found.append([_recomputed(each, table) for each in measured])
    return found


def _recomputed(claim: MeasuredClaim, table: Table) -> bool | None:
    try:
        return claim.recomputed(table.modules)
    except Exception:  # noqa: BLE001 - without its table the code may fail in any way, which is a result
        return None


def _row(kind: str, name: str, claims: Sequence[LabelledClaim], whole: Verdicts, without: Verdicts) -> Ablation:
    changed = [
        (claim, after) for claim, before, after in zip(claims, whole, without, strict=True) if before is not after
    ]
    found = Counter((claim.faithful, after, claim.origin) for claim, after in changed)

    def of(faithful: bool, accepted: bool) -> dict[str, int]:
        return {origin: n for (label, after, origin), n in found.items() if label is faithful and after is accepted}

    return Ablation(
        kind="check" if kind == "check" else "table",
        name=name,
        stops=of(False, True),
        lets_in=of(False, False),
        admits=of(True, False),
        costs=of(True, True),
        errors=sum(after is None for _, after in changed),
    )


def _groups(claims: Sequence[LabelledClaim], whole: Verdicts) -> Iterator[Group]:
    counts = Counter((each.origin, each.faithful, verdict) for each, verdict in zip(claims, whole, strict=True))
    for origin in dict.fromkeys(each.origin for each in claims):
        altered, faithful = ([counts[origin, label, verdict] for verdict in (False, True)] for label in (False, True))
        yield Group(
            origin=origin,
            altered=sum(altered),
            altered_accepted=altered[1],
            faithful=sum(faithful),
            faithful_accepted=faithful[1],
        )


def committed_claims() -> Iterator[LabelledClaim]:
    """Yield the claims of `evals/data/cases`, each with its recorded evidence sentences."""
    _, recorded = read_claims()
    with workspace_over([SEEDS], Settings(), no_engines()) as workspace:
        stored = SentenceLookup(workspace.store)
        for name in ("claims", "hedges"):
            for case in read_records(CASES / f"{name}.jsonl", ClaimCase):
                found = [stored.at(place) for place in recorded[case.id].considered]
                yield LabelledClaim(
                    origin=name,
                    claim=case.claim,
                    supports=tuple(map(support_of, found)),
                    articles=tuple(each.article.text for each in found),
                    faithful=case.faithful,
                )


def rule_made_changes() -> Iterator[LabelledClaim]:
    """Yield every rule-based mutation of every sentence of the seeds, with the original as evidence."""
    articles = [each for each in read_paths([SEEDS]) if isinstance(each, Article)]
    for sentence in sentences(articles):
        for change in changes(sentence):
            yield _labelled("changes", change.claim, [change.sentence], faithful=False)


def examples() -> Iterator[LabelledClaim]:
    """Yield the accepted and rejected examples of every check."""
    for check in CHECKS:
        for faithful, chosen in ((True, check.accepts), (False, check.rejects)):
            for each in chosen:
                yield LabelledClaim(
                    origin="examples",
                    claim=each.claim,
                    supports=(each.support,),
                    articles=(each.article,),
                    faithful=faithful,
                )


def claims_of_file(path: Path) -> Iterator[LabelledClaim]:
    """Yield the claims of a file of JSON lines.

    Raises:
        InputError: if a line lacks `claim`, `evidence` or `faithful`.
    """
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip():
            continue
        try:
            each = ForeignClaim.model_validate_json(line)
        except ValidationError as error:
            raise InputError(f"{path}:{number}: {first_problem(error)}") from error
        evidence = [each.evidence] if isinstance(each.evidence, str) else each.evidence
        yield _labelled(path.stem, each.claim, evidence, faithful=each.faithful)


def _labelled(origin: str, claim: str, evidence: Sequence[str], *, faithful: bool) -> LabelledClaim:
    return LabelledClaim(
        origin=origin,
        claim=claim,
        supports=tuple(Support(quote=quote) for quote in evidence),
        articles=("",) * len(evidence),
        faithful=faithful,
    )


def as_text(found: Ablations) -> str:
    """Format the acceptance counts by origin, then a table row for each check and table."""
    origins = [group.origin for group in found.groups]
    width = max((len(row.name) for row in found.rows), default=0) + 2
    lines = [
        f"{each.origin}: {each.altered_accepted} of {each.altered} altered and {each.faithful_accepted} of "
        f"{each.faithful} faithful claims accepted"
        for each in found.groups
    ]
    head = "".join(f"{origin:>10}" for origin in origins)
    lines += ["", f"{'':<{width}}{head}{'costs':>10}{'admits':>10}{'lets in':>10}{'errors':>10}"]
    for row in found.rows:
        stops = "".join(f"{row.stops.get(origin, 0):>10}" for origin in origins)
        others = (sum(row.costs.values()), sum(row.admits.values()), sum(row.lets_in.values()), row.errors)
        mark = "" if row.decides else "  decides nothing"
        lines.append(f"{row.name:<{width}}{stops}" + "".join(f"{each:>10}" for each in others) + mark)
    return "\n".join(lines)


def _spread(claims: Sequence[LabelledClaim], limit: int | None) -> Sequence[LabelledClaim]:
    return claims[:: max(1, len(claims) // limit)][:limit] if limit else claims


def _tell(done: int, total: int) -> None:
    click.echo(f"\r{done} of {total} batches", err=True, nl=done == total)


@click.command()
@click.option("--cases", type=click.Path(path_type=Path, exists=True), help="JSON lines: claim, evidence, faithful.")
@click.option("--only", type=click.Choice(["checks", "tables"]), help="Checks take a minute, tables many.")
@click.option("--limit", type=click.IntRange(1), help="So many claims of each origin, spread evenly.")
@click.option("--json", "json_", is_flag=True, help="Print the numbers as JSON.")
def ablate_command(cases: Path | None, only: str | None, limit: int | None, json_: bool) -> None:
    """Print what each check and each table of the gate alone stops, loses, admits and lets in.

    Columns named after a set of claims: altered claims that it alone stops. costs: faithful claims that it alone loses.
    admits: faithful claims that are accepted because of it. lets in: altered claims that are accepted because of it.
    """
    groups = [list(committed_claims()), list(rule_made_changes()), list(examples())]
    if cases:
        groups.append(list(claims_of_file(cases)))
    claims = [each for group in groups for each in _spread(group, limit)]
    checks = [] if only == "tables" else [each.id for each in CHECKS]
    chosen = [] if only == "checks" else tables()
    found = ablate(claims, checks, chosen, jobs=os.cpu_count() or 1, progress=_tell)
    click.echo(found.model_dump_json(indent=1) if json_ else as_text(found))
