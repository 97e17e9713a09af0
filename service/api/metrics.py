"""Metrics in Prometheus' text format; the only importer of prometheus-client."""

from collections.abc import Iterator, Sequence

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector

from service.answering.types import Answer
from service.api.collections import Visible
from service.api.error_responses import problems
from service.runtime.types import ServiceCounts
from service.workspaces import Workspaces

SECONDS_BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)


class Metrics:
    """Metrics: counters and histograms of one service, in a separate registry."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._registry = registry = CollectorRegistry()
        self._requests = Counter(
            "footnote_requests", "Requests by route and status.", ["method", "route", "status"], registry=registry
        )
        self._seconds = Histogram(
            "footnote_request_seconds",
            "Until the last byte of the response.",
            ["route"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        self.under_way = Gauge("footnote_requests_under_way", "Requests being answered.", registry=registry)
        self._answers = Counter("footnote_answers", "Answers made, by verdict.", ["verdict"], registry=registry)
        self._gate = Counter(
            "footnote_gate", "Sentences that a model wrote, by the gate's verdict.", ["verdict"], registry=registry
        )
        self._stages = Histogram(
            "footnote_stage_seconds",
            "Steps of an answer: embed, search, evidence, read, judge, queue, choose, write, gate, quote.",
            ["stage"],
            buckets=SECONDS_BUCKETS,
            registry=registry,
        )
        for verdict in ("accepted", "withheld"):
            self._gate.labels(verdict)
        for verdict in ("answered", "not_in_corpus"):
            self._answers.labels(verdict)
        registry.register(_StateCollector(workspaces))
        ProcessCollector(registry=registry)
        workspaces.add_observer(lambda run: self.count_answer(run.answer))

    def count_request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request; `route` is the pattern, not the path, so that there are few label values."""
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def count_answer(self, answer: Answer) -> None:
        """Count an answer and the steps of its trace."""
        self._answers.labels(answer.verdict).inc()
        for stage in answer.trace or ():
            self._stages.labels(stage.name).observe(stage.seconds)
            if stage.name == "gate":
                self._gate.labels(str(stage.details["verdict"])).inc()

    def exposition(self) -> bytes:
        """Return all metrics in Prometheus' text format."""
        return generate_latest(self._registry)


class _StateCollector(Collector):
    """Gauges that are read at each scrape, from the open collections together: labels never name one."""

    def __init__(self, workspaces: Workspaces) -> None:
        self._workspaces = workspaces

    def collect(self) -> Iterator[CounterMetricFamily | GaugeMetricFamily]:
        """Yield the current state."""
        found = _total([each.counts() for each in self._workspaces.opened().values()])
        for name, text, value in (
            ("footnote_articles", "Articles in the open collections.", found.articles),
            ("footnote_chunks", "Chunks in the ledger.", found.chunks),
            ("footnote_index_chunks", "Chunks that dense search finds.", found.indexed),
            ("footnote_index_rebuilding", "1 while the dense index is filled anew.", found.rebuilding),
            ("footnote_queue_waiting", "Requests that wait for the language model.", found.waiting),
            ("footnote_queue_size", "How many may wait.", found.queue_size),
            ("footnote_engine_working", "1 while the language model works.", found.working),
        ):
            yield GaugeMetricFamily(name, text, value=float(value))
        for name, text, value in (
            ("footnote_engine_starts", "Times that the language model's process was started.", found.engine_starts),
            ("footnote_shared_answers", "Questions that got an answer made for another.", found.shared),
        ):
            yield CounterMetricFamily(name, text, value=float(value))


def _total(counts: Sequence[ServiceCounts]) -> ServiceCounts:
    """Add up the counts of several collections; they share the models and their queue."""
    added = {name: sum(getattr(each, name) for each in counts) for name in ("articles", "chunks", "indexed", "shared")}
    return counts[0].model_copy(update={**added, "rebuilding": any(each.rebuilding for each in counts)})


def metrics_routes(metrics: Metrics) -> APIRouter:
    """Return the route `GET /metrics`."""
    router = APIRouter(tags=["operation"])

    @router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}, **problems(403)})
    def page(collections: Visible) -> Response:
        """Counters and gauges in Prometheus' text format."""
        collections.all()
        return Response(metrics.exposition(), media_type=CONTENT_TYPE_LATEST)

    return router
