"""Claims made of the evidence's own words alone, put together anew: some of them it says, and most it does not."""

import pytest

from service.grounding import Support, check

ARREST = "The arrest of Ann Velt, a member of the Tarn Crew, by the Norwick police has renewed the debate."
COACH = "Coach Dana Rowe chose to row instead of sailing past Quillby's pier."
MAYOR = "In the mayor's final days, he tried to sell his boat."
VELT = "Velt, who was wrongly assumed to have been killed, owns a pier."


@pytest.mark.parametrize(
    ("evidence", "claim"),
    [
        (ARREST, "The Tarn Crew was arrested by the Norwick police."),
        (ARREST, "Ann Velt was arrested by the Tarn Crew."),
        (ARREST, "Ann Velt is the police."),
        (COACH, "Coach Dana Rowe chose to sail past the pier."),
        (COACH, "Dana Rowe is Quillby's coach."),
        (MAYOR, "In her final days, the mayor tried to sell her boat."),
        ("The rower won after 34 minutes.", "The rower won for 34 minutes."),
        (VELT, "Velt was killed."),
        (VELT, "Velt was assumed to have been killed."),
        ("By the time the leak was found, the crew was at sea.", "The crew found the leak."),
        ("The once feared crew rows now.", "The feared crew rows."),
        ("Rowe said goodbye, so he won't be back.", "Rowe will be back."),
        ("In the club's final days, he tried to sell the boat.", "The club tried to sell the boat."),
        ("A captured boat of Norwick passed the Quillby pier.", "Norwick captured the Quillby pier."),
        ("More than 40 people of all ages left.", "All people left."),
        ("The fee would jump to $30 from $2 now.", "The fee would jump to $2."),
        ("The board warned of the potential for misuse of funds.", "The board misused funds, the board warned."),
    ],
)
def test_what_the_words_do_not_say_together_is_refused(evidence: str, claim: str) -> None:
    finding = check(claim, [Support(quote=evidence)])
    assert not finding.accepted


@pytest.mark.parametrize(
    ("evidence", "claim"),
    [
        (ARREST, "Ann Velt is a member of the Tarn Crew."),
        (COACH, "Dana Rowe is a coach."),
        ("The inquiry was opened by the board in May.", "The board opened the inquiry."),
        ("Dana Rowe, one of the lead rowers, left.", "Dana Rowe was one of the lead rowers."),
        ("Many of the new rowers are pilots.", "Many new rowers are pilots."),
        ("The Norwick inquiry will go on.", "The inquiry by Norwick will go on."),
        ("Velt became the mayor of Norwick.", "Velt was the mayor of Norwick."),
        ("All boats of the crew sank.", "All boats sank."),
        ("The rower won after 34 minutes.", "After 34 minutes, the rower won."),
    ],
)
def test_what_they_do_say_is_accepted(evidence: str, claim: str) -> None:
    finding = check(claim, [Support(quote=evidence)])
    assert finding.accepted, finding.detail
