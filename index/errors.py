"""Error classes: each message is one line that names the cause and the remedy.

FootnoteError
├── InputError          the input cannot be used
│   ├── NameTaken       another collection has that name
│   ├── UnreadableFile  a file that yields no article
│   └── Unfetchable     an address that yields no article
├── NotFound            an article, chunk or receipt that does not exist
├── NotPermitted        the API key is limited to other collections
├── HomeError           the home folder cannot be used
│   ├── HomeInUse       another process owns it
│   ├── LedgerUnavailable the database that holds the ledger does not answer
│   ├── IndexUnavailable the server of the dense index does not answer
│   ├── CollectionChanged articles were removed during a request
│   └── EmptyCollection nothing has been ingested
├── IndexMismatch       the index was built by another embedder
└── ModelError          a model cannot be used
    ├── ModelMissing    its files were never fetched
    ├── ModelAltered    its digest differs from the one in the registry
    ├── FetchFailed     it could not be fetched
    └── GenerationError the engine failed on a prompt
        ├── EngineCrashed    its process died; the next call starts a new one
        ├── DeadlineExceeded it took longer than allowed
        ├── PromptTooLong    the prompt exceeds the context; it is never truncated silently
        ├── EngineBusy       the request queue is full
        └── RequestCancelled the client has disconnected
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pydantic import ValidationError


class FootnoteError(Exception):
    """Base class of all errors that are shown to the user as one line."""

    retry_after: int | None = None
    """Seconds after which a retry may succeed; None when a retry would not help."""


class InputError(FootnoteError):
    """The input cannot be used as it is."""


class NameTaken(InputError):
    """Another collection has that name."""


class UnreadableFile(InputError):
    """The file yields no article; the message says why."""


class Unfetchable(InputError):
    """The address yields no article; the message says why."""


class NotFound(FootnoteError):
    """No such article, chunk, receipt or conversation."""


class NotPermitted(FootnoteError):
    """The API key does not permit this: it is limited to some of the collections."""


class HomeError(FootnoteError):
    """The home folder cannot be used."""


class HomeInUse(HomeError):
    """Another process owns the home folder."""


class LedgerUnavailable(HomeError):
    """The database that holds the ledger does not answer."""

    retry_after = 2


class IndexUnavailable(HomeError):
    """The server of the dense index does not answer; the ledger has what was acknowledged."""

    retry_after = 2


class CollectionChanged(HomeError):
    """Articles were removed or replaced during a request."""

    retry_after = 1


class EmptyCollection(HomeError):
    """No article has been ingested yet."""


class IndexMismatch(FootnoteError):
    """The index was built with another embedder or chunking: its fingerprint differs."""


class ModelError(FootnoteError):
    """A model cannot be used."""


class ModelMissing(ModelError):
    """The model was never fetched."""


class ModelAltered(ModelError):
    """The model's digest differs from the one in the registry."""


class FetchFailed(ModelError):
    """The model could not be fetched; no partial file is left."""


class GenerationError(ModelError):
    """The engine failed on a prompt."""


class EngineCrashed(GenerationError):
    """The engine's process died; the next call starts a new one."""


class DeadlineExceeded(GenerationError):
    """The engine took longer than its deadline."""


class PromptTooLong(GenerationError):
    """The prompt exceeds the context length; it is never truncated silently."""


class EngineBusy(GenerationError):
    """The request queue is full."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RequestCancelled(GenerationError):
    """The client has disconnected."""


@contextmanager
def unless_changed() -> Iterator[None]:
    """Turn NotFound into CollectionChanged: an article was removed after the search found it."""
    try:
        yield
    except NotFound as error:
        raise CollectionChanged("articles were removed while this was being worked out; ask again") from error


ALLOWED = {
    r"^[A-Za-z0-9._:-]+$": "it may have letters, digits and . _ : - but no blanks",
    "^(wrong|right)$": "it is wrong or right",
}
"""What the patterns of fields that people type allow, in words."""


def first_problem(error: ValidationError) -> str:
    """Return the first problem of a validation error in one line: field and message."""
    problem = error.errors(include_url=False, include_input=False)[0]
    return problem_line(".".join(str(part) for part in problem["loc"]), problem)


def problem_line(field: str, problem: Mapping[str, Any]) -> str:
    """Validation error in one line: the field and what is wrong with it, in words for a reader."""
    match problem["type"]:
        case "missing":
            return f"{field} is missing"
        case "extra_forbidden":
            return f"{field} is not known here; check its spelling"
        case "string_too_short" if problem["ctx"]["min_length"] == 1:
            return f"{field} is empty"
        case "string_pattern_mismatch":
            pattern = problem["ctx"]["pattern"]
            return f"{field} has characters that are not allowed; {ALLOWED.get(pattern, f'it must match {pattern}')}"
        case _:
            return f"{field + ': ' if field else ''}{problem['msg'].removeprefix('Value error, ')}"
