"""Proof run: a model through the evidence sets and the labelled claims, with the engines of this machine."""

from collections.abc import Callable, Iterator, Sequence

from index.search.reader import Reader, ReaderPassage, passage_head
from index.types import Span
from service.answering.pipeline import capable_composer
from service.generation.request_queue import RequestQueue
from service.generation.types import TextGenerator
from service.grounding import EntailmentModel
from service.proving.decisions import judge_decision, writing_decision
from service.proving.evidence_sets import EvidenceSet, evidence_sets, passages_of
from service.proving.judge_proof import judge_result, labelled_claims, premise_of
from service.proving.kept_decisions import JudgeDecision, WritingDecision
from service.proving.writing_proof import SetResult, written_results
from service.runtime.settings import Settings

QUOTED = 3
"""Number of quotations with which a writer's answer is compared."""
LIKELY_LOG_ODDS = 0.0
"""Log-odds from which a shown sentence counts as faithful by the judge."""

Progress = Callable[[str], None]


def prove_writing(
    generator: TextGenerator,
    reader: Reader,
    entailment: EntailmentModel,
    settings: Settings,
    progress: Progress = lambda line: None,
    sets: int | None = None,
) -> WritingDecision:
    """Write every evidence set, report each answer, and decide; `sets`: only the first so many."""
    chosen = evidence_sets()[:sets]
    composer = capable_composer(generator, RequestQueue(), settings, entailment)
    results: list[SetResult] = []
    for result in written_results(composer, chosen):
        results.append(result)
        progress("\n".join(_lines(result, len(results), len(chosen))))
    quoted = sum(each.nuggets_in(" ".join(quotations(reader, each))) for each in chosen)
    wanted = sum(len(each.nuggets) for each in chosen)
    faithful, least = faithful_share(results, entailment), likely_share(entailment)
    return writing_decision(results, quoted / wanted if wanted else 0.0, faithful, least)


def prove_judge(judge: EntailmentModel, embedded: EntailmentModel, progress: Progress) -> JudgeDecision:
    """Put a judge and the embedded one through the labelled claims, and decide."""
    claims = labelled_claims()
    return judge_decision(judge_result(judge, claims, progress), judge_result(embedded, claims))


def quotations(reader: Reader, evidence: EvidenceSet) -> list[str]:
    """Return the sentences of an evidence set that the reader ranks first."""
    ranked: list[tuple[float, str]] = []
    for passage in passages_of(evidence):
        texts = [each.text for each in passage.sentences]
        ends = [sum(len(text) + 1 for text in texts[: i + 1]) - 1 for i in range(len(texts))]
        spans = tuple(Span(start=end - len(text), end=end) for end, text in zip(ends, texts, strict=True))
        read = ReaderPassage(passage_head(passage.sentences[0].source), " ".join(texts), spans)
        ranked += zip(reader(evidence.question, [read])[0].sentences, texts, strict=True)
    return [text for _, text in sorted(ranked, key=lambda each: -each[0])[:QUOTED]]


def faithful_share(results: Sequence[SetResult], judge: EntailmentModel) -> float:
    """Return the share of the composed sentences shown that a judge finds more likely supported than not."""
    likely = list[bool]()
    for evidence, result in zip(evidence_sets(), results, strict=False):
        premises = [premise_of(passage) for passage in passages_of(evidence)]
        for text in result.composed:
            found = judge([(text, premise) for premise in premises])
            likely.append(max(each.log_odds for each in found) >= LIKELY_LOG_ODDS)
    return sum(likely) / len(likely) if likely else 0.0


def likely_share(judge: EntailmentModel) -> float:
    """Return the share of the supported labelled claims that a judge finds more likely supported than not."""
    claims = [each for each in labelled_claims() if each.supported]
    found = judge([(each.claim, each.premise) for each in claims])
    return sum(each.log_odds >= LIKELY_LOG_ODDS for each in found) / len(claims)


def _lines(result: SetResult, number: int, total: int) -> Iterator[str]:
    yield f"{number} of {total}: {result.question} ({result.seconds:.1f} s)"
    yield from (f"  + {text}" for text in result.shown)
    yield from (f"  - {text} ({why})" for text, why in zip(result.withheld, result.reasons, strict=True))
    if result.abstained:
        yield "  (the model says that the passages do not answer)"
