"""Input of all readers, and the exceptions that parsers raise on a broken one."""

import struct
import zlib
from collections.abc import Callable, Iterator

from index.errors import InputError
from index.types import Article, Record

PARSER_ERRORS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    struct.error,
    zlib.error,
)
"""Raised by third-party parsers on broken input; all are reported alike."""


class RawFile(Record):
    """One file or download before it is parsed."""

    id: str
    """Id of its article, where it holds only one."""
    name: str
    """Name in error messages."""
    content: bytes
    suffix: str = ""
    """In lower case with its dot; for a download the suffix that belongs to its content type."""
    charset: str | None = None
    """Declared by the server or the mail; used only where it decodes without error."""
    url: str | None = None
    """Address of a download."""


Reader = Callable[[RawFile], Iterator[Article | InputError]]
"""Reader of one file kind: yields articles, and an error for each part that is unusable; raises when the file is."""
