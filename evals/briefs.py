"""Briefs over the seeds and over made-up stories with altered copies: is what counts in them, once, rightly dated,
rightly attributed, and are the planted differences told and no others?"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from evals.brief_cases import Facts, Story, Topic
from evals.brief_scorers import SCORERS, Seen
from evals.scorers import Score
from evals.summarising import CaseResult, Metric, Report, average, current_commit, quantile
from index.errors import NotFound
from index.types import Filters, utc_now
from service.briefing.types import Brief, BriefRequest
from service.desk import Desk


def run_briefs(
    desk: Desk,
    facts: Facts,
    stories: Sequence[Story],
    other: Desk,
    name: str,
    embedder: str,
    progress: Callable[[str], None] = lambda line: None,
) -> Report:
    """Every topic over the seeds in `desk`; every story over all stories in `other`, which is empty before."""
    seen: list[Seen] = []
    times: list[float] = []
    for topic in facts.topics:
        brief, took = _timed(desk, BriefRequest(topic=topic.topic, filters=Filters(as_of=topic.as_of)))
        times.append(took)
        seen.append(_seen(topic.id, "seeds, held" if topic.held else "seeds", brief, desk, facts=facts, topic=topic))
        progress(topic.id)
    other.ingest(article for story in stories for article in story.articles())
    for story in stories:
        brief, _ = _timed(other, BriefRequest(topic=story.topic, filters=Filters(as_of="2026-11-01")))
        seen.append(
            _seen(story.id, "planted, held" if story.held else "planted", brief, other, planted=story.planted())
        )
        progress(story.id)
    return _report(seen, times, desk, name, embedder)


def _timed(desk: Desk, request: BriefRequest) -> tuple[Brief, float]:
    started = time.perf_counter()
    brief = desk.brief(request)
    return brief, time.perf_counter() - started


def _seen(
    id_: str,
    kind: str,
    brief: Brief,
    desk: Desk,
    *,
    facts: Facts | None = None,
    topic: Topic | None = None,
    planted: tuple[tuple[str, str], ...] = (),
) -> Seen:
    return Seen(
        id=id_,
        kind=kind,
        brief=brief,
        resolving={citation.number: _resolves(desk, brief, citation.number) for citation in brief.citations},
        facts=facts,
        topic=topic,
        planted=planted or (topic.differences if topic else ()),
    )


def _resolves(desk: Desk, brief: Brief, number: int) -> bool:
    citation = next(each for each in brief.citations if each.number == number)
    try:
        text = desk.article(citation.article_id, citation.version).text
    except NotFound:
        return False
    return bool(citation.quote) and text[citation.start : citation.end] == citation.quote


def _report(seen: Sequence[Seen], times: Sequence[float], desk: Desk, name: str, embedder: str) -> Report:
    scored = {each.id: {metric: list(scorer(each)) for metric, scorer in SCORERS.items()} for each in seen}
    return Report(
        suite=name,
        created_at=utc_now(),
        commit=current_commit(),
        style="quote",
        revision=desk.catalogue.revision(),
        engine="none",
        embedder=embedder,
        n_cases=len(seen),
        metrics={**_pooled(list(scored.values())), "seconds_p50": quantile(np.array(times), 0.5, 0)},
        slices={
            kind: _pooled([scored[each.id] for each in seen if each.kind == kind])
            for kind in dict.fromkeys(each.kind for each in seen)
        },
        errors=0,
        cases=tuple(_result(each, scored[each.id]) for each in seen),
    )


def _pooled(scored: Sequence[dict[str, list[Score]]]) -> dict[str, Metric]:
    """Every nugget, line, event and difference counts once, whichever brief it is of."""
    return {metric: average(score for found in scored for score in found[metric]) for metric in SCORERS}


def _result(seen: Seen, scores: dict[str, list[Score]]) -> CaseResult:
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
