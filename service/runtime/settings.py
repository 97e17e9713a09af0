"""Settings, read once at the edge from the environment (`FOOTNOTE_*`) and the command line."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def usable_cores() -> int:
    """The cores that this process may use, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


MOST_THREADS = 8
"""More bring a small model nothing."""
MAX_QUESTION = 2_000
"""Characters; a longer question is a document, and `footnote check` is for those."""


class Settings(BaseSettings):
    """How this process runs; nothing below the edge reads the environment."""

    model_config = SettingsConfigDict(env_prefix="FOOTNOTE_", frozen=True, extra="ignore")

    home: Path = Path(".footnote")
    """The folder that holds the collection."""
    models: Path | None = None
    """Where fetched models are kept; the user's cache folder unless set."""
    model: str | None = None
    """Which model writes; the home folder's choice, else the embedded one. `http://HOST:PORT/v1#NAME` for one behind an
    OpenAI-compatible server, to which question and evidence are then sent."""
    engine_key: SecretStr = SecretStr("")
    """What that server wants to be shown."""
    composes: bool | None = None
    """Whether the style `auto` lets the model write; as our evals found for this model, unless set."""
    chroma: str = ""
    """`http://HOST:PORT[/TENANT/DATABASE]` of a Chroma server that keeps the vectors; a folder of ours unless set."""
    chroma_token: SecretStr = SecretStr("")
    """What that server wants to be shown."""
    threads: int = Field(default_factory=lambda: min(usable_cores(), MOST_THREADS), ge=1)
    """How many of the machine's cores the models may use; as many as there are, up to eight."""
    context_tokens: int = Field(default=2048, ge=512, multiple_of=256)
    seed: int = 0
    exact: bool = False
    """Search by comparing every vector instead of through Chroma: the same result every time."""
    drafts: int = Field(default=1, ge=1, le=8)
    """How often the model may try again when the gate withholds what it wrote."""
    passages: int = Field(default=20, ge=1, le=50)
    """How many passages are read for evidence."""
    keys: SecretStr = SecretStr("")
    """Keys of which a caller must send one, separated by commas; needed to serve another address than loopback."""
    key_file: Path | None = None
    """A file of such keys, one a line."""
    log: Literal["debug", "info", "warning", "error"] = "info"
    """How much the server writes to stderr; questions and answers never."""
    rate: float = Field(default=600.0, gt=0.0)
    """Requests a minute that each key may make."""
    queue: int = Field(default=16, ge=1, le=1000)
    """How many requests may wait for the language model; the next one is told when to come again."""
    patience: float = Field(default=60.0, gt=0.0)
    """Seconds that a request waits for its turn."""
    kept_answers: int = Field(default=64, ge=0)
    """How many answers are kept in memory for whoever asks the same of the same collection."""
