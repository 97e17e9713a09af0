"""FIFO lock: serves its callers in order of arrival."""

import threading
import time
from queue import SimpleQueue

from index.fifo_lock import FifoLock


def test_a_fifo_lock_serves_in_the_order_of_arrival() -> None:
    lock, order = FifoLock(), SimpleQueue[int]()
    threads: list[threading.Thread] = []

    def take(number: int) -> None:
        with lock:
            order.put(number)

    with lock:
        for number in range(8):
            threads.append(threading.Thread(target=take, args=(number,)))
            threads[-1].start()
            while lock.waiting <= number:
                threading.Event().wait(0.001)
    for thread in threads:
        thread.join(10.0)
    assert [order.get_nowait() for _ in range(8)] == list(range(8))


def test_acquiring_with_a_timeout_is_served_in_the_order_of_arrival() -> None:
    lock, order = FifoLock(), list[int]()
    assert lock.acquire(0.0)
    assert not lock.acquire(0.01)

    def wait(number: int) -> None:
        assert lock.acquire(10.0)
        order.append(number)
        lock.release()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(5)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    lock.release()
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]
