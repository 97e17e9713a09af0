"""Brief suite: score briefs over the seeds and over invented stories with altered copies.

Measures nugget recall, redundancy, dating, attribution, and recall and false positives of the planted differences.
"""

import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from evals.harness.cases import CASES
from evals.harness.runner import EvalContext, resolves, workspace_over
from evals.harness.scores import Score
from evals.harness.suites.briefs.brief_cases import SeedFacts, StoryCase, TopicCase, read_facts, read_stories
from evals.harness.suites.briefs.brief_scorers import SCORERS, ObservedBrief
from evals.harness.summary import CaseResult, Metric, Report, assembled, average, quantile
from index.types import Filters
from service.briefing.types import Brief, BriefRequest
from service.workspace import Workspace


def read_briefs(path: Path) -> list[TopicCase | StoryCase]:
    """Read the topics and the stories file next to them; raise InputError with file and line for a malformed line."""
    return [*read_facts(path).topics, *read_stories(path.with_name("brief_stories.jsonl"))]


def run_briefs(context: EvalContext, cases: Sequence[TopicCase | StoryCase]) -> Report:
    """Run every topic over the seeds, and every story over a separate collection of all stories."""
    facts = read_facts(CASES / "briefs.jsonl")
    stories = [case for case in cases if isinstance(case, StoryCase)]
    seen: list[ObservedBrief] = []
    times: list[float] = []
    for topic in (case for case in cases if isinstance(case, TopicCase)):
        brief, took = _timed(
            context.workspace, BriefRequest(topic=topic.topic, filters=Filters(as_of=topic.as_of, undated=True))
        )
        times.append(took)
        kind = "seeds, held" if topic.holdout else "seeds"
        seen.append(_observed(topic.id, kind, brief, context.workspace, facts=facts, topic=topic))
        context.progress(topic.id)
    with workspace_over([], context.workspace.settings, context.engines) as other:
        other.ingest(article for story in stories for article in story.articles())
        for story in stories:
            brief, _ = _timed(
                other, BriefRequest(topic=story.topic, filters=Filters(as_of=context.as_of, undated=True))
            )
            kind = "planted, held" if story.holdout else "planted"
            seen.append(_observed(story.id, kind, brief, other, planted=story.planted()))
            context.progress(story.id)
    return _report(seen, times, context)


def _timed(workspace: Workspace, request: BriefRequest) -> tuple[Brief, float]:
    started = time.perf_counter()
    brief = workspace.brief(request)
    return brief, time.perf_counter() - started


def _observed(
    id_: str,
    kind: str,
    brief: Brief,
    workspace: Workspace,
    *,
    facts: SeedFacts | None = None,
    topic: TopicCase | None = None,
    planted: tuple[tuple[str, str], ...] = (),
) -> ObservedBrief:
    return ObservedBrief(
        id=id_,
        kind=kind,
        brief=brief,
        resolving={citation.number: resolves(workspace, citation) for citation in brief.citations},
        facts=facts,
        topic=topic,
        planted=planted or (topic.differences if topic else ()),
    )


def _report(seen: Sequence[ObservedBrief], times: Sequence[float], context: EvalContext) -> Report:
    scored = {each.id: {metric: list(found) for metric, found in SCORERS.scores(each).items()} for each in seen}
    results = [_result(each, scored[each.id]) for each in seen]
    report = assembled(context.info(style="quote", engine="none"), results, tuple(SCORERS))
    took = {"seconds_p50": quantile(np.array(times), 0.5, 0)} if times else {}
    pooled = {
        kind: _pooled([scored[each.id] for each in seen if each.kind == kind])
        for kind in dict.fromkeys(each.kind for each in seen)
    }
    return report.model_copy(update={"metrics": {**_pooled(list(scored.values())), **took}, "slices": pooled})


def _pooled(scored: Sequence[dict[str, list[Score]]]) -> dict[str, Metric]:
    """Micro-average each metric: every nugget, line, event and difference has the same weight."""
    return {metric: average(score for found in scored for score in found[metric]) for metric in SCORERS}


def _result(seen: ObservedBrief, scores: dict[str, list[Score]]) -> CaseResult:
    means = {metric: average(found).mean for metric, found in scores.items()}
    wrong = {metric: "; ".join(each.reason for each in found if each.reason) for metric, found in scores.items()}
    brief = seen.brief
    lines = [brief.summary.headline, *brief.summary.lines, *brief.points]
    return CaseResult(
        id=seen.id,
        type=seen.kind,
        question=brief.topic,
        verdict=brief.verdict,
        text="\n".join(line.text for line in lines if line is not None),
        scores={metric: mean for metric, mean in means.items() if mean is not None},
        reasons={metric: reason for metric, reason in wrong.items() if reason},
    )
