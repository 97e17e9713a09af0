"""Query commands of the CLI: ask, brief, replay, check, search."""

import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal, TextIO

import click

from index.errors import InputError, NotFound
from index.types import Filters
from service.answering.replay import read_reference
from service.answering.types import Question
from service.briefing.types import BriefLength
from service.checking.types import CheckBegun, CheckEvent, CheckReport, CheckVerdict
from service.cli.brief_topics import BriefTopic, read_topics, write_briefs
from service.cli.options import BRIEFS, as_document, as_json, document_format, filters, with_workspace, write_document
from service.cli.root import complain, footnote, show
from service.rendering import checked_draft, terminal
from service.rendering.export import DRAFT_TITLE, BriefFormat, Exported, export_answers, export_brief, export_draft
from service.workspace_client import WorkspaceClient

Document = Literal["md", "docx", "csl"]
DOCUMENTS: tuple[Document, ...] = ("md", "docx", "csl")
MIN_PROGRESS = 5
"""Fewest sentences of a draft whose verdicts are shown while the rest is checked."""
COLOURS: dict[CheckVerdict, str] = {
    "supported": "green", "needs_attribution": "yellow", "altered_quote": "yellow", "contradicted": "red"
}  # fmt: skip
"""Colours of the verdicts: red is for what an article contradicts, and for nothing else."""


@footnote.command()
@click.argument("question")
@filters
@click.option("--trace", is_flag=True, help="Show each step of the pipeline with its time.")
@click.option(
    "--style",
    type=click.Choice(["auto", "compose", "quote"]),
    default="auto",
    show_default=True,
    help="quote: exact words only; compose: the model writes; auto: as fits.",
)
@click.option(
    "--conversation",
    metavar="ID",
    help="A conversation to continue, or to begin under this id; `new` begins one under a new id.",
)
@as_document(*DOCUMENTS)
@as_json
@with_workspace
def ask(
    workspace: WorkspaceClient,
    question: str,
    style: str,
    conversation: str | None,
    trace: bool,
    json_: bool,
    form: Document | None,
    out: Path | None,
    **chosen: str | None,
) -> None:
    """Answer a question with the exact words behind every sentence.

    In a conversation, a follow-up ("And in 2018?") is rewritten from the questions and answers before it, and the
    answer shows how.
    """
    form = document_format(form, out, *DOCUMENTS)
    fields = {"text": question, "style": style, "conversation": conversation, "trace": trace}
    answer = workspace.ask(Question.model_validate({**fields, "filters": Filters.model_validate(chosen)}))
    if form is None:
        show(answer, lambda: terminal.answer(answer), json_)
    else:
        write_document(export_answers(answer.question, [answer], form), out)


@footnote.command()
@click.argument("topic", required=False)
@filters
@click.option("--format", "form", type=click.Choice(BRIEFS), help="[default: as the ending of FILE says, else md]")
@click.option("--length", type=click.Choice(["page", "summary"]), help="All parts, or ten lines.  [default: page]")
@click.option("--since-last", is_flag=True, help="Begin with what is new since the last brief on the topic.")
@click.option("--all", "all_", type=click.Path(path_type=Path), metavar="TOPICS.TOML", help="A brief on each topic.")
@click.option("--out", type=click.Path(path_type=Path), help="A file; with --all a folder.  [default for it: briefs]")
@with_workspace
def brief(
    workspace: WorkspaceClient,
    topic: str | None,
    form: BriefFormat | None,
    length: BriefLength | None,
    since_last: bool,
    all_: Path | None,
    out: Path | None,
    **chosen: str | None,
) -> None:
    """Write a page on a TOPIC: what is known, since when, from whom, where sources differ, what is not known.

    Every line has its footnote. `csl` gives the cited articles for a reference manager. With --all, each topic of a
    file gets a page in a folder, compared with its last one; a failed topic does not stop the others.
    """
    if (topic is None) == (all_ is None):
        raise click.UsageError("name a TOPIC, or --all TOPICS.TOML")
    if all_ is None:
        form = document_format(form, out, *BRIEFS)
    given: dict[str, Any] = {
        name: value for name, value in {**chosen, "format": form, "length": length}.items() if value is not None
    }
    if all_ is not None:
        brief_all(workspace, all_, out or Path("briefs"), given)
        return
    chosen_topic = BriefTopic.model_validate({"topic": topic, "since_last": since_last, **given})
    write_document(export_brief(workspace.brief(chosen_topic.to_request()), chosen_topic.format), out)


def brief_all(workspace: WorkspaceClient, topics: Path, out: Path, given: dict[str, Any]) -> None:
    """Write a brief on every topic of the file; after the last, exit with 1 if any failed."""
    failed = False
    for outcome in write_briefs(
        workspace.brief, read_topics(topics, given), out, lambda line: click.echo(line, err=True)
    ):
        if outcome.error is not None:
            failed = True
            complain(f"{outcome.topic}: {outcome.error}")
        else:
            click.echo(outcome.file)
    if failed:
        sys.exit(1)


@footnote.command()
@click.argument("receipt")
@as_json
@with_workspace
def replay(workspace: WorkspaceClient, receipt: str, json_: bool) -> None:
    """Answer the question of a RECEIPT again, or write its brief again, and say what differs and why.

    RECEIPT is an id, or a file saved from `footnote ask --json`. A brief is written on its filters and day, and the new
    one is not kept. Exits with 0 whether the result is the same or not: a difference is a result, not an error.
    """
    found = workspace.replay_answer_or_brief(read_reference(receipt))
    show(found, lambda: terminal.replay(found), json_)


@footnote.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@filters
@as_document(*DOCUMENTS)
@as_json
@with_workspace
def check(
    workspace: WorkspaceClient,
    file: TextIO,
    json_: bool,
    form: Document | None,
    out: Path | None,
    **chosen: str | None,
) -> None:
    """Check a draft (FILE, or - for standard input) against the collection, sentence by sentence.

    Each sentence is supported, likely supported (compare), in need of attribution, partly supported, contradicted (with
    what the article says), an altered quote (with the difference), or not found. Verdicts of a long draft are shown on
    standard error as soon as they are known. Exit code 0 whatever was found. As a document it is the draft itself, with
    the sources and the reason of each verdict in footnotes.
    """
    form = document_format(form, out, *DOCUMENTS)
    try:
        text = file.read()
    except UnicodeDecodeError as error:
        raise InputError(
            f"{file.name!r} is not plain text; save it as .txt in UTF-8, or paste the draft under Check on the page"
        ) from error
    report = _checked(workspace.check_stream(text, Filters.model_validate(chosen)))
    if form is None:
        show(report, lambda: checked_draft.as_text(report, paint=_paint), json_)
    else:
        write_document(export_draft(text, report, form, title=_title(file.name)), out)


def _title(file_name: str) -> str:
    return DRAFT_TITLE if file_name in ("-", "<stdin>") else Path(file_name).stem


def _paint(text: str, verdict: CheckVerdict) -> str:
    """Give a text the colour of a verdict; it is left out where the output is no terminal."""
    return click.style(text, fg=COLOURS.get(verdict), dim=verdict == "not_found")


def _checked(events: Iterator[CheckEvent]) -> CheckReport:
    """Return the report at the end of a check; what is found on the way goes to standard error, if there is much."""
    total, done = 0, 0
    for event in events:
        if isinstance(event, CheckReport):
            return event
        if isinstance(event, CheckBegun):
            total = event.sentences
        else:
            done += 1
            if total >= MIN_PROGRESS:
                click.echo(f"{done} of {total} {checked_draft.verdict_line(event, _paint)}", err=True)
    raise InputError("the check ended without a report; check again")


@footnote.command("export")
@click.argument("kept", metavar="ID")
@as_document(*BRIEFS)
@with_workspace
def export_(workspace: WorkspaceClient, kept: str, form: BriefFormat | None, out: Path | None) -> None:
    """Write a kept conversation, answer or brief as a document.

    ID is the id of a conversation, or of the receipt of an answer or brief. Footnotes of a whole conversation are
    numbered consecutively.
    """
    form = document_format(form, out, *BRIEFS) or "md"
    write_document(_export_kept(workspace, kept, form), out)


def _export_kept(workspace: WorkspaceClient, kept: str, form: BriefFormat) -> Exported:
    """Export what is kept under an id; raises InputError when nothing is, or when only a brief has that format."""
    with suppress(NotFound):
        return export_brief(workspace.brief_archive.brief(kept), form)
    if form == "html":
        raise InputError("only a brief is exported as html; choose md or docx")
    with suppress(NotFound):
        answer = workspace.kept_answer(kept)
        return export_answers(answer.question, [answer], form)
    try:
        found = workspace.conversation(kept)
    except NotFound:
        raise NotFound(f"no conversation, answer or brief {kept!r} is kept here; ask, and name its receipt") from None
    return export_answers(found.title, [turn.answer for turn in found.history if turn.answer is not None], form)


@footnote.command()
@click.argument("query")
@filters
@click.option("--limit", type=click.IntRange(1, 50), default=5, show_default=True)
@as_json
@with_workspace
def search(workspace: WorkspaceClient, query: str, limit: int, json_: bool, **chosen: str | None) -> None:
    """Show the passages nearest to a query, without writing an answer."""
    found = workspace.search(query, limit, Filters.model_validate(chosen))
    show(found, lambda: terminal.results(found), json_)
