"""File discovery: finds and reads files in a fixed order; an unreadable file yields an error, the rest is read."""

import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, MutableMapping, Sequence
from pathlib import Path, PurePath

from index.errors import InputError, UnreadableFile
from index.reading.article_ids import content_key, normalise_id, sibling_id
from index.reading.exports import read_lines
from index.reading.file_kinds import KINDS, SUFFIXES, located, or_empty_error, read_raw
from index.reading.raw_file import RawFile
from index.types import Article

MAX_BYTES = 64 * 1024 * 1024
JSON_LINES_SUFFIXES = (".jsonl", ".ndjson")
MAX_LINE_BYTES = 16 * 1024 * 1024
HTML_SUFFIXES = (".html", ".htm")
SAVED_PAGE_FOLDER_SUFFIXES = ("_files", ".files", "-Dateien", "_fichiers", "_archivos")
"""Suffixes of the folder of images and frames that browsers save beside a page."""
MAX_KINDS_NAMED = 5
QUERY_IN_SUFFIX = re.compile(r"[?&#].*", re.DOTALL)


def read_paths(
    paths: Sequence[Path],
    taken: MutableMapping[str, Path] | None = None,
    done: Callable[[Path], None] = lambda path: None,
) -> Iterator[Article | InputError]:
    """Read all articles under `paths`; yields an error for each unreadable file or line.

    Articles of different files never share an id, whatever the files are called. `taken` maps the ids so far to their
    files and may be shared by several calls; `done` is called with each file after it was read.

    Raises:
        InputError: a path does not exist, or a folder contains no readable file.
    """
    taken = {} if taken is None else taken
    keys: dict[str, str] = {}
    for path in find_files(paths):
        if isinstance(path, InputError):
            yield path
            continue
        for found in read_file(path):
            if isinstance(found, Article):
                key = content_key(found)
                if taken.get(found.id, path) != path and keys.get(found.id) != key:
                    found = found.model_copy(update={"id": sibling_id(found.id, f"{found.location}\0{key}")})
                taken.setdefault(found.id, path)
                keys.setdefault(found.id, key)
            yield found
        done(path)


def read_file(path: Path) -> Iterator[Article | InputError]:
    """Read the articles of one file, whatever its name; errors are yielded, not raised."""
    try:
        name, location, stem, suffix = valid_utf8(str(path)), _location(path), file_id(path.name), file_suffix(path)
        if suffix in JSON_LINES_SUFFIXES and not _has_no_byte_lines(path):
            with path.open("rb") as handle:
                lines = iter(lambda: handle.readline(MAX_LINE_BYTES), b"")
                yield from located(or_empty_error(read_lines(lines, name, stem), name), location)
            return
        if path.stat().st_size > MAX_BYTES:
            raise UnreadableFile(f"{name!r} is larger than {MAX_BYTES // 2**20} MiB; split it")
        yield from read_raw(RawFile(id=stem, name=name, content=path.read_bytes(), suffix=suffix, location=location))
    except InputError as error:
        yield error
    except OSError as error:
        yield UnreadableFile(f"{str(path)!r} cannot be read: {error.strerror or error}")


def file_id(name: str) -> str:
    """Make an id from the name of a file, without its suffix."""
    return normalise_id(PurePath(name).stem)


def file_suffix(path: PurePath) -> str:
    """Return the suffix of a file in lower case; download tools append the query of an address to it."""
    return valid_utf8(QUERY_IN_SUFFIX.sub("", path.suffix.lower()))


def _location(path: Path) -> str:
    return valid_utf8(os.path.realpath(path))


def find_files(paths: Sequence[Path]) -> Iterator[Path | InputError]:
    """Find the files to read, in order: those named, and in folders those of a supported kind.

    Raises:
        InputError: a path does not exist, or a folder contains no readable file.
    """
    for path in paths:
        if not path.exists():
            or_address = "; an address begins with https://" if str(path).startswith("www.") else ""
            raise InputError(f"{str(path)!r} does not exist; name a file or a folder of articles{or_address}")
        if path.is_dir():
            yield from _inside(path)
        else:
            yield path


def _inside(folder: Path) -> Iterator[Path | InputError]:
    found = list(_walk(folder))
    supported = [path for path in found if file_suffix(path) in SUFFIXES]
    if not supported:
        raise InputError(f"{str(folder)!r} contains no article; Footnote reads {KINDS}")
    yield from supported
    others = Counter(file_suffix(path) or "no suffix" for path in found if file_suffix(path) not in SUFFIXES)
    if others:
        kinds = ", ".join(f"{count} of {name}" for name, count in others.most_common(MAX_KINDS_NAMED))
        yield UnreadableFile(f"{str(folder)!r}: left out {others.total()} files of kinds not read ({kinds})")


def _walk(folder: Path) -> Iterator[Path]:
    """Yield the visible files below a folder; symbolic links are followed, but each folder is visited once."""
    visited: set[str] = set()
    for where, folders, files in os.walk(folder, followlinks=True):
        here = os.path.realpath(where)
        if here in visited:
            folders.clear()
            continue
        visited.add(here)
        pages = {name.rpartition(".")[0] for name in files if name.lower().endswith(HTML_SUFFIXES)}
        folders[:] = sorted(
            name for name in folders if not name.startswith(".") and not _is_saved_page_folder(name, pages)
        )
        yield from (
            path for name in sorted(files) if not name.startswith(".") and (path := Path(where, name)).is_file()
        )


def _is_saved_page_folder(folder: str, pages: set[str]) -> bool:
    return any(folder.endswith(end) and folder.removesuffix(end) in pages for end in SAVED_PAGE_FOLDER_SUFFIXES)


def valid_utf8(name: str) -> str:
    """Replace what is not UTF-8 in a file name: file systems allow any bytes."""
    return name.encode("utf-8", "replace").decode("utf-8")


def _has_no_byte_lines(path: Path) -> bool:
    """Whether a file cannot be read line by line: UTF-16 or UTF-32, or a JSON array."""
    with path.open("rb") as handle:
        head = handle.read(64)
    return b"\x00" in head or head.startswith((b"\xff\xfe", b"\xfe\xff")) or head.lstrip().startswith(b"[")
