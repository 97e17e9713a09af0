"""The models Footnote can run: what they are, where they come from, and the folder that keeps them."""

from service.models.catalogue import CATALOGUE, DEFAULTS, EMBEDDER, GENERATOR, Model
from service.models.fitted import fitted_digest
from service.models.store import RELEVANCE, Entry, ModelStore, default_models_dir

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
