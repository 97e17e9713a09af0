"""The models Footnote can run: what they are, where they come from, and the folder that keeps them."""

from service.models.fitted_updates import fitted_digest
from service.models.model_store import RELEVANCE, ListedModel, ModelStore, default_models_dir
from service.models.registry import DEFAULTS, EMBEDDER, GENERATOR, REGISTRY, Model

__all__ = [
    "DEFAULTS",
    "EMBEDDER",
    "GENERATOR",
    "REGISTRY",
    "RELEVANCE",
    "ListedModel",
    "Model",
    "ModelStore",
    "default_models_dir",
    "fitted_digest",
]
