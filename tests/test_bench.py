"""Benchmark: its synthetic collection, its anchors, and its chart."""

import sys
from contextlib import closing
from pathlib import Path
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner

from evals.studies.speed.bench_svg import MIDDLE, draw
from evals.studies.speed.bench_verb import bench_command
from evals.studies.speed.brief_latency import measure, names
from evals.studies.speed.embedding_speed import Peer, side_by_side
from evals.studies.speed.measurement import BenchReport, Measurement, spread
from evals.studies.speed.synthetic_corpus import BulkStore, fill_store
from index.embedding import HashEmbedder
from index.errors import InputError
from index.reading import read_text
from index.search.hybrid_retrieval import query_terms

SVG = "{http://www.w3.org/2000/svg}"
PEER = """
import json, sys
texts = json.loads(sys.stdin.readline())
print(json.dumps({vector}), flush=True)
for _ in sys.stdin:
    print(len(texts) / 2, flush=True)
"""


def measured(ratio: float, unit: str = "ms") -> Measurement:
    return Measurement(part="a < b", what="some & all", value=10 * ratio, unit=unit, n=3, beside=10, anchor="alone")


def test_a_synthetic_collection_is_consistent(tmp_path: Path) -> None:
    with closing(BulkStore.open(tmp_path / "ledger.db", fingerprint="made")) as store:
        made = fill_store(store, 45, 16)
        assert (store.chunks.count(), store.articles.count()) == (45, 5)
        assert store.faults() == []
        found = store.lexical.search(query_terms(" ".join(made.words(40))), 10, None)
        assert len(found) == 10
        first = store.chunks.passages(found)[0]
        assert len(first.sentences) == 4


@pytest.mark.parametrize(
    ("one", "kind", "side"),
    [
        (measured(0.5), "well", -1),
        (measured(2.0), "ill", 1),
        (measured(2.0, "/s"), "well", 1),
        (measured(0.5, "/s"), "ill", -1),
    ],
)
def test_a_bar_goes_from_one_to_the_ratio(one: Measurement, kind: str, side: int) -> None:
    root = ElementTree.fromstring(draw(BenchReport(machine="2 cores", how="style auto", measures=(one,))))
    bar = next(each for each in root.iter(f"{SVG}rect") if each.get("class") == kind)
    left, width = float(bar.attrib["x"]), float(bar.attrib["width"])
    assert (left if side > 0 else left + width) == pytest.approx(MIDDLE)
    assert any("alone" in (each.text or "") and "n = 3" in (each.text or "") for each in root.iter(f"{SVG}text"))


def test_what_has_no_anchor_has_no_bar() -> None:
    alone = measured(1.0).model_copy(update={"beside": None, "anchor": ""})
    root = ElementTree.fromstring(draw(BenchReport(machine="", how="", measures=(alone,))))
    assert [each.get("class") for each in root.iter(f"{SVG}rect")] == ["back"]


def test_quantiles_stand_beside_the_same_quantiles_of_the_anchor() -> None:
    median, last = spread("a", "b", [0.1, 0.2, 0.3], (0.5, 1.0), [0.2, 0.4, 0.6], "twice as slow")
    assert (median.value, median.beside) == pytest.approx((200, 400))
    assert last.ratio == pytest.approx(0.5)


@pytest.mark.parametrize(("vector", "ours"), [("[1.0] + [0.0] * 15", True), ("[0.0] * 15 + [1.0]", False)])
def test_a_peer_must_have_our_vectors(vector: str, ours: bool, tmp_path: Path) -> None:
    script = tmp_path / "peer.py"
    script.write_text(PEER.format(vector=vector), encoding="utf-8")
    peer, embedder = Peer("other", Path(sys.executable), script), HashEmbedder(16)
    if ours:  # a text without words is the first axis
        assert side_by_side(embedder, tmp_path, ["", "storm"], peer, 1).beside == 1.0
    else:
        with pytest.raises(InputError, match="other weights"):
            side_by_side(embedder, tmp_path, ["", "storm"], peer, 1)


def test_a_peer_that_fails_is_named(tmp_path: Path) -> None:
    script = tmp_path / "peer.py"
    script.write_text("raise SystemExit(3)", encoding="utf-8")
    for python in (Path(sys.executable), tmp_path / "nowhere"):
        with pytest.raises(InputError, match=python.name):
            side_by_side(HashEmbedder(16), tmp_path, [""], Peer("other", python, script), 1)


def test_an_unknown_peer_is_wrong_usage() -> None:
    assert CliRunner().invoke(bench_command, ["--peer", "other=python"]).exit_code == 2


def test_topics_are_the_names_that_most_articles_share(tmp_path: Path) -> None:
    texts = ["The port of Kelby Sands was closed.", "In Kelby Sands it rained.", "Nobody saw Dora Quill there."]
    assert names([read_text(str(i), text) for i, text in enumerate(texts)], 2) == ["Kelby Sands", "Dora Quill"]


def test_briefs_are_timed_to_their_first_part(tmp_path: Path) -> None:
    for number in range(3):
        text = f"The port of Kelby Sands was closed by storm {number}. Ferries to Kelby Sands stayed at the quay."
        (tmp_path / f"a{number}.txt").write_text(text, encoding="utf-8")
    timings, read = measure(tmp_path, 3, [], 2, "light")
    assert read == 3
    assert [each.first is not None and 0 < each.first <= each.whole for each in timings] == [True]
