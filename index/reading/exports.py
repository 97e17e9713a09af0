"""Export readers: read many articles from JSON lines, JSON arrays, and CSV or TSV tables."""

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from index.errors import InputError, UnreadableFile
from index.reading.encodings import decode
from index.reading.raw_file import RawFile
from index.reading.rows import field_of, read_rows
from index.types import Article

LIST_KEYS = (
    "articles",
    "items",
    "results",
    "data",
    "documents",
    "docs",
    "entries",
    "stories",
    "hits",
    "rows",
    "response",
    "value",
)
MAX_FIELD_CHARACTERS = 64 * 1024 * 1024
DELIMITERS = ",;\t|"


def read_lines(lines: Iterable[bytes], name: str, stem: str) -> Iterator[Article | InputError]:
    """Read JSON lines, one article each; lines are read one at a time, so a file may be larger than memory."""
    for number, line in enumerate(lines, start=1):
        if line.strip(b" \t\r\n\x00\xef\xbb\xbf"):
            where = f"{name}:{number}"
            try:
                row = json.loads(decode(line, where))
            except InputError as error:
                yield error
            except (ValueError, RecursionError) as error:
                yield InputError(f"{where}: is not one JSON object ({type(error).__name__}: {error})")
            else:
                yield from read_rows([(where, row)], stem)


def read_jsonl(raw: RawFile) -> Iterator[Article | InputError]:
    """Read the JSON lines of a file in any encoding."""
    if raw.content.lstrip().startswith(b"[") or b"\x00" in raw.content[:64]:
        return read_json(raw)
    return read_lines(io.BytesIO(raw.content), raw.name, raw.id)


def read_json(raw: RawFile) -> Iterator[Article | InputError]:
    """Read JSON: an array of articles, an object that contains such an array, a single article, or JSON lines."""
    text = decode(raw.content, raw.name, raw.charset)
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        lines = text.encode("utf-8", "replace").split(b"\n")
        if len(lines) > 1 and _is_object(lines[0]):
            yield from read_lines(lines, raw.name, raw.id)
            return
        raise UnreadableFile(f"{raw.name!r} is not JSON ({error}); export it again") from None
    if isinstance(data, Mapping):
        data = _rows_in(data)
    if not isinstance(data, list) or not data:
        raise UnreadableFile(f"{raw.name!r} contains no list of articles")
    yield from read_rows(((f"{raw.name}[{i}]", row) for i, row in enumerate(data)), raw.id)


def _rows_in(data: Mapping[str, Any], depth: int = 3) -> list[Any]:
    """Return the list of articles in an object, itself when it is one, or its values when they are articles."""
    if not any(field_of(key) == "text" and isinstance(value, str) for key, value in data.items()):
        for key in LIST_KEYS:
            if isinstance(data.get(key), list):
                return list(data[key])
            if (
                depth
                and isinstance(data.get(key), Mapping)
                and (found := _rows_in(data[key], depth - 1)) != [data[key]]
            ):
                return found
        rows = list(data.values())
        if rows and all(isinstance(row, Mapping) and "text" in map(field_of, row) for row in rows):
            return [{"id": key, **row} for key, row in data.items()]
    return [data]


def read_table(raw: RawFile) -> Iterator[Article | InputError]:
    """Read CSV or TSV, one article per row; the header names the columns, and the delimiter is detected."""
    text = decode(raw.content, raw.name, raw.charset)
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    if "text" not in {field_of(column) for column in rows.fieldnames or ()}:
        columns = ", ".join(repr(column) for column in (rows.fieldnames or ())[:6])
        raise UnreadableFile(f"{raw.name!r} has no column of texts (it has {columns}); name one 'text'")
    yield from read_rows(_numbered(rows, raw.name), raw.id)


def _numbered(rows: "csv.DictReader[str]", name: str) -> Iterator[tuple[str, Any]]:
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            yield f"{name}:{rows.line_num}", InputError(f"is broken: {error}")
            continue
        if any(cell.strip() for cell in row.get(None) or ()):
            yield f"{name}:{rows.line_num}", InputError("has more cells than columns; quote its text")
            continue
        yield f"{name}:{rows.line_num}", {column: value for column, value in row.items() if column is not None}


def _delimiter(text: str) -> str:
    """Return the most frequent delimiter in the header; in the rows, the text column would distort the count."""
    header = text.lstrip().split("\n", 1)[0]
    return max(DELIMITERS, key=header.count)


def _is_object(line: bytes) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except (ValueError, RecursionError):
        return False


csv.field_size_limit(MAX_FIELD_CHARACTERS)
