"""Request queue (bounded, ordered, fair between clients), and single flight of answers."""

import threading
from collections.abc import Generator, Iterator

import pytest

from index.errors import DeadlineExceeded, EngineBusy, GenerationError, RequestCancelled
from service.answering.single_flight import SingleFlight
from service.answering.types import Event, Question, Queued
from service.generation.queued_generator import QueuedGenerator
from service.generation.request_queue import RequestQueue, Ticket
from service.generation.scripted_generator import ScriptedGenerator
from service.generation.types import Limits
from service.runtime.request_context import RequestContext, current_request, request_scope

QUESTION = Question(text="Who?")


def entered(queue: RequestQueue, *names: str) -> list[Ticket]:
    return [queue.enter(RequestContext(name)) for name in names]


def served(queue: RequestQueue, tickets: list[Ticket]) -> Iterator[str]:
    """Return the order in which clients are served, as each one leaves."""
    while working := [ticket for ticket in tickets if not queue.position(ticket)]:
        yield working[0].request.client
        queue.leave(working[0])
        tickets.remove(working[0])


def test_clients_are_served_in_rotation_however_many_requests_one_has() -> None:
    queue = RequestQueue()
    assert list(served(queue, entered(queue, "a", "a", "a", "a", "b", "c", "b"))) == ["a", "a", "b", "c", "a", "b", "a"]


def test_a_position_is_the_number_of_requests_served_before() -> None:
    queue = RequestQueue()
    tickets = entered(queue, "a", "a", "a", "b", "c", "b")
    expected = {id(ticket): queue.position(ticket) for ticket in tickets}
    for before in range(len(tickets)):
        now = next(ticket for ticket in tickets if not queue.position(ticket))
        assert expected[id(now)] == before
        queue.leave(now)
        tickets.remove(now)


def test_a_full_queue_says_when_to_retry() -> None:
    queue = RequestQueue(2)
    tickets = entered(queue, "a", "a", "b")
    with pytest.raises(EngineBusy, match="try again in 6 s") as raised:
        queue.enter(RequestContext("c"))
    assert raised.value.retry_after == 6
    queue.leave(tickets[1])
    assert queue.position(queue.enter(RequestContext("c"))) == 2


def test_a_ticket_is_given_back_when_its_work_fails() -> None:
    queue = RequestQueue(1)
    with pytest.raises(GenerationError), queue.enter(RequestContext("a")):
        raise GenerationError("it broke")
    assert (queue.working, queue.waiting) == (False, 0)


def test_a_timeout_and_a_cancellation_leave_the_queue() -> None:
    queue = RequestQueue()
    with queue.enter(RequestContext("a")):
        with (
            pytest.raises(DeadlineExceeded, match=r"busy with other requests for 0\.01 s"),
            queue.enter(RequestContext("b")) as ticket,
        ):
            assert list(ticket.positions(0.01)) == [1]
        cancelled = RequestContext("c")
        cancelled.cancel()
        with pytest.raises(RequestCancelled), queue.enter(cancelled) as ticket:
            list(ticket.positions(9.0))
        assert queue.waiting == 0


def test_each_new_position_is_reported_until_the_request_starts() -> None:
    queue = RequestQueue()
    first, second = entered(queue, "a", "b")
    positions: list[int] = []

    def wait() -> None:
        with queue.enter(RequestContext("c")) as ticket:
            positions.extend(ticket.positions(9.0))

    thread = threading.Thread(target=wait)
    thread.start()
    while queue.waiting < 2:
        threading.Event().wait(0.005)
    for ticket in (first, second):
        while not positions:
            threading.Event().wait(0.005)
        queue.leave(ticket)
    thread.join(5)
    assert positions in ([2, 1], [2])  # the second may leave before the first was reported
    assert not queue.working


def test_a_queued_generator_takes_a_slot_per_call() -> None:
    queue, waiting = RequestQueue(1), list[bool]()

    def reply(messages: object) -> str:
        waiting.append(queue.working)
        return "1 2 3"

    writer = QueuedGenerator(ScriptedGenerator(reply), queue, 0.01)
    assert "".join(writer.stream([], Limits())) == "1 2 3"
    assert (waiting, queue.working) == ([True], False)
    with queue.enter(RequestContext("other")), pytest.raises(DeadlineExceeded):
        writer.stream([], Limits())
    assert queue.waiting == 0


def counted(events: int, made: list[int]) -> Generator[Event, None, None]:
    made.append(0)
    for number in range(1, events + 1):
        made[-1] = number
        current_request().raise_if_cancelled()
        yield Queued(position=number)


def test_single_flight_answers_a_question_once_for_all_who_ask_it() -> None:
    answers, made = SingleFlight(), list[int]()
    first = answers.read(("r", QUESTION), lambda: counted(3, made))
    one = next(first)
    second = answers.read(("r", QUESTION), lambda: counted(3, made))
    assert next(second) == one
    assert [*second] == [*first]
    assert made == [3]


def test_single_flight_survives_the_cancellation_of_its_first_request() -> None:
    answers, made = SingleFlight(), list[int]()
    one, other = RequestContext("one"), RequestContext("other")
    with request_scope(one):
        first = answers.read(("r", QUESTION), lambda: counted(3, made))
        next(first)
    with request_scope(other):
        second = answers.read(("r", QUESTION), lambda: counted(3, made))
        next(second)
    one.cancel()
    with request_scope(other):
        assert len([*second]) == 2
    other.cancel()
    third = answers.read(("r", QUESTION), lambda: counted(3, made))
    assert len([*third]) == 3


def test_single_flight_stops_when_every_request_is_cancelled() -> None:
    answers, made = SingleFlight(), list[int]()
    caller = RequestContext("one")
    with request_scope(caller):
        events = answers.read(("r", QUESTION), lambda: counted(9, made))
        next(events)
        caller.cancel()
        with pytest.raises(RequestCancelled):
            list(events)
    assert made == [2]


def test_single_flight_shares_an_error_and_does_not_keep_it() -> None:
    answers, made = SingleFlight(), list[int]()

    def failing() -> Generator[Event, None, None]:
        made.append(1)
        if made:
            raise GenerationError("it broke")
        yield Queued(position=1)

    for _ in range(2):
        with pytest.raises(GenerationError, match="it broke"):
            list(answers.read(("r", QUESTION), failing))
    assert made == [1, 1]
