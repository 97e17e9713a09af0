"""Ledger migration: rebuilds a ledger of another embedder, chunking or schema, and keeps the old file beside it."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from index.store.sqlite_ledger import checkpoint_exclusively, read_header

COPIED_TABLES = ("article", "receipt", "turn", "brief", "talk", "feedback", "location", "correction", "job", "job_item")
"""Tables that cannot be recomputed: versions, receipts, briefs, conversations, feedback, the reader's facts, jobs."""


def is_outdated(path: Path, fingerprint: str) -> bool:
    """Whether the ledger was filled under another fingerprint, or has an older schema.

    Raises:
        HomeError: the file is not a ledger, or was made by a newer version of Footnote.
    """
    return path.exists() and read_header(path).outdated(fingerprint)


def backup_path(path: Path, fingerprint: str | None) -> Path:
    """Return an unused path for the backup of a ledger, named after its fingerprint."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", fingerprint or "unknown").strip("-")
    numbered = (path.with_name(f"ledger.{name}{number}.bak") for number in ("", *(f".{n}" for n in range(2, 10_000))))
    return next(found for found in numbered if not found.exists())


def replace_ledger(path: Path, fill: Callable[[Path], None]) -> Path:
    """Replace a ledger that no process has open with the one that `fill` writes; returns the path of the backup.

    Atomic: a complete ledger is at `path` at every moment; if the process is killed before the end, it is the old one.

    Raises:
        HomeError: another process reads the ledger.
    """
    checkpoint_exclusively(path)
    old = backup_path(path, read_header(path).fingerprint)
    making, copying = path.with_name("ledger.making"), path.with_name("ledger.copying")
    for leftover in path.parent.glob("ledger.making*"):
        leftover.unlink()
    fill(making)
    shutil.copyfile(path, copying)
    _fsync(copying)
    copying.replace(old)
    _fsync(making)
    making.replace(path)
    _fsync(path.parent)
    return old


def _fsync(path: Path) -> None:
    """Flush a file or folder to disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
