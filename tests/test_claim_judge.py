"""Claim judge: what can be put right in a claim, and the entailment model that ships."""

from contextlib import closing
from pathlib import Path

import pytest

from index.reading import ArticleRecord, to_article
from index.types import Filters
from index.words import stems
from service.checking.article_statements import ArticleStatements
from service.engines import Engines
from service.grounding import Support, check, other_values, put_right
from service.grounding.claim_decision import LIKELY, agrees, equal_log_odds
from service.grounding.premises import premises
from service.language.parsing import parse
from service.language.quantities import quantities
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines

EVIDENCE = "The fire in Porto killed 3 people and injured 12 on 4 May 2024."


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("The fire in Porto killed 5 people.", "3"),
        ("The fire in Porto killed five people.", "3"),
        ("The fire in Porto killed 12 people and injured 3.", "3"),
        ("The fire in Porto killed 3 people on 9 May 2024.", "4 May 2024"),
    ],
)
def test_the_evidence_with_the_value_put_in_is_among_the_corrections(claim: str, found: str) -> None:
    finding = check(claim, [Support(quote=EVIDENCE)])
    corrections = list(put_right(claim, finding, EVIDENCE))
    assert found in {each.found for each in corrections}
    assert all(each.text != claim for each in corrections)
    assert any(check(each.text, [Support(quote=EVIDENCE)]).accepted for each in corrections)


@pytest.mark.parametrize("negation", ["were not", "weren't", "were never"])
def test_a_negation_is_taken_out(negation: str) -> None:
    claim = f"The two piers {negation} closed by the port."
    evidence = "The two piers were closed by the port."
    (correction,) = put_right(claim, check(claim, [Support(quote=evidence)]), evidence)
    assert (correction.text, correction.found) == (evidence, "were")


@pytest.mark.parametrize(("claimed", "found", "differs"), [("2,300", "2,318", False), ("2,300", "2,918", True)])
def test_a_rounded_figure_is_no_other_figure(claimed: str, found: str, *, differs: bool) -> None:
    claim, evidence = f"The ferry carried about {claimed} passengers.", f"The ferry carried {found} passengers."
    corrections = other_values(parse(claim), parse(evidence), [claimed])
    assert [found in each.text for each in corrections] == [True] * differs


def test_nothing_is_put_right_where_words_are_missing() -> None:
    claim = "The mayor of Porto resigned after the fire."
    assert not list(put_right(claim, check(claim, [Support(quote=EVIDENCE)]), EVIDENCE))


@pytest.mark.parametrize(
    ("speaker", "other"),
    [
        ("The tracker", "A utility tracker"),
        ("The president", "Ines Calder"),
        ("The Norwegian President", "Ines Calder"),
        ("Ines Calder", "The president"),
    ],
)
def test_another_wording_of_a_speaker_is_no_correction(speaker: str, other: str) -> None:
    evidence, claim = (f"{each} said that 17,000 customers had no power." for each in (speaker, other))
    assert not list(put_right(claim, check(claim, [Support(quote=evidence)]), evidence))


@pytest.mark.parametrize(
    ("claim", "found"),
    [
        ("The fire in Porto killed 5 people.", {"3", "12"}),
        ("The fire in Porto killed 3 people on 9 May 2024.", {"4 May 2024"}),
        ("The fire in Porto killed 3 people in May 2024.", set()),
        ("The fire in Porto injured about 12 people.", set()),
        ("The fire in Porto injured more than 11.5 people.", set()),
        ("The fire in Porto cost $9.", set()),
    ],
)
def test_only_a_value_that_the_evidence_has_not_even_rounded_is_put_right(claim: str, found: set[str]) -> None:
    assert {each.found for each in other_values(parse(claim), parse(EVIDENCE))} == found


def test_premises_are_of_one_article_in_its_order_around_the_nearest_sentence(workspace: Workspace) -> None:
    claim = "The army launched an operation against militants in Bajaur."
    ranked = workspace.checker.evidence(claim, Filters())
    statements = ArticleStatements().around(ranked[0], ranked)
    found = premises(ranked[0], statements, dict.fromkeys(stems(claim), 1.0))
    assert 1 < len(found) <= 4
    assert found[0].sentences == (ranked[0],)
    for premise in found:
        assert {(each.article_id, each.version) for each in premise.sentences} == {ranked[0].location[:2]}
        assert [each.start for each in premise.sentences] == sorted(each.start for each in premise.sentences)
        assert len(premise.sentences) <= 5
        assert all(each.text in premise.text for each in premise.sentences)


def test_a_premise_joins_the_sentences_that_cover_a_claim_wherever_they_stand(settings: Settings) -> None:
    opened = Workspace(settings, light_engines(), Home(settings.home))
    filler = " ".join(f"Nobody at the quay said anything about matter {i}." for i in range(30))
    text = f"The Gull is a ferry of the Calder line.\n\n{filler}\n\nA storm sank it near Eastport."
    opened.ingest([to_article(ArticleRecord(id="gull", title="Lost", outlet="The Tern", text=text))])
    claim = "A storm sank a ferry of the Calder line near Eastport."
    (nearest, *_) = ranked = opened.checker.evidence(claim, Filters())
    statements = ArticleStatements().around(nearest, ranked)
    found = premises(nearest, statements, dict.fromkeys(stems(claim), 1.0))
    assert any(stems("ferry storm") <= {word for each in premise.sentences for word in each.stems} for premise in found)
    assert all(opened.article("gull").text[each.start : each.end] == each.quote for each in statements)
    opened.close()


MOORING = "Harbour. The Gull, 3 May 2024. The council raised mooring fees by a tenth on Monday after a long debate."


@pytest.mark.real_models
def test_the_entailment_model_prefers_what_the_premise_says(real_engines: Engines) -> None:
    claims = [f"The council {did} the fees for mooring." for did in ("increased", "abolished", "did not raise")]
    assert real_engines.entailment is not None
    right, *wrong = real_engines.entailment([(claim, MOORING) for claim in claims])
    assert right.log_odds > max(each.log_odds for each in wrong) + 1
    assert max(each.log_odds for each in wrong) < equal_log_odds(LIKELY, wrong[0].log_odds_attributed)
    assert right.supported + right.contradicted + right.neither + right.attributed == pytest.approx(1, abs=1e-5)
    assert len(right.marks) >= len(claims[0].split())
    assert all(0 <= mark <= 1 for _, mark in right.marks)


@pytest.mark.parametrize(
    ("claimed", "found", "agree"),
    [
        ("The accident hurt 12 others.", "It injured 12 people.", True),
        ("The accident hurt 11 others.", "It injured 12 people.", False),
        ("The accident hurt about 11 others.", "It injured 12 people.", True),
        ("The mishap cost $12 in cash.", "It injured 12 people.", False),
        ("More than 10 were hurt.", "It injured 12 people.", True),
    ],
)
def test_figures_agree_where_both_can_be_right(claimed: str, found: str, agree: bool) -> None:
    (ours,), (theirs,) = quantities(parse(claimed)), quantities(parse(found))
    assert agrees(ours, theirs) is agree


def test_words_in_quotation_marks_are_never_put_right() -> None:
    claim, evidence = parse("The minister said “we lost 47 men” in May."), parse("The army lost 12 men.")
    assert [*other_values(claim, evidence)] == []


def test_each_of_two_equal_figures_can_be_put_right() -> None:
    texts = {each.text for each in other_values(parse("5 people died and 5 were hurt."), parse("It killed 7 people."))}
    assert texts == {"7 people died and 5 were hurt.", "5 people died and 7 were hurt."}


CLAIMED = "The harbour office claimed that repainting the pier of Norwick had cost 45,000 pounds."
SAID = "Repainting the pier of Norwick cost 45,000 pounds, the harbour office said on Sunday."
"""Judged half supported and half attributed (evals/LOG.md), so it is told as neither."""


@pytest.mark.real_models
@pytest.mark.parametrize(
    ("report", "told"),
    [(CLAIMED, {"needs_attribution"}), (SAID, {"needs_attribution", "likely_supported", "not_found"})],
)
def test_nobody_is_said_to_have_given_another_figure(
    tmp_path: Path, real_engines: Engines, report: str, told: set[str]
) -> None:
    settings = Settings(home=tmp_path / "home", exact=True)
    with closing(Workspace(settings, real_engines, Home(settings.home))) as workspace:
        workspace.ingest([to_article(ArticleRecord(id="pier", text=report))])
        for figure, verdicts in (("45,000", told), ("50,000", {"not_found", "contradicted"})):
            (found,) = workspace.check(f"Painting the pier of Norwick cost {figure} pounds.", Filters()).sentences
            assert found.verdict in verdicts, (figure, found)
