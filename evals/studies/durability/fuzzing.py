"""Fuzzing of every route from its OpenAPI description: `footnote study fuzzing --requests 10000`.

Whatever is asked, the service may refuse it and may not fail: a status of 500 or more is a fault, and so is a reply
that takes the process down. One route is left out, since it would look for made-up addresses on the network.
"""

import tempfile
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import click
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import one_of
from schemathesis import GenerationMode

from evals.harness.suites.suite_registry import SEEDS
from evals.studies.durability.crashes import engines_of
from evals.studies.study_verb import study
from index.reading import read_paths
from index.types import Record
from service.api import create_app
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace

FETCHING_ROUTE = "/v1/addresses"
"""It fetches what it is given."""
MAX_FAULTS_SHOWN = 20
TIMEOUT_SECONDS = 300.0
"""What is slow on a busy machine is no fault."""
ROUNDS = 8
"""In which every route is called: what one request leaves behind is there for the others."""


class FuzzReport(Record):
    """The outcome of all requests."""

    requests: int
    routes: int
    statuses: dict[str, int]
    faults: tuple[str, ...]
    """Requests that were answered with 500 or more, the first few of them."""


def fuzz(requests: int, number: int, embedder: str, progress: Callable[[str], None] = lambda line: None) -> FuzzReport:
    """Send at least so many requests, route by route in rounds, to a service over the seeds."""
    statuses: Counter[str] = Counter()
    faults: list[str] = []
    with tempfile.TemporaryDirectory(prefix="footnote-fuzz-") as folder:
        engines = engines_of(embedder)
        home = Path(folder)
        with closing(Workspace(Settings(home=home, exact=True), engines, Home(home))) as workspace:
            workspace.ingest(read_paths([SEEDS]))
            schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(workspace))
            routes = [(path, method) for path in schema if path != FETCHING_ROUTE for method in schema[path]]
            share = max(1, requests // (ROUNDS * len(routes)))
            while sum(statuses.values()) < requests:
                for path, method in routes:
                    for status, text in _sent(schema[path][method], share, number):
                        statuses[str(status)] += 1
                        if status >= 500:
                            faults.append(f"{method.upper()} {path}: {status} {text}")
                number += 1
                progress(f"{sum(statuses.values()):,} sent, {len(faults)} faults")
        engines.close()
    return FuzzReport(
        requests=sum(statuses.values()),
        routes=len(routes),
        statuses=dict(sorted(statuses.items())),
        faults=tuple(faults[:MAX_FAULTS_SHOWN]),
    )


def _sent(route: Any, times: int, number: int) -> list[tuple[int, str]]:
    """Status and the beginning of the text of each reply; hypothesis makes the requests and shrinks none."""
    found: list[tuple[int, str]] = []
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    right, wrong = (route.as_strategy(generation_mode=mode) for mode in modes)

    @seed(number)
    @settings(
        max_examples=times,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=one_of(right, wrong))
    def send(case: schemathesis.Case[Any]) -> None:
        reply = case.call(timeout=TIMEOUT_SECONDS)
        found.append((reply.status_code, reply.text[:200]))

    send()
    return found


@study.command("fuzzing")
@click.option("--requests", type=click.IntRange(1), default=10_000, show_default=True)
@click.option("--seed", "number", type=int, default=0, show_default=True)
@click.option("--embedder", type=click.Choice(["real", "light"]), default="light", show_default=True)
def fuzzing(requests: int, number: int, embedder: str) -> None:
    """Send made-up requests to every route.

    Prints what they were answered with as JSON.
    """
    click.echo(fuzz(requests, number, embedder, lambda line: click.echo(line, err=True)).model_dump_json(indent=2))
