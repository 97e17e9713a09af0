"""The line in front of the engine: bounded, in turn, fair between callers; and one answer for one question."""

import threading
from collections.abc import Generator, Iterator

import pytest

from index.errors import DeadlineExceeded, EngineBusy, GenerationError, RequestCancelled
from service.answering.single_flight import SharedAnswers
from service.answering.types import Event, Question, Queued
from service.generation.queued_generator import QueuedGenerator
from service.generation.request_queue import Line, Place
from service.generation.scripted import ScriptedGenerator
from service.generation.types import Limits
from service.runtime.request_context import RequestContext, current_request, request_scope

QUESTION = Question(text="Who?")


def entered(line: Line, *names: str) -> list[Place]:
    return [line.enter(RequestContext(name)) for name in names]


def served(line: Line, places: list[Place]) -> Iterator[str]:
    """Who is at work, one after the other, as each leaves."""
    while working := [place for place in places if not line.position(place)]:
        yield working[0].caller.client
        line.leave(working[0])
        places.remove(working[0])


def test_one_caller_with_many_requests_keeps_nobody_waiting_for_them_all() -> None:
    line = Line()
    assert list(served(line, entered(line, "a", "a", "a", "a", "b", "c", "b"))) == ["a", "a", "b", "c", "a", "b", "a"]


def test_a_position_is_the_number_of_turns_that_come_before() -> None:
    line = Line()
    places = entered(line, "a", "a", "a", "b", "c", "b")
    expected = {id(place): line.position(place) for place in places}
    for turn in range(len(places)):
        now = next(place for place in places if not line.position(place))
        assert expected[id(now)] == turn
        line.leave(now)
        places.remove(now)


def test_a_full_line_says_when_to_come_again() -> None:
    line = Line(2)
    places = entered(line, "a", "a", "b")
    with pytest.raises(EngineBusy, match="try again in 6 s") as raised:
        line.enter(RequestContext("c"))
    assert raised.value.retry_after == 6
    line.leave(places[1])
    assert line.position(line.enter(RequestContext("c"))) == 2


def test_a_place_is_given_up_however_it_ends() -> None:
    line = Line(1)
    with pytest.raises(GenerationError), line.enter(RequestContext("a")):
        raise GenerationError("it broke")
    assert (line.working, line.waiting) == (False, 0)


def test_who_waits_too_long_or_goes_away_leaves_the_line() -> None:
    line = Line()
    with line.enter(RequestContext("a")):
        with (
            pytest.raises(DeadlineExceeded, match=r"busy with others for 0\.01 s"),
            line.enter(RequestContext("b")) as place,
        ):
            assert list(place.positions(0.01)) == [1]
        leaving = RequestContext("c")
        leaving.cancel()
        with pytest.raises(RequestCancelled), line.enter(leaving) as place:
            list(place.positions(9.0))
        assert line.waiting == 0


def test_each_new_position_is_told_until_the_turn_comes() -> None:
    line = Line()
    first, second = entered(line, "a", "b")
    told: list[int] = []

    def wait() -> None:
        with line.enter(RequestContext("c")) as place:
            told.extend(place.positions(9.0))

    thread = threading.Thread(target=wait)
    thread.start()
    while line.waiting < 2:
        threading.Event().wait(0.005)
    for place in (first, second):
        while not told:
            threading.Event().wait(0.005)
        line.leave(place)
    thread.join(5)
    assert told in ([2, 1], [2])  # the second may leave before the first was told
    assert not line.working


def test_a_generator_behind_the_line_takes_a_turn_for_each_call() -> None:
    line, waiting = Line(1), list[bool]()

    def reply(messages: object) -> str:
        waiting.append(line.working)
        return "1 2 3"

    writer = QueuedGenerator(ScriptedGenerator(reply), line, 0.01)
    assert "".join(writer.stream([], Limits())) == "1 2 3"
    assert (waiting, line.working) == ([True], False)
    with line.enter(RequestContext("other")), pytest.raises(DeadlineExceeded):
        writer.stream([], Limits())
    assert line.waiting == 0


def counted(events: int, made: list[int]) -> Generator[Event, None, None]:
    made.append(0)
    for number in range(1, events + 1):
        made[-1] = number
        current_request().raise_if_cancelled()
        yield Queued(position=number)


def test_a_question_under_way_is_answered_once_for_all_who_ask_it() -> None:
    answers, made = SharedAnswers(), list[int]()
    first = answers.read(("r", QUESTION), lambda: counted(3, made))
    one = next(first)
    second = answers.read(("r", QUESTION), lambda: counted(3, made))
    assert next(second) == one
    assert [*second] == [*first]
    assert made == [3]


def test_the_answer_goes_on_when_the_one_who_asked_first_goes_away() -> None:
    answers, made = SharedAnswers(), list[int]()
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


def test_when_nobody_reads_any_more_nothing_is_written() -> None:
    answers, made = SharedAnswers(), list[int]()
    caller = RequestContext("one")
    with request_scope(caller):
        events = answers.read(("r", QUESTION), lambda: counted(9, made))
        next(events)
        caller.cancel()
        with pytest.raises(RequestCancelled):
            list(events)
    assert made == [2]


def test_an_error_is_everybodys_and_is_not_kept() -> None:
    answers, made = SharedAnswers(), list[int]()

    def failing() -> Generator[Event, None, None]:
        made.append(1)
        if made:
            raise GenerationError("it broke")
        yield Queued(position=1)

    for _ in range(2):
        with pytest.raises(GenerationError, match="it broke"):
            list(answers.read(("r", QUESTION), failing))
    assert made == [1, 1]
