"""Reported claims: words that the checks accept, and that the entailment model finds to be somebody's."""

from collections.abc import Sequence

from index.reading import ArticleRecord, to_article
from service.grounding import Entailment
from service.runtime.home_lock import Home
from service.runtime.settings import Settings
from service.workspace import Workspace
from tests.conftest import light_engines
from tests.test_checking import FixedEntailment, judged, one

CLAIM = "The bridge was shut to hide a crack."
ASSUMED = "The assumption, shared by many in the town, is that the bridge was shut to hide a crack."


class AssumptionEntailment(FixedEntailment):
    """Entailment model that finds every claim attributed by a premise that calls it an assumption."""

    def __call__(self, pairs: Sequence[tuple[str, str]]) -> list[Entailment]:
        attributed = FixedEntailment(0.1, 0.85)
        return [(attributed if "assumption" in premise else self)._judged(claim) for claim, premise in pairs]


def test_words_that_the_model_finds_to_be_somebodys_need_a_speaker(settings: Settings) -> None:
    workspace, model = Workspace(settings, light_engines(), Home(settings.home)), AssumptionEntailment(0.9999)
    workspace.ingest([to_article(ArticleRecord(id="view", title="Bridge", text=ASSUMED))])
    assert one(workspace, CLAIM).verdict == "supported"  # the checks alone do not see it
    assert judged(workspace, model, CLAIM).verdict == "needs_attribution"
    assert judged(workspace, model, f"Critics said that {CLAIM[0].lower()}{CLAIM[1:]}").verdict != "needs_attribution"
    workspace.ingest([to_article(ArticleRecord(id="fact", title="Inquiry", text=CLAIM))])
    found = judged(workspace, model, CLAIM)
    assert (found.verdict, found.citations[0].article_id) == ("supported", "fact")
