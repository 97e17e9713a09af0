"""Text extraction (`footnote study extraction FOLDER`): the body of pages and PDFs compared with texts made by hand.

FOLDER has `ground-truth.json` and `html/ID.html.gz`, as the public article-extraction-benchmark has, or PDFs each with
its text beside it as `NAME.txt`. No such text is committed.
"""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import click

from evals.studies.study_verb import study
from index.errors import InputError
from index.reading import RawFile, read_raw
from index.types import Article, Record

GRAM = 4
MIN_SENTENCE_WORDS = 4
SENTENCE_BREAK = re.compile(r"(?<=[.!?])[\"'”’)]* +(?=[A-Z\"'“‘(])")
QUOTES = str.maketrans("“”„‘’", '"""\'\'')


class Extraction(Record):
    """Extraction of one page: precision and recall of the 4-grams of its body."""

    name: str
    precision: float
    recall: float

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0


@study.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True, file_okay=False))
def extraction(folder: Path) -> None:
    """Print how much of the text of pages and PDFs is read right."""
    pages = list(page_extractions(folder)) if (folder / "ground-truth.json").exists() else []
    if pages:
        precision = sum(each.precision for each in pages) / len(pages)
        recall = sum(each.recall for each in pages) / len(pages)
        mean = sum(each.f1 for each in pages) / len(pages)
        click.echo(
            f"{len(pages)} pages: precision {precision:.3f}, recall {recall:.3f}, F1 of these "
            f"{2 * precision * recall / (precision + recall):.3f}, mean F1 {mean:.3f}"
        )
        for each in sorted(pages, key=lambda page: page.f1)[:10]:
            click.echo(f"  {each.f1:.2f}  {each.name}")
    whole = [sentences_in_order(path) for path in sorted(folder.glob("*.pdf")) if path.with_suffix(".txt").exists()]
    if whole:
        found, total = sum(right for right, _ in whole), sum(count for _, count in whole)
        click.echo(f"{len(whole)} PDFs: {found} of {total} sentences whole and in order ({found / max(total, 1):.3f})")
    if not pages and not whole:
        raise InputError(f"{str(folder)!r} has no ground-truth.json and no PDF with its text beside it")


def page_extractions(folder: Path) -> Iterator[Extraction]:
    """Yield the extraction of each page that is not refused."""
    for name, known in sorted(json.loads((folder / "ground-truth.json").read_text(encoding="utf-8")).items()):
        content = gzip.decompress((folder / "html" / f"{name}.html.gz").read_bytes())
        paragraphs = _body(RawFile(id=name, name=name, content=content, suffix=".html", url=known.get("url")))
        if paragraphs:
            precision, recall = overlap(known["articleBody"], "\n".join(paragraphs))
            yield Extraction(name=name, precision=precision, recall=recall)


def overlap(text: str, found: str) -> tuple[float, float]:
    """Return precision and recall of the 4-grams of words."""
    expected, got = _grams(text), _grams(found)
    common = sum((expected & got).values())
    return common / max(sum(got.values()), 1), common / max(sum(expected.values()), 1)


def sentences_in_order(path: Path) -> tuple[int, int]:
    """Return how many sentences of a PDF are read whole and in order, and how many it has."""
    found = "\n".join(_plain(each) for each in _body(RawFile(id="a", name=path.name, content=path.read_bytes())))
    right = total = at = 0
    for line in path.with_suffix(".txt").read_text(encoding="utf-8").splitlines():
        for sentence in SENTENCE_BREAK.split(_plain(line)):
            if len(sentence.split()) >= MIN_SENTENCE_WORDS and re.search(r"[.!?…][\"')]*$", sentence):
                total += 1
                place = found.find(sentence, at)
                if place >= 0:
                    right, at = right + 1, place
    return right, total


def _grams(text: str) -> Counter[tuple[str, ...]]:
    words = re.findall(r"\w+", text)
    size = min(GRAM, len(words)) or 1
    return Counter(tuple(words[i : i + size]) for i in range(len(words) - size + 1))


def _plain(text: str) -> str:
    return " ".join(text.translate(QUOTES).split())


def _body(raw: RawFile) -> list[str]:
    articles = (item for item in read_raw(raw) if isinstance(item, Article))
    return [span.of(article.text) for article in articles for span in article.body]
