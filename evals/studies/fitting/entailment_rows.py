"""Entailment training rows: public pairs, minimal pairs made from them by rule, and written articles."""

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from random import Random

from evals.studies.fitting.claim_edits import (
    attributed,
    edits,
    flat,
    joined,
    merged,
    other_speaker,
    shortened,
    with_tail,
)
from evals.studies.fitting.judge_rows import Json, PairRow, Ranges
from evals.studies.fitting.written_articles import read_rows, written_articles
from evals.studies.fitting.written_claims import balanced

PUBLIC = {
    "ling_in_loop": 60000,
    "new_protocols": 60000,
    "fever_dev": 9000,
    "fm2": 2600,
    "rte": 2800,
    "summedits": 2200,
    "bump": 1400,
    "pyramid": 5000,
    "fib_xsum": 3500,
    "fib_xsum_synthetic": 1000,
    "xsumfaith": 800,
    "cliff_goyal": 1100,
    "wikisplit": 4000,
    "rose_acu": 4000,
    "conjnli": 2500,
    "negation_nli": 3000,
    "med": 1500,
    "breaking_nli": 800,
    "qamr_answers": 5000,
}
"""Maximum number of rows of each public source."""
TEST_ONLY = {"fever_symmetric"}
EDITED = {"bump", "summedits"}
"""Sources whose unsupported hypotheses are edits of supported ones."""
PLAIN = {"ling_in_loop", "new_protocols"}
"""Sources whose label `supported` stays as it is where the premise reports what somebody said."""
NEWS = ("fib_xsum", "xsumfaith", "cliff_goyal", "rose_acu", "bump", "summedits", "pyramid")
PADDED = {"ling_in_loop", "new_protocols", "rte", "fm2", "fever_dev"}
DAYS = tuple(f"The Courier, {day} {month} 2022." for day in (3, 11, 24) for month in ("January", "May", "October"))
REPORTING = re.compile(r"\b(said|says|told|according to|claim\w*|argu\w+|insist\w+|alleg\w+)\b|[“”\"]")
TOKEN = re.compile(r"\w+|[^\w\s]")
SENTENCE_END = re.compile(r"(?<=[.!?]) (?=[A-Z\"“])")
MAX_EDITS, MAX_COPIES, MAX_PADDED = 16000, 18000, 24000
MIN_RATIO = 0.75
"""Least similarity (Ratcliff and Obershelp) of two hypotheses of which one is an edit of the other."""


def entailment_rows(train: Path, seed: int = 7) -> list[PairRow]:
    """Return all rows made from the folder `train`, held-out ones included; the same for the same seed."""
    random = Random(seed)
    rows = list(_public(train, random))
    articles = list(written_articles(train))
    extra = [*_edited(rows, random, MAX_EDITS), *_copied(rows, random, MAX_COPIES), *_padded(rows, random, MAX_PADDED)]
    others = [article for article in articles if not article.for_test]
    for article in articles:
        for _ in range(1 if article.for_test else 2):
            extra += balanced(article, others, random)
    return rows + extra


def _public(train: Path, random: Random) -> Iterator[PairRow]:
    for path in sorted((train / "entailment").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        rows = read_rows(path)
        fitted = [row for row in rows if row["fold"] < 8 and name not in TEST_ONLY]
        most = PUBLIC.get(name, 0)
        random.shuffle(fitted)
        changed = changed_words(fitted) if name in EDITED else {}
        for row in fitted[:most]:
            yield _pair_row(row, name, row["fold"], changed.get((row["premise"], row["hypothesis"])))
        for row in rows:
            if row["fold"] >= 8 or name in TEST_ONLY:
                yield _pair_row(row, name, 9)


def _pair_row(row: Json, name: str, fold: int, changed: Ranges | None = None) -> PairRow:
    label = "neither" if row["label"] == "neutral" else row["label"]
    if label == "supported" and REPORTING.search(row["premise"]) and name not in PLAIN:
        label = "supported_or_attributed"
    return PairRow(row["hypothesis"], row["premise"], label, name, fold, changed, group=row["group"])


def changed_words(rows: Sequence[Json]) -> dict[tuple[str, str], Ranges]:
    """Return by (premise, hypothesis) what an edit changed, aligned with the nearest supported hypothesis of its group.

    Hypotheses that are near none, or from which words were only taken out, are left out.
    """
    supported = defaultdict(list)
    for row in rows:
        if row["label"] == "supported":
            supported[row["group"]].append(row["hypothesis"])
    found: dict[tuple[str, str], Ranges] = {}
    for row in rows:
        if row["label"] != "supported" and row["group"] in supported:
            spans = _inserted(row["hypothesis"], supported[row["group"]])
            if spans:
                found[row["premise"], row["hypothesis"]] = spans
    return found


def _inserted(hypothesis: str, others: Sequence[str]) -> Ranges:
    """Return the ranges of the hypothesis that the most similar of the others does not have."""
    best, ratio = None, 0.0
    words = TOKEN.findall(hypothesis)
    for other in others:
        matcher = SequenceMatcher(None, TOKEN.findall(other), words, autojunk=False)
        if matcher.ratio() > ratio:
            best, ratio = matcher, matcher.ratio()
    if best is None or ratio < MIN_RATIO:
        return ()
    offsets = [match.span() for match in TOKEN.finditer(hypothesis)]
    return tuple(
        (offsets[start][0], offsets[end - 1][1])
        for tag, _, _, start, end in best.get_opcodes()
        if tag in ("replace", "insert") and end > start
    )


def _edited(rows: Sequence[PairRow], random: Random, most: int) -> Iterator[PairRow]:
    """Yield edits of supported hypotheses on news text."""
    supported = [r for r in rows if r.source in NEWS and r.label.startswith("supported") and not r.for_test]
    random.shuffle(supported)
    made = 0
    for row in supported:
        for edit in edits(row.hypothesis, row.premise, random, 2):
            made += 1
            yield PairRow(edit.text, row.premise, "not_supported", "edits", row.fold, edit.changed, edit.kind)
        if random.random() < 0.2:
            other = random.choice(supported)
            tail = with_tail(row.hypothesis, other.premise, random)
            if tail and other.premise != row.premise:
                made += 1
                yield PairRow(tail.text, row.premise, "neither", "edits", row.fold, tail.changed, "tail")
        if made > most:
            return


def _padded(rows: Sequence[PairRow], random: Random, most: int) -> Iterator[PairRow]:
    """Yield pairs that people wrote on one sentence with their sentence among others of news, some with a head."""
    pairs = [row for row in rows if row.source in PADDED and not row.for_test]
    news = sorted({row.premise for row in rows if row.source in NEWS and not row.for_test})
    for row in random.sample(pairs, min(most, len(pairs))):
        sentences = [s for s in SENTENCE_END.split(random.choice(news)) if 5 <= len(s.split()) <= 40][:4]
        sentences.insert(random.randint(0, len(sentences)), row.premise)
        premise = " ".join(sentences)
        if random.random() < 0.4:
            premise = f"{random.choice(news).split('. ')[0][:90]}. {random.choice(DAYS)} {premise}"
        yield PairRow(row.hypothesis, premise, row.label, "padded", row.fold, kind=row.source)


def _copied(rows: Sequence[PairRow], random: Random, most: int) -> Iterator[PairRow]:
    """Yield sentences of news premises as claims: whole or shortened, without attribution, edited, and joined."""
    premises = sorted({(r.premise, r.fold) for r in rows if r.source in NEWS and not r.for_test})
    random.shuffle(premises)
    made = 0
    for premise, fold in premises:
        sentences = [s for s in SENTENCE_END.split(premise) if 6 <= len(s.split()) <= 45]
        if not sentences:
            continue
        yield from _copies_of(sentences, premise, fold, random)
        made += 3
        if made > most:
            return


def _copies_of(sentences: Sequence[str], premise: str, fold: int, random: Random) -> Iterator[PairRow]:
    """Yield claims made from the sentences of a premise: copies, reports, joined ones, and changed ones of each."""

    def row(claim: str, label: str, kind: str, changed: Ranges | None = None) -> PairRow:
        return PairRow(claim, premise, label, "copies", fold, changed, kind)

    sentence = random.choice(sentences)
    claim = shortened(sentence, random) or sentence
    yield row(claim, "supported", "copy")
    for edit in edits(claim, premise, random, 1):
        yield row(edit.text, "not_supported", edit.kind, edit.changed)
    for each in sentences:
        bare, same = flat(each), attributed(each, random)
        if bare:
            yield row(bare, "attributed", "flat")
        if same:
            yield row(same, "supported", "report")
            other = other_speaker(each, premise, random)
            if other:
                yield row(other.text, "not_supported", "speaker", other.changed)
    if len(sentences) > 1:
        first, second = random.sample(sentences, 2)
        join = joined(first, second)
        if join:
            yield row(join.text, "neither", "joined", join.changed)
        both = merged(shortened(first, random) or first, shortened(second, random) or second, random)
        if both:
            yield row(both, "supported", "merged")
            for edit in edits(both, premise, random, 1):
                yield row(edit.text, "not_supported", f"merged/{edit.kind}", edit.changed)
