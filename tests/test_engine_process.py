"""Engine process: cancellation, deadlines, crashes and restarts, start and shutdown of the child process."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import (
    DeadlineExceeded,
    EngineBusy,
    EngineCrashed,
    GenerationError,
    InputError,
    ModelError,
    ModelMissing,
    RequestCancelled,
)
from service.generation.supervisor import LlamaProcess
from service.generation.types import Limits, Message
from service.runtime.request_context import RequestContext, request_scope
from tests.conftest import BRIDGE, RIVER, SHORT, llama_process, written

ENDLESS = Limits(max_tokens=3000)


def has_exited(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"


def exits_soon(pid: int) -> bool:
    end = time.monotonic() + 10
    while not has_exited(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return has_exited(pid)


# cancellation, deadlines and crashes


def test_closing_a_stream_frees_the_engine(model: LlamaProcess) -> None:
    pid = model.pid
    with closing(model.stream(BRIDGE, ENDLESS)) as pieces:
        next(pieces)
    assert model.choose(RIVER, ["1", "2"], deadline=5.0)
    assert model.pid == pid


def test_cancelling_a_request_frees_the_engine(model: LlamaProcess) -> None:
    request = RequestContext("reader")
    with request_scope(request), closing(model.stream(BRIDGE, ENDLESS)) as pieces:
        next(pieces)
        request.cancel()
        with pytest.raises(RequestCancelled):
            list(pieces)
    assert model.choose(RIVER, ["1", "2"], deadline=5.0)


def test_closing_an_unread_stream_frees_the_engine(model: LlamaProcess) -> None:
    model.stream(BRIDGE, ENDLESS).close()
    assert model.choose(RIVER, ["1", "2"], deadline=5.0)


def test_counting_tokens_never_waits_for_the_engine(model: LlamaProcess, gguf: Path) -> None:
    counted = model.count_tokens(RIVER)
    with closing(model.stream(BRIDGE, ENDLESS)) as pieces:
        next(pieces)
        with pytest.raises(EngineBusy, match="another request"):
            model.count_tokens(RIVER)
    assert model.choose(RIVER, ["1", "2"], deadline=5.0)
    assert [model.count_tokens(RIVER) for _ in range(3)] == [counted] * 3
    idle = llama_process(gguf)
    with pytest.raises(EngineCrashed, match="does not run"):
        idle.count_tokens(RIVER)
    assert idle.pid is None


def test_an_unread_stream_does_not_block_the_engine(model: LlamaProcess) -> None:
    unread = model.stream(RIVER, SHORT)
    assert written(model, BRIDGE)
    assert "".join(unread) == written(model, RIVER)


def test_a_deadline_ends_a_text_and_not_the_process(model: LlamaProcess) -> None:
    pid = model.pid
    with pytest.raises(DeadlineExceeded, match=r"'smollm2' did not finish within 1 s"):
        written(model, BRIDGE, Limits(max_tokens=3000, deadline=1.0))
    assert written(model, RIVER)
    assert model.pid == pid


def test_a_deadline_ends_the_reading_of_a_long_prompt(model: LlamaProcess) -> None:
    long = [Message(role="user", content="The river ran on to the sea. " * 480)]
    with pytest.raises(DeadlineExceeded):
        model.choose(long, ["1", "2"], deadline=0.2)
    assert written(model, RIVER)


def test_a_deadline_includes_the_wait_for_other_requests(model: LlamaProcess) -> None:
    with closing(model.stream(BRIDGE, ENDLESS)), pytest.raises(DeadlineExceeded):
        model.choose(RIVER, ["1", "2"], deadline=0.2)


def test_a_hanging_process_is_killed_and_replaced(gguf: Path) -> None:
    with closing(llama_process(gguf)) as model:
        pieces = model.stream(BRIDGE, Limits(max_tokens=3000, deadline=1.0))
        assert model.pid
        os.kill(model.pid, signal.SIGSTOP)
        with pytest.raises(DeadlineExceeded):
            "".join(pieces)
        assert written(model, RIVER)


def test_a_killed_process_is_reported_and_the_next_call_works(gguf: Path) -> None:
    with closing(llama_process(gguf)) as model:
        pieces = model.stream(BRIDGE, ENDLESS)
        assert model.pid
        os.kill(model.pid, signal.SIGKILL)
        with pytest.raises(EngineCrashed, match=r"SIGKILL.*; the next call starts a new one"):
            "".join(pieces)
        assert written(model, RIVER)


def test_a_process_that_died_while_idle_is_replaced(gguf: Path) -> None:
    with closing(llama_process(gguf)) as model:
        model.start()
        pid = model.pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        end = time.monotonic() + 10
        # Its first thread is gone before the others are, and until then the system itself calls it running.
        while model.pid is not None and time.monotonic() < end:
            time.sleep(0.02)
        assert model.pid is None
        assert written(model, RIVER)


def test_concurrent_requests_get_the_same_text_as_alone(model: LlamaProcess) -> None:
    prompts = [RIVER, BRIDGE] * 3
    alone = [written(model, prompt) for prompt in prompts[:2]] * 3
    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(lambda prompt: written(model, prompt), prompts)) == alone


# start and shutdown


@pytest.mark.parametrize("kept", [0, 3, 1000, 4_000_000])
def test_a_broken_model_file_gives_one_line(gguf: Path, tmp_path: Path, kept: int) -> None:
    broken = tmp_path / "broken.gguf"
    with gguf.open("rb") as whole:
        broken.write_bytes(whole.read(kept))
    with closing(llama_process(broken)) as model, pytest.raises(ModelError, match=r"broken\.gguf") as caught:
        model.start()
    assert "\n" not in str(caught.value)


def test_a_missing_model_file_gives_the_command_that_fetches_it(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="footnote models pull"):
        llama_process(tmp_path / "none.gguf").start()


def test_loading_has_a_timeout(gguf: Path) -> None:
    with pytest.raises(ModelError, match=r"not loaded within 0\.01 s"):
        llama_process(gguf, start_timeout=0.01).start()


def test_a_program_that_does_not_speak_the_protocol_is_an_error(gguf: Path) -> None:
    program = (sys.executable, "-c", "print('hello')")
    with pytest.raises(ModelError, match="could not be loaded"):
        LlamaProcess(gguf, name="smollm2", digest="", command=program).start()


@pytest.mark.parametrize("context", [0, 100, 1000])
def test_a_context_not_a_multiple_of_256_is_refused(gguf: Path, context: int) -> None:
    with pytest.raises(InputError, match="multiple of 256"):
        llama_process(gguf, context_tokens=context)


def test_a_context_beyond_the_models_training_is_refused(gguf: Path) -> None:
    with pytest.raises(ModelError, match="trained for 8192"):
        llama_process(gguf, context_tokens=16384).start()


def test_close_leaves_no_process_and_can_be_repeated(gguf: Path) -> None:
    model = llama_process(gguf)
    model.start()
    pid = model.pid
    assert pid
    model.close()
    model.close()
    assert has_exited(pid)
    with pytest.raises(GenerationError, match="has been closed"):
        model.start()


def test_close_ends_the_request_at_work(gguf: Path) -> None:
    model = llama_process(gguf)
    pieces = model.stream(BRIDGE, ENDLESS)
    model.close()
    with pytest.raises(GenerationError, match="was closed"):
        "".join(pieces)


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "sys.exit()"])
def test_the_process_exits_with_its_parent(gguf: Path, end: str) -> None:
    program = (
        "import os, sys; from service.generation.supervisor import LlamaProcess;"
        f"model = LlamaProcess({str(gguf)!r}, name='smollm2', digest='', threads=1); model.start();"
        f"print(model.pid, flush=True); {end}"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert exits_soon(int(ended.stdout))
