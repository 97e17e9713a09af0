"""OpenAPI document on standard output: `python -m service.api > docs/openapi.json`."""

import sys
from types import SimpleNamespace
from typing import cast

from service.api.app import create_app
from service.api.openapi import openapi_text
from service.workspace import Workspace

no_workspace = cast(Workspace, SimpleNamespace(add_observer=lambda observer: None))
sys.stdout.write(openapi_text(create_app(no_workspace)))
