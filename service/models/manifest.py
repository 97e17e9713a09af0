"""Model manifest: the files in a model's folder, their hashes, and the converter that made them."""

import os
from pathlib import Path

from pydantic import Field, ValidationError

from index.types import Record

MANIFEST = "manifest.json"
CONVERTER = "2"
"""Version of the ONNX graph that is written; a model converted by another version is converted again."""


class FileFingerprint(Record):
    """File with its hash; the hash is computed again only if size or modification time has changed."""

    file: str
    """Path relative to the model's folder."""
    sha256: str
    size: int
    mtime_ns: int


class Manifest(Record):
    """Content of `manifest.json`."""

    name: str
    files: tuple[FileFingerprint, ...] = Field(min_length=1)
    """Files of the model, the published weights first."""
    built_by: str = ""
    """Converter version, fitted update and hash of the published weights; empty for a model that is not converted."""

    @property
    def hashes(self) -> dict[str, str]:
        """SHA-256 hashes by file name."""
        return {each.file: each.sha256 for each in self.files}


def read_manifest(folder: Path) -> Manifest | None:
    """Read the manifest of a folder; None if it is missing or unreadable."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (OSError, ValidationError):
        return None


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest atomically, so that a concurrent reader sees either the old or the new one."""
    new = folder / f"{MANIFEST}.{os.getpid()}"
    new.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    new.replace(folder / MANIFEST)


def fingerprint_of(folder: Path, file: str, sha256: str) -> FileFingerprint:
    """Return the fingerprint of a file with its current size and modification time; raises OSError."""
    status = (folder / file).stat()
    return FileFingerprint(file=file, sha256=sha256, size=status.st_size, mtime_ns=status.st_mtime_ns)
