"""Ledger migration: a ledger of another embedder, chunking or schema is rebuilt; the old file is kept beside it."""

import os
import re
import shutil
from collections.abc import Callable
from pathlib import Path

from index.store.sqlite_ledger import checkpoint_exclusively, read_header

COPIED_TABLES = ("article", "receipt", "turn", "brief", "talk", "feedback")
"""What cannot be recomputed: all article versions, answers and briefs with their receipts, conversations, feedback."""


def is_outdated(path: Path, fingerprint: str) -> bool:
    """Whether the ledger was filled under another fingerprint, or has an older schema.

    Raises:
        HomeError: it is no ledger, or a newer Footnote made it.
    """
    return path.exists() and read_header(path).outdated(fingerprint)


def backup_path(path: Path, fingerprint: str | None) -> Path:
    """Free path for the backup of a ledger, named after its fingerprint."""
    name = re.sub(r"[^A-Za-z0-9.-]+", "-", fingerprint or "unknown").strip("-")
    numbered = (path.with_name(f"ledger.{name}{number}.bak") for number in ("", *(f".{n}" for n in range(2, 10_000))))
    return next(found for found in numbered if not found.exists())


def replace_ledger(path: Path, fill: Callable[[Path], None]) -> Path:
    """Replace a ledger that no process has open by the one that `fill` makes; returns the path of the backup.

    Atomic: a whole ledger has the name at every moment; after a kill before the end it is the old one.

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
    """Force a file to disk before a name points to it."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
