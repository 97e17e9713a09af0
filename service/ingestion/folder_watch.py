"""Folder watching: report new and changed files once they have stopped changing."""

from collections.abc import Generator, Sequence
from pathlib import Path

from watchfiles import Change, watch

from index.errors import InputError
from index.reading import SUFFIXES
from index.reading.files import file_suffix

POLL_MILLISECONDS = 500
"""Interval between two checks whether a changed file has stopped changing."""
FileState = tuple[int, int]
"""Size in bytes and modification time in nanoseconds."""


def watch_folders(folders: Sequence[Path]) -> Generator[list[Path], None, None]:
    """Yield the folders themselves, then at each poll the files that changed and have stopped changing, possibly none.

    The folders are yielded after the watch has started, so that no change is missed while they are read. A file is
    reported only when two polls find the same size and modification time, so that no half-written file is read.

    Raises:
        InputError: one of them is not a folder.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{str(folder)!r} is not a folder; only folders can be watched")
    begun = False
    moving: dict[Path, FileState | None] = {}
    polls = watch(
        *folders,
        watch_filter=_is_readable_kind,
        rust_timeout=POLL_MILLISECONDS,
        yield_on_timeout=True,
        raise_interrupt=True,
    )
    for changed in polls:
        if not begun:
            begun = True
            yield list(folders)
        moving |= {Path(name): None for kind, name in changed if kind != Change.deleted}
        found = {path: _state(path) for path in moving}
        resting = sorted(path for path, state in found.items() if state is not None and state == moving[path])
        moving = {path: state for path, state in found.items() if state is not None and path not in resting}
        yield resting


def _is_readable_kind(change: Change, name: str) -> bool:
    path = Path(name)
    return file_suffix(path) in SUFFIXES and not path.name.startswith(".")


def _state(path: Path) -> FileState | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns)
