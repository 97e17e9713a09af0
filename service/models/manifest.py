"""What a model's folder says of itself: its files, their hashes, and what built them."""

import os
from pathlib import Path

from pydantic import Field, ValidationError

from index.types import Record

MANIFEST = "manifest.json"
CONVERTER = "1"
"""Changes whenever the graph that we write does, so that a model built by an older converter is built again."""


class FileFingerprint(Record):
    """A file as it was when its hash was last taken; while size and time hold, the hash is not taken again."""

    file: str
    """Its path within the model's folder."""
    sha256: str
    size: int
    mtime_ns: int


class Manifest(Record):
    """What a model's folder holds and what built it, in `manifest.json`."""

    name: str
    files: tuple[FileFingerprint, ...] = Field(min_length=1)
    """The weights as they were published come first."""
    built_by: str = ""
    """The converter and the hash it started from; empty for a model that is kept as it came."""

    @property
    def hashes(self) -> dict[str, str]:
        """File names with their SHA-256."""
        return {stamp.file: stamp.sha256 for stamp in self.files}


def read_manifest(folder: Path) -> Manifest | None:
    """The folder's manifest; None where there is none that can be read."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Put the manifest in place in one step, so that a reader sees the old one or the new one."""
    new = folder / f"{MANIFEST}.{os.getpid()}"
    new.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    new.replace(folder / MANIFEST)


def fingerprint_of(folder: Path, file: str, sha256: str) -> FileFingerprint:
    """The size and time of a file of the folder as they are now, with the hash it is known by; raises OSError."""
    status = (folder / file).stat()
    return FileFingerprint(file=file, sha256=sha256, size=status.st_size, mtime_ns=status.st_mtime_ns)
