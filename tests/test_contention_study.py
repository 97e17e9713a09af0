"""Contention study: when two processes use one home folder, one is refused or waits, and nothing is lost."""

from pathlib import Path

import pytest

from evals.studies.durability.contention import ARTICLES_PER_PROCESS, contend


@pytest.mark.real_models
def test_two_at_once_lose_nothing(tmp_path: Path) -> None:
    found = contend(1, tmp_path)
    assert (found.lost, found.doubled, found.unclear) == ((), (), ())
    assert found.taken + found.refused * ARTICLES_PER_PROCESS == 2 * ARTICLES_PER_PROCESS
