"""Models: registry, download, verification, conversion to ONNX, fitted updates, and the local model store."""

from service.models.download import digest
from service.models.fitted_updates import ENTAILMENT, READER, update_digest
from service.models.model_downloads import DownloadProgress, download_progress
from service.models.model_store import ListedModel, ModelStore, default_models_dir
from service.models.registry import DEFAULTS, EMBEDDER, GENERATOR, REGISTRY, Model

__all__ = [
    "DEFAULTS",
    "EMBEDDER",
    "ENTAILMENT",
    "GENERATOR",
    "READER",
    "REGISTRY",
    "DownloadProgress",
    "ListedModel",
    "Model",
    "ModelStore",
    "default_models_dir",
    "digest",
    "download_progress",
    "update_digest",
]
