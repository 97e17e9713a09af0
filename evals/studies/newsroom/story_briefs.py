"""Story briefs: score briefs on running stories (`footnote study stories FILE`)."""

import gzip
import json
import tempfile
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path

import click
from pydantic import BaseModel, ConfigDict

from evals.harness.suites.briefs.brief_scorers import all_lines
from evals.harness.text_matching import states
from evals.studies.durability.crashes import engines_of
from evals.studies.study_verb import study
from index.errors import InputError
from index.reading import ArticleRecord, to_article
from index.types import Filters
from service.briefing.types import Brief, BriefRequest
from service.language.numbers import numbers
from service.rendering.brief_document import brief_document
from service.rendering.markdown import as_markdown
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace


class StoryNugget(BaseModel):
    """StoryNugget: a vital fact; a line has it if it holds one wording of each list in `any`."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    text: str
    any: tuple[tuple[str, ...], ...]


class StoryDifference(BaseModel):
    """StoryDifference: a quantity for which the articles of a story give several values."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    about: str
    values: tuple[str, ...]


class Story(BaseModel):
    """Story: a topic with what a brief on it must hold."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    topic: str
    article_ids: tuple[str, ...]
    vital: tuple[StoryNugget, ...] = ()
    dates: tuple[str, ...] = ()
    differences: tuple[StoryDifference, ...] = ()


class StoryScores(BaseModel):
    """StoryScores: counts of one brief."""

    model_config = ConfigDict(frozen=True)

    topic: str
    seconds: float
    words: int
    lines: int
    foreign: tuple[str, ...]
    """Lines from an article of another story."""
    missing: tuple[str, ...]
    vital: int
    summarised: int
    """Vital facts that are already in headline and summary."""
    dates: int
    dates_found: int
    dated: int
    other_dates: tuple[str, ...]
    """Timeline entries with a date that the story does not list; a person has to judge them."""
    differences: int
    differences_missed: tuple[str, ...]
    false_differences: tuple[str, ...]


def read_stories(path: Path, folds: Sequence[int]) -> tuple[list[ArticleRecord], list[Story]]:
    """Read all articles of a file, and the stories of the given folds; raises InputError for a malformed line."""
    opened = gzip.open if path.suffix == ".gz" else open
    articles, stories = [], []
    with opened(path, "rt", encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                read = json.loads(line)
                articles.append(
                    ArticleRecord(
                        id=read["id"],
                        title=read.get("title"),
                        outlet=read.get("outlet"),
                        published=read.get("published"),
                        text=read["text"],
                    )
                )
                if "story" in read and read.get("fold", 0) in folds:
                    stories.append(Story.model_validate(read["story"]))
            except (ValueError, KeyError) as error:
                raise InputError(f"{path}:{number} is no article of a story: {error}") from error
    return articles, stories


def score(story: Story, brief: Brief, seconds: float) -> StoryScores:
    """Score a brief against its story."""
    lines = all_lines(brief)
    by_number = {each.number: each.article_id for each in brief.citations}
    texts = [" ".join((line.words, line.said or "")) for line in lines]
    texts += [f"{each.name} {said.line.words}" for each in brief.speakers for said in each.statements]
    texts += [f"{each.spelled} {each.line.words}" for each in brief.timeline]
    short = [brief.summary.headline] if brief.summary.headline else []
    first = [line.words for line in (*short, *brief.summary.lines)]
    dated = [(each.date, each.line.words) for each in brief.timeline]
    return StoryScores(
        topic=story.topic,
        seconds=seconds,
        words=sum(len(line.words.split()) for line in lines),
        lines=len(lines),
        foreign=tuple(each.words for each in lines if by_number[each.citations[0]] not in story.article_ids),
        missing=tuple(each.text for each in story.vital if not _has(each, texts)),
        vital=len(story.vital),
        summarised=sum(_has(each, first) for each in story.vital),
        dates=len(story.dates),
        dates_found=sum(any(date == wanted for date, _ in dated) for wanted in story.dates),
        dated=len(dated),
        other_dates=tuple(f"{date}: {words}" for date, words in dated if date not in story.dates),
        differences=len(story.differences),
        differences_missed=tuple(
            each.about for each in story.differences if not any(_same(each, stated) for stated in _stated(brief))
        ),
        false_differences=tuple(
            " / ".join(stated)
            for stated in _stated(brief)
            if not any(_same(each, stated) for each in story.differences)
        ),
    )


def _has(nugget: StoryNugget, texts: Iterable[str]) -> bool:
    return any(states(text, nugget.any) for text in texts)


def _stated(brief: Brief) -> list[tuple[str, ...]]:
    return [tuple(value.value for value in each.values) for each in brief.differences]


def _same(difference: StoryDifference, stated: Sequence[str]) -> bool:
    """Whether a difference is stated with two of its values, by their numbers."""
    wanted = {tuple(numbers(value)) for value in difference.values}
    return len(wanted & {tuple(numbers(value)) for value in stated}) > 1


def report(found: Sequence[StoryScores]) -> str:
    """Format what each brief missed, then the totals."""
    out = []
    for each in found:
        out.append(
            f"{each.topic}: vital {each.vital - len(each.missing)}/{each.vital} (summary {each.summarised}), dates "
            f"{each.dates_found}/{each.dates} of {each.dated} stated, differences "
            f"{each.differences - len(each.differences_missed)}/{each.differences}, "
            f"{each.lines} lines, {each.words} words, {each.seconds:.1f} s"
        )
        out += [f"    missing: {text}" for text in each.missing]
        out += [f"    other date: {text}" for text in each.other_dates]
        out += [f"    no difference: {text}" for text in each.false_differences]
        out += [f"    foreign: {text}" for text in each.foreign]
    vital, dates = sum(each.vital for each in found), sum(each.dates for each in found)
    stated, wanted = sum(each.dated for each in found), sum(each.differences for each in found)
    lines, n = sum(each.lines for each in found), max(1, len(found))
    out += [
        f"vital facts found  {_share(vital - sum(len(each.missing) for each in found), vital)}",
        f"  in the summary   {_share(sum(each.summarised for each in found), vital)}",
        f"dates found        {_share(sum(each.dates_found for each in found), dates)}",
        f"entries as listed  {_share(stated - sum(len(each.other_dates) for each in found), stated)}",
        f"differences found  {_share(wanted - sum(len(each.differences_missed) for each in found), wanted)}",
        f"differences, other {sum(len(each.false_differences) for each in found) / n:.2f} a brief",
        f"foreign lines      {_share(sum(len(each.foreign) for each in found), lines)}",
        f"words a brief      {sum(each.words for each in found) / n:.0f}, seconds {_mean(found):.1f}",
    ]
    return "\n".join(out)


def _share(part: int, whole: int) -> str:
    return f"{part / max(1, whole):.3f} of {whole}"


def _mean(found: Sequence[StoryScores]) -> float:
    return sum(each.seconds for each in found) / max(1, len(found))


def measure(workspace: Workspace, stories: Iterable[Story], folder: Path | None = None) -> list[StoryScores]:
    """Write and score a brief on each story; with a folder, also keep each brief there as Markdown."""
    found = []
    for number, story in enumerate(stories):
        began = time.perf_counter()
        brief = workspace.brief(BriefRequest(topic=story.topic, filters=Filters(undated=True)))
        found.append(score(story, brief, time.perf_counter() - began))
        if folder is not None:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{number:02}.md").write_text(as_markdown(brief_document(brief)), encoding="utf-8")
    return found


@study.command("stories")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--fold", "folds", type=int, multiple=True, default=tuple(range(8)), help="Only stories of these folds.")
@click.option("--keep", type=click.Path(path_type=Path, file_okay=False), help="Write the briefs there as Markdown.")
@click.option("--embedder", type=click.Choice(["real", "light"]), default="real", show_default=True)
def stories(file: Path, folds: tuple[int, ...], keep: Path | None, embedder: str) -> None:
    """Brief every story of FILE, and count what is found.

    FILE has one article a line (`id, title, outlet, published, text`), plain or gzipped. The last article of a story
    carries `story`: {"topic": "...", "article_ids": [...], "vital": [{"text": "...", "any": [["wording", "another"],
    ["and this"]]}], "dates": ["2026-03-02"], "differences": [{"about": "...", "values": ["12", "15"]}]}.
    """
    articles, found = read_stories(file, folds)
    with (
        tempfile.TemporaryDirectory(prefix="footnote-stories-") as folder,
        closing(engines_of(embedder)) as engines,
        closing(Workspace(Settings(home=Path(folder)), engines, Home(Path(folder)))) as workspace,
    ):
        workspace.ingest(map(to_article, articles))
        click.echo(report(measure(workspace, found, keep)))
