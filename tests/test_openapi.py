"""The service does what its reference says, for requests made up from that reference and for broken ones."""

from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.specs.openapi.checks import positive_data_acceptance

from service.api import create_app
from service.desk import Desk
from service.types import Question

RALLY = "Which party's political rally in the Mustang district saw a suicide bombing?"
ROUTES = [
    (path, method)
    for path, methods in create_app(cast(Desk, None)).openapi()["paths"].items()  # describing asks nothing of a desk
    for method in methods
]
LOOSE: dict[str, list[Any]] = {path: [positive_data_acceptance] for path in ("/v1/ask", "/v1/replay", "/v1/briefs")}
"""A schema cannot say that a question or a topic has words, or that a receipt was kept."""


@pytest.mark.parametrize(("path", "method"), ROUTES)
def test_a_route_keeps_to_its_description(desk: Desk, path: str, method: str) -> None:
    route = schemathesis.openapi.from_asgi("/openapi.json", create_app(desk))[path][method]

    @settings(max_examples=30, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(case=route.as_strategy())
    def keeps(case: schemathesis.Case[Any]) -> None:
        case.call_and_validate(excluded_checks=LOOSE.get(path, []))

    keeps()


@pytest.mark.parametrize(
    ("path", "method", "request_"),
    [
        ("/v1/ask", "post", {"body": {"question": RALLY}}),
        ("/v1/ask", "post", {"body": {"question": RALLY, "stream": True}}),
        ("/v1/briefs", "post", {"body": {"topic": "The suicide bombing at a political rally"}}),
        ("/v1/briefs", "post", {"body": {"topic": "The suicide bombing at a political rally", "stream": True}}),
        ("/v1/briefs", "get", {"query": {"topic": "The rally"}}),
        ("/v1/check", "post", {"body": {"text": "ISKP carried out a suicide bombing at a political rally."}}),
        ("/v1/replay", "post", {"body": {"receipt": "kept"}}),
        ("/v1/search", "get", {"query": {"q": RALLY}}),
        ("/v1/articles/{article_id}", "get", {"path_parameters": {"article_id": "000_af5a69d05544d7a4"}}),
        ("/v1/articles/{article_id}", "delete", {"path_parameters": {"article_id": "000_af5a69d05544d7a4"}}),
    ],
)
def test_what_a_reader_asks_for_comes_as_described(
    desk: Desk, path: str, method: str, request_: dict[str, Any]
) -> None:
    desk.catalogue.keep_receipt("kept", desk.ask(Question(text=RALLY)).model_dump_json())
    route = schemathesis.openapi.from_asgi("/openapi.json", create_app(desk))[path][method]
    case = route.Case(media_type="application/json" if "body" in request_ else None, **request_)
    assert case.call_and_validate().status_code == 200
