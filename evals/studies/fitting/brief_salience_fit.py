"""Fit of the salience of a brief's sentences: the log-odds that a sentence states a vital fact of its story.

    footnote study fit brief-salience --stories HOME FILE --stories HOME OTHER

HOME holds the articles. A line of FILE is a running story, as `footnote study stories` reads them: `topic`,
`article_ids`, `vital`. Each story is reported by a fit on the others.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click
import numpy as np

from evals.harness.text_matching import states
from evals.studies.fitting.fit_verb import fit
from evals.studies.fitting.home_files import HOME_AND_FILE, lines_about
from evals.studies.fitting.logistic import named_weights
from evals.studies.newsroom.story_briefs import Story
from index.search.scored_sentence import ScoredSentence
from index.types import Filters
from service.briefing.briefer import MAX_POINTS, MAX_WORDS_OF_POINTS
from service.briefing.clustering import Redundancy
from service.briefing.open_questions import topic_subject
from service.briefing.salience import FITTED, SalientStatements
from service.briefing.salience_features import salience_features
from service.briefing.topic_retrieval import TopicRetriever
from service.runtime.settings import Settings


@dataclass(frozen=True)
class ReadStory:
    """ReadStory: a story with the sentences that were found on its topic."""

    story: Story
    sentences: tuple[ScoredSentence, ...]

    def shown(self, weights: Mapping[str, float]) -> tuple[float, int]:
        """Return the share of its vital facts in the statements that a brief would take, and their words."""
        statements = SalientStatements(self.sentences, Redundancy(None), weights)
        statements.fill(MAX_WORDS_OF_POINTS, MAX_POINTS)
        texts = [each.representative.text for each in statements.chosen]
        stated = [any(states(text, fact.any) for text in texts) for fact in self.story.vital]
        return sum(stated) / max(1, len(stated)), sum(len(text.split()) for text in texts)


@fit.command("brief-salience")
@click.option("--stories", type=HOME_AND_FILE, multiple=True, required=True, help="A home folder, and a file.")
@click.option("--dry", is_flag=True, help="Print only, write nothing.")
@click.pass_obj
def fit_brief_salience(settings: Settings, stories: Sequence[tuple[Path, Path]], dry: bool) -> None:
    """Fit which sentences a brief takes."""
    read: list[ReadStory] = []
    for workspace, _, rows in lines_about(settings, stories):
        topics = TopicRetriever(workspace.store, workspace.retriever, workspace.finder)
        for story in map(Story.model_validate, rows):
            found = topics.candidates(topic_subject(story.topic), Filters(undated=True))
            read.append(ReadStory(story, found.sentences))
    shown = [each.shown(_weights([other for other in read if other is not each])) for each in read]
    recall, words = (float(np.mean(column)) for column in zip(*shown, strict=True))
    click.echo(f"{len(read)} stories: vital facts in the statements taken {recall:.3f}, of {words:.0f} words")
    if not dry:
        FITTED.write_text(json.dumps(_weights(read), indent=1) + "\n", encoding="utf-8")


def _weights(stories: Sequence[ReadStory]) -> dict[str, float]:
    rows: list[dict[str, float]] = []
    labels: list[float] = []
    for each in stories:
        rows += salience_features(each.sentences)
        labels += [float(any(states(one.text, fact.any) for fact in each.story.vital)) for one in each.sentences]
    return named_weights(rows, labels)
