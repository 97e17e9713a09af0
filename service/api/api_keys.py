"""API keys: reads them and the collections they open, stores only digests, and compares in constant time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from index.errors import InputError
from index.store.named_collections import NAME

MIN_KEY_CHARACTERS = 20
"""Minimum length of a key; a shorter one can be guessed."""
DIGEST_CHARACTERS_SHOWN = 8
"""Hex digits of a key's digest that identify the key in logs and rate limits."""
KEY_COMMAND = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
"""Command that makes a key, for error messages."""


class Client(NamedTuple):
    """Client of the service, as its key or address identifies it."""

    name: str
    collections: frozenset[str] | None = None
    """Collections that it may use; None for all of them."""

    def may_use(self, collection: str) -> bool:
        """Whether it may use a collection of that name, if there is one."""
        return self.collections is None or collection in self.collections


class APIKeys:
    """APIKeys: the keys that the service accepts; when empty, it requires no key."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        """Read keys, each `KEY` or, for one that opens only some collections, `NAME+NAME=KEY`.

        Raises:
            InputError: a key could be guessed, or is for no name of a collection; the message does not repeat it.
        """
        found = [_read_key(key.strip()) for key in keys if key.strip()]
        self._keys = tuple((hashlib.sha256(key.encode()).digest(), collections) for key, collections in found)

    def __bool__(self) -> bool:
        return bool(self._keys)

    def client_of(self, offered: str) -> Client | None:
        """Return the client, named by its key's digest, or None for an unknown key; takes the same time for both."""
        digest = hashlib.sha256(offered.encode()).digest()
        matches = [collections for key, collections in self._keys if hmac.compare_digest(digest, key)]
        if not matches:
            return None
        limits = [each for each in matches if each is not None]
        allowed = frozenset[str]().union(*limits) if len(limits) == len(matches) else None
        return Client(f"key-{digest.hex()[:DIGEST_CHARACTERS_SHOWN]}", allowed)


def _read_key(given: str) -> tuple[str, frozenset[str] | None]:
    """Return a key and the collections that it is limited to, if any; `=` at its end is part of it, as in Base64."""
    limited = "=" in given.rstrip("=")
    names, _, key = given.partition("=") if limited else ("", "", given)
    if len(key) < MIN_KEY_CHARACTERS or not key.isascii():
        raise InputError(
            f"a key is shorter than {MIN_KEY_CHARACTERS} characters, or not ASCII; make one with `{KEY_COMMAND}`"
        )
    if limited and not all(NAME.fullmatch(name) for name in names.split("+")):
        raise InputError("a key has no names of collections before its `=`; write NAME=KEY, NAME+NAME=KEY or only KEY")
    return key, frozenset(names.split("+")) if limited else None


def read_keys(given: str, file: Path | None) -> APIKeys:
    """Read the keys of a setting, separated by commas or blanks, and of a file, one per line; `#` begins a comment.

    Raises:
        InputError: the file cannot be read, or a key could be guessed.
    """
    return APIKeys(_listed(given, file))


def _listed(given: str, file: Path | None) -> list[str]:
    found = given.replace(",", " ").split()
    if file is not None:
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except (OSError, UnicodeDecodeError) as error:
            raise InputError(
                f"the key file {str(file)!r} cannot be read; name a text file with a key a line"
            ) from error
        found += [key for line in lines if (key := line.split("#")[0].strip())]
        if not found:
            raise InputError(f"the key file {str(file)!r} holds no key; make one with `{KEY_COMMAND}`")
    return found


def key_from_header(authorization: str) -> str:
    """Return the key in an Authorization header: a bearer token, or the password of Basic authentication."""
    scheme, _, value = authorization.strip().partition(" ")
    if scheme.lower() == "bearer":
        return value.strip()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value.strip(), validate=True).decode("utf-8", "replace").partition(":")[2]
        except (binascii.Error, ValueError):
            return ""
    return ""


def first_key(given: str, file: Path | None, collection: str | None = None) -> str:
    """Return the key that our CLI sends to our server: the first for this collection, or for all; empty for none.

    Raises:
        InputError: there are keys, but none of them is for it.
    """
    found = [_read_key(each) for each in _listed(given, file)]
    fitting = [key for key, names in found if names is None or collection in names]
    if found and not fitting:
        wanted = f"the collection {collection!r}" if collection else "all collections"
        raise InputError(f"no key in FOOTNOTE_KEYS or the key file is for {wanted}; add one")
    return fitting[0] if fitting else ""
