"""What the gate reads in a sentence: figures, dates, doers, speakers, names in other forms."""

import pytest

from service.grounding.check_negation import negated
from service.language.aliases import acronym_matches
from service.language.attribution_clauses import strip_attribution
from service.language.clauses import main_clauses
from service.language.dates import dates
from service.language.lexicon import equivalent_words
from service.language.parsing import parse
from service.language.quantities import quantities
from service.language.quotations import plain, quoted
from service.language.reported_speech import reported_spans
from service.language.semantic_roles import semantic_roles


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("More than 60 people died.", ["more 60"]),
        ("Sixty-five boats and twenty five cars sank.", ["65", "25"]),
        ("It cost $10 million, or 10 million dollars.", ["$10,000,000", "$10,000,000"]),
        ("About 1,250.5 tons and 3% of two hundred.", ["about 1,250.5", "3 %", "200"]),
        ("In 1999 the Big Ten met at 40 Wall Street.", []),
        ("Only one boat came back; one never knows.", ["1"]),
    ],
)
def test_quantities_have_one_spelling(text: str, found: list[str]) -> None:
    assert [f"{q.bound} {q.written}".strip() for q in quantities(parse(text))] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It fell on 4 March 2024.", ["4 March 2024"]),
        ("On Oct. 10, 2023, and the 3rd of May, it rained.", ["10 October 2023", "3 May"]),
        ("On Friday the 1998 rule ended; it may return.", ["Friday", "1998"]),
    ],
)
def test_dates_keep_their_own_precision(text: str, found: list[str]) -> None:
    assert sorted(d.written for d in dates(parse(text))) == sorted(found)


def who(text: str) -> set[tuple[str, str, str]]:
    sentence = parse(text)
    return {(sentence.words[r.head].text, r.role, sentence.words[r.word].text) for r in semantic_roles(sentence)}


def test_the_passive_is_undone() -> None:
    assert {("sank", "agent", "storm"), ("sank", "patient", "boat")} <= who("The storm sank the boat.")
    assert {("sunk", "agent", "storm"), ("sunk", "patient", "boat")} <= who("The boat was sunk by the storm.")


def test_shared_subjects_and_objects_are_given_to_each_verb() -> None:
    found = who("The bank trained and funded the guards, and hopes to hire more.")
    assert {("trained", "patient", "guards"), ("funded", "agent", "bank"), ("hopes", "agent", "bank")} <= found


def test_a_relative_clause_acts_through_its_noun() -> None:
    assert ("broke", "agent", "crane") in who("They sold the crane that broke.")


@pytest.mark.parametrize(
    ("text", "speaker", "body"),
    [
        ("The crane fell, the ministry said on Monday.", "the ministry", "The crane fell"),
        ("According to the report, the crane fell.", "the report", "The crane fell."),
        ("The crane, officials said, fell into the river.", "officials", "The crane fell into the river."),
        ("“It fell down again,” said Ines Calder.", "Ines Calder", "It fell down again"),
    ],
)
def test_asides_are_taken_off_a_sentence(text: str, speaker: str, body: str) -> None:
    found = strip_attribution(text)
    assert [aside.speaker for aside in found.attributions] == [speaker]
    assert plain(found.body.text) == plain(body)


def test_a_sentence_without_an_aside_stays_whole() -> None:
    assert strip_attribution("The crane fell, which nobody expected.").attributions == ()


def test_a_reported_stretch_has_its_speaker() -> None:
    sentence = parse("Ines Calder, the director, said that the crane had passed every test.")
    (frame,) = reported_spans(sentence)
    assert {"Ines", "Calder", "director"} <= {sentence.words[i].text for i in frame.speaker}
    assert {"crane", "passed"} <= {sentence.words[i].text for i in frame.content}


@pytest.mark.parametrize(
    ("text", "word", "denied"),
    [
        ("They did not attack the port.", "attack", True),
        ("No attack was launched.", "launched", True),
        ("They left without paying.", "paying", True),
        ("They never launched any attack, and left.", "left", False),
        ("They attacked the port.", "attacked", False),
    ],
)
def test_denial_reaches_what_it_bears_on(text: str, word: str, denied: bool) -> None:
    sentence = parse(text)
    (index,) = (w.index for w in sentence.words if w.text == word)
    assert negated(sentence, index) is denied


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        ("attacked", "attack", True),
        ("departures", "departed", True),
        ("killed", "dead", True),
        ("attack", "massacre", False),
        ("supports", "opposes", False),
        ("criticised", "threatened", False),
        ("part", "party", False),
    ],
)
def test_words_meet_in_inflection_derivation_and_plain_synonyms(one: str, other: str, meet: bool) -> None:
    assert equivalent_words(one, one, other, other) is meet


def test_initials_stand_for_the_name_that_the_text_shows() -> None:
    claim, evidence = parse("The EHA closed two piers."), parse("The Eastport Harbour Authority closed two piers.")
    assert list(acronym_matches(claim.words[1], claim, evidence))
    other = parse("The Eastern Hotel Guild closed two piers.")
    assert not list(acronym_matches(claim.words[1], claim, other))


def test_quotations_are_compared_to_the_letter() -> None:
    assert quoted("He said “never again” and 'do come back here'.") == ["never again", "do come back here"]
    assert plain("“Don’t  go,” ") == plain("Don't go")
    assert plain("do go") != plain("don't go")


def test_a_compound_claim_comes_apart_with_its_subject() -> None:
    assert main_clauses(parse("The storm sank a boat and closed the port.")) == [
        "The storm sank a boat.",
        "The storm closed the port.",
    ]
    assert main_clauses(parse("The storm sank a boat.")) == ["The storm sank a boat."]
