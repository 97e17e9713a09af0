"""Which names are one name: by letter, by what the article explains, and never by looks alone."""

import pytest

from service.grounding import Support, check
from service.language.article_names import known_names
from service.language.lexicon import same_name
from service.language.parsing import Word, parse

ARTICLE = (
    "Gen. Omar Velt spoke in Norwick on Monday. Velt promised to close the port. Dana Rowe, also known as Sister Moon, "
    "sang at the Eastport Harbour Board (EHB). Ada Poe and Ben Poe came late. Poe closed the door. The prize went to "
    "South Lorland. Lorland cheered. Prime Minister Jo Vale resigned. Vale wept in public. Trade in Tarn Maren fell. "
    "Nobody invested in Maren."
)


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
    assert same_name(_word(claim, one), _word(evidence, other)) is meet


@pytest.mark.parametrize(
    ("claim", "quote", "accepted"),
    [
        ("Omar Velt promised to close the port.", "Velt promised to close the port.", True),
        ("The port was closed, Omar Velt said.", "The port was closed, Velt said.", True),
        ("Prime Minister Vale wept in public.", "Vale wept in public.", True),
        ("Sister Moon left on foot.", "Dana Rowe left on foot.", True),
        ("The Eastport Harbour Board closed the port.", "The EHB closed the port.", True),
        ("Ali Velt promised to close the port.", "Velt promised to close the port.", False),
        ("Omar Velt promised to close the port.", "Ali Velt promised to close the port.", False),
        ("The port was closed, Ali Velt said.", "The port was closed, Velt said.", False),
        ("President Vale wept in public.", "Vale wept in public.", False),
        ("Ada Poe closed the door.", "Poe closed the door.", False),
        ("South Lorland cheered loudly.", "Lorland cheered loudly.", False),
        ("Nobody invested in Tarn Maren.", "Nobody invested in Maren.", False),
    ],
)
def test_a_surname_is_the_whole_name_that_its_article_told_alone(claim: str, quote: str, accepted: bool) -> None:
    support = Support(quote=quote, known=known_names(ARTICLE))
    assert check(claim, [support]).accepted is accepted


def test_without_its_article_a_surname_says_nobody() -> None:
    assert not check(
        "Omar Velt promised to close the port.", [Support(quote="Velt promised to close the port.")]
    ).accepted


def test_a_short_form_is_explained_only_by_what_it_spells() -> None:
    names = known_names("The Eastport Harbour Board (EHB) met the Norwick Rowers (Oslo).").one
    assert names == (frozenset({"eastport harbour board", "ehb"}),)


def test_a_name_of_hyphens_and_small_words_is_one_name() -> None:
    finding = check("Marsh-e-Tolva gained support.", [Support(quote="The group MeT gained support.")])
    assert finding.accepted
