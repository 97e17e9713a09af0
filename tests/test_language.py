"""English: numbers, dates, semantic roles, reported speech, pronouns and clauses of a sentence."""

import pytest

from service.language.attribution_clauses import strip_attribution
from service.language.clauses import main_clauses
from service.language.dates import dates, spell_date
from service.language.lexicon import equivalent_words
from service.language.numbers import numbers
from service.language.parsing import parse
from service.language.pronouns import ANTECEDENT_POSITIONS, PRONOUN_POSITIONS, anaphors, is_participant
from service.language.quantities import quantities
from service.language.quotations import plain, quoted
from service.language.reported_speech import reported_spans
from service.language.semantic_roles import semantic_roles


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("sixty people", ("60",)),
        ("twenty-five or thirty five", ("25", "35")),
        ("$10 million and 10 million dollars", ("10000000", "10000000")),
        ("1,250.5 tons", ("1250.5",)),
        ("two hundred", ("200",)),
        ("no one came", ()),
    ],
)
def test_figures_and_numerals_are_read_as_one_spelling(text: str, found: tuple[str, ...]) -> None:
    assert numbers(text) == found


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
def test_a_quantity_has_value_unit_and_bound(text: str, found: list[str]) -> None:
    assert [f"{q.bound} {q.written}".strip() for q in quantities(parse(text))] == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("It fell on 4 March 2024.", ["4 March 2024"]),
        ("On Oct. 10, 2023, and the 3rd of May, it rained.", ["10 October 2023", "3 May"]),
        ("On Friday the 1998 rule ended; it may return.", ["Friday", "1998"]),
    ],
)
def test_a_date_keeps_its_precision(text: str, found: list[str]) -> None:
    assert sorted(d.written for d in dates(parse(text))) == sorted(found)


def roles(text: str) -> set[tuple[str, str, str]]:
    sentence = parse(text)
    return {(sentence.words[r.head].text, r.role, sentence.words[r.word].text) for r in semantic_roles(sentence)}


def test_agent_and_patient_are_the_same_in_the_passive() -> None:
    assert {("sank", "agent", "storm"), ("sank", "patient", "boat")} <= roles("The storm sank the boat.")
    assert {("sunk", "agent", "storm"), ("sunk", "patient", "boat")} <= roles("The boat was sunk by the storm.")


def test_coordinated_verbs_share_subject_and_object() -> None:
    found = roles("The bank trained and funded the guards, and hopes to hire more.")
    assert {("trained", "patient", "guards"), ("funded", "agent", "bank"), ("hopes", "agent", "bank")} <= found


def test_the_agent_of_a_relative_clause_is_its_noun() -> None:
    assert ("broke", "agent", "crane") in roles("They sold the crane that broke.")


@pytest.mark.parametrize(
    ("text", "speaker", "body"),
    [
        ("The crane fell, the ministry said on Monday.", "the ministry", "The crane fell"),
        ("According to the report, the crane fell.", "the report", "The crane fell."),
        ("The crane, officials said, fell into the river.", "officials", "The crane fell into the river."),
        ("“It fell down again,” said Ines Calder.", "Ines Calder", "It fell down again"),
    ],
)
def test_an_attribution_clause_is_split_off(text: str, speaker: str, body: str) -> None:
    found = strip_attribution(text)
    assert [each.speaker for each in found.attributions] == [speaker]
    assert plain(found.body.text) == plain(body)


def test_a_sentence_without_attribution_stays_whole() -> None:
    assert strip_attribution("The crane fell, which nobody expected.").attributions == ()


def test_a_reported_span_has_its_speaker() -> None:
    sentence = parse("Ines Calder, the director, said that the crane had passed every test.")
    (span,) = reported_spans(sentence)
    assert {"Ines", "Calder", "director"} <= {sentence.words[i].text for i in span.speaker}
    assert {"crane", "passed"} <= {sentence.words[i].text for i in span.content}


@pytest.mark.parametrize(
    ("one", "other", "equivalent"),
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
def test_words_are_equivalent_by_inflection_derivation_and_synonyms(one: str, other: str, equivalent: bool) -> None:
    assert equivalent_words(one, one, other, other) is equivalent


def test_quotations_are_compared_to_the_letter() -> None:
    assert quoted("He said “never again” and 'do come back here'.") == ["never again", "do come back here"]
    assert plain("“Don’t  go,” ") == plain("Don't go")
    assert plain("do go") != plain("don't go")


def test_a_compound_sentence_splits_into_clauses_with_their_subject() -> None:
    assert main_clauses(parse("The storm sank a boat and closed the port.")) == [
        "The storm sank a boat.",
        "The storm closed the port.",
    ]
    assert main_clauses(parse("The storm sank a boat.")) == ["The storm sank a boat."]


def test_a_date_is_spelled_out_and_anything_else_left() -> None:
    assert [spell_date(each) for each in ("2025-10-09", "2025-10", "soon")] == [
        "9 October 2025",
        "October 2025",
        "soon",
    ]


def test_pronouns_and_definite_nouns_are_anaphors() -> None:
    sentence = parse("He said that the group had left Norwick with a group of hers.")
    assert [sentence.words[i].text for i in anaphors(sentence)] == ["He", "group"]


def test_who_takes_part_stands_in_a_core_position() -> None:
    sentence = parse("Rowe was met by Velt in Norwick.")
    words = {word.text: word for word in sentence.words}
    for positions in (PRONOUN_POSITIONS, ANTECEDENT_POSITIONS):
        found = [name for name in ("Rowe", "Velt", "Norwick") if is_participant(sentence, words[name], positions)]
        assert found == ["Rowe", "Velt"]
