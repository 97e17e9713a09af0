"""Text recognition: reads pictures of pages with a local tesseract, where one is installed."""

import os
import shutil
import subprocess
from collections.abc import Iterable, Iterator

from index.reading.pdf_pages import Picture

PROGRAM = "tesseract"
PAGE_SECONDS = 60
TOTAL_PAGES = 200
"""Most pages of one file that are recognised: a page takes seconds."""


def can_recognise() -> bool:
    """Whether tesseract is installed."""
    return shutil.which(PROGRAM) is not None


def recognise(pictures: Iterable[Picture]) -> Iterator[str]:
    """Yield the text of each picture; empty where none is recognised in time."""
    for number, picture in enumerate(pictures):
        yield _text_of(picture) if number < TOTAL_PAGES else ""


def _text_of(picture: Picture) -> str:
    content = b"P5\n%d %d\n255\n" % (picture.width, picture.height) + picture.pixels
    try:
        done = subprocess.run(
            [PROGRAM, "stdin", "stdout", "--psm", "1"],
            input=content,
            capture_output=True,
            timeout=PAGE_SECONDS,
            check=False,
            env={**os.environ, "OMP_THREAD_LIMIT": "1"},
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else ""
