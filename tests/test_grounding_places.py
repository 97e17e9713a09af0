"""What stands where: words of the evidence may not change places, conditions or the one they speak of."""

import pytest

from service.grounding import Support, check

VILLAGE = (
    "The village of Easton lies about 300 km from the hills of Norwick and about 260 km from the coast of Zorbach."
)
SUPPER = "In May, the mayor of Zorbach met the harbour master in Quillby, where a strike had closed the docks."
THREAT = (
    "In his second speech to the union, in Quillby, he threatened to use the whole fleet to close the northern port."
)
RANKS = "The northern clans were ranked higher and the southern clans were ranked lower."
BOILER = "If the water level drops, the lead melts and the steam escapes, warning the stokers."
ASKED = "The clerk asked whether the council had sold the pier."
REPORT = "The bridge is unsafe, the engineer said in Norwick on Friday."
DENIED = "The port was no match for the canal."
DISTRICT = "The district covers many acres, and its population is 17,289."
NETWORK = Support(
    quote="It played a large part in spreading the telegraph.",
    context="Its purpose was to serve towns that could not be joined to the Zelden Line.",
)
LINE = Support(
    quote="It played a large part in spreading the telegraph.",
    context="The Zelden Line was built by the Norwick Company.",
)


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("Easton lies about 260 km from the hills of Norwick.", VILLAGE),
        ("The village of Norwick lies about 300 km from the hills of Easton.", VILLAGE),
        ("The mayor of Quillby met the harbour master in Zorbach.", SUPPER),
        ("The harbour master of Zorbach met the mayor in Quillby.", SUPPER),
        ("The canal was no match for the port.", DENIED),
        ("The port was not no match for the canal.", DENIED),
        (THREAT.replace("fleet", "orchestra"), THREAT),
        (THREAT.replace("northern", "southern"), THREAT),
        ("The northern clans were ranked lower and the southern clans were ranked lower.", RANKS),
        ("The water level drops, and the steam escapes, warning the stokers.", BOILER),
        ("The steam escapes, warning the stokers.", BOILER),
        ("The lead melts.", BOILER),
        ("The council had sold the pier.", ASKED),
        ("The district covers 17,289 acres, and its population is 17,289.", DISTRICT),
        ("The bridge is unsafe, the engineer said in Zorbach on Friday.", REPORT),
        ("The bridge is unsafe, the engineer said in Norwick on Monday.", REPORT),
        ("The bridge is unsafe, the engineer never said.", REPORT),
    ],
)
def test_what_changes_its_place_is_refused(claim: str, evidence: str) -> None:
    assert not check(claim, [Support(quote=evidence)]).accepted


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The village of Easton lies about 260 km from the coast of Zorbach.", VILLAGE),
        ("The mayor of Zorbach met the harbour master in Quillby in May.", SUPPER),
        ("In May, the harbour master was met in Quillby by the mayor of Zorbach.", SUPPER),
        ("A strike had closed the docks in Quillby.", SUPPER),
        ("The southern clans were ranked lower.", RANKS),
        ("If the water level drops, the steam escapes.", BOILER),
        ("The clerk asked whether the pier had been sold by the council.", ASKED),
        ("The engineer said in Norwick that the bridge is unsafe.", REPORT),
    ],
)
def test_what_is_told_in_another_order_is_accepted(claim: str, evidence: str) -> None:
    assert check(claim, [Support(quote=evidence)]).accepted


def test_a_pronoun_stands_for_what_the_sentence_before_is_about() -> None:
    claim = "{} played a large part in spreading the telegraph."
    assert check(claim.format("The Zelden Line"), [LINE]).accepted
    assert not check(claim.format("The Norwick Company"), [LINE]).accepted
    # That sentence speaks of something named still earlier: its only name is not what it is about.
    assert not check(claim.format("The Zelden Line"), [NETWORK]).accepted


def test_what_stands_in_anothers_place_contradicts_the_evidence() -> None:
    found = check("The canal was no match for the port.", [Support(quote=DENIED)])
    assert (found.reason, found.detail) == ("role", "in the evidence it is 'port', not 'canal', with 'was'")
