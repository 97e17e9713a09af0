"""Citation methods of other projects, compared with ours: the methods and their scores work as documented."""

import pytest

from evals.harness.cases import Case
from evals.harness.scores import Located
from evals.studies.citation_methods.attempt import Attempt, CitingSentence, ShownSource, scores, summary
from evals.studies.citation_methods.citing_methods import (
    METHODS,
    MethodSetup,
    everything,
    loose_quotes,
    numbered_prompt,
    similar_passages,
)
from index.types import Span
from service.workspace import Workspace
from tests.conftest import light_engines

QUESTION = "In what year did a bombing in Bajaur kill 60?"
CASE = Case(id="c", question=QUESTION, answerable=True, answers=("60",))
SOURCE = ShownSource(article_id="a", span=Span(start=0, end=40), text="A blast in Norwick killed 60.")
GOLD = [Located(article_id="a", start=0, end=30)]


def setup(workspace: Workspace, *replies: str) -> MethodSetup:
    return MethodSetup(workspace, light_engines(*replies), "2026-11-21")


def attempt(text: str, *sources: int, refused: bool = False) -> Attempt:
    sentences = (CitingSentence(text=text, sources=sources),)
    return Attempt(text=text, refused=refused, sentences=sentences, sources=(SOURCE,), context=())


def test_numbers_that_the_model_types_are_its_citations(workspace: Workspace) -> None:
    found = numbered_prompt(setup(workspace, "It killed 60 [2]. So it was said [9]."), QUESTION)
    assert [each.sources for each in found.sentences] == [(1,), ()]
    assert "[" not in found.text
    assert len(found.sources) == 2


def test_similarity_cites_the_most_similar_passage_and_lowers_its_threshold(workspace: Workspace) -> None:
    found = similar_passages(setup(workspace, "In 2023, a bombing in Bajaur killed 60."), QUESTION)
    (sentence,) = found.sentences
    assert sentence.sources
    assert "Bajaur" in " ".join(found.sources[number].text for number in sentence.sources)


@pytest.mark.parametrize(
    ("typed", "found"),
    [("a bombing in Bajaur killed 60", 1), ("a bombing in Bajaur killed 90", 1), ("Nothing of the kind was said", 0)],
)
def test_loose_quotes_accept_an_altered_figure(workspace: Workspace, typed: str, found: int) -> None:
    assert len(loose_quotes(setup(workspace, "It killed 60.", typed), QUESTION).sources) == found


def test_everything_retrieved_is_named_by_every_sentence(workspace: Workspace) -> None:
    found = everything(setup(workspace, "It killed 60. It was in 2023."), QUESTION)
    assert {each.sources for each in found.sentences} == {tuple(range(len(found.sources)))}


@pytest.mark.parametrize("name", [name for name in METHODS if name != "Footnote, compose"])
def test_every_method_answers_and_is_scored(workspace: Workspace, name: str) -> None:
    found = METHODS[name](setup(workspace, "It killed 60.", "a bombing in Bajaur killed 60"), QUESTION)
    assert found.text
    assert scores(CASE, found, GOLD)


def test_a_model_that_says_it_does_not_know_refuses(workspace: Workspace) -> None:
    assert METHODS["closed book"](setup(workspace, "I cannot answer this from what I know."), QUESTION).refused
    assert not METHODS["closed book"](setup(workspace, "It was not the mayor who left."), QUESTION).refused


def test_right_without_a_source_is_correct_and_not_cited() -> None:
    bare, cited = scores(CASE, attempt("It killed 60."), GOLD), scores(CASE, attempt("It killed 60.", 0), GOLD)
    assert (bare["correct"].value, bare["cited"].value, bare["uncited"].value) == (1.0, 0.0, 1.0)
    assert "precision" not in bare
    assert (cited["cited"].value, cited["precision"].value, cited["recall"].value) == (1.0, 1.0, 1.0)


def test_a_name_that_no_source_contains_makes_a_sentence_unsupported() -> None:
    assert scores(CASE, attempt("It killed 60 in The Norwick.", 0), GOLD)["unsupported"].value == 0.0
    assert scores(CASE, attempt("It killed 60 in Easton.", 0), GOLD)["unsupported"].value == 1.0


def test_a_refusal_is_wrong_for_an_answerable_question_and_right_otherwise() -> None:
    refused = attempt("I cannot say.", refused=True)
    other = Case(id="n", question="Who won?", answerable=False)
    assert scores(CASE, refused, GOLD)["wrongly refused"].value == 1.0
    assert scores(other, refused, []) == {"refused": scores(CASE, refused, GOLD)["wrongly refused"]}
    assert summary([scores(CASE, refused, GOLD)])["refused"].n == 0


def test_strict_wants_every_answer_and_no_wrong_one() -> None:
    case = CASE.model_copy(update={"answers": ("60", "Bajaur"), "wrong_answers": ("90",), "require_all_answers": True})
    strict = [
        scores(case, attempt(text, 0), GOLD)["strict"].value
        for text in ("60 in Bajaur", "60 in Norwick", "60 in Bajaur, or 90")
    ]
    assert strict == [1.0, 0.0, 0.0]
    assert "strict" not in scores(CASE, attempt("60", 0), GOLD)


def test_a_case_keeps_its_methods_to_its_own_articles(workspace: Workspace) -> None:
    tested = setup(workspace)
    everywhere = {source.article_id for source in tested.passages(QUESTION, 8)}
    one = sorted(everywhere)[0]
    tested.set_case(CASE.model_copy(update={"context_doc_ids": (one,)}))
    assert len(everywhere) > 1
    assert {source.article_id for source in tested.passages(QUESTION, 8)} == {one}
