"""Files and folders in, articles out, in a fixed order; what cannot be read gives its reason and stops nothing."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from pathlib import Path

from index.errors import InputError, UnreadableFile
from index.reading.article_ids import LONGEST, fitting
from index.reading.exports import read_lines
from index.reading.file_kinds import KINDS, SUFFIXES, or_why_not, read_raw
from index.reading.raw import Raw
from index.types import Article

MAX_BYTES = 64 * 1024 * 1024
LINES = (".jsonl", ".ndjson")
LONGEST_LINE = 16 * 1024 * 1024
PAGES = (".html", ".htm")
SAVED_WITH = ("_files", ".files", "-Dateien", "_fichiers", "_archivos")
"""What browsers call the folder of pictures and frames beside a saved page."""
NAMED_KINDS = 5


def read_paths(
    paths: Sequence[Path],
    taken: MutableMapping[str, Path] | None = None,
    done: Callable[[Path], None] = lambda path: None,
) -> Iterator[Article | InputError]:
    """Every article under `paths`, and in place of each unreadable file or line the error that says why.

    `taken` remembers which file an id belongs to, from one call to the next; `done` is told of each file that was read.

    Raises:
        InputError: a path does not exist, or a folder holds nothing that can be read.
    """
    taken = {} if taken is None else taken
    for path in find_files(paths):
        if isinstance(path, InputError):
            yield path
            continue
        for found in read_file(path):
            if isinstance(found, Article):
                first = taken.setdefault(found.id, path)
                if first != path:
                    yield InputError(f"{str(path)!r}: id {found.id!r} is taken by {str(first)!r}; rename one of them")
                    continue
            yield found
        done(path)


def read_file(path: Path) -> Iterator[Article | InputError]:
    """The articles of one file; errors are yielded, never raised."""
    try:
        suffix = path.suffix.lower()
        if fitting(path.stem) != path.stem:
            raise UnreadableFile(f"{str(path)!r} gives no id: rename it, {LONGEST} characters at most")
        if suffix in LINES and not _is_wide(path):
            with path.open("rb") as handle:
                lines = iter(lambda: handle.readline(LONGEST_LINE), b"")
                yield from or_why_not(read_lines(lines, str(path), path.stem), str(path))
            return
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFile(f"{str(path)!r} is larger than {MAX_BYTES // 2**20} MiB; split it")
        yield from read_raw(Raw(id=path.stem, name=_whole(str(path)), content=path.read_bytes(), suffix=_whole(suffix)))
    except InputError as error:
        yield error
    except OSError as error:
        yield UnreadableFile(f"{str(path)!r} cannot be read: {error.strerror or error}")


def find_files(paths: Sequence[Path]) -> Iterator[Path | InputError]:
    """The files to read under `paths`: those named, and of a folder those of a kind that is read, in order.

    Raises:
        InputError: a path does not exist, or a folder holds nothing that can be read.
    """
    for path in paths:
        if not path.exists():
            raise InputError(f"{str(path)!r} does not exist; name a file or a folder of articles")
        if path.is_dir():
            yield from _inside(path)
        else:
            yield path


def _inside(folder: Path) -> Iterator[Path | InputError]:
    every = list(_walk(folder))
    fitting_ones = [path for path in every if path.suffix.lower() in SUFFIXES]
    if not fitting_ones:
        raise InputError(f"{str(folder)!r} holds no article; Footnote reads {KINDS}")
    yield from fitting_ones
    others = Counter(path.suffix.lower() or "no suffix" for path in every if path.suffix.lower() not in SUFFIXES)
    if others:
        kinds = ", ".join(f"{count} of {name}" for name, count in others.most_common(NAMED_KINDS))
        yield UnreadableFile(f"{str(folder)!r}: left out {others.total()} files of kinds not read ({kinds})")


def _walk(folder: Path) -> Iterator[Path]:
    """Files below a folder without hidden ones; links are followed, but into no folder twice."""
    been: set[str] = set()
    for where, folders, files in os.walk(folder, followlinks=True):
        here = os.path.realpath(where)
        if here in been:
            folders.clear()
            continue
        been.add(here)
        pages = {name.rpartition(".")[0] for name in files if name.lower().endswith(PAGES)}
        folders[:] = sorted(name for name in folders if not name.startswith(".") and not _is_saved_with(name, pages))
        yield from (
            path for name in sorted(files) if not name.startswith(".") and (path := Path(where, name)).is_file()
        )


def _is_saved_with(folder: str, pages: set[str]) -> bool:
    return any(folder.endswith(end) and folder.removesuffix(end) in pages for end in SAVED_WITH)


def _whole(name: str) -> str:
    """A file's name may hold bytes that are no characters."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _is_wide(path: Path) -> bool:
    """UTF-16 has no lines that end in one byte, and an array none of its own."""
    with path.open("rb") as handle:
        head = handle.read(64)
    return b"\x00" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.lstrip().startswith(b"[")
