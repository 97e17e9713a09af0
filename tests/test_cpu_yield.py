"""Cross-process CPU yield: the language model pauses while the service computes, but never stops completely."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.generation.cpu_yield import MAX_WAIT_PER_WORK_SECOND, ComputeClaim, ComputeYield
from service.generation.supervisor import LlamaProcess
from tests.conftest import RIVER, SHORT, written


@pytest.fixture
def claim() -> Iterator[ComputeClaim]:
    made = ComputeClaim()
    yield made
    made.close()


def never() -> bool:
    return False


def waited(pause: ComputeYield) -> float:
    began = time.monotonic()
    pause(never)
    return time.monotonic() - began


def test_the_model_pauses_until_the_last_claim_is_released(claim: ComputeClaim) -> None:
    pause = ComputeYield(claim.path)
    assert waited(pause) < 0.05
    time.sleep(0.1)
    passed = threading.Event()

    def wait() -> None:
        pause(never)
        passed.set()

    with claim:
        with claim:
            thread = threading.Thread(target=wait)
            thread.start()
            assert not passed.wait(0.02)
        assert not passed.wait(0.02)
    assert passed.wait(5.0)
    thread.join()


def test_a_pause_is_bounded_in_proportion_to_the_work(claim: ComputeClaim) -> None:
    pause = ComputeYield(claim.path)
    time.sleep(0.05)
    with claim:
        first, again = waited(pause), waited(pause)
    assert 0.04 < first < 0.05 * MAX_WAIT_PER_WORK_SECOND + 1.0
    assert again < first


def test_a_cancelled_generation_does_not_pause(claim: ComputeClaim) -> None:
    pause = ComputeYield(claim.path)
    time.sleep(0.5)
    with claim:
        began = time.monotonic()
        pause(lambda: True)
        assert time.monotonic() - began < 0.4


@pytest.mark.real_models
def test_a_model_that_yields_writes_the_same(gguf: Path, claim: ComputeClaim, model: LlamaProcess) -> None:
    yielding = LlamaProcess(gguf, name="smollm2", digest="", threads=1, claim_file=claim.path)
    try:
        yielding.start()
        with claim:
            slowly = written(yielding, RIVER)
        assert slowly == written(model, RIVER, SHORT)
    finally:
        yielding.close()


def test_close_deletes_the_file_of_a_claim(claim: ComputeClaim) -> None:
    assert claim.path.exists()
    claim.close()
    assert not claim.path.exists()
