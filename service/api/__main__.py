"""`python -m service.api > docs/openapi.json` writes the reference anew."""

import sys
from typing import cast

from service.api.app import create_app
from service.api.reference import printed
from service.desk import Desk

sys.stdout.write(printed(create_app(cast(Desk, None))))  # describing asks nothing of a desk
