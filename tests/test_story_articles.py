"""Story articles: which articles a brief reads, and how much of each."""

import numpy as np
import pytest

from evals.studies.fitting.logistic import named_weights
from evals.studies.fitting.short_answer_fit import is_right
from index.types import Filters
from service.briefing.story_articles import FoundArticle, article_features, story_articles
from service.workspace import Workspace


def article(name: str, relevance: float, body: float, towards: tuple[float, float], day: int = 100) -> FoundArticle:
    lead = np.array(towards, dtype=np.float32)
    return FoundArticle(name, relevance, passages=4, body=body, lead=lead / np.linalg.norm(lead), day=day)


STORY = [article(f"story-{i}", 0.8, 1.0, (1.0, 0.1 * i)) for i in range(3)]


def test_an_article_near_the_best_ones_is_read_though_it_has_fewer_of_the_words() -> None:
    near, other = article("near", 0.55, 0.6, (1.0, 0.1)), article("other", 0.55, 0.6, (0.0, 1.0))
    assert set(story_articles([*STORY, near, other])) == {"story-0", "story-1", "story-2", "near"}


def test_nearness_is_to_the_best_articles_without_the_article_itself() -> None:
    alone = article_features([STORY[0]])[0]
    assert (alone["nearest"], alone["near"], alone["apart"]) == (0.0, 0.0, 0.0)
    features = article_features([*STORY, article("late", 0.5, 0.5, (0.0, 1.0), day=400)])
    assert features[3]["apart"] > features[0]["apart"] == 0.0
    assert features[3]["nearest"] < features[0]["nearest"]


@pytest.mark.real_models
def test_of_an_article_hardly_about_the_topic_only_the_passages_on_it_are_read(real_workspace: Workspace) -> None:
    topics = real_workspace._briefer._topic_retriever
    found = topics.candidates("The Moscow concert hall attack", Filters())
    whole = topics.candidates("ISKP", Filters())
    assert found.is_little
    assert 0 < len(found.sentences) < len(whole.sentences) / 2
    assert any("Moscow" in each.text for each in found.sentences)


def test_the_constant_of_a_fit_is_that_of_the_true_share() -> None:
    rows = [{"one": 1.0, "found": float(i % 10 == 0)} for i in range(100)]
    labels = [float(i % 20 == 0) for i in range(100)]
    weights = named_weights(rows, labels)
    chance = 1 / (1 + np.exp(-weights["one"] - weights["found"]))
    assert chance == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(
    ("shown", "wanted", "right"),
    [
        ("212 passengers", "212", True),
        ("the mayor", "Dana Reyes", False),
        ("", "212", False),
        ("Reyes", "Dana Reyes", True),
    ],
)
def test_a_short_answer_is_right_by_its_words(shown: str, wanted: str, *, right: bool) -> None:
    assert is_right(shown, wanted) == right
