"""Answer latency: time a server's answers with one caller and with several concurrent ones."""

import subprocess
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from evals.studies.speed.bench_server import BenchServer, Timing, command, server, start_up
from evals.studies.speed.measurement import Measurement, spread

CALLERS = (1, 4, 16)


def measure_answers(home: Path, corpus: str, questions: Sequence[str], style: str) -> Iterator[Measurement]:
    """Measure latency to evidence, first sentence and whole answer, with 1 to 16 callers and without answer caching."""
    subprocess.run(command(home, "ingest", corpus), check=True, capture_output=True)
    with server(home, {"FOOTNOTE_KEPT_ANSWERS": "0"}) as served:
        yield from start_up("serve", served)
        for question in questions[:3]:
            served.ask(question, style)
        alone: dict[str, list[float]] = {}
        for callers in CALLERS:
            found = _ask_at_once(served, questions, style, callers)
            yield from _latencies(f"ask, {callers} at once", found, alone)
            alone = alone or _stages(found)
        yield Measurement(part="serve", what="resident memory", value=served.megabytes(), unit="MB", n=1)


def _ask_at_once(served: BenchServer, questions: Sequence[str], style: str, callers: int) -> list[Timing]:
    put = questions[: max(len(questions) // 2, callers)]
    with ThreadPoolExecutor(callers) as pool:
        return list(pool.map(lambda question: served.ask(question, style), put))


def _stages(found: Sequence[Timing]) -> dict[str, list[float]]:
    answered = [timing for timing in found if timing.status == 200]
    return {
        "first evidence": [timing.first_evidence for timing in answered if timing.first_evidence is not None],
        "first sentence": [timing.first_sentence for timing in answered if timing.first_sentence is not None],
        "whole answer": [timing.whole for timing in answered],
    }


def _latencies(part: str, found: Sequence[Timing], alone: dict[str, list[float]]) -> Iterator[Measurement]:
    stages = _stages(found)
    for what, seconds in stages.items():
        yield from spread(part, what, seconds, (0.5, 0.95), alone.get(what, ()), "1 caller")
    if failed := len(found) - len(stages["whole answer"]):
        yield Measurement(part=part, what="not answered", value=failed, unit="", n=len(found))
