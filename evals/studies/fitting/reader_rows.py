"""Reader training rows: public questions over passages, written articles, and passages that nearly answer.

python -m evals.studies.fitting.reader_rows TRAIN_DIR OUT.npz TOKENIZER.json
"""

import json
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from random import Random

from evals.studies.fitting.entailment_rows import WrittenArticle, header, read, shared, where, written
from evals.studies.fitting.judge_rows import PassageRow, pack_passages

NEAR_MISSES = re.compile(r"near_miss|false_premise|premise|missing")


def group_fold(name: str) -> int:
    import hashlib

    return int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10


def loosely(question: str, random: Random) -> str:
    """Write a question as people type it: lower case, no mark, words left out or mistyped."""
    if random.random() < 0.55:
        return question
    words = question.rstrip("?").split() if random.random() < 0.7 else question.split()
    if random.random() < 0.6:
        words = [w.lower() for w in words]
    if random.random() < 0.25:
        words = [
            w for w in words if w.lower() not in ("the", "a", "an", "did", "does", "do", "is", "was", "of")
        ] or words
    if random.random() < 0.2:
        long = [i for i, w in enumerate(words) if len(w) > 4]
        if long:
            i = random.choice(long)
            j = random.randrange(1, len(words[i]) - 1)
            word = words[i]
            words[i] = random.choice((word[:j] + word[j + 1 :], word[:j] + word[j + 1] + word[j] + word[j + 2 :]))
    return " ".join(words)


def span_of(answer: str | None, context: str, start: int | None = None) -> tuple[tuple[int, int], ...]:
    """All ranges of the answer's words in the passage."""
    if not answer:
        return ()
    if start is not None:
        return ((start, start + len(answer)),)
    return tuple((m.start(), m.end()) for m in re.finditer(re.escape(answer), context))[:3]


def squad(folder: Path, random: Random) -> Iterator[PassageRow]:
    paragraphs = {}
    by_title = defaultdict(list)
    for line in (folder / "squad2_paragraphs.jsonl").read_text().splitlines():
        row = json.loads(line)
        paragraphs[row["id"]] = row
        by_title[row["title"]].append(row["id"])
    for line in (folder / "squad2_questions.jsonl").read_text().splitlines():
        row = json.loads(line)
        paragraph = paragraphs[row["paragraph"]]
        # The source's own split has "test" articles: they are held out here.
        fold = 9 if paragraph["split"] == "test" else group_fold(paragraph["title"]) % 8
        text, answers = paragraph["text"], row["answers"] or []
        shortest = min(answers, key=lambda a: len(a[1]), default=None)
        spans = tuple((s, s + len(t)) for s, t in (answers if fold == 9 else answers[:3])) if shortest else ()
        yield PassageRow(loosely(row["question"], random) if fold < 8 else row["question"], text, spans, "squad2", fold)
        if fold < 8 and row["answerable"] and random.random() < 0.35:
            others = [p for p in by_title[paragraph["title"]] if p != row["paragraph"]]
            if others:
                near = max(
                    random.sample(others, min(6, len(others))),
                    key=lambda p: shared(row["question"], paragraphs[p]["text"]),
                )
                other = paragraphs[near]["text"]
                if not any(a[1].casefold() in other.casefold() for a in answers):
                    yield PassageRow(loosely(row["question"], random), other, (), "squad2_near", fold)


def selqa(folder: Path, random: Random) -> Iterator[PassageRow]:
    for line in (folder / "selqa.jsonl").read_text().splitlines():
        row = json.loads(line)
        fold = 9 if row["split"] == "test" else group_fold(row["title"]) % 8
        spans, text = [], ""
        first = max(0, min(row["positive"], default=0) - random.randint(0, 4))
        for i, sentence in enumerate(row["sentences"][first : first + 8], first):
            if i in row["positive"]:
                spans.append((len(text), len(text) + len(sentence)))
            text += sentence + " "
        question = loosely(row["question"], random) if fold < 8 else row["question"]
        yield PassageRow(question, text.strip(), tuple(spans), "selqa", fold, sentences_only=True)


def questions(folder: Path, random: Random) -> Iterator[PassageRow]:
    for path in sorted((folder / "questions").glob("*.jsonl.gz")):
        name = path.name.removesuffix(".jsonl.gz")
        rows = read(path)
        contexts = defaultdict(list)
        for row in rows:
            if row["context"] not in contexts[row["group"]]:
                contexts[row["group"]].append(row["context"])
        short = name in ("qamr", "qed_sentence")
        everywhere = [c for found in contexts.values() for c in found]
        for row in rows:
            fold = 9 if name == "qed" and row["split"] == "dev" else row["fold"]
            if name == "qed_sentence" and row["split"] == "dev":
                continue
            if name == "quoref_contrast" and row["answer"]:
                row = near_answer(row)
            context = row["context"]
            if name == "qamr" and random.random() < 0.45 and fold < 8:
                continue
            held = fold >= 8
            question = row["question"] if held else loosely(row["question"], random)
            if short and not held and random.random() < 0.7:
                context = surrounded(context, row, contexts[row["group"]], everywhere, random)
            yield PassageRow(question, context, span_of(row["answer"], context), name, fold, kind=row["source"])


def near_answer(row: dict) -> dict:
    """Cut a long context to 160 words that hold the answer."""
    words = list(re.finditer(r"\S+", row["context"]))
    at = row["context"].find(row["answer"])
    first = next((i for i, w in enumerate(words) if w.end() > at), 0)
    begin = words[max(0, first - 110)].start()
    end = words[min(len(words) - 1, first + 45)].end()
    return row | {"context": row["context"][begin:end]}


def surrounded(context: str, row: dict, same: list[str], everywhere: list[str], random: Random) -> str:
    """Put a lone sentence among others, so that the reader must find it."""
    others = [c for c in random.sample(same, min(3, len(same))) if c != context]
    while len(others) < 3:
        others.append(random.choice(everywhere))
    others = [o for o in others if len(o.split()) < 60 and not (row["answer"] and row["answer"] in o)]
    at = random.randint(0, len(others))
    return " ".join([*others[:at], context, *others[at:]])


def passages(article: WrittenArticle, random: Random) -> list[list[int]]:
    """Cut an article into passages of about 60 to 130 words, as the chunker does."""
    found, current, words = [], [], 0
    most = random.choice((60, 90, 130))
    for i, sentence in enumerate(article.sentences):
        n = len(sentence.split())
        if current and words + n > most:
            found.append(current)
            keep = current[-1:] if random.random() < 0.5 else []
            current, words = keep, sum(len(article.sentences[k].split()) for k in keep)
        current.append(i)
        words += n
    return [*found, current]


def place(article: WrittenArticle, chosen: list[int], headed: bool) -> tuple[str, dict[int, int]]:
    text = header(article) if headed else ""
    starts = {}
    for i in chosen:
        starts[i] = len(text)
        text += article.sentences[i] + " "
    return text.rstrip(), starts


def ours(articles: list[WrittenArticle], folder: Path, random: Random) -> Iterator[PassageRow]:
    """Questions of the written articles: passages that answer, the article's others, and near ones of other articles."""
    asked = {}
    for path in sorted((folder / "written").glob("*.jsonl.gz")):
        for row in read(path):
            asked[row.get("id") or row["article_id"]] = row["questions"]
    index = NearArticles(articles)
    for article in articles:
        held = article.fold >= 8
        for question in asked[article.id]:
            for _ in range(1 if held else 2):
                yield from rows_of(article, question, index, held, random)


def rows_of(
    article: WrittenArticle, question: dict, index: "NearArticles", held: bool, random: Random
) -> Iterator[PassageRow]:
    cut = passages(article, random)
    evidence = where(article, question["evidence"]) if question["evidence"] else []
    kind = question["kind"]

    def row(chosen: list[int], of: WrittenArticle, answered: bool, name: str) -> PassageRow | None:
        text, starts = place(of, chosen, headed=held or random.random() < 0.75)
        spans: tuple[tuple[int, int], ...] = ()
        if answered:
            inside = [i for i in evidence if i in starts]
            spans = tuple(
                (starts[i] + m.start(), starts[i] + m.end())
                for i in inside
                for m in re.finditer(re.escape(" ".join(question["answer"].split())), of.sentences[i])
            )
            if not spans:
                return None
        asked = question["question"] if held else loosely(question["question"], random)
        return PassageRow(asked, text, spans, "written", of.fold if held else article.fold, kind=name)

    if question["answer"]:
        for chosen in cut:
            carries = [i for i in chosen if i in evidence]
            found = row(chosen, article, True, kind) if carries else None
            if found:
                yield found
                break
        empty = [c for c in cut if not set(c) & set(evidence)]
        empty = [c for c in empty if question["answer"].casefold() not in place(article, c, False)[0].casefold()]
        if empty:
            best = max(
                empty, key=lambda c: shared(question["question"], place(article, c, False)[0]) + random.random() * 0.2
            )
            yield row(best, article, False, "same_article")  # type: ignore[misc]
        if random.random() < 0.4 and not held:
            other = index.near(article, question["question"], random)
            found = max(passages(other, random), key=lambda c: shared(question["question"], place(other, c, False)[0]))
            if question["answer"].casefold() not in place(other, found, False)[0].casefold():
                yield row(found, other, False, "other_article")  # type: ignore[misc]
    else:
        ranked = sorted(
            cut, key=lambda c: -shared(question["question"], place(article, c, False)[0]) - random.random() * 0.1
        )
        for chosen in ranked[: 1 if held else 2]:
            yield row(chosen, article, False, f"near_miss/{kind}")  # type: ignore[misc]


class NearArticles:
    """Articles that share rare words with a question: what retrieval would bring beside the right one."""

    def __init__(self, articles: list[WrittenArticle]) -> None:
        self.articles = articles
        self.words = [set(re.findall(r"[a-z]{4,}", " ".join(a.sentences).casefold())) for a in articles]
        self.counts = Counter(w for words in self.words for w in words)

    def near(self, own: WrittenArticle, question: str, random: Random) -> WrittenArticle:
        wanted = [w for w in re.findall(r"[a-z]{4,}", question.casefold()) if w in self.counts]
        sample = random.sample(range(len(self.articles)), min(150, len(self.articles)))
        sample = [i for i in sample if self.articles[i].id[:5] != own.id[:5] and self.articles[i].fold < 8]
        best = max(
            sample, key=lambda i: sum(1 / self.counts[w] for w in wanted if w in self.words[i]) + random.random() * 0.01
        )
        return self.articles[best]


def main() -> None:
    from tokenizers import Tokenizer

    folder, out, tokenizer = map(Path, sys.argv[1:4])
    random = Random(11)
    rows = [*squad(folder, random), *selqa(folder, random), *questions(folder, random)]
    rows += [r for r in ours(list(written(folder)), folder, random) if r is not None]
    loaded = Tokenizer.from_file(str(tokenizer))
    loaded.no_truncation()
    loaded.no_padding()
    pack_passages(rows, loaded, out)
    counts = Counter((r.source, bool(r.answers), r.fold >= 8) for r in rows)
    for key, count in sorted(counts.items()):
        print(*key, count)


if __name__ == "__main__":
    main()
