"""Study of equal processes: kills under load lose nothing, double nothing, and no caller gets a wrong answer."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from evals.studies.scaling.cluster import ApiProcess, Cluster, cluster
from evals.studies.scaling.cluster_callers import Callers, ask, is_exact
from evals.studies.scaling.equal_processes import PARTS, Reference, as_text, kill, reference, throughput
from service.answering.types import Answer
from tests.conftest import light_engines
from tests.test_equal_processes import until


def light_serve(home: Path) -> Sequence[str]:
    return [sys.executable, "-m", "tests.light_server", str(home)]


@pytest.fixture(scope="module")
def made() -> Iterator[Cluster]:
    with cluster(2, light_serve) as running:
        yield running


def test_each_part_is_killed_and_nothing_is_lost_doubled_or_wrong(made: Cluster) -> None:
    right = reference(made)
    measured = throughput(made, 2, 4, 2.0, right)
    assert measured.answers > 0
    assert measured.cores["api 1"] > 0
    assert measured.faults == ()
    with closing(light_engines()) as engines:
        found = kill(made, 3, 1, right, engines)
    assert [each.part for each in found.recoveries] == [*PARTS]
    assert found.faults == (), as_text((measured,), found)
    assert found.answers > 0
    assert found.articles > 0
    assert "0 wrong, 0 unclean errors" in as_text((measured,), found)


def test_an_error_that_is_not_foreseen_is_told_with_what_the_log_says(tmp_path: Path) -> None:
    request = "0" * 32

    class Broken(ApiProcess):
        def failing(self) -> tuple[int, object]:
            self.log.write_text(f"another request\n{request}: IndexError\n", encoding="utf-8")
            return 500, {"detail": f"its log has the reason under request {request}"}

    process = Broken(tmp_path, light_serve, {}, tmp_path / "api.log")
    crowd = Callers([process], {}, {})
    crowd._send(Answer, 0, lambda each: process.failing())
    assert "IndexError" in crowd.unclean[0]
    assert "another" not in crowd.unclean[0]


def test_an_answer_with_another_verdict_or_an_inexact_quotation_is_seen(made: Cluster) -> None:
    verdicts, texts = reference(made)
    right = next(body for body in (ask(made.api[0], each)[1] for each in verdicts) if body["citations"])
    assert is_exact(right, texts)
    assert not is_exact(right, {name: f" {text}" for name, text in texts.items()})
    crowd = Callers(made.api, dict.fromkeys(verdicts, "another"), texts)
    crowd.start(1)
    assert until(lambda: bool(crowd.wrong), 60)
    crowd.stop()
    assert crowd.unclean == []
    assert throughput(made, 2, 1, 2.0, Reference(dict.fromkeys(verdicts, "another"), texts)).faults
