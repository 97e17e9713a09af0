"""Fit of the story articles: which of the articles found for a topic are about it.

    footnote study fit story-articles --stories HOME FILE --stories HOME OTHER

HOME holds the articles. A line of FILE is a running story: `topic`, `article_ids` of all that belong to it. Each story
is reported by a fit on the others.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from evals.studies.fitting.fit_verb import fit
from evals.studies.fitting.home_files import HOME_AND_FILE, lines_about
from evals.studies.fitting.judge_rows import Json
from evals.studies.fitting.logistic import Matrix, named_weights
from evals.studies.fitting.roc import auc
from index.types import Filters
from service.answering.answerability import probability
from service.briefing.story_articles import FITTED, article_features
from service.briefing.topic_retrieval import TopicRetriever
from service.runtime.settings import Settings

THRESHOLDS = np.arange(0.1, 0.9, 0.02)


@dataclass(frozen=True)
class FoundStory:
    """FoundStory: the features of the articles found for a topic, and whether each belongs to the story."""

    features: tuple[dict[str, float], ...]
    belongs: tuple[bool, ...]
    missed: int
    """Number of its articles that were not found."""


@fit.command("story-articles")
@click.option("--stories", type=HOME_AND_FILE, multiple=True, required=True, help="A home folder, and a file.")
@click.option("--dry", is_flag=True, help="Print only, write nothing.")
@click.pass_obj
def fit_story_articles(settings: Settings, stories: Sequence[tuple[Path, Path]], dry: bool) -> None:
    """Fit which articles are about the topic of a brief."""
    found: list[FoundStory] = []
    for workspace, _, rows in lines_about(settings, stories):
        found += _found(TopicRetriever(workspace.store, workspace.retriever, workspace.finder), rows)
    chances = [_chances(each, _weights([other for other in found if other is not each])) for each in found]
    together = np.concatenate(chances)
    labels = np.concatenate([np.array(each.belongs, dtype=float) for each in found])
    missed = sum(each.missed for each in found)
    least = max(THRESHOLDS, key=lambda threshold: _f1(together, labels, threshold, missed))
    kept = together >= least
    precision, recall = labels[kept].mean(), labels[kept].sum() / (labels.sum() + missed)
    click.echo(
        f"{len(found)} stories, {int(labels.sum())} articles, {missed} not found: AUC {auc(together, labels):.3f}"
    )
    click.echo(f"from {least:.2f}: precision {precision:.2f}, recall {recall:.2f}")
    if not dry:
        fitted = {"weights": _weights(found), "least": round(float(least), 2)}
        FITTED.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")


def _found(topics: TopicRetriever, stories: Sequence[Json]) -> Iterator[FoundStory]:
    for row in stories:
        articles = topics.articles(str(row["topic"]), Filters(undated=True))
        wanted = set(row["article_ids"])
        yield FoundStory(
            features=tuple(article_features(articles)),
            belongs=tuple(each.id in wanted for each in articles),
            missed=len(wanted - {each.id for each in articles}),
        )


def _weights(stories: Sequence[FoundStory]) -> dict[str, float]:
    features = [each for story in stories for each in story.features]
    return named_weights(features, [float(each) for story in stories for each in story.belongs])


def _chances(story: FoundStory, weights: dict[str, float]) -> Matrix:
    return np.array([probability(weights, each) for each in story.features])


def _f1(chances: Matrix, labels: Matrix, threshold: float, missed: int) -> float:
    kept = chances >= threshold
    return float(2 * labels[kept].sum() / max(1.0, kept.sum() + labels.sum() + missed))
