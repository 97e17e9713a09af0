"""The HTTP service: the only folder that knows FastAPI."""

from service.api.app import create_app
from service.api.keys import first_key
from service.api.serving import serve

__all__ = ["create_app", "first_key", "serve"]
