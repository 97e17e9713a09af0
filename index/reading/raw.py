"""What every reader is handed, and what a parser may raise when that is broken."""

import struct
import zlib
from collections.abc import Callable, Iterator

from index.errors import InputError
from index.types import Article, Record

BROKEN = (
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
"""A parser written for whole files raises any of these on a broken one; to the reader each means the same."""


class Raw(Record):
    """One file or download, before anything is known of it but its name."""

    id: str
    """What its article is called, when it holds one only."""
    name: str
    """How errors name it."""
    content: bytes
    suffix: str = ""
    """In lower case with its dot; what a server says a download is comes as the suffix of that kind."""
    charset: str | None = None
    """Declared from outside, as by a server; believed only as far as it decodes."""
    url: str | None = None
    """Where it was fetched from."""


Reader = Callable[[Raw], Iterator[Article | InputError]]
"""Reads one kind; what cannot be used is yielded as its reason, or raised when it concerns the whole file."""
