"""Generation and ingest speed: compare the service with the bare engines."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import closing

from evals.studies.durability.ingest_speed import in_child
from evals.studies.speed import bare_engine
from evals.studies.speed.measurement import Measurement, quantile
from service.generation.supervisor import LlamaProcess
from service.generation.types import Limits, Message
from service.models import GENERATOR, ModelStore, default_models_dir
from service.runtime.settings import Settings

TOKENS_PER_RUN = 96


def measure_generation(settings: Settings) -> Iterator[Measurement]:
    """Measure tokens per second through our child process and of llama-cpp-python alone, in alternating runs."""
    store = ModelStore(settings.models or default_models_dir())
    path = store.path(GENERATOR)
    words = [
        sys.executable,
        "-m",
        "evals.studies.speed.bare_engine",
        str(path),
        str(TOKENS_PER_RUN),
        str(settings.threads),
    ]
    model = LlamaProcess(
        path, name=GENERATOR, digest="", context_tokens=bare_engine.CONTEXT_TOKENS, threads=settings.threads
    )
    ours: list[float] = []
    theirs: list[float] = []
    with (
        closing(model),
        subprocess.Popen(
            words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "OMP_WAIT_POLICY": "PASSIVE"},  # as ours: spinning threads starve on a busy machine
        ) as other,
    ):
        assert other.stdin is not None
        assert other.stdout is not None
        _tokens_per_second(model)  # loads the model
        for _ in range(bare_engine.RUNS):
            ours.append(_tokens_per_second(model))
            other.stdin.write("\n")
            other.stdin.flush()
            theirs.append(float(other.stdout.readline()))
        other.stdin.close()
    yield Measurement(
        part="write",
        what="tokens a second",
        value=quantile(ours, 0.5),
        unit="/s",
        n=len(ours),
        beside=quantile(theirs, 0.5),
        anchor="llama-cpp-python alone",
    )


def _tokens_per_second(model: LlamaProcess) -> float:
    """Return the speed after the first token, as the bare loop does; a piece is a token, except split characters."""
    with closing(
        model.stream([Message(role="user", content=bare_engine.PROMPT)], Limits(max_tokens=TOKENS_PER_RUN))
    ) as pieces:
        next(pieces)
        began, number = time.perf_counter(), sum(1 for _ in pieces)
        return number / (time.perf_counter() - began)


def measure_ingest(parts: Sequence[str], articles: int) -> Iterator[Measurement]:
    """Measure chunks per second of an ingest, and of the embedder alone on the same texts."""
    found = in_child(parts, articles, "real")
    yield Measurement(
        part="ingest",
        what="chunks a second, all included",
        value=found.chunks_per_second,
        unit="/s",
        n=found.chunks,
        beside=found.bare_chunks_per_second,
        anchor="the embedder alone",
    )
