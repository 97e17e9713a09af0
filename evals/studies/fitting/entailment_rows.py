"""Entailment training rows: public pairs, written articles balanced, and minimal pairs made by rule.

python -m evals.studies.fitting.entailment_rows TRAIN_DIR OUT.npz
"""

import gzip
import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from random import Random

from evals.studies.fitting.claim_edits import edits, flat, joined, shortened, with_tail
from evals.studies.fitting.judge_rows import PairRow, pack_pairs

PUBLIC = {
    # source: (most rows, times each)
    "ling_in_loop": (26000, 1),
    "new_protocols": (24000, 1),
    "fever_dev": (6000, 1),
    "fm2": (2600, 1),
    "rte": (2800, 1),
    "summedits": (2200, 3),
    "bump": (1400, 3),
    "pyramid": (5000, 1),
    "fib_xsum": (3500, 1),
    "fib_xsum_synthetic": (1000, 1),
    "xsumfaith": (800, 1),
    "cliff_goyal": (1100, 1),
    "wikisplit": (4000, 1),
    "rose_acu": (4000, 1),
    "conjnli": (2500, 1),
    "negation_nli": (3000, 1),
    "med": (1500, 1),
    "breaking_nli": (800, 1),
    "qamr_answers": (5000, 1),
}
TEST_ONLY = {"fever_symmetric"}
NEWS = ("fib_xsum", "xsumfaith", "cliff_goyal", "rose_acu", "bump", "summedits", "pyramid")
REPORTING = re.compile(r"\b(said|says|told|according to|claim\w*|argu\w+|insist\w+|alleg\w+)\b|[“”\"]")
MONTHS = "January February March April May June July August September October November December".split()


@dataclass(frozen=True)
class WrittenArticle:
    """WrittenArticle: an invented article with its sentences in order, and its claims."""

    title: str
    outlet: str
    published: str
    sentences: tuple[str, ...]
    claims: tuple[dict, ...]
    fold: int
    id: str


def read(path: Path) -> list[dict]:
    with gzip.open(path, "rt") as lines:
        return [json.loads(line) for line in lines]


def public(folder: Path, random: Random) -> Iterator[PairRow]:
    for path in sorted((folder / "entailment").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        rows = read(path)
        train = [r for r in rows if r["fold"] < 8 and name not in TEST_ONLY]
        most, times = PUBLIC.get(name, (0, 0))
        random.shuffle(train)
        changed = changed_words(train) if name in ("bump", "summedits") else {}
        for row in train[:most]:
            for _ in range(times):
                yield pair_row(row, name, changed.get((row["premise"], row["hypothesis"])))
        for row in rows:
            if row["fold"] >= 8 or name in TEST_ONLY:
                yield pair_row(row, name, None, fold=9)


def pair_row(row: dict, name: str, changed, fold: int | None = None) -> PairRow:
    label = {"neutral": "neither"}.get(row["label"], row["label"])
    if label == "supported" and REPORTING.search(row["premise"]) and name not in ("ling_in_loop", "new_protocols"):
        label = "supported_or_attributed"
    return PairRow(row["hypothesis"], row["premise"], label, name, row["fold"] if fold is None else fold, changed)


def changed_words(rows: list[dict]) -> dict[tuple[str, str], tuple[tuple[int, int], ...]]:
    """Find what an edit changed, by the nearest supported hypothesis of the same group."""
    groups = defaultdict(list)
    for row in rows:
        if row["label"] == "supported":
            groups[row["group"]].append(row["hypothesis"])
    found = {}
    for row in rows:
        if row["label"] == "supported" or not groups[row["group"]]:
            continue
        best, ratio = None, 0.0
        ours = re.findall(r"\w+|[^\w\s]", row["hypothesis"])
        for other in groups[row["group"]]:
            matcher = SequenceMatcher(None, re.findall(r"\w+|[^\w\s]", other), ours, autojunk=False)
            if matcher.ratio() > ratio:
                best, ratio = matcher, matcher.ratio()
        if best is None or ratio < 0.75:
            continue
        offsets = [m.span() for m in re.finditer(r"\w+|[^\w\s]", row["hypothesis"])]
        spans = [
            (offsets[b1][0], offsets[b2 - 1][1])
            for tag, _, _, b1, b2 in best.get_opcodes()
            if tag in ("replace", "insert") and b2 > b1
        ]
        if spans:
            found[(row["premise"], row["hypothesis"])] = tuple(spans)
    return found


def written(folder: Path) -> Iterator[WrittenArticle]:
    from index.sentences import split_sentences
    from index.types import Span

    real = {}
    corpus = folder.parent / "bench/realtimeqa_2022/corpus.jsonl"
    for line in corpus.read_text().splitlines():
        article = json.loads(line)
        real[article["id"]] = article
    for path in sorted((folder / "written").glob("*.jsonl.gz")):
        for row in read(path):
            text = row if "text" in row else real[row["article_id"]]
            body = text["text"]
            spans = split_sentences(body, Span(start=0, end=len(body)))
            yield WrittenArticle(
                text["title"],
                text.get("outlet") or text.get("source") or "",
                (text.get("published") or "")[:10],
                tuple(" ".join(body[s.start : s.end].split()) for s in spans),
                tuple(row["claims"]),
                row["fold"],
                row.get("id") or row["article_id"],
            )


def header(article: WrittenArticle) -> str:
    """Head of a premise: title, outlet and date, as `service.grounding` writes it."""
    day = ""
    if len(article.published) == 10:
        year, month, number = article.published.split("-")
        day = f"{int(number)} {MONTHS[int(month) - 1]} {year}"
    where = ", ".join(part for part in (article.outlet, day) if part)
    return f"{article.title.rstrip('.')}. {where}. " if where else f"{article.title.rstrip('.')}. "


def window(article: WrittenArticle, wanted: list[int], random: Random) -> str:
    """Cut one to five sentences around the wanted ones."""
    first, last = min(wanted), max(wanted)
    if last - first > 4:
        chosen = sorted(wanted)[:5]
    else:
        size = random.choice((1, 2, 3, 3, 4, 5))
        extra = max(0, size - (last - first + 1))
        before = random.randint(0, extra)
        chosen = list(range(max(0, first - before), min(len(article.sentences), last + 1 + extra - before)))
    text = " ".join(article.sentences[i] for i in chosen)
    return header(article) + text if random.random() < 0.6 else text


def where(article: WrittenArticle, evidence: list[str]) -> list[int]:
    found = set()
    for quote in evidence:
        quote = " ".join(quote.split())
        for i, sentence in enumerate(article.sentences):
            if quote == sentence or quote in sentence or (len(sentence) > 20 and sentence in quote):
                found.add(i)
    return sorted(found)


LABEL = {
    "supported": "supported",
    "contradicted": "contradicted",
    "partly": "neither",
    "not_found": "neither",
    "needs_attribution": "attributed",
}


def balanced(article: WrittenArticle, others: list[WrittenArticle], random: Random) -> Iterator[PairRow]:
    """Yield an article's claims in windows, and as much again so that shared words do not tell the label."""

    def row(claim: str, premise: str, label: str, kind: str, changed=None) -> PairRow:
        return PairRow(claim, premise, label, "written", article.fold, changed, kind)

    sentences = article.sentences
    for claim in article.claims:
        text, label, kind = claim["claim"], LABEL[claim["label"]], f"{claim['label']}/{claim['kind']}"
        places = where(article, claim["evidence"])
        if not places:
            if label == "supported":
                continue
            places = [max(range(len(sentences)), key=lambda i: shared(text, sentences[i]))]
        changed = None
        if claim["label"] == "partly":
            changed = tail_of(text, " ".join(sentences[i] for i in places))
        yield row(text, window(article, places, random), label, kind, changed)
        if label == "supported":
            far = [i for i in range(len(sentences)) if all(abs(i - p) > 2 for p in places)]
            if far and random.random() < 0.6:
                near = max(far, key=lambda i: shared(text, sentences[i]) + random.random() * 0.2)
                yield row(text, window(article, [near], random), "neither", "no_evidence")
            for edit in edits(text, " ".join(sentences), random, 2):
                label_of = "neither" if edit.kind == "name" else "contradicted"
                yield row(
                    edit.text,
                    window(article, places, random),
                    "not_supported" if edit.kind in ("name", "roles") else label_of,
                    f"edit/{edit.kind}",
                    edit.changed,
                )
    for i in random.sample(range(len(sentences)), min(len(sentences), 6)):
        sentence = sentences[i]
        if len(sentence.split()) < 6:
            continue
        bare = flat(sentence)
        if bare:
            yield row(bare, window(article, [i], random), "attributed", "flat")
        short = shortened(sentence, random)
        yield row(short or sentence, window(article, [i], random), "supported", "copy")
        for edit in edits(short or sentence, " ".join(sentences), random, 1):
            yield row(edit.text, window(article, [i], random), "not_supported", f"copy_edit/{edit.kind}", edit.changed)
        other = random.choice(others)
        tail = with_tail(short or sentence, random.choice(other.sentences), random)
        if tail and random.random() < 0.5:
            yield row(tail.text, window(article, [i], random), "neither", "copy_tail", tail.changed)
    for _ in range(3):
        i, j = random.randrange(len(sentences)), random.randrange(len(sentences))
        edit = joined(sentences[i], sentences[j]) if i != j else None
        if edit:
            yield row(edit.text, window(article, [i, j], random), "neither", "joined", edit.changed)


def tail_of(claim: str, evidence: str) -> tuple[tuple[int, int], ...] | None:
    """Guess the invented part of a half-invented claim: the clause that shares fewest words with the evidence."""
    cut = list(re.finditer(r",? (?:and|but|which|who|after|because|while|as|with|where|when|so)\b|, ", claim))
    best, worst = None, 1.0
    for match in cut:
        words = re.findall(r"[a-z]{4,}|\d+", claim[match.start() :].casefold())
        if len(words) < 2:
            continue
        share = sum(w[:5] in evidence.casefold() for w in words) / len(words)
        if share < worst:
            best, worst = match, share
    return ((best.start(), len(claim)),) if best and worst < 0.34 else None


def shared(left: str, right: str) -> float:
    a, b = (set(re.findall(r"[a-z]{4,}|\d+", t.casefold())) for t in (left, right))
    return len(a & b) / (len(a) or 1)


def by_rule(rows: list[PairRow], random: Random, most: int) -> Iterator[PairRow]:
    """Yield edits of supported hypotheses on news text, each beside the supported one."""
    supported = [r for r in rows if r.source in NEWS and r.label.startswith("supported") and r.fold < 8]
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


def copies(rows: list[PairRow], random: Random, most: int) -> Iterator[PairRow]:
    """Yield sentences of news premises as claims about them: whole, shortened, flattened, joined and edited."""
    premises = sorted({(r.premise, r.fold) for r in rows if r.source in NEWS and r.fold < 8})
    random.shuffle(premises)
    made = 0
    for premise, fold in premises:
        sentences = [s for s in re.split(r"(?<=[.!?]) (?=[A-Z\"“])", premise) if 6 <= len(s.split()) <= 45]
        if not sentences:
            continue
        sentence = random.choice(sentences)
        short = shortened(sentence, random) or sentence
        yield PairRow(short, premise, "supported", "copies", fold, None, "copy")
        bare = flat(sentence)
        if bare:
            yield PairRow(bare, premise, "attributed", "copies", fold, None, "flat")
        for edit in edits(short, premise, random, 1):
            yield PairRow(edit.text, premise, "not_supported", "copies", fold, edit.changed, edit.kind)
        if len(sentences) > 1:
            edit = joined(*random.sample(sentences, 2))
            if edit:
                yield PairRow(edit.text, premise, "neither", "copies", fold, edit.changed, "joined")
        made += 3
        if made > most:
            return


def build(folder: Path, seed: int = 7) -> list[PairRow]:
    random = Random(seed)
    rows = list(public(folder, random))
    articles = list(written(folder))
    extra = [*by_rule(rows, random, 16000), *copies(rows, random, 12000)]
    for article in articles:
        for _ in range(1 if article.fold >= 8 else 2):
            extra += balanced(article, articles, random)
    return rows + extra


def main() -> None:
    from tokenizers import Tokenizer

    folder, out, tokenizer = map(Path, sys.argv[1:4])
    rows = build(folder)
    loaded = Tokenizer.from_file(str(tokenizer))
    loaded.no_truncation()
    loaded.no_padding()
    pack_pairs(rows, loaded, out)
    counts = defaultdict(int)
    for row in rows:
        counts[row.source, row.label, row.fold >= 8] += 1
    for key, count in sorted(counts.items()):
        print(*key, count)


if __name__ == "__main__":
    main()
