"""Made-up requests: none of them makes the service fail, and a failure would be seen."""

import pytest

from evals.durability.fuzzing import fuzz
from service.desk import Desk


def test_no_made_up_request_makes_the_service_fail() -> None:
    found = fuzz(150, 0, "light")
    assert found.requests >= 150
    assert found.faults == ()
    assert {"200", "404", "422"} <= found.statuses.keys()


def test_a_route_that_fails_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: Desk, *args: object) -> None:
        raise RuntimeError("broken on purpose")

    monkeypatch.setattr(Desk, "articles", broken)
    found = fuzz(60, 0, "light")
    assert any(fault.startswith("GET /v1/articles: 500") for fault in found.faults)
