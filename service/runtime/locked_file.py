"""Locked file: a small file that several processes read and change, without losing what another one wrote."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock

LOCK_SECONDS = 10.0
"""Seconds to wait for another process that changes the file; each takes milliseconds."""


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Keep other processes from changing a file inside the `with`; creates its folder.

    Raises:
        filelock.Timeout: another process keeps it; it is an OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f".{path.name}.lock"), timeout=LOCK_SECONDS):
        yield


def replace_text(path: Path, text: str) -> None:
    """Replace a file at once, so that a concurrent reader sees either the old or the new text."""
    with tempfile.NamedTemporaryFile(
        "w", dir=path.parent, prefix=f".{path.name}.", encoding="utf-8", delete=False
    ) as file:
        new = Path(file.name)
        try:
            file.write(text)
            file.close()
            new.replace(path)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
