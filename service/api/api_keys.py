"""API keys: reads them from a setting and a file, stores only digests, and compares in constant time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path

from index.errors import InputError

MIN_KEY_CHARACTERS = 20
"""Minimum length of a key; a shorter one can be guessed."""
DIGEST_CHARACTERS_SHOWN = 8
"""Hex digits of a key's digest that identify the key in logs and rate limits."""
KEY_COMMAND = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'
"""Command that makes a key, for error messages."""


class APIKeys:
    """APIKeys: the keys that the service accepts; when empty, it requires no key."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        """Raises InputError for a key that could be guessed; the message does not repeat it."""
        found = [key.strip() for key in keys if key.strip()]
        if any(len(key) < MIN_KEY_CHARACTERS or not key.isascii() for key in found):
            raise InputError(
                f"a key is shorter than {MIN_KEY_CHARACTERS} characters, or not ASCII; make one with `{KEY_COMMAND}`"
            )
        self._digests = tuple(hashlib.sha256(key.encode()).digest() for key in found)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def client_of(self, offered: str) -> str | None:
        """Return the client's name, from its key's digest, or None for an unknown key; takes the same time for both."""
        digest = hashlib.sha256(offered.encode()).digest()
        matches = [hmac.compare_digest(digest, accepted) for accepted in self._digests]
        return f"key-{digest.hex()[:DIGEST_CHARACTERS_SHOWN]}" if any(matches) else None


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


def first_key(given: str, file: Path | None) -> str:
    """Return the key that our CLI sends to our server; empty when none is set."""
    found = _listed(given, file)
    return found[0] if found else ""
