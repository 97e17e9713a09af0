"""The models Footnote can run: what they are, where they come from, and the folder that keeps them."""

from service.models.catalogue import CATALOGUE, DEFAULTS, EMBEDDER, GENERATOR, Model
from service.models.store import Entry, ModelStore, default_models_dir

__all__ = ["CATALOGUE", "DEFAULTS", "EMBEDDER", "GENERATOR", "Entry", "Model", "ModelStore", "default_models_dir"]
