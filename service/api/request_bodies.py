"""Request validation: parses strict records inside request bodies."""

import json
from collections.abc import Callable

from pydantic import BeforeValidator, ValidationError

from index.reading import first_problem
from index.types import Record


def as_read(kind: type[Record]) -> BeforeValidator:
    """Return a validator that parses a strict record from JSON again: only JSON mode accepts an array for a tuple."""
    return BeforeValidator(_reader(kind))


def _reader(kind: type[Record]) -> Callable[[object], object]:
    def read(value: object) -> object:
        if not isinstance(value, dict):
            return value
        try:
            return kind.model_validate_json(json.dumps(value))
        except ValidationError as error:
            raise ValueError(first_problem(error)) from None

    return read
