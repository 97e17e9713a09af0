"""Case lines: write cases as JSON lines, and replace or delete one line of a file at once."""

import json
from collections.abc import Sequence
from pathlib import Path

from evals.harness.cases import Case
from service.runtime.locked_file import replace_text


def as_lines(cases: Sequence[Case]) -> str:
    """Serialise cases as JSON lines without default values, but always with `accepted`."""
    rows = [{**case.model_dump(exclude_defaults=True), "accepted": case.accepted} for case in cases]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def replace_line(path: Path, case_id: str, now: Case | None) -> None:
    """Replace the line of a case in a file, or delete it; the other lines stay as they are, and no crash loses any."""
    lines = path.read_text(encoding="utf-8").split("\n")
    place = next(i for i, line in enumerate(lines) if line.strip() and json.loads(line)["id"] == case_id)
    lines[place : place + 1] = [as_lines([now]).rstrip("\n")] if now else []
    mode = path.stat().st_mode
    replace_text(path, "\n".join(lines))
    path.chmod(mode)
