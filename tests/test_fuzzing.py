"""Fuzzing: no generated request makes the service fail, and a failure would be reported."""

import pytest

from evals.studies.durability.fuzzing import fuzz
from index.store.articles import Articles


def test_no_made_up_request_makes_the_service_fail() -> None:
    found = fuzz(150, 0, "light")
    assert found.requests >= 150
    assert found.faults == ()
    assert {"200", "404", "422"} <= found.statuses.keys()


def test_a_route_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Articles, *args: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(Articles, "list_current", broken)
    found = fuzz(60, 0, "light")
    assert any(fault.startswith("GET /v1/articles: 500") for fault in found.faults)
