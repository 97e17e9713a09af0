"""Metadata extraction: accuracy of title, outlet, author and date, and invented values (`footnote study metadata`)."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

import click
from pydantic import BaseModel, ConfigDict

from evals.harness.cases import CASES
from evals.studies.study_verb import study
from index.reading import RawFile, read_raw
from index.types import UNKNOWN, Article, Fact, Source

FIELDS = ("title", "outlet", "published", "author")
SUFFIXES = {"html": ".html", "text": ".txt", "markdown": ".md", "feed": ".xml", "mail": ".eml"}
Split = Literal["seen", "held"]


class MetadataCase(BaseModel):
    """MetadataCase: a page or text with its expected metadata; None if it states none."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    split: Split
    """`held`: held-out cases, written after the readers, for their first measurement."""
    id: str
    kind: str
    content: str
    expected: dict[str, str | None]
    inferred: tuple[str, ...]
    """Fields that are not stated explicitly; their basis must be `inferred`."""


class FieldVerdict(NamedTuple):
    """FieldVerdict: whether one field of one case was extracted correctly."""

    case: MetadataCase
    field: str
    found: Fact
    right: bool
    invented: bool
    """Whether a value was found although the page has none, or a wrong value or basis where one must be inferred."""


def verdicts_on(case: MetadataCase) -> Iterator[FieldVerdict]:
    """Read the case, and yield for each field whether it was extracted correctly."""
    suffix = SUFFIXES.get(case.kind, f".{case.kind}")
    found = list(read_raw(RawFile(id=case.id, name=case.id, content=case.content.encode(), suffix=suffix)))
    source = found[0].source if len(found) == 1 and isinstance(found[0], Article) else Source(title=UNKNOWN)
    for field in FIELDS:
        fact: Fact = getattr(source, field)
        expected = case.expected[field]
        basis = "unknown" if expected is None else "inferred" if field in case.inferred else "stated"
        right = (fact.value, fact.basis) == (expected, basis)
        invented = not right and fact.value is not None and (expected is None or basis == "inferred")
        yield FieldVerdict(case, field, fact, right, invented)


def read_metadata_cases(path: Path = CASES / "metadata.jsonl") -> list[MetadataCase]:
    """Read the fixed set of pages and texts."""
    return [MetadataCase.model_validate_json(line) for line in path.read_text(encoding="utf-8").splitlines()]


def as_table(verdicts: Iterable[FieldVerdict]) -> str:
    """Format the right and invented shares by field and split, then every error."""
    every = list(verdicts)
    lines = []
    for split in ("seen", "held"):
        for field in FIELDS:
            some = [verdict for verdict in every if verdict.case.split == split and verdict.field == field]
            lines.append(f"{split}  {field:<10}{_shares(some)}")
    lines += [
        f"{v.case.id}: {v.field} is {v.found.value!r} ({v.found.basis}), not {v.case.expected[v.field]!r}"
        for v in every
        if not v.right
    ]
    return "\n".join(lines)


def _shares(some: Sequence[FieldVerdict]) -> str:
    right, invented = sum(verdict.right for verdict in some), sum(verdict.invented for verdict in some)
    return f"{right / max(1, len(some)):.3f} right of {len(some)}, {invented} invented"


@study.command("metadata")
def metadata() -> None:
    """Print how much title, outlet, author and date are read right.

    Exits 1 when any value is invented.
    """
    verdicts = [verdict for case in read_metadata_cases() for verdict in verdicts_on(case)]
    click.echo(as_table(verdicts))
    sys.exit(any(verdict.invented for verdict in verdicts))
