"""Which names are one name: by letter, by what the article explains, and never by looks alone."""

import pytest

from service.language.aliases import known_names
from service.language.lexicon import equivalent_names
from service.language.parsing import Word, parse


def _word(sentence: str, text: str) -> Word:
    return next(word for word in parse(sentence).words if word.text == text)


@pytest.mark.parametrize(
    ("claim", "one", "evidence", "other", "meet"),
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
def test_names_meet_letter_by_letter_or_as_a_place_and_its_people(
    claim: str, one: str, evidence: str, other: str, meet: bool
) -> None:
    assert equivalent_names(_word(claim, one), _word(evidence, other)) is meet


def test_a_short_form_is_explained_only_by_what_it_spells() -> None:
    names = known_names("The Eastport Harbour Board (EHB) met the Norwick Rowers (Oslo).").aliases
    assert names == (frozenset({"eastport harbour board", "ehb"}),)
