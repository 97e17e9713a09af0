"""Folders watched for files that come or change; the only file that knows watchfiles."""

from collections.abc import Generator, Sequence
from pathlib import Path

from watchfiles import Change, watch

from index.errors import InputError
from index.reading import SUFFIXES

WAKE_MS = 500
"""How often it is looked whether a file that changed has come to rest."""
State = tuple[int, int]


def watch_folders(folders: Sequence[Path]) -> Generator[list[Path], None, None]:
    """First the folders themselves, then at each wake-up the files that changed and came to rest since; may be none.

    The folders come once the watch has begun, so that nothing falls between reading them and watching them. A file that
    still grows is left until two looks at it agree: half of a file is not an article.

    Raises:
        InputError: one of them is not a folder.
    """
    for folder in folders:
        if not folder.is_dir():
            raise InputError(f"{str(folder)!r} is not a folder; only folders can be watched")
    begun = False
    moving: dict[Path, State | None] = {}
    wakes = watch(*folders, watch_filter=_is_ours, rust_timeout=WAKE_MS, yield_on_timeout=True, raise_interrupt=True)
    for changed in wakes:
        if not begun:
            begun = True
            yield list(folders)
        moving |= {Path(name): None for kind, name in changed if kind != Change.deleted}
        found = {path: _state(path) for path in moving}
        resting = sorted(path for path, state in found.items() if state is not None and state == moving[path])
        moving = {path: state for path, state in found.items() if state is not None and path not in resting}
        yield resting


def _is_ours(change: Change, name: str) -> bool:
    path = Path(name)
    return path.suffix.lower() in SUFFIXES and not path.name.startswith(".")


def _state(path: Path) -> State | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_size, found.st_mtime_ns)
