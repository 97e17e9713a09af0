"""Writing proof: runs a writer over the evidence sets, and counts what the gate shows of it."""

import time
from collections.abc import Iterable, Iterator, Sequence

from index.types import Record
from service.answering.answer_draft import AnswerDraft
from service.answering.passage_composition import PassageComposer
from service.answering.written_sentences import written_sentences
from service.proving.evidence_sets import EvidenceSet, passages_of


class SetResult(Record):
    """Result of one evidence set."""

    set: str
    question: str
    answerable: bool
    shown: tuple[str, ...]
    """Sentences that were shown, in order."""
    written: int
    """Sentences of the first reply."""
    composed: tuple[str, ...]
    """Those shown that are the model's own words; the others are quotations in place of rejected ones."""
    withheld: tuple[str, ...]
    reasons: tuple[str, ...]
    """Why each was withheld."""
    nuggets: int
    """Nuggets in what was shown."""
    nuggets_wanted: int
    seconds: float
    replies: tuple[str, ...]

    @property
    def abstained(self) -> bool:
        """Whether nothing was shown and nothing withheld: the model says that the passages do not answer."""
        return not self.shown and not self.withheld


def written_results(composer: PassageComposer, sets: Iterable[EvidenceSet]) -> Iterator[SetResult]:
    """Yield the result of each set as soon as it is written."""
    for each in sets:
        began, draft = time.perf_counter(), AnswerDraft()
        composer.write(each.question, each.kind, passages_of(each), draft)
        shown = tuple(sentence.text for sentence in draft.sentences)
        yield SetResult(
            set=each.id,
            question=each.question,
            answerable=each.answerable,
            shown=shown,
            written=0 if draft.abstained else _count_sentences(draft.replies),
            composed=tuple(sentence.text for sentence in draft.sentences if sentence.style == "compose"),
            withheld=tuple(item.text for item in draft.withheld),
            reasons=tuple(item.reason for item in draft.withheld),
            nuggets=each.nuggets_in(" ".join(shown)),
            nuggets_wanted=len(each.nuggets),
            seconds=time.perf_counter() - began,
            replies=tuple(draft.replies),
        )


def _count_sentences(replies: Sequence[str]) -> int:
    return sum(len(written_sentences(line)) for reply in replies[:1] for line in reply.split("\n"))
