"""A ledger of another embedder, chunking or schema made anew from its articles; the old file is kept beside it."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from index.store.ledger import read_facts, set_down

KEPT = ("article", "receipt", "turn", "brief", "talk", "feedback")
"""What cannot be made again: every version of every article, answers and briefs with receipts, talks and feedback."""


def is_outdated(path: Path, fingerprint: str) -> bool:
    """Whether the ledger was filled under another stamp, or has an older schema.

    Raises:
        HomeError: it is no ledger, or a newer Footnote made it.
    """
    return path.exists() and read_facts(path).outdated(fingerprint)


def kept_name(path: Path, fingerprint: str | None) -> Path:
    """Where the old ledger stays: named by what made it, and never in the place of another that was kept."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", fingerprint or "unknown").strip("-")
    numbered = (path.with_name(f"ledger.{name}{number}.bak") for number in ("", *(f".{n}" for n in range(2, 10_000))))
    return next(found for found in numbered if not found.exists())


def replace_ledger(path: Path, fill: Callable[[Path], None]) -> Path:
    """Put what `fill` makes in the place of the ledger, which no process has open; returns where the old one stays.

    At every moment there is a whole ledger under its name: killed before the end, the old one is still there.

    Raises:
        HomeError: another process reads the ledger.
    """
    set_down(path)
    old = kept_name(path, read_facts(path).fingerprint)
    making, copying = path.with_name("ledger.making"), path.with_name("ledger.copying")
    for leftover in path.parent.glob("ledger.making*"):
        leftover.unlink()
    fill(making)
    shutil.copyfile(path, copying)
    _flush(copying)
    copying.replace(old)
    _flush(making)
    making.replace(path)
    _flush(path.parent)
    return old


def _flush(path: Path) -> None:
    """Have the disk hold it, before a name points at it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
