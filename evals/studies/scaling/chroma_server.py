"""Chroma server for tests and studies: `chroma run` on a free port and in a folder of its own."""

import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

SECONDS = 60.0


class ChromaServer:
    """Chroma server: can be killed and started again on the same port and folder."""

    def __init__(self, folder: Path) -> None:
        """Choose a free port; `start` starts the server."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        program = shutil.which("chroma", path=str(Path(sys.executable).parent))
        assert program, "the program `chroma` is not beside this Python"
        self._command = [program, "run", "--host", "127.0.0.1", "--port", str(self.port), "--path", str(folder)]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Process id of the server."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + SECONDS
        while not self._answers():
            assert time.monotonic() < end, "the Chroma server did not start"
            time.sleep(0.02)

    def _answers(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), 1).close()
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """Kill the server as a crash would; without effect when it does not run."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
