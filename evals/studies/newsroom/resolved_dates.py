"""Date resolution: precision and recall over sentences with their dates (`footnote study dates FILE`)."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Literal, NamedTuple

import click
from pydantic import BaseModel, ConfigDict

from evals.harness.cases import CASES
from evals.studies.study_verb import study
from service.language.date_resolution import resolve_dates

Basis = Literal["stated", "inferred"]
LISTED = 40
"""Most errors that are printed."""


class ExpectedDate(BaseModel):
    """ExpectedDate: words of a sentence and what they name."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    date: str
    """ISO 8601 at the precision of the words: YYYY, YYYY-MM, YYYY-MM-DD, or `start/end`."""


class DatedSentence(BaseModel):
    """DatedSentence: a sentence, the day it was published, and every date in it that is certain."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    sentence: str
    published: date
    dates: tuple[ExpectedDate, ...]


class Judged(NamedTuple):
    """Judged: one expected or resolved date; the other side is None where there is none."""

    sentence: DatedSentence
    text: str
    expected: str | None
    resolved: str | None
    basis: Basis
    """Of an expected date that was not resolved: `stated` where its words hold its year."""


def judge(case: DatedSentence) -> Iterator[Judged]:
    """Pair the resolved dates of a sentence with the expected ones; a range counts as its two ends."""
    expected = [(each.text, value) for each in case.dates for value in each.date.split("/")]
    for found in resolve_dates(case.sentence, case.published):
        for value in found.date.split("/"):
            match = next(
                ((text, want) for text, want in expected if want == value and _overlap(text, found.text)), None
            )
            if match is not None:
                expected.remove(match)
            yield Judged(case, found.text, match[1] if match else None, value, found.basis)
    for text, value in expected:
        yield Judged(case, text, value, None, "stated" if value[:4] in text else "inferred")


def _overlap(expected: str, resolved: str) -> bool:
    one, other = expected.casefold().strip(), resolved.casefold().strip()
    return one in other or other in one or bool(set(one.split()) & set(other.split()) - {"the", "of", "on", "in"})


def as_table(judged: Iterable[Judged]) -> str:
    """Format precision and recall, over all dates and by basis, then the errors."""
    every = list(judged)
    lines = [_row("all", every)]
    lines += [_row(basis, [each for each in every if each.basis == basis]) for basis in ("stated", "inferred")]
    wrong = [each for each in every if each.resolved and each.expected is None]
    missed = [each for each in every if each.resolved is None]
    for name, errors in (("resolved, not expected", wrong), ("expected, not resolved", missed)):
        lines.append(f"\n{len(errors)} {name}:")
        lines += [
            f"  {each.text!r} {each.resolved or each.expected}, published {each.sentence.published}: "
            f"{each.sentence.sentence}"
            for each in errors[:LISTED]
        ]
    return "\n".join(lines)


def _row(name: str, some: Sequence[Judged]) -> str:
    right = sum(each.resolved is not None and each.expected is not None for each in some)
    resolved = sum(each.resolved is not None for each in some)
    expected = right + sum(each.resolved is None for each in some)
    return (
        f"{name:<9} precision {right / max(1, resolved):.3f} of {resolved} resolved, "
        f"recall {right / max(1, expected):.3f} of {expected} expected"
    )


@study.command("dates")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False), default=CASES / "dates.jsonl")
def dates(file: Path) -> None:
    """Print precision and recall of the dates that are resolved in the sentences of FILE.

    FILE has one JSON object a line: {"sentence": "...", "published": "2026-03-03", "dates": [{"text": "Monday", "date":
    "2026-03-02"}]}. A date is YYYY, YYYY-MM, YYYY-MM-DD or start/end; one that nobody can be sure of is left out, and
    so is the date of a dateline. Dates that state their year are listed too. Without FILE it reads the development set.
    """
    lines = file.read_text(encoding="utf-8").splitlines()
    cases = [DatedSentence.model_validate_json(line) for line in lines if line.strip()]
    click.echo(f"{len(cases)} sentences")
    click.echo(as_table(judged for case in cases for judged in judge(case)))
