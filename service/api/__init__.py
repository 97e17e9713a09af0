"""HTTP API of the service; the only folder that imports FastAPI."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from service.api.api_keys import first_key

if TYPE_CHECKING:
    from service.api.app import create_app
    from service.api.server import serve

__all__ = ["create_app", "first_key", "serve"]

LAZY_IMPORTS = {"create_app": "service.api.app", "serve": "service.api.server"}


def __getattr__(name: str) -> Any:
    # Lazy, because most commands do not need FastAPI, whose import takes a quarter of a second.
    if name in LAZY_IMPORTS:
        return getattr(import_module(LAZY_IMPORTS[name]), name)
    raise AttributeError(f"{__name__!r} has no {name!r}")
