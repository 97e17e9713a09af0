"""What is measured, which way is better, and what is a promise: every report and the gate of a merge read this."""

from typing import Literal

from index.types import Record

HELD = "held_"
"""Before a measure's name: over the cases that were held back while the code was written."""


class Measure(Record):
    """One measure."""

    says: str
    """In a line for people."""
    better: Literal["higher", "lower", "neither"] = "higher"
    """`neither` is shown and never gates."""
    promise: float | None = None
    """Not a matter of degree: any other mean fails."""
    flips: bool = False
    """Whether a case that changes in it is shown with both answers."""


MEASURES: dict[str, Measure] = {
    "answer_accuracy": Measure(says="answerable: a right answer stands in the cited answer", flips=True),
    "all_answers": Measure(says="questions with several answers: all of them given"),
    "all_answers_alone": Measure(says="the same, and no wrong one beside them"),
    "wrongly_refused": Measure(says="answerable: refused", better="lower"),
    "refusal_recall": Measure(says="not answerable: refused", flips=True),
    "balanced": Measure(says="half answering well, half refusing well"),
    "cited_sentences": Measure(says="sentences whose citations resolve to exact words", promise=1.0),
    "citation_precision": Measure(says="citations that are gold sentences"),
    "citation_recall": Measure(says="gold sentences that are cited"),
    "cited_article": Measure(says="first citation is into an article with evidence"),
    "fabricated_citations": Measure(says="citations that do not resolve", better="lower", promise=0.0),
    "unsupported_tokens": Measure(says="numbers or names that the evidence lacks", better="lower", promise=0.0),
    "inexact_quotes": Measure(says="quotations that are not the cited words", better="lower", promise=0.0),
    "speaker_kept": Measure(says="quoted sentences that keep who says so", promise=1.0),
    "wrong_answer_given": Measure(says="a known wrong answer stands alone", better="lower"),
    "withheld_share": Measure(says="written sentences that the gate withheld", better="neither"),
    "retrieval_hit@1": Measure(says="an article with evidence is first"),
    "retrieval_hit@5": Measure(says="an article with evidence is among five"),
    "retrieval_hit@10": Measure(says="an article with evidence is among ten", better="neither"),
    "retrieval_cover@4": Measure(says="articles with evidence among four", better="neither"),
    "retrieval_cover@10": Measure(says="articles with evidence among ten", better="neither"),
    "retrieval_mrr": Measure(says="one over the rank of the first article with evidence"),
    "evidence_hit@1": Measure(says="the gold sentence is first"),
    "evidence_hit@3": Measure(says="a gold sentence is among three"),
    "evidence_p50": Measure(says="seconds to the first evidence, median", better="neither"),
    "seconds_p50": Measure(says="seconds to the whole answer, median", better="neither"),
    "seconds_p95": Measure(says="seconds to the whole answer, 95th percentile", better="neither"),
    "faithful_accepted": Measure(says="faithful claims accepted", flips=True),
    "altered_rejected": Measure(says="altered claims rejected", flips=True),
    "evidence_considered": Measure(says="claims that are held against a gold sentence"),
    "gate_ms_p50": Measure(says="milliseconds for one claim and one sentence, median", better="neither"),
    "followup_resolved": Measure(says="follow-ups understood", flips=True),
    "followup_untouched": Measure(says="questions that stand by themselves left alone", flips=True),
    "followup_cited": Measure(says="follow-ups answered from a gold sentence"),
    "unresolved_cited": Measure(says="the same without the talk before them", better="neither"),
    "vital_nuggets": Measure(says="what must be in a brief is in it", flips=True),
    "okay_nuggets": Measure(says="what may be in a brief is in it"),
    "line_citations": Measure(says="citations of a brief's lines that carry them"),
    "same_points": Measure(says="pairs of points that say the same", better="lower"),
    "timeline_dates": Measure(says="events in a timeline that are rightly dated"),
    "events_found": Measure(says="events that must be in a timeline are in it"),
    "events_doubled": Measure(says="events that are in a timeline twice", better="lower"),
    "speakers_right": Measure(says="statements given to whom the article names"),
    "speakers_found": Measure(says="speakers who must be heard are heard"),
    "differences_found": Measure(says="planted differences that are told", flips=True),
    "false_differences": Measure(says="differences told that were not planted", better="lower"),
    "passage_hit@1": Measure(says="the first passage holds the gold sentence", flips=True),
    "passage_hit@5": Measure(says="one of five passages holds the gold sentence", flips=True),
    "passage_mrr": Measure(says="one over the rank of the passage with the gold sentence"),
}


def measure(name: str) -> Measure | None:
    """The measure of that name, held back or not; None for one that this table does not know."""
    return MEASURES.get(name.removeprefix(HELD))


def gates(name: str) -> bool:
    """Whether a fall in it fails a merge."""
    known = measure(name)
    return known is not None and known.better != "neither" and known.promise is None


def in_order(names: "dict[str, object] | set[str]") -> list[str]:
    """Names as the table has them, each held-back one after the others, unknown ones last."""
    known = [*MEASURES, *(f"{HELD}{name}" for name in MEASURES)]
    return [*(name for name in known if name in names), *sorted(set(names) - set(known))]
