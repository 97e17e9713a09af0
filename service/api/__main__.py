"""`python -m service.api > docs/openapi.json` writes the reference anew."""

import sys
from types import SimpleNamespace
from typing import cast

from service.api.app import create_app
from service.api.openapi import printed
from service.workspace import Workspace

sys.stdout.write(printed(create_app(cast(Workspace, SimpleNamespace()))))  # describing asks nothing of a desk
