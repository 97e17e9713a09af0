"""Raw file: the input of all readers, and the exceptions that parsers raise on a broken file."""

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
"""Exceptions of third-party parsers on broken input; all are reported as a broken file."""


class RawFile(Record):
    """Raw file: one file or download before it is parsed."""

    id: str
    """Id of its article; in a file with several articles, the prefix of generated ids."""
    name: str
    """Name of the file in error messages."""
    content: bytes
    suffix: str = ""
    """File suffix in lower case with its dot; for a download, the suffix for its content type."""
    charset: str | None = None
    """Encoding declared by the server or the mail; used only where it decodes without error."""
    url: str | None = None
    """Address of a download; None for a local file."""
    location: str | None = None
    """Where it was read from, in full: a path, the name of an upload, or an address."""


Reader = Callable[[RawFile], Iterator[Article | InputError]]
"""Reader of one file kind: yields articles, and an error per unusable part; raises when the whole file is unusable."""
