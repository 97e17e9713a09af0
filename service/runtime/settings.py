"""Settings from the environment (`FOOTNOTE_*`) and the command line, read once and passed on as arguments."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def usable_cores() -> int:
    """Return the number of CPU cores this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


MAX_DEFAULT_THREADS = 8
"""Upper limit of the default thread count: more threads do not make a small model faster."""
MAX_QUESTION_CHARACTERS = 2_000
"""Maximum length of a question or topic; a longer text is a document, which `footnote check` is for."""


class Settings(BaseSettings):
    """Configuration of one process; nothing else reads the environment."""

    model_config = SettingsConfigDict(env_prefix="FOOTNOTE_", frozen=True, extra="ignore")

    home: Path = Path(".footnote")
    """Home folder of the collections."""
    collection: str | None = None
    """Collection that is used; by default the one that needs no name."""
    store: SecretStr = SecretStr("")
    """`postgresql://USER:PASSWORD@HOST/DATABASE` for the articles, so that any number of processes can serve them; by
    default a SQLite file in the home folder."""
    models: Path | None = None
    """Folder of the fetched models; by default in the user's cache folder."""
    model: str | None = None
    """Language model; by default the one chosen for the home folder, else the embedded one. `http://HOST:PORT/v1#NAME`
    names a model behind an OpenAI-compatible server, to which question and evidence are then sent, and where it was
    chosen as judge also the claims that are checked."""
    engine_key: SecretStr = SecretStr("")
    """API key for that server."""
    composes: bool | None = None
    """Whether the style `auto` lets the model write; by default as our evals decided for this model."""
    chroma: str = ""
    """`http://HOST:PORT[/TENANT/DATABASE]` of a Chroma server for the vectors; by default a local folder."""
    chroma_token: SecretStr = SecretStr("")
    """Access token for that server."""
    threads: int = Field(default_factory=lambda: min(usable_cores(), MAX_DEFAULT_THREADS), ge=1)
    """CPU cores the models may use; by default all, up to eight."""
    context_tokens: int = Field(default=2048, ge=512, multiple_of=256)
    seed: int = 0
    exact: bool = False
    """Exact search: compare every vector instead of asking Chroma, so that results are reproducible."""
    drafts: int = Field(default=1, ge=1, le=8)
    """Maximum drafts that the model may write until the gate accepts one."""
    passages: int = Field(default=20, ge=1, le=50)
    """Number of candidate passages that are searched for evidence."""
    keys: SecretStr = SecretStr("")
    """API keys, separated by commas; each request must send one. Required when not serving a loopback address."""
    key_file: Path | None = None
    """File of API keys, one per line."""
    log: Literal["debug", "info", "warning", "error"] = "info"
    """Lowest level that the server logs to stderr; questions and answers are never logged."""
    rate: float = Field(default=600.0, gt=0.0)
    """Requests per minute for each key."""
    queue: int = Field(default=16, ge=1, le=1000)
    """Requests that may wait for the language model; the next one is refused with a Retry-After."""
    patience: float = Field(default=60.0, gt=0.0)
    """Seconds that a request may wait in the queue."""
    kept_answers: int = Field(default=64, ge=0)
    """Answers kept in memory for identical questions to the unchanged collection."""
    lease: float = Field(default=15.0, gt=0.0)
    """Seconds without a heartbeat after which a job of a process that has ended is taken over by another one."""
