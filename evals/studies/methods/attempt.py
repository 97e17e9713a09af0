"""What any method makes of a question, in one shape, and how it is scored."""

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
"""How a model says that it cannot answer; generous, because most of these methods have no other way to refuse."""


class Cited(Record):
    """A stretch of an article that a method shows as a source."""

    article_id: str
    span: Span
    text: str


class Said(Record):
    """One sentence of an answer with the sources it names, counted from 0."""

    text: str
    sources: tuple[int, ...]


class Attempt(Record):
    """One question, answered one way."""

    text: str
    refused: bool
    said: tuple[Said, ...]
    sources: tuple[Cited, ...]
    """Those that the reader is shown."""
    context: tuple[str, ...]
    """All that the method had before it, shown or not."""
    seconds: float = 0.0


COLUMNS = ("correct", "strict", "cited", "precision", "recall", "uncited", "unsupported", "wrongly refused", "refused")
"""The first five and `wrongly refused` over answerable questions, `refused` over the others, two over sentences.

`strict` is RAMDocs' measure, for its questions alone: every answer, and no wrong one beside them.
"""


def scores(case: Case, attempt: Attempt, gold: Sequence[Located]) -> dict[str, Score]:
    """Every column for one question; a column that does not apply is left out."""
    if not case.answerable:
        return {"refused": Score(value=float(attempt.refused)), **_of_sentences(attempt)}
    right = not attempt.refused and contains(attempt.text, case.answers) is not None
    found = {
        "correct": Score(value=float(right)),
        "cited": Score(value=float(right and any(_holds(source, gold) for source in _named(attempt)))),
        "recall": Score(value=float(not attempt.refused and any(_holds(source, gold) for source in _named(attempt)))),
        "wrongly refused": Score(value=float(attempt.refused)),
    }
    if case.require_all_answers:
        every = all(contains(attempt.text, (answer,)) for answer in case.answers)
        clean = not contains(attempt.text, case.wrong_answers)
        found["strict"] = Score(value=float(right and every and clean))
    if not attempt.refused and (named := _named(attempt)):
        found["precision"] = Score(value=sum(_holds(source, gold) for source in named) / len(named))
    return {**found, **_of_sentences(attempt)}


def _named(attempt: Attempt) -> list[Cited]:
    """The sources that some sentence names."""
    numbers = dict.fromkeys(chain.from_iterable(said.sources for said in attempt.said))
    return [attempt.sources[number] for number in numbers]


def _holds(source: Cited, gold: Sequence[Located]) -> bool:
    """Whether half of the shorter one, gold sentence or source, lies in the other: long passages are favoured."""
    for each in gold:
        common = min(each.end, source.span.end) - max(each.start, source.span.start)
        shorter = min(each.end - each.start, source.span.end - source.span.start)
        if each.article_id == source.article_id and 2 * common >= shorter:
            return True
    return False


def _of_sentences(attempt: Attempt) -> dict[str, Score]:
    """Shares of the sentences of an answer that name no source, and that say a name or number which nothing holds."""
    if attempt.refused or not attempt.said:
        return {}
    bare = [not said.sources for said in attempt.said]
    held = f" {normalise(' '.join((*attempt.context, *(source.text for source in attempt.sources))))} "
    named = [set(map(normalise, names_and_numbers(said.text))) - {""} for said in attempt.said]
    foreign = [any(f" {word} " not in held for word in words) for words in named]
    return {"uncited": Score(value=sum(bare) / len(bare)), "unsupported": Score(value=sum(foreign) / len(foreign))}


def summary(rows: Sequence[dict[str, Score]]) -> dict[str, Metric]:
    """The mean of each column over the questions that have it."""
    return {name: average(row[name] for row in rows if name in row) for name in COLUMNS}
