"""Fitting of the judges: edits and their marks, rows and their packing, update files, and scores."""

import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from random import Random

import numpy as np
import pytest

from evals.studies.fitting.claim_edits import Edit, edits, flat, joined, shortened, with_tail
from evals.studies.fitting.entailment_rows import changed_words, entailment_rows
from evals.studies.fitting.evaluate_judges import as_table
from evals.studies.fitting.found_premises import edited_rows, found_rows, merged_rows
from evals.studies.fitting.judge_evaluation import entailment_measures, reader_measures
from evals.studies.fitting.judge_rows import (
    FIRST,
    LAST,
    UNKNOWN,
    Json,
    PairRow,
    PassageRow,
    Ranges,
    pack_pairs,
    pack_passages,
)
from evals.studies.fitting.judge_scores import (
    accepted_of,
    auc_of,
    exact_match,
    mean_of,
    measured,
    rank_of_answer,
    reliability,
    token_f1,
)
from evals.studies.fitting.question_noise import as_typed
from evals.studies.fitting.reader_rows import reader_rows
from evals.studies.fitting.update_file import write_update
from index.encoder import TokenIds
from index.search.reranking import OverlapReader
from service.grounding.entailment import Entailment
from service.models.fitted_updates import apply_file

CLAIM = "Anna Weber did not approve 12 plans on Monday, and Paul Meier has rejected more than 3 million euros."
PREMISE = CLAIM + " Both met Rosa Lind, who will leave 7 boards in May."
TEXT = (
    "Anna Weber opened the bridge over the Arno on Monday. The work cost 12 million euros. "
    "It had been planned for nine years. Paul Meier said that the old bridge was not safe for lorries any more. "
    "Engineers had closed it twice before. Nobody was hurt, the town said."
)
ARTICLES: list[Json] = [
    {
        "id": f"w{number}-001",
        "title": "A bridge opens",
        "outlet": "The Arno Post",
        "published": "2025-04-04",
        "text": TEXT,
        "fold": fold,
        "claims": [
            {"claim": "The bridge cost 12 million euros.", "label": "supported", "kind": "close",
             "evidence": ["The work cost 12 million euros."]},
            {"claim": "The bridge is unsafe.", "label": "needs_attribution", "kind": "flat",
             "evidence": ["Paul Meier said that the old bridge was not safe for lorries any more."]},
        ],
        "questions": [
            {"question": "What did the work cost?", "answer": "12 million euros", "kind": "short",
             "evidence": ["The work cost 12 million euros."]},
            {"question": "Who built the old bridge?", "answer": None, "kind": "missing", "evidence": []},
        ],
    }
    for number, fold in ((1, 0), (2, 3), (3, 8))
]  # fmt: skip


def pieces(text: str, spans: Ranges) -> list[str]:
    """Return what lies before, between and after the spans."""
    ends, starts = [0, *(end for _, end in spans)], [*(start for start, _ in spans), len(text)]
    return [text[end:start] for end, start in zip(ends, starts, strict=True)]


def all_edits(claim: str, premise: str) -> list[Edit]:
    return [edit for seed in range(40) for edit in edits(claim, premise, Random(seed), 8)]


def test_an_edit_marks_exactly_the_changed_words() -> None:
    for edit in all_edits(CLAIM, PREMISE):
        same = pieces(edit.text, edit.changed)
        assert re.fullmatch(".*".join(map(re.escape, same)), CLAIM), edit
        assert all(end > start for start, end in edit.changed)


def test_every_kind_of_edit_is_made() -> None:
    kinds = {edit.kind for edit in all_edits(CLAIM, PREMISE)}
    assert kinds == {"number", "name", "roles", "opposite", "negation", "plan", "scope", "date", "unit"}


def test_no_edit_is_the_claim_or_in_the_premise() -> None:
    assert not any(edit.text in PREMISE for edit in all_edits(CLAIM, PREMISE))


def test_a_tail_and_a_join_mark_what_was_added() -> None:
    tail = with_tail("The mayor resigned.", "The club lost, and its owner sold all shares.", Random(0))
    assert tail is not None
    assert tail.text == "The mayor resigned, and its owner sold all shares."
    assert [tail.text[start:end] for start, end in tail.changed] == [", and its owner sold all shares"]
    join = joined("Anna Weber was elected in May.", "Paul Meier left the town.")
    assert join is not None
    assert [join.text[start:end] for start, end in join.changed] == [" left the town"]


def test_a_report_without_its_attribution_stays_a_sentence() -> None:
    assert flat("Anna Weber said that the old bridge was not safe.") == "The old bridge was not safe."
    assert shortened("On Monday morning, the council of the town approved all plans.", Random(0)) == (
        "The council of the town approved all plans."
    )


def test_changed_words_come_from_the_nearest_supported_hypothesis() -> None:
    hypotheses = {"supported": "The club lost three games in May.", "not_supported": "The club lost four games in May."}
    rows: list[Json] = [
        {"premise": "p", "hypothesis": text, "label": label, "group": "g"} for label, text in hypotheses.items()
    ]
    assert changed_words(rows) == {("p", "The club lost four games in May."): ((14, 18),)}


def test_questions_as_typed_keep_their_long_words_or_mistype_one() -> None:
    typed = {as_typed("Who built the old bridge?", Random(seed)) for seed in range(60)}
    assert {"Who built the old bridge?", "who built the old bridge", "who built old bridge"} <= typed


class WordTokenizer:
    """Pair tokenizer whose tokens are words, with their lengths as ids."""

    def encode(self, text: str, other: str | None = None, *, max_tokens: int) -> TokenIds:
        spans = [[match.span() for match in re.finditer(r"\w+|[^\w\s]", part)] for part in (text, other or "")]
        ids, types, offsets = [101], [0], [(0, 0)]
        for kind, found in enumerate(spans):
            ids += [*(end - start for start, end in found), 102]
            types += [kind] * (len(found) + 1)
            offsets += [*found, (0, 0)]
        return TokenIds(tuple(ids), tuple(types), tuple(offsets))


def test_the_marks_of_a_packed_pair_point_to_its_changed_words(tmp_path: Path) -> None:
    claim = "Two firms lost."
    rows = [
        PairRow(claim, "Three firms lost.", "contradicted", "s", 0, ((0, 3),)),
        PairRow(claim, "Two firms lost.", "supported", "s", 8),
        PairRow(claim, "Rain fell.", "neither", "s", 0, None, "k"),
    ]
    pack_pairs(rows, WordTokenizer(), tmp_path / "rows.npz")
    with np.load(tmp_path / "rows.npz") as stored:
        packed = [part.tolist() for part in np.split(stored["marks"], stored["starts"][1:-1])]
        ids = np.split(stored["ids"], stored["starts"][1:-1])[0].tolist()
        assert stored["labels"].tolist() == [1, 0, 2]
        assert stored["folds"].tolist() == [0, 8, 0]
        assert stored["first"].tolist() == [4, 4, 4]
        assert stored["kinds"].tolist() == ["", "", "k"]
    assert ids == [101, 3, 5, 4, 1, 102, 5, 5, 4, 1, 102]
    assert packed[0] == [UNKNOWN, 1, 0, 0, 0, *[UNKNOWN] * 6]
    assert packed[1] == [UNKNOWN, 0, 0, 0, 0, *[UNKNOWN] * 6]
    assert set(packed[2]) == {UNKNOWN}


def test_the_marks_of_a_packed_passage_point_to_the_ends_of_the_answer(tmp_path: Path) -> None:
    passage = "The old bridge cost 12 million euros."
    rows = [
        PassageRow("What?", passage, ((20, 36),), "s", 0),
        PassageRow("What?", passage, (), "s", 0),
        PassageRow("What?", passage, ((0, 37),), "s", 0, sentences_only=True),
        PassageRow("What?", "word " * 300 + passage, ((1520, 1536),), "s", 0),
    ]
    pack_passages(rows, WordTokenizer(), tmp_path / "rows.npz")
    with np.load(tmp_path / "rows.npz") as stored:
        packed = [part.tolist() for part in np.split(stored["marks"], stored["starts"][1:-1])]
        assert stored["labels"].tolist() == [1, 0, 1]
        assert stored["only"].tolist() == [False, False, True]
    before = [0, 0, 0, 0]
    assert packed[0] == [*before, 0, 0, 0, 0, FIRST, 0, LAST, 0, 0]
    assert set(packed[1]) == {0}
    assert packed[2] == [*before, *[FIRST | LAST] * 8, 0]


@pytest.fixture
def train(tmp_path: Path) -> Path:
    """A training folder in small, with the benchmark folder beside it."""
    folder = tmp_path / "train"
    paragraphs = [{"id": split, "title": split, "split": split, "text": TEXT} for split in ("test", "train")]
    asked = [
        {"paragraph": split, "question": "Who opened the bridge?", "answerable": True, "answers": [[0, "Anna Weber"]]}
        for split in ("test", "train")
    ]
    selqa = [{"question": "When?", "title": "t", "split": "test", "sentences": ["In May.", "No."], "positive": [0]}]
    qed = {"question": "Who opened it?", "context": TEXT, "answer": "Anna Weber", "source": "qed/x", "split": "dev"}
    pair = {
        "premise": TEXT,
        "hypothesis": "A bridge opened.",
        "label": "supported",
        "source": "bump/x",
        "split": "test",
    }
    write_lines(folder / "squad2_paragraphs.jsonl", paragraphs)
    write_lines(folder / "squad2_questions.jsonl", asked)
    write_lines(folder / "selqa.jsonl", selqa)
    write_lines(folder / "questions/qed.jsonl.gz", [qed | {"group": "g", "fold": 3}])
    write_lines(folder / "entailment/bump.jsonl.gz", [pair | {"group": "g", "fold": fold} for fold in (1, 9)])
    write_lines(folder / "written/part1.jsonl.gz", ARTICLES)
    write_lines(tmp_path / "bench/realtimeqa_2022/corpus.jsonl", [])
    return folder


def write_lines(path: Path, rows: Sequence[Json]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(text) if path.suffix == ".gz" else text)


def test_rows_are_the_same_for_the_same_seed(train: Path) -> None:
    assert reader_rows(train) == reader_rows(train) != reader_rows(train, seed=2)
    assert entailment_rows(train) == entailment_rows(train) != entailment_rows(train, seed=2)


def test_answer_ranges_cover_the_words_of_the_answer(train: Path) -> None:
    answered = [row for row in reader_rows(train) if row.answers and not row.sentences_only]
    assert {row.source for row in answered} == {"squad2", "qed", "written"}
    found = {row.passage[start:end] for row in answered for start, end in row.answers}
    assert found == {"Anna Weber", "12 million euros"}


def test_held_out_questions_are_asked_once_and_as_they_are(train: Path) -> None:
    rows = [row for row in reader_rows(train) if row.for_test and row.source == "written"]
    assert {row.question for row in rows} == {"What did the work cost?", "Who built the old bridge?"}
    assert [row.kind for row in rows if row.answers] == ["short"]
    assert all(row.passage[: row.head] == "A bridge opens. The Arno Post, 4 April 2025. " for row in rows)


def test_claims_of_an_article_are_balanced_with_its_own_sentences(train: Path) -> None:
    kinds = {row.kind.split("/")[0] for row in entailment_rows(train) if row.source == "written"}
    assert {"supported", "needs_attribution", "edit", "copy", "copy_edit", "flat"} <= kinds


def test_a_pair_of_one_sentence_is_also_read_among_others(train: Path) -> None:
    pair = {"premise": "A dog ran.", "hypothesis": "An animal moved.", "label": "supported", "source": "rte/x"}
    write_lines(train / "entailment/rte.jsonl.gz", [pair | {"split": "train", "group": "d", "fold": 2}])
    (row,) = [row for row in entailment_rows(train) if row.source == "padded"]
    assert (row.hypothesis, row.label, row.fold) == ("An animal moved.", "supported", 2)
    assert "A dog ran." in row.premise
    assert len(row.premise) > len("A dog ran.")


def test_a_written_update_gives_the_weights_back_within_eight_bits(tmp_path: Path) -> None:
    random = np.random.default_rng(0)

    def array(*shape: int) -> "np.ndarray[tuple[int, ...], np.dtype[np.float32]]":
        return random.normal(0, 1, shape).astype(np.float32)

    layers = [f"encoder.layer.{i}.output.dense" for i in range(3)]
    base = {f"{name}.weight": array(24, 32) for name in layers} | {f"{name}.bias": array(24) for name in layers}
    low_rank = {f"{name}.lora_A": array(4, 32) for name in layers} | {f"{name}.lora_B": array(24, 4) for name in layers}
    biases = {f"{name}.bias": array(24) for name in layers}
    heads = {"head.mix.weight": array(4, 1), "head.mix.bias": array(4)}
    write_update(tmp_path / "update.npz", low_rank | biases | heads)
    weights, found = apply_file(tmp_path / "update.npz", base)
    for name in layers:
        changed = base[f"{name}.weight"] + low_rank[f"{name}.lora_B"] @ low_rank[f"{name}.lora_A"]
        assert weights[f"{name}.weight"] == pytest.approx(changed, abs=0.1)
        assert weights[f"{name}.bias"] == pytest.approx(base[f"{name}.bias"] + biases[f"{name}.bias"], abs=0.02)
    assert found.keys() == {"mix"}
    assert (found["mix"].weight == heads["head.mix.weight"]).all()


def test_short_answers_are_scored_as_squad_does() -> None:
    assert exact_match("The Arno.", ["arno"]) == 1
    assert exact_match("the river Arno", ["Arno"]) == 0
    assert token_f1("the river Arno", ["Arno", "Po"]) == pytest.approx(2 / 3)
    assert token_f1("Rome", ["Arno"]) == 0


def test_the_rank_of_an_answer_is_that_of_its_best_sentence() -> None:
    assert rank_of_answer([0.1, 3.0, 2.0], [True, False, True]) == 2
    assert rank_of_answer([0.1, 3.0], [False, False]) == 3


def test_acceptance_is_measured_where_few_negatives_are_accepted() -> None:
    scores, labels = np.array([0.0, 1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.0, 1.0, 0.0, 1.0])
    every = np.arange(5)
    assert accepted_of(scores, labels, labels, 0.1)(every) == 0.5
    assert accepted_of(scores, labels, labels, 0.5)(every) == 1.0
    assert np.isnan(accepted_of(scores, labels, labels, 0.1)(np.array([0, 1])))
    assert auc_of(scores, labels)(every) == pytest.approx(5 / 6)


def test_a_reliability_curve_sorts_rows_by_predicted_probability() -> None:
    points = reliability(np.log(np.array([0.1, 0.5, 0.95, 0.99]) / np.array([0.9, 0.5, 0.05, 0.01])))
    assert {name: list(rows) for name, rows in points.items() if len(rows)} == {
        "judged 0 to 20 % likely": [0],
        "judged 40 to 60 % likely": [1],
        "judged 80 to 100 % likely": [2, 3],
    }


def test_an_interval_resamples_whole_groups() -> None:
    values = np.array([1.0] * 50 + [0.0] * 50)
    alone = measured("j", "d", "m", mean_of(values), [str(i) for i in range(100)])
    grouped = measured("j", "d", "m", mean_of(values), [str(i // 25) for i in range(100)])
    assert (alone.value, alone.n, alone.groups, grouped.groups) == (0.5, 100, 100, 4)
    assert grouped.high - grouped.low > alone.high - alone.low > 0


class OverlapEntailment:
    """Entailment model that counts the words of the hypothesis in the premise."""

    fingerprint = "overlap"

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        shares = [np.mean([word in premise for word in hypothesis.split()]) for hypothesis, premise in pairs]
        return [Entailment(float(share), 0.0, float(1 - share), 0.0, ()) for share in shares]


def test_the_reader_is_measured_on_held_out_rows(train: Path) -> None:
    found = {(m.data, m.name): m for m in reader_measures(OverlapReader(), reader_rows(train))}
    assert {data for data, _ in found} == {"squad2 test", "qed dev", "selqa test", "written"}
    assert found["squad2 test", "answer sentence first"].value == 1.0
    assert ("selqa test", "short answer F1") not in found
    assert found["written", "AUC answered"].n == 2


def test_the_entailment_model_is_measured_on_held_out_rows(train: Path) -> None:
    measures = list(entailment_measures(OverlapEntailment(), entailment_rows(train)))
    names = [m.name for m in measures if m.data == "written" and " where judged " not in m.name]
    assert names[:2] == ["AUC supported", "accepted at 2 % false, supported"]
    assert any(m.name.startswith("supported where judged 80 to 100 %") for m in measures)
    assert "| entailment | written | AUC supported | 0." in as_table(measures)


def test_a_limit_bounds_the_rows_of_each_data_set(train: Path) -> None:
    rows = entailment_rows(train)
    assert all(m.n <= 3 for m in entailment_measures(OverlapEntailment(), rows, limit=3))


def test_found_premises_have_the_label_of_the_claim_only_with_all_of_its_evidence() -> None:
    evidence = ["The pier burnt.", "Two men died."]
    claim = {"claim": "Two men died as the pier burnt.", "kind": "several", "article_id": "a", "evidence": evidence}
    articles = [["Pier. The pier burnt. Two men died.", "Two men died."], ["Elsewhere a pier burnt."]]
    labels = [
        [(row.source, row.label) for row in found_rows({**claim, "label": label}, articles, Random(1))]
        for label in ("supported", "contradicted")
    ]
    assert labels == [
        [("given", "supported"), ("found", "supported")],
        [
            ("given", "contradicted"),
            ("found", "contradicted"),
            ("found", "not_supported"),
            ("found", "not_supported"),
        ],
    ]


def test_faithful_claims_are_edited_and_merged_with_premises_that_carry_them() -> None:
    texts = ("The pier of Norwick burnt on Monday.", "Ada Quill lost 12 boats.")
    shared = {"kind": "close", "article_id": "a", "label": "supported"}
    claims = [{"claim": each, "evidence": [each], **shared} for each in texts]
    both = " ".join(texts)
    rows = [row for claim in claims for row in found_rows(claim, [[both]], Random(1))]
    edited = list(edited_rows(rows, Random(1)))
    assert {row.premise for row in edited} == {both}
    assert {row.label for row in edited} == {"not_supported"}
    for row in edited:
        assert row.changed
        assert row.hypothesis not in texts
    merged = list(merged_rows(rows, Random(1)))
    assert {row.label for row in merged} == {"supported", "not_supported"}
    assert all(part.rstrip(".") in merged[0].hypothesis for part in texts)
    assert merged[0].premise in (both, " ".join(reversed(texts)))
