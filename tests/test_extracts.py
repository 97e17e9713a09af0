"""Extracts: consecutive sentences are quoted whole, with the speaker and the name that they need."""

import itertools
from dataclasses import replace

import pytest

from index.search.scored_sentence import ScoredSentence
from index.sentences import split_sentences
from index.types import Article, Span
from service.answering.article_sentences import merged
from service.answering.extracts import PLANS, extracts
from service.answering.overviews import MAX_WORDS
from service.answering.question_kind import KINDS, QuestionKind

ASKED = "What happened to the ferry off Port Ellery?"
FERRY = (
    "A ferry ran aground off Port Ellery on Sunday.",
    "All 212 passengers were taken off by nightfall.",
    "The captain, Ruta Vaitkute, has been questioned.",
    "She told investigators that the radar had failed.",
    "The ferry had been inspected in March and found sound.",
    "The harbour stayed closed on Monday.",
)


def article(paragraphs: tuple[str, ...], name: str = "ferry") -> Article:
    text = "\n\n".join(paragraphs)
    starts = itertools.accumulate((len(each) + 2 for each in paragraphs[:-1]), initial=0)
    body = tuple(Span(start=at, end=at + len(each)) for at, each in zip(starts, paragraphs, strict=True))
    return Article(id=name, text=text, body=body)


def ranked(source: Article, chances: dict[str, float]) -> list[ScoredSentence]:
    spans = [span for part in source.body for span in split_sentences(source.text, part)]
    found = [
        replace(ScoredSentence(source, 1, span), probability=chance)
        for span in spans
        for words, chance in chances.items()
        if words in span.of(source.text)
    ]
    return sorted(found, key=lambda each: -each.probability)


def quotes(kind: QuestionKind, *evidence: ScoredSentence) -> list[str]:
    return [each.quote for each in extracts(ASKED, kind, sorted(evidence, key=lambda one: -one.probability))]


def test_a_fact_is_answered_by_its_sentence_alone() -> None:
    assert quotes("fact", *ranked(article(FERRY), {"212": 0.97, "inspected": 0.001})) == [FERRY[1]]


def test_a_reason_is_quoted_with_the_sentences_around_it_that_answer_too() -> None:
    aside = tuple(f"The town band of district {i} played in the square until late in the evening." for i in range(12))
    source = article((*aside[:6], *FERRY[2:5], *aside[6:]))
    first, *others = quotes("why", *ranked(source, {"radar": 0.6, "inspected": 0.3, "captain": 0.1}))
    assert "\n\n".join(FERRY[2:5]) in first
    assert all(len(each.split()) <= PLANS["why"].words_each for each in (first, *others))


def test_an_extract_grows_back_to_the_name_that_its_pronoun_stands_for() -> None:
    assert quotes("fact", *ranked(article(FERRY), {"radar": 0.9})) == ["\n\n".join(FERRY[2:4])]


def test_an_extract_of_several_sentences_keeps_the_words_that_say_who_speaks() -> None:
    said = "“The radar failed at nine. We saw the rocks too late. Nobody was hurt,” Ruta Vaitkute said."
    found = quotes("why", *ranked(article((FERRY[0], said)), {"radar": 0.5, "rocks": 0.5}))
    assert any("Ruta Vaitkute said" in quote for quote in found)


def test_a_single_sentence_of_a_longer_quotation_keeps_its_attribution() -> None:
    said = "“The radar failed at nine. We saw the rocks too late. Nobody was hurt,” Ruta Vaitkute said."
    source = article((FERRY[0], said))
    [only] = ranked(source, {"rocks": 0.9})
    speaker = Span(start=source.text.index("Ruta"), end=source.text.index(" said") + 5)
    [found] = extracts(ASKED, "fact", [replace(only, attribution=speaker)])
    assert found.attribution == speaker or "Ruta Vaitkute said" in found.quote


@pytest.mark.parametrize("kind", KINDS)
def test_no_kind_quotes_more_than_its_plan_allows_but_one_whole_sentence(kind: QuestionKind) -> None:
    long = tuple(
        f"Sentence {i} of the report says at some length what the harbour office wrote down." for i in range(60)
    )
    found = extracts(ASKED, kind, ranked(article(long), {f"Sentence {i} ": 1 / (i + 1) for i in range(60)}))
    words = PLANS[kind].words if kind in PLANS else MAX_WORDS
    assert 0 < sum(len(each.quote.split()) for each in found) <= words + len(long[0].split())
    assert kind not in PLANS or len(found) <= PLANS[kind].extracts


def test_an_extract_begins_and_ends_with_whole_sentences_of_the_body() -> None:
    source = article((*FERRY, "What next", "The mayor will open the harbour on Friday."))
    spans = [span for part in source.body for span in split_sentences(source.text, part)]
    for kind in KINDS:
        for each in extracts(ASKED, kind, ranked(source, {"radar": 0.5, "212": 0.3, "mayor": 0.2})):
            assert each.start in {span.start for span in spans}
            assert each.end in {span.end for span in spans}
            assert "What next" not in each.quote


def test_words_of_two_speakers_are_not_quoted_as_words_of_one() -> None:
    filler = "It was dark and the wind had risen and nobody on the bridge could see the lights of the harbour. " * 4
    first = f"“The radar failed at nine. {filler}Nobody was hurt,” Ruta Vaitkute said."
    second = f"“The rocks are marked on every chart. {filler}They are well known,” Jonas Brand said."
    source = article((FERRY[0], first, second))
    for each in extracts(
        ASKED, "why", ranked(source, {"Nobody was hurt": 0.4, "rocks are marked": 0.5, "radar failed": 0.1})
    ):
        both = "Nobody was hurt" in each.quote and "rocks are marked" in each.quote
        assert not both or ("Vaitkute" in each.quote and "Brand" in each.quote)
        said = each.attribution.of(source.text) if each.attribution else each.quote
        assert "rocks are marked" not in each.quote or "Brand" in said


@pytest.mark.parametrize(("speaker", "whole"), [(FERRY[5], False), (FERRY[1], True)])
def test_nobody_is_cited_for_the_article_s_own_words_beside_theirs(speaker: str, whole: bool) -> None:
    source = article(FERRY)
    first, second = sorted(ranked(source, {"aground": 0.6, "212": 0.3}), key=lambda each: each.start)
    at = source.text.index(speaker)
    spoken = replace(first, attribution=Span(start=at, end=at + len(speaker)))
    found = merged([spoken, second])
    assert len(found) == (1 if whole else 2)
    assert [each.attribution for each in found] == ([None] if whole else [spoken.attribution, None])


def test_without_evidence_there_is_no_extract() -> None:
    assert all(extracts(ASKED, kind, []) == [] for kind in KINDS)
