"""Reader cases: turn an answer that a reader found wrong into an evaluation case."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import click

from evals.harness.case_lines import as_lines
from evals.harness.cases import Case, Gold, read_records
from evals.harness.text_matching import contains, locate
from index.errors import InputError
from service.answering.replay import read_reference
from service.answering.types import Answer
from service.cli.options import own_or_served
from service.runtime.settings import Settings
from service.workspace_client import WorkspaceClient

ARTICLES_PER_PAGE = 200


def as_case(
    workspace: WorkspaceClient,
    then: Answer,
    *,
    answers: Sequence[str],
    wrong: Sequence[str],
    quotes: Sequence[str],
    unanswerable: bool,
) -> Case:
    """Build a case from a recorded answer and a person's correction.

    Raises:
        InputError: if the case would be incomplete, or no article contains a quotation.
    """
    if unanswerable == bool(answers or quotes):
        raise InputError("say what is right: --answer TEXT with --evidence SENTENCE, or --unanswerable")
    if not unanswerable and not (answers and quotes):
        lacking = "--evidence SENTENCE, copied from the article that answers" if answers else "--answer TEXT"
        raise InputError(f"the case is incomplete: add {lacking}")
    if (right := contains(then.text, answers)) and then.verdict == "answered" and not wrong:
        raise InputError(f"the answer already holds {right!r}; say with --wrong TEXT what is wrong in it")
    gold = tuple(_gold(workspace, then, quote) for quote in quotes)
    as_of = then.receipt.settings.get("as_of")
    return Case(
        id=f"reader-{then.receipt.id[:12]}",
        question=then.asked or then.question,
        answerable=not unanswerable,
        answers=tuple(answers),
        wrong_answers=tuple(wrong),
        type="reader",
        evidence_doc_ids=tuple(dict.fromkeys(each.doc_id for each in gold)),
        evidence=gold,
        as_of=as_of if isinstance(as_of, str) else None,
        tags=("reader",),
        origin="reader",
    )


def _gold(workspace: WorkspaceClient, then: Answer, quote: str) -> Gold:
    """Find the article that contains the quote, preferring those that the answer cites, and return it as gold."""
    named = dict.fromkeys(citation.article_id for citation in (*then.citations, *then.closest))
    stored = set(_article_ids(workspace))
    for article_id in (*(each for each in named if each in stored), *sorted(stored - named.keys())):
        place = locate(Gold(doc_id=article_id, quote=quote), text := workspace.article(article_id).text)
        if place is not None:
            return Gold(doc_id=article_id, quote=text[place.start : place.end])
    raise InputError(f"no article holds {quote[:60]!r}; copy the sentence from the article as it stands")


def _article_ids(workspace: WorkspaceClient) -> list[str]:
    found: list[str] = []
    while page := workspace.articles(ARTICLES_PER_PAGE, len(found)).articles:
        found += [listed.id for listed in page]
    return found


@click.command()
@click.argument("receipt")
@click.option("--answer", "answers", multiple=True, help="What a right answer holds; several are spellings of one.")
@click.option("--wrong", multiple=True, help="What the wrong answer said.")
@click.option("--evidence", "quotes", multiple=True, help="The sentence that answers, copied from its article.")
@click.option("--unanswerable", is_flag=True, help="The collection does not answer it: it should have been refused.")
@click.option("--to", type=click.Path(path_type=Path), default=Path("footnote-evals/cases.jsonl"), show_default=True)
@click.pass_obj
def add(
    settings: Settings,
    receipt: str,
    answers: tuple[str, ...],
    wrong: tuple[str, ...],
    quotes: tuple[str, ...],
    unanswerable: bool,
    to: Path,
) -> None:
    """Make a case of an answer that was wrong, named by its receipt or by a file from `footnote ask --json`."""
    with closing(own_or_served(settings)) as workspace:
        then = workspace.replay(read_reference(receipt)).then
        case = as_case(workspace, then, answers=answers, wrong=wrong, quotes=quotes, unanswerable=unanswerable)
    if to.exists() and any(each.id == case.id for each in read_records(to, Case)):
        raise InputError(f"{case.id!r} is in {str(to)!r} already; edit its line there")
    to.parent.mkdir(parents=True, exist_ok=True)
    with to.open("a", encoding="utf-8") as file:
        file.write(as_lines([case]))
    click.echo(f"added {case.id} to {str(to)!r}: {case.question}")
