"""The models Footnote can run: what they are, where they come from, and the folder that keeps them."""

from service.models.fitted_updates import fitted_digest
from service.models.model_store import RELEVANCE, Entry, ModelStore, default_models_dir
from service.models.registry import CATALOGUE, DEFAULTS, EMBEDDER, GENERATOR, Model

__all__ = [
    "CATALOGUE",
    "DEFAULTS",
    "EMBEDDER",
    "GENERATOR",
    "RELEVANCE",
    "Entry",
    "Model",
    "ModelStore",
    "default_models_dir",
    "fitted_digest",
]
