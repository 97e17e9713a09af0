"""Small words and the time of a verb: what a claim may not turn, join, heighten or move to the present."""

import pytest

from service.grounding import Support, check
from service.language.attribution_clauses import is_statement

EVIDENCE = (
    "The ferry sailed from Quillby to Norwick and carried fuel and grain for the islands, although the harbour was "
    "closed."
)


@pytest.mark.parametrize(
    ("claim", "evidence", "reason"),
    [
        ("The ferry sailed to Quillby.", EVIDENCE, "contrast"),
        ("The ferry carried fuel and grain against the islands.", EVIDENCE, "contrast"),
        ("The ferry carried fuel or grain for the islands.", EVIDENCE, "contrast"),
        ("The ferry sailed from Quillby because the harbour was closed.", EVIDENCE, "contrast"),
        ("The fee deterred them to landing.", "The fee deterred them from landing.", "contrast"),
        ("The strike hit the coast most.", "The strike hit the coast.", "contrast"),
        ("The strike hit more ports.", "The strike hit ports.", "contrast"),
        ("The mayor is the owner of the pier.", "The mayor was the owner of the pier.", "date"),
        ("The crew owns the pier.", "In 1911 the crew owned the pier.", "date"),
        ("The pier is used by the crew.", "The pier was used by the crew until 1911.", "date"),
        ("The board has a ferry.", "The board had a ferry.", "date"),
        ("Velt used a new map of the coast.", "Velt drew a new map of the coast.", "words"),
        (
            "In May 2002 the crew left, and returned in May 2002.",
            "In May 2000 the crew left, and returned in May 2002.",
            "date",
        ),
        (
            "The wage is 90 percent of the Norwick average.",
            "The wage is 90 percent of the Quillby average, or 40 percent of the Norwick average.",
            "role",
        ),
        (
            "It is one of the worst storms in Norwick.",
            "It is one of the worst storms in Quillby, and the almanac lists the worst storms in Norwick.",
            "role",
        ),
        ("The wooden pier was a gift.", "The pier was a gift, and the crew mended a wooden pier elsewhere.", "role"),
        (
            "Its organ, The Quillby Voice, claimed ties with crews or owners.",
            "Its organ, The Quillby Voice, claimed ties with crews and owners.",
            "contrast",
        ),
        ("The report only said that the pier was closed.", "The report said that the pier was closed.", "contrast"),
        (
            "The pier delays the crew, and the ferry may be sold.",
            "The pier may delay the crew, and the ferry may be sold.",
            "hedge",
        ),
    ],
)  # fmt: skip
def test_what_turns_a_sentence_round_is_refused(claim: str, evidence: str, reason: str) -> None:
    finding = check(claim, [Support(quote=evidence)])
    assert (finding.accepted, finding.reason) == (False, reason), finding.detail


@pytest.mark.parametrize(
    ("claim", "evidence"),
    [
        ("The ferry sailed from Quillby to Norwick.", EVIDENCE),
        ("The ferry carried grain and fuel for the islands.", EVIDENCE),
        ("Although the harbour was closed, the ferry sailed.", EVIDENCE),
        ("The strike hit the coast most.", "The strike hit the coast most of all."),
        ("The most popular pier is in Quillby.", "The most popular pier, it is said, is in Quillby."),
        ("The pier has closed.", "The pier closed."),
        ("The board says that the pier is safe.", "The board said that the pier was safe."),
        ("The crew owned the pier.", "The crew owns the pier."),
        ("More than 40 boats left.", "More than 40 boats left the port."),
    ],
)
def test_what_keeps_them_is_accepted(claim: str, evidence: str) -> None:
    finding = check(claim, [Support(quote=evidence)])
    assert finding.accepted, finding.detail


@pytest.mark.parametrize(
    ("claim", "evidence", "reason"),
    [
        ("The boats sank.", "Most boats sank.", "contrast"),
        ("Boats of the port sank.", "Some of the boats of the port sank.", "contrast"),
        ("The pier had a weakness.", "Divers had reported a weakness of the pier.", "speaker"),
        ("The pier is the oldest one.", "As Velt and Rowe point out, the pier is the oldest one.", "speaker"),
        ("The pier is unsafe.", "The pier was described as unsafe.", "speaker"),
        ("The mayor was a friend of the crew.", "Critics called the mayor a friend of the crew.", "speaker"),
        ("The pier is a bridge to nowhere.", "The pier, as noted by Velt, is a bridge to nowhere.", "speaker"),
        ("The pier is a bridge.", "The pier, as noted by Edward Said, is a bridge.", "speaker"),
        ("The pier was the worst one.", "The pier was the worst one, Velt said — and it was old.", "speaker"),
        ("They must pay.", "They may pay.", "hedge"),
        ("The pier was a fraud.", "The pier was a fraud “at first,” the board alleges — with a hole.", "speaker"),
        ("Velt paid the fee.", "Velt has to pay the fee.", "hedge"),
        ("The board built a pier, which was a sponsor.", "The board built a pier and was a sponsor of fairs.", "role"),
        ("The monks fled.", "Several monks fled.", "contrast"),
        ("The mayor is the one who sets fees.", "Calling the board, which sets fees, is a duty of the mayor.", "role"),
    ],
)  # fmt: skip
def test_what_is_only_partly_so_or_only_said_is_no_plain_fact(claim: str, evidence: str, reason: str) -> None:
    finding = check(claim, [Support(quote=evidence)])
    assert (finding.accepted, finding.reason) == (False, reason), finding.detail


@pytest.mark.parametrize(
    ("claim", "evidence", "accepted"),
    [
        ("The mayor met an owner.", "The former mayor met an owner.", False),
        ("Police stopped the attack on the pier.", "Police stopped the planned attack on the pier.", False),
        ("The former mayor met an owner.", "The former mayor met an owner on Monday.", True),
        ("The mayor met an owner.", "The former mayor and the mayor met an owner.", True),
        ("The mayor met an owner.", "The angry mayor met an owner.", True),
        ("The board currently realizes a year.", "The board currently realizes about 500 fairs a year.", False),
    ],
)
def test_a_word_that_changes_its_noun_is_not_left_out(claim: str, evidence: str, accepted: bool) -> None:
    assert check(claim, [Support(quote=evidence)]).accepted is accepted


def test_is_may_be_said_either_way_round() -> None:
    assert check("A closed pier is the worst sight.", [Support(quote="The worst sight is a closed pier.")]).accepted


def test_who_does_it_stays_who_does_it_behind_expect_and_have() -> None:
    quote = "The board, which owns the pier, is expected to close the harbour before May."
    assert check("The harbour is expected to be closed by the board before May.", [Support(quote=quote)]).accepted
    assert not check("The board is expected to be closed by the harbour before May.", [Support(quote=quote)]).accepted


def test_a_fragment_is_no_statement() -> None:
    assert is_statement("The mayor closed the pier.")
    assert not is_statement("Ada Rowe, a painter of piers.")
    assert not is_statement("The harbour board's list of fees.")
