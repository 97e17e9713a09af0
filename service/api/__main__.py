"""OpenAPI document, printed on standard output: `python -m service.api > docs/openapi.json`."""

import sys

from service.api.app import create_app_to_describe
from service.api.openapi import openapi_text

sys.stdout.write(openapi_text(create_app_to_describe()))
