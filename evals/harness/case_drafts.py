"""Case drafting: generate questions from a user's articles, for a person to accept or delete.

The questions come from a dependency parse, not from a generative model: a sentence whose subject contains a name
becomes a question about that subject. Swapping in a name from another question gives one that should be refused.
"""

import json
import random
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from shutil import copyfile

import click
from pydantic import Field

from evals.data import DATA
from evals.harness.cases import Case, Gold
from index.errors import InputError
from index.reading import read_paths
from index.sentences import split_sentences
from index.types import Article, Record
from service.language.parsing import Parsed, Word, parse

TEMPLATES = DATA / "templates"
SENTENCE_WORDS = range(9, 31)
"""Length of sentences to ask about: shorter ones say too little, longer ones make several statements."""
MAX_SUBJECT_WORDS = 8
SUBJECT_RELATIONS = frozenset({"nsubj", "nsubjpass"})
SUBJECT_TAGS = frozenset({"NOUN", "PROPN"})


class DraftedQuestion(Record):
    """DraftedQuestion: a question generated from a parse, with the sentence that answers it."""

    article_id: str
    question: str
    answer: str
    quote: str
    names: tuple[str, ...] = Field(description="Of the question: what a near miss has otherwise.")


def draft(articles: Sequence[Article], per_article: int, seed: int = 0) -> list[Case]:
    """Return answerable questions, then near misses, all unaccepted; deterministic for the same articles and seed."""
    rng = random.Random(seed)
    found = [each for article in articles for each in _sampled(article, per_article, rng)]
    cases = [_answerable(number, each) for number, each in enumerate(found, start=1)]
    return [*cases, *_near_misses(found, articles, rng)]


def _sampled(article: Article, limit: int, rng: random.Random) -> list[DraftedQuestion]:
    every = list(questions(article))
    return every if len(every) <= limit else [every[i] for i in sorted(rng.sample(range(len(every)), limit))]


def questions(article: Article) -> Iterator[DraftedQuestion]:
    """Yield a question about the subject of each suitable sentence."""
    for paragraph in article.body:
        for span in split_sentences(article.text, paragraph):
            sentence = " ".join(span.of(article.text).split())
            if len(sentence.split()) in SENTENCE_WORDS and sentence[-1] == "." and not set(sentence) & set('“”"()[]'):
                yield from _subject_question(article.id, span.of(article.text), parse(sentence))


def _subject_question(article_id: str, quote: str, sentence: Parsed) -> Iterator[DraftedQuestion]:
    root = next((word for word in sentence.words if word.dep == "ROOT"), None)
    subject = root and next(
        (sentence.words[i] for i in sentence.children[root.index] if _is_named_subject(sentence, i)), None
    )
    if root is None or subject is None or root.pos not in ("VERB", "AUX"):
        return
    tree = sorted(sentence.subtree(subject.index))
    rest = sentence.words[tree[-1] + 1 :]
    names = tuple(dict.fromkeys(_names(sentence.text, rest)))
    if tree[0] != 0 or tree != list(range(len(tree))) or not names or rest[0].pos == "PUNCT":
        return
    answer = sentence.text[: sentence.words[tree[-1]].end]
    predicate = sentence.text[rest[0].start :].rstrip(".")
    yield DraftedQuestion(
        article_id=article_id, question=f"Who or what {predicate}?", answer=_bare(answer), quote=quote, names=names
    )


def _is_named_subject(sentence: Parsed, index: int) -> bool:
    """Whether the word heads a subject that contains a name and is short enough to be an answer."""
    word, tree = sentence.words[index], sentence.subtree(index)
    named = any(sentence.words[i].is_name for i in tree)
    return word.dep in SUBJECT_RELATIONS and word.pos in SUBJECT_TAGS and named and len(tree) <= MAX_SUBJECT_WORDS


def _names(text: str, words: Sequence[Word]) -> Iterator[str]:
    """Yield the names among the words; adjacent name words form one name."""
    for named, run in groupby(words, key=lambda word: word.is_name):
        if named:
            own = list(run)
            yield text[own[0].start : own[-1].end]


def _bare(answer: str) -> str:
    first, _, rest = answer.strip(" ,;").partition(" ")
    return rest if first.lower() in ("the", "a", "an") and rest else answer.strip(" ,;")


def _answerable(number: int, drafted: DraftedQuestion) -> Case:
    return Case(
        id=f"draft-{number:03}",
        question=drafted.question,
        answerable=True,
        answers=(drafted.answer,),
        type="drafted",
        evidence_doc_ids=(drafted.article_id,),
        evidence=(Gold(doc_id=drafted.article_id, quote=drafted.quote),),
        accepted=False,
        origin="drafted",
    )


def _near_misses(found: Sequence[DraftedQuestion], articles: Sequence[Article], rng: random.Random) -> Iterator[Case]:
    """Yield every third question with one name replaced.

    The new name comes from another question and shares no sentence with the original answer.
    """
    texts = [sentence for article in articles for sentence in article.text.split(".")]
    names = sorted({name for each in found for name in each.names})
    for number, each in enumerate(found[::3], start=1):
        others = [name for name in names if not any(name in text and each.answer in text for text in texts)]
        if others:
            question = each.question.replace(each.names[-1], rng.choice(others), 1)
            note = "made from another question by changing a name: accept it only if no article answers it"
            yield Case(
                id=f"draft-miss-{number:03}",
                question=question,
                answerable=False,
                type="near_miss",
                accepted=False,
                origin="drafted",
                note=note,
            )


def as_lines(cases: Sequence[Case]) -> str:
    """Serialise cases as JSON lines without default values, but always with `accepted`."""
    rows = [{**case.model_dump(exclude_defaults=True), "accepted": case.accepted} for case in cases]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@click.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--to", type=click.Path(path_type=Path), default=Path("footnote-evals"), show_default=True)
@click.option(
    "--per-article", type=click.IntRange(1), default=3, show_default=True, help="Questions from each article."
)
def init(paths: tuple[Path, ...], to: Path, per_article: int) -> None:
    """Draft questions from your own articles, and lay a GitHub workflow and a pre-commit hook beside them.

    No drafted case is run until you have read it: correct it and accept it, or delete its line.
    """
    articles = []
    for each in read_paths(paths):
        if isinstance(each, InputError):
            raise each
        articles.append(each)
    if (to / "cases.jsonl").exists():
        raise InputError(
            f"{str(to / 'cases.jsonl')!r} exists and may hold your decisions; name another folder with --to"
        )
    cases = draft(articles, per_article)
    if not cases:
        raise InputError("no sentence of these articles makes a question; write cases by hand (README, Add something)")
    to.mkdir(parents=True, exist_ok=True)
    (to / "cases.jsonl").write_text(as_lines(cases), encoding="utf-8")
    for template in sorted(TEMPLATES.iterdir()):
        copyfile(template, to / template.name)
    click.echo(f"{len(cases)} drafts from {len(articles)} articles in {str(to / 'cases.jsonl')!r}; none is run yet")
    click.echo('accept each by "accepted": true, or delete its line, then:')
    click.echo(f"  footnote eval run --corpus {paths[0]} --cases {to / 'cases.jsonl'}")
    click.echo(f"  footnote eval compare --suite {to.name} --baselines {to} --accept")
