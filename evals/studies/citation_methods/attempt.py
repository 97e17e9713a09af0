"""An answer of any method in one shape, and its scores."""

import re
from collections.abc import Sequence
from itertools import chain

from evals.harness.cases import Case
from evals.harness.fidelity import names_and_numbers
from evals.harness.scores import Located, Score
from evals.harness.summary import Metric, average
from evals.harness.text_matching import contains, normalise
from index.types import Record, Span

DECLINES = re.compile(
    r"\b(?:(?:do|does|did|is|are|was|were|can|could)(?: not|n[’']t) (?:\w+ ){0,3}?"
    r"(?:mention|say|state|provide|specif|contain|answer|help|know|find|clear|available|possible|enough)\w*"
    r"|cannot (?:\w+ ){0,2}?(?:answer|determin|find|provid)\w*|no (?:relevant )?(?:information|answer|source|mention)"
    r"|none of the (?:sources|passages)|unable to|i[’']m sorry|i am sorry)",
    re.IGNORECASE,
)
"""Refusals in the words of a model; generous, because most of these methods have no other way to refuse."""


class ShownSource(Record):
    """A span of an article that a method shows as a source."""

    article_id: str
    span: Span
    text: str


class CitingSentence(Record):
    """One sentence of an answer with the sources it names, counted from 0."""

    text: str
    sources: tuple[int, ...]


class Attempt(Record):
    """One question, answered by one method."""

    text: str
    refused: bool
    sentences: tuple[CitingSentence, ...]
    sources: tuple[ShownSource, ...]
    """Those that the reader sees."""
    context: tuple[str, ...]
    """All other text that the method read."""
    seconds: float = 0.0


COLUMNS = ("correct", "strict", "cited", "precision", "recall", "uncited", "unsupported", "wrongly refused", "refused")
"""The first five and `wrongly refused` over answerable questions, `refused` over the others, two over sentences.

`strict` is RAMDocs' measure, for its questions alone: every answer, and no wrong one beside them.
"""


def scores(case: Case, attempt: Attempt, gold: Sequence[Located]) -> dict[str, Score]:
    """Every column for one question; a column that does not apply is left out."""
    if not case.answerable:
        return {"refused": Score(value=float(attempt.refused)), **_sentence_scores(attempt)}
    right = not attempt.refused and contains(attempt.text, case.answers) is not None
    found = {
        "correct": Score(value=float(right)),
        "cited": Score(value=float(right and any(_covers(source, gold) for source in _named(attempt)))),
        "recall": Score(value=float(not attempt.refused and any(_covers(source, gold) for source in _named(attempt)))),
        "wrongly refused": Score(value=float(attempt.refused)),
    }
    if case.require_all_answers:
        every = all(contains(attempt.text, (answer,)) for answer in case.answers)
        clean = not contains(attempt.text, case.wrong_answers)
        found["strict"] = Score(value=float(right and every and clean))
    if not attempt.refused and (named := _named(attempt)):
        found["precision"] = Score(value=sum(_covers(source, gold) for source in named) / len(named))
    return {**found, **_sentence_scores(attempt)}


def _named(attempt: Attempt) -> list[ShownSource]:
    """The sources that some sentence names."""
    numbers = dict.fromkeys(chain.from_iterable(each.sources for each in attempt.sentences))
    return [attempt.sources[number] for number in numbers]


def _covers(source: ShownSource, gold: Sequence[Located]) -> bool:
    """Whether half of the shorter one, gold sentence or source, is in the other: long passages are favoured."""
    for each in gold:
        common = min(each.end, source.span.end) - max(each.start, source.span.start)
        shorter = min(each.end - each.start, source.span.end - source.span.start)
        if each.article_id == source.article_id and 2 * common >= shorter:
            return True
    return False


def _sentence_scores(attempt: Attempt) -> dict[str, Score]:
    """Shares of sentences that name no source, and that have a name or number which no source contains."""
    if attempt.refused or not attempt.sentences:
        return {}
    bare = [not each.sources for each in attempt.sentences]
    context = f" {normalise(' '.join((*attempt.context, *(source.text for source in attempt.sources))))} "
    named = [set(map(normalise, names_and_numbers(each.text))) - {""} for each in attempt.sentences]
    foreign = [any(f" {word} " not in context for word in words) for words in named]
    return {"uncited": Score(value=sum(bare) / len(bare)), "unsupported": Score(value=sum(foreign) / len(foreign))}


def summary(rows: Sequence[dict[str, Score]]) -> dict[str, Metric]:
    """The mean of each column over the questions that have it."""
    return {name: average(row[name] for row in rows if name in row) for name in COLUMNS}
