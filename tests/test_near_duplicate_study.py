"""Near-duplicate detection on the seeds: the whole study runs as `footnote study copies`."""

import random

from evals.harness.suites.briefs.newsroom_edits import EDITS
from evals.studies.newsroom.copies import CorpusText, halves, measure, most_similar, pairs_of
from tests.conftest import SEEDS

TEXTS = [CorpusText(id=path.stem, text=path.read_text(encoding="utf-8")) for path in sorted(SEEDS.glob("*.txt"))]


def test_every_kind_of_copy_is_detected_and_no_other_report_is_taken_for_one() -> None:
    result = measure(pairs_of(TEXTS, negatives=10))
    assert {kind.kind for kind in result.kinds} == {*EDITS, "same topic", "same topic, same furniture"}
    assert (result.precision, result.recall) == (1.0, 1.0)


def test_the_pairs_are_the_same_every_time() -> None:
    assert pairs_of(TEXTS, negatives=3) == pairs_of(TEXTS, negatives=3)


def test_an_edit_changes_the_text() -> None:
    for edit in EDITS.values():
        assert edit(TEXTS[0].text, TEXTS[1].text, random.Random(0)) != TEXTS[0].text


def test_excerpts_of_one_article_are_no_pair_and_stay_in_one_half() -> None:
    excerpts = [CorpusText(id=str(i), title="Storm", source="Gazette", text=TEXTS[0].text) for i in range(4)]
    assert most_similar(excerpts, 5) == []
    assert sorted(len(half) for half in halves(excerpts)) == [0, 4]
