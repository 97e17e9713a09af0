"""Files and folders in, articles out; what cannot be read gives its reason and stops nothing."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from index.errors import InputError, UnreadableFile
from index.reading.jsonl import ArticleRecord, first_problem, read_lines, to_article
from index.reading.text import read_text
from index.types import Article

__all__ = ["ArticleRecord", "first_problem", "read_file", "read_paths", "read_text", "to_article"]

SUFFIXES = (".txt", ".jsonl")
MAX_BYTES = 64 * 1024 * 1024


def read_paths(paths: Sequence[Path]) -> Iterator[Article | InputError]:
    """Every article under `paths`, and in place of each unreadable file or line the error that says why.

    Raises:
        InputError: a path does not exist, or a folder holds nothing that can be read.
    """
    seen: dict[str, Path] = {}
    for path in _files(paths):
        for found in read_file(path):
            if isinstance(found, Article):
                first = seen.setdefault(found.id, path)
                if first != path:
                    yield InputError(f"{str(path)!r}: id {found.id!r} is taken by {str(first)!r}; rename one of them")
                    continue
            yield found


def read_file(path: Path) -> Iterator[Article | InputError]:
    """The articles of one file; errors are yielded, never raised."""
    try:
        content = _decode(path)
        if path.suffix.lower() == ".jsonl":
            yield from read_lines(content, path.name)
        else:
            yield read_text(path.stem, content)
    except InputError as error:
        yield error
    except OSError as error:
        yield UnreadableFile(f"{str(path)!r} cannot be read: {error.strerror or error}")


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if not path.exists():
            raise InputError(f"{str(path)!r} does not exist; name a file or a folder of articles")
        if path.is_dir():
            inside = sorted(p for p in path.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
            if not inside:
                raise InputError(f"{str(path)!r} holds no article; Footnote reads {' and '.join(SUFFIXES)} files")
            yield from inside
        else:
            yield path


def _decode(path: Path) -> str:
    if path.suffix.lower() not in SUFFIXES:
        raise UnreadableFile(f"{str(path)!r} is not a kind Footnote reads; it reads {' and '.join(SUFFIXES)} files")
    if path.stat().st_size > MAX_BYTES:
        raise UnreadableFile(f"{str(path)!r} is larger than {MAX_BYTES // 2**20} MiB; split it")
    raw = path.read_bytes()
    if not raw.strip():
        raise UnreadableFile(f"{str(path)!r} is empty")
    if b"\x00" in raw:
        raise UnreadableFile(f"{str(path)!r} is not text: it has binary content")
    try:
        # Decoded from bytes, so that line ends stay as they are and every span counts from the true text.
        content = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UnreadableFile(f"{str(path)!r} is not UTF-8 text (byte {error.start}); convert it to UTF-8") from None
    if not any(character.isalnum() for character in content):
        raise UnreadableFile(f"{str(path)!r} has no words in it")
    return content
