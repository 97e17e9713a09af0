"""Names: runs of capitals, equivalent forms of one name, and aliases that an article defines."""

import pytest

from service.language.aliases import acronym_matches, known_names
from service.language.lexicon import equivalent_names
from service.language.names import name_containing, name_spans
from service.language.parsing import Word, parse


def _word(sentence: str, text: str) -> Word:
    return next(word for word in parse(sentence).words if word.text == text)


@pytest.mark.parametrize(
    ("claim", "one", "evidence", "other", "equivalent"),
    [
        ("He met the Indian minister.", "Indian", "He met the minister of India.", "India", True),
        ("Three Kenyans were hurt.", "Kenyans", "Three people from Kenya were hurt.", "Kenya", True),
        ("He met Mohammad Sharif.", "Mohammad", "He met Mohammd Sharif.", "Mohammd", True),
        ("It won in Austria.", "Austria", "It won in Australia.", "Australia", False),
        ("It won in Iran.", "Iran", "It won in Iraq.", "Iraq", False),
        ("Later Kumar Jeyapala taught there.", "Jeyapala", "Later Kumar Jeyapalan taught there.", "Jeyapalan", False),
        ("Later Ann Robert taught there.", "Robert", "Later Ann Roberts taught there.", "Roberts", False),
    ],
)
def test_names_are_equivalent_by_letter_or_as_a_place_and_its_people(
    claim: str, one: str, evidence: str, other: str, equivalent: bool
) -> None:
    assert equivalent_names(_word(claim, one), _word(evidence, other)) is equivalent


def test_a_bracketed_short_form_is_an_alias_only_when_it_abbreviates() -> None:
    names = known_names("The Eastport Harbour Board (EHB) met the Norwick Rowers (Oslo).").aliases
    assert names == (frozenset({"eastport harbour board", "ehb"}),)


def test_initials_match_the_name_that_the_text_shows() -> None:
    claim, evidence = parse("The EHA closed two piers."), parse("The Eastport Harbour Authority closed two piers.")
    assert list(acronym_matches(claim.words[1], claim, evidence))
    other = parse("The Eastern Hotel Guild closed two piers.")
    assert not list(acronym_matches(claim.words[1], claim, other))


def test_a_run_of_names_bridges_only_the_gaps_that_are_allowed() -> None:
    words = "the Bank of England and Rio - e - Mar".split()
    is_name = [word[0].isupper() for word in words]
    connects = [word in ("of", "e", "-") for word in words]
    assert list(name_spans(is_name)) == [(1, 1), (3, 3), (5, 5), (9, 9)]
    assert list(name_spans(is_name, connects, (0, 1, 3))) == [(1, 3), (5, 9)]


def test_a_word_belongs_to_the_run_of_capitals_around_it() -> None:
    sentence = parse("Officials of the Bank of England met.")
    index = next(word.index for word in sentence.words if word.text == "England")
    assert name_containing(sentence, index) == ("Officials", "of", "the", "Bank", "of", "England")
