"""Settings, read once at the edge from the environment (`FOOTNOTE_*`) and the command line."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

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
    """Which model writes; the home folder's choice, else the embedded one."""
    threads: int = Field(default=2, ge=1)
    context_tokens: int = Field(default=2048, ge=512, multiple_of=256)
    seed: int = 0
    exact: bool = False
    """Search by comparing every vector instead of through Chroma: the same result every time."""
    drafts: int = Field(default=1, ge=1, le=8)
    """How often the model may try again when the gate withholds what it wrote."""
    passages: int = Field(default=20, ge=1, le=50)
    """How many passages are read for evidence."""
