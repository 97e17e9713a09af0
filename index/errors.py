"""Errors a person can mend: each message is one line that names the thing and the way out.

FootnoteError
├── InputError          what was handed in cannot be used
│   ├── UnreadableFile  a file that yields no article
│   └── Unfetchable     an address that yields none
├── NotFound            an article, chunk or receipt that is not in the collection
├── HomeError           the home folder cannot be used
│   ├── HomeInUse       another process owns it
│   ├── OwnerUnavailable the process that owns it cannot be asked
│   ├── CollectionChanged articles went while they were read
│   └── EmptyCollection nothing has been ingested
├── IndexMismatch       the index was built by another embedder
└── ModelError          a model cannot be used
    ├── ModelMissing    it was never fetched
    ├── ModelAltered    its bytes are not the ones we know
    ├── FetchFailed     it could not be fetched
    └── GenerationError the engine failed while it worked
        ├── EngineCrashed    its process died; the next call starts a new one
        ├── DeadlineExceeded it took longer than allowed
        ├── PromptTooLong    the prompt does not fit, and nothing is cut unseen
        ├── EngineBusy       too many wait for it already
        └── CallerGone       nobody waits for the answer any more
"""

from collections.abc import Iterator
from contextlib import contextmanager

from pydantic import ValidationError


class FootnoteError(Exception):
    """Root of every error that is shown to a person as one line."""

    retry_after: int | None = None
    """Seconds after which it is worth to ask again; None where it is not."""


class InputError(FootnoteError):
    """What was handed in cannot be used as it is."""


class UnreadableFile(InputError):
    """A file that yields no article, with the reason."""


class Unfetchable(InputError):
    """An address that yields no article, with the reason."""


class NotFound(FootnoteError):
    """Nothing in the collection goes by that name."""


class HomeError(FootnoteError):
    """The home folder cannot be used."""


class HomeInUse(HomeError):
    """Another process owns the home folder."""


class OwnerUnavailable(HomeError):
    """The process that owns the home folder does not answer, or does not do what its replica asked."""

    retry_after = 2


class CollectionChanged(HomeError):
    """Articles were removed or replaced while something was made of them."""

    retry_after = 1


class EmptyCollection(HomeError):
    """There is nothing to ask yet."""


class IndexMismatch(FootnoteError):
    """The index was filled by another embedder than the one at hand."""


class ModelError(FootnoteError):
    """A model cannot be used."""


class ModelMissing(ModelError):
    """The model was never fetched."""


class ModelAltered(ModelError):
    """The model's bytes are not the ones its catalogue entry records."""


class FetchFailed(ModelError):
    """The model could not be fetched; nothing was left half-written."""


class GenerationError(ModelError):
    """The engine failed while it worked on a prompt."""


class EngineCrashed(GenerationError):
    """The engine's process died; the next call starts a new one."""


class DeadlineExceeded(GenerationError):
    """The engine took longer than it was allowed."""


class PromptTooLong(GenerationError):
    """The prompt does not fit the context, and nothing is cut unseen."""


class EngineBusy(GenerationError):
    """As many wait for the engine as may."""

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class RequestCancelled(GenerationError):
    """Nobody waits for the answer any more."""


@contextmanager
def unless_changed() -> Iterator[None]:
    """What search has just found is there, or was removed meanwhile; raises CollectionChanged then."""
    try:
        yield
    except NotFound as error:
        raise CollectionChanged("articles were removed while this was being worked out; ask again") from error


def first_problem(error: ValidationError) -> str:
    """A validation error as one line: the field and what is wrong with it."""
    problem = error.errors(include_url=False, include_input=False)[0]
    field = ".".join(str(part) for part in problem["loc"])
    return f"{field + ': ' if field else ''}{problem['msg']}"
