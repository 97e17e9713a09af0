"""Overviews: a broad question is answered by the sentences that matter, of the articles that it is about."""

from index.search.reranking import weigh
from index.types import Article, Fact, Source
from service.answering.overviews import MAX_WORDS, overview
from service.answering.statements import MAX_ARTICLES, salience_weights, statements
from tests.test_extracts import FERRY, article, ranked

ASKED = "What happened to the ferry off Port Ellery?"
CHATTER = (
    "Our newsletter",
    "A crane at the harbour on a sunny day",
)
TITLE = Source(title=Fact(value="Ferry aground off Port Ellery, all 212 passengers taken off", basis="stated"))


def test_an_overview_tells_what_happened_in_the_order_of_the_article() -> None:
    source = titled(article(FERRY))
    found = overview(ASKED, ranked(source, {"aground": 0.6, "212": 0.2, "radar": 0.1}))
    text = " ".join(each.text for each in found)
    assert FERRY[0] in text
    assert FERRY[1] in text
    assert [each.start for each in found] == sorted(each.start for each in found)


def test_what_the_reader_did_not_read_is_quoted_where_it_matters() -> None:
    found = overview(ASKED, ranked(titled(article(FERRY)), {"aground": 0.9}))
    assert FERRY[1] in " ".join(each.text for each in found)


def test_headings_and_captions_come_after_what_is_told() -> None:
    nouns = "engine rudder anchor cargo fuel chart signal lifeboat deck mast hull cabin pump winch rope ladder".split()
    told = tuple(
        f"Investigators said that the {a} failed before the {b} did and that {10 + i} people saw it at {i} that night."
        for i, (a, b) in enumerate(zip(nouns, reversed(nouns), strict=True))
    )
    source = article((CHATTER[0], FERRY[0], *told[:8], CHATTER[1], *told[8:]))
    weights = salience_weights("overview")
    found = statements(ASKED, ranked(source, {"aground": 0.8, "rudder": 0.2}))
    salient = {each.text: weigh(weights, each.signals) for each in found}
    assert max(salient, key=lambda text: salient[text]) == FERRY[0]
    assert CHATTER[0] not in salient, "a heading"
    assert salient[CHATTER[1]] < min(salient[told[7]], salient[told[8]]), "a caption"


def test_two_articles_that_say_the_same_are_not_both_quoted() -> None:
    first, second = article(FERRY, "ferry"), article(FERRY, "copy")
    evidence = [*ranked(first, {"aground": 0.5, "212": 0.2}), *ranked(second, {"aground": 0.4, "212": 0.1})]
    found = overview(ASKED, sorted(evidence, key=lambda each: -each.probability))
    words = " ".join(each.text for each in found)
    assert all(words.count(sentence) <= 1 for sentence in FERRY)


def test_only_the_articles_with_the_best_evidence_are_read_whole() -> None:
    articles = [article(tuple(f"{words[:-1]} in case {i}." for words in FERRY), f"a{i}") for i in range(6)]
    evidence = [each for i, one in enumerate(articles) for each in ranked(one, {"aground": 0.3 - i / 50})]
    read = {each.source.article.id for each in statements(ASKED, evidence)}
    assert read == {f"a{i}" for i in range(MAX_ARTICLES)}
    found = overview(ASKED, evidence)
    assert sum(len(each.text.split()) for each in found) <= MAX_WORDS
    order = [each.article_id for each in found]
    assert order == sorted(order, key=order.index), "extracts of one article stand together"


def test_a_signal_that_is_not_computed_would_be_missed() -> None:
    [first, *_] = statements(ASKED, ranked(titled(article(FERRY)), {"aground": 0.9}))
    assert first.signals["title"] > 0
    assert first.signals["position"] == 0
    assert first.signals["article"] == 0.9
    assert first.signals["covered"] > 0.5


def titled(one: Article) -> Article:
    return one.model_copy(update={"source": TITLE})


def test_a_teaser_of_another_article_is_less_salient_than_what_is_told_around_it() -> None:
    teaser = "More:Follow our reporters on Twitter @harbour for the latest on the fire at Norwick mill."
    source = article((FERRY[0], FERRY[1], teaser, *FERRY[2:]))
    found = statements(ASKED, ranked(source, {"aground": 0.8}))
    signal = {each.text: each.signals["boilerplate"] for each in found}
    assert signal[teaser] > 0 > max(signal[each] for each in FERRY)
    assert salience_weights("overview")["boilerplate"] < 0
