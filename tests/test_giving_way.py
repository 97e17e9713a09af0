"""The language model waits while evidence is read, and is never stopped altogether."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.generation.cpu_yield import PATIENCE, ComputeClaim, ComputeYield
from service.generation.supervisor import LlamaProcess
from tests.conftest import RIVER, SHORT, written


@pytest.fixture
def way() -> Iterator[ComputeClaim]:
    made = ComputeClaim()
    yield made
    made.close()


def never() -> bool:
    return False


def waited(give_way: ComputeYield) -> float:
    began = time.monotonic()
    give_way(never)
    return time.monotonic() - began


def test_the_model_waits_until_the_last_one_has_left(way: ComputeClaim) -> None:
    give_way = ComputeYield(way.path)
    assert waited(give_way) < 0.05
    time.sleep(0.1)
    passed = threading.Event()

    def wait() -> None:
        give_way(never)
        passed.set()

    with way:
        with way:
            thread = threading.Thread(target=wait)
            thread.start()
            assert not passed.wait(0.02)
        assert not passed.wait(0.02)
    assert passed.wait(5.0)
    thread.join()


def test_it_waits_no_longer_than_in_proportion_to_its_work(way: ComputeClaim) -> None:
    give_way = ComputeYield(way.path)
    time.sleep(0.05)
    with way:
        first, again = waited(give_way), waited(give_way)
    assert 0.04 < first < 0.05 * PATIENCE + 1.0
    assert again < first


def test_it_waits_no_longer_when_it_is_to_stop(way: ComputeClaim) -> None:
    give_way = ComputeYield(way.path)
    time.sleep(0.5)
    with way:
        began = time.monotonic()
        give_way(lambda: True)
        assert time.monotonic() - began < 0.4


@pytest.mark.real_models
def test_a_model_that_gives_way_writes_the_same(gguf: Path, way: ComputeClaim, model: LlamaProcess) -> None:
    giving = LlamaProcess(gguf, name="smollm2", digest="", threads=1, way=way.path)
    try:
        giving.start()
        with way:
            slowly = written(giving, RIVER)
        assert slowly == written(model, RIVER, SHORT)
    finally:
        giving.close()


def test_nothing_is_left_of_it(way: ComputeClaim) -> None:
    assert way.path.exists()
    way.close()
    assert not way.path.exists()
