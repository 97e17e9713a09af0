"""Who may ask from another machine: keys, held as digests and compared in constant time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable
from pathlib import Path

from index.errors import InputError

SHORTEST = 20
"""Characters: what is shorter can be guessed."""
SHOWN = 8
"""Characters of a key's digest that stand for it in logs and limits."""
MAKE_ONE = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'


class Keys:
    """The keys that open the service; none at all means that it asks for none."""

    def __init__(self, keys: Iterable[str] = ()) -> None:
        """Raises InputError for a key that could be guessed; the message does not repeat it."""
        found = [key.strip() for key in keys if key.strip()]
        if any(len(key) < SHORTEST or not key.isascii() for key in found):
            raise InputError(f"a key is shorter than {SHORTEST} characters, or not ASCII; make one with `{MAKE_ONE}`")
        self._digests = tuple(hashlib.sha256(key.encode()).digest() for key in found)

    def __bool__(self) -> bool:
        return bool(self._digests)

    def name(self, offered: str) -> str | None:
        """What the offered key is called, or None when it is not one of ours; takes as long either way."""
        digest = hashlib.sha256(offered.encode()).digest()
        known = [hmac.compare_digest(digest, own) for own in self._digests]
        return f"key-{digest.hex()[:SHOWN]}" if any(known) else None


def read_keys(given: str, file: Path | None) -> Keys:
    """Keys of a setting, separated by commas or blanks, and of a file, one a line; `#` begins a remark.

    Raises:
        InputError: the file cannot be read, or a key could be guessed.
    """
    return Keys(_listed(given, file))


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
            raise InputError(f"the key file {str(file)!r} holds no key; make one with `{MAKE_ONE}`")
    return found


def offered_key(authorization: str) -> str:
    """The key in an Authorization header: a bearer token, or the password that a browser asks its reader for."""
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
    """The key that our own command sends to our own server; empty where none is set."""
    found = _listed(given, file)
    return found[0] if found else ""
