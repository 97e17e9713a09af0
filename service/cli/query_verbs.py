"""Query commands of the CLI: ask, brief, replay, check, search."""

import sys
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, TextIO

import click

from index.errors import InputError
from index.types import Filters
from service.answering.replay import read_reference
from service.answering.types import Question
from service.briefing.types import BriefLength
from service.checking.types import CheckBegun, CheckEvent, CheckReport, CheckVerdict
from service.cli.brief_topics import BriefTopic, Format, read_topics, render_brief, write_briefs
from service.cli.options import as_json, filters, with_workspace
from service.cli.root import complain, footnote, show
from service.rendering import checked_draft, terminal
from service.rendering.escaping import printable
from service.workspace_client import WorkspaceClient

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
@as_json
@with_workspace
def ask(
    workspace: WorkspaceClient,
    question: str,
    style: str,
    conversation: str | None,
    trace: bool,
    json_: bool,
    **chosen: str | None,
) -> None:
    """Answer a question with the exact words behind every sentence.

    In a conversation, a follow-up ("And in 2018?") is rewritten from the questions and answers before it, and the
    answer shows how.
    """
    fields = {"text": question, "style": style, "filters": chosen, "conversation": conversation, "trace": trace}
    answer = workspace.ask(Question.model_validate(fields))
    show(answer, lambda: terminal.answer(answer), json_)


@footnote.command()
@click.argument("topic", required=False)
@filters
@click.option("--format", "format_", type=click.Choice(["md", "html", "json", "csl"]), help="[default: md]")
@click.option("--length", type=click.Choice(["page", "summary"]), help="All parts, or ten lines.  [default: page]")
@click.option("--since-last", is_flag=True, help="Begin with what is new since the last brief on the topic.")
@click.option("--all", "all_", type=click.Path(path_type=Path), metavar="TOPICS.TOML", help="A brief on each topic.")
@click.option("--out", type=click.Path(path_type=Path), help="A file; with --all a folder.  [default for it: briefs]")
@with_workspace
def brief(
    workspace: WorkspaceClient,
    topic: str | None,
    format_: Format | None,
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
    given: dict[str, Any] = {
        name: value for name, value in {**chosen, "format": format_, "length": length}.items() if value is not None
    }
    if all_ is not None:
        brief_all(workspace, all_, out or Path("briefs"), given)
        return
    chosen_topic = BriefTopic.model_validate({"topic": topic, "since_last": since_last, **given})
    text = render_brief(workspace.brief(chosen_topic.to_request()), chosen_topic.format)
    if out is None:
        click.echo(text if chosen_topic.format == "html" else printable(text), nl=not text.endswith("\n"))
    else:
        out.write_text(text, encoding="utf-8")


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
    """Answer the question of a RECEIPT again, and say what differs and why.

    RECEIPT is an id, or a file saved from `footnote ask --json`. Exits with 0 whether the answer is the same or not:
    a difference is a result, not an error.
    """
    found = workspace.replay(read_reference(receipt))
    show(found, lambda: terminal.replay(found), json_)


@footnote.command()
@click.argument("file", type=click.File("r", encoding="utf-8"))
@filters
@click.option("--format", "format_", type=click.Choice(["text", "md"]), default="text", show_default=True)
@as_json
@with_workspace
def check(workspace: WorkspaceClient, file: TextIO, format_: str, json_: bool, **chosen: str | None) -> None:
    """Check a draft (FILE, or - for standard input) against the collection, sentence by sentence.

    Each sentence is supported, likely supported (compare), in need of attribution, partly supported, contradicted (with
    what the article says), an altered quote (with the difference), or not found. Verdicts of a long draft are shown on
    standard error as soon as they are known. Exit code 0 whatever was found.
    """
    try:
        text = file.read()
    except UnicodeDecodeError as error:
        raise InputError(f"{file.name!r} is not text in UTF-8; save it as such") from error
    report = _checked(workspace.check_stream(text, Filters.model_validate(chosen)))
    as_text = checked_draft.as_markdown if format_ == "md" else partial(checked_draft.as_text, paint=_paint)
    show(report, lambda: as_text(report), json_)


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
