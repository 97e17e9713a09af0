"""The verb `footnote eval review`: accept, strike or reword drafted cases in the terminal, one at a time."""

import sys
from collections import Counter
from pathlib import Path
from shlex import quote
from typing import Literal

import click

from evals.harness.case_lines import replace_line
from evals.harness.cases import Case, read_records

Decision = Literal["accepted", "struck", "reworded", "left"]

KEYS: dict[str, Decision] = {"a": "accepted", "s": "struck", "r": "reworded", "q": "left"}
PROMPT = "[a]ccept, [s]trike, [r]eword, [q]uit: "


@click.command()
@click.argument("path", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE")
def review(path: Path) -> None:
    """Accept, strike or reword each draft of FILE; every decision is saved at once, and you can stop and go on later.

    A struck draft is deleted from the file. One that you reword is shown again. From a pipe, each line is one key, and
    the line after an r is the new question.
    """
    drafts = [case for case in read_records(path, Case) if not case.accepted]
    counts: Counter[Decision] = Counter()
    for number, case in enumerate(drafts, start=1):
        click.echo(f"\n[{number}/{len(drafts)}] {shown(case)}")
        decision = _decide(path, case)
        counts[decision] += 1
        if decision == "left":
            break
    left = len(drafts) - counts["accepted"] - counts["struck"]
    click.echo(f"\n{counts['accepted']} accepted, {counts['struck']} struck, {left} left to review in {str(path)!r}")
    if left:
        click.echo(f"go on with: footnote eval review {quote(str(path))}")
    else:
        click.echo(f"run them with: footnote eval run --corpus ARTICLES --cases {quote(str(path))}")


def _decide(path: Path, case: Case) -> Decision:
    """Ask until the case is accepted, struck or left, and save each change."""
    while True:
        decision = KEYS.get(_read_key().casefold())
        if decision == "reworded":
            question = _read_line("new question (empty keeps it): ")
            if question:
                case = case.model_copy(update={"question": question})
                replace_line(path, case.id, case)
                click.echo(shown(case))
        elif decision is not None:
            if decision != "left":
                accepted = case.model_copy(update={"accepted": True})
                replace_line(path, case.id, accepted if decision == "accepted" else None)
            return decision


def shown(case: Case) -> str:
    """Format a draft for the terminal: what it asks, what answers it, and where that stands."""
    lines = [f"{case.id}, {case.type.replace('_', ' ')}", "", f"  {case.question}", ""]
    lines += [f"  answer    {' | '.join(case.answers)}"] if case.answerable else ["  answer    none: must be refused"]
    lines += [f"  evidence  {gold.doc_id}: {' '.join(gold.quote.split())}" for gold in case.evidence]
    lines += [f"  fact      {' + '.join(' | '.join(words) for words in nugget.any)}" for nugget in case.nuggets]
    lines += [f"  note      {case.note}"] if case.note else []
    return "\n".join([*lines, ""])


def _read_key() -> str:
    """Return one key; from a pipe, the first letter of a line, and `q` at its end."""
    click.echo(PROMPT, nl=False)
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line.strip()[:1] if line else "q"
    key = click.getchar()
    click.echo(key)
    return key


def _read_line(prompt: str) -> str:
    click.echo(prompt, nl=False)
    return sys.stdin.readline().strip()
