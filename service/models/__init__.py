"""Models: registry, download, verification, conversion to ONNX, fitted updates, and the local model store."""

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
