"""Attempts: the common format for the answers of all citation methods, and their scores."""

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
"""Phrases that count as a refusal; deliberately broad, because most methods have no other way to refuse."""


class ShownSource(Record):
    """ShownSource: a span of an article that a method shows as a source."""

    article_id: str
    span: Span
    text: str


class CitingSentence(Record):
    """CitingSentence: one sentence of an answer, with the 0-based indices of the sources that it cites."""

    text: str
    sources: tuple[int, ...]


class Attempt(Record):
    """Attempt: one method's answer to one question."""

    text: str
    refused: bool
    sentences: tuple[CitingSentence, ...]
    sources: tuple[ShownSource, ...]
    """Sources shown to the reader."""
    context: tuple[str, ...]
    """Other text that the method read."""
    seconds: float = 0.0


COLUMNS = ("correct", "strict", "cited", "precision", "recall", "uncited", "unsupported", "wrongly refused", "refused")
"""Metrics of the table.

The first five and `wrongly refused` are over answerable questions, `refused` over the others, `uncited` and
`unsupported` over sentences. `strict` is the metric of RAMDocs: all right answers and no wrong one.
"""


def scores(case: Case, attempt: Attempt, gold: Sequence[Located]) -> dict[str, Score]:
    """Compute every column that applies to the question."""
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
    """Return the distinct sources that the sentences cite."""
    numbers = dict.fromkeys(chain.from_iterable(each.sources for each in attempt.sentences))
    return [attempt.sources[number] for number in numbers]


def _covers(source: ShownSource, gold: Sequence[Located]) -> bool:
    """Whether source and some gold sentence overlap by half of the shorter one, which favours long passages."""
    for each in gold:
        common = min(each.end, source.span.end) - max(each.start, source.span.start)
        shorter = min(each.end - each.start, source.span.end - source.span.start)
        if each.article_id == source.article_id and 2 * common >= shorter:
            return True
    return False


def _sentence_scores(attempt: Attempt) -> dict[str, Score]:
    """Return the share of sentences without a source, and of those with a name or number that no source contains."""
    if attempt.refused or not attempt.sentences:
        return {}
    bare = [not each.sources for each in attempt.sentences]
    context = f" {normalise(' '.join((*attempt.context, *(source.text for source in attempt.sources))))} "
    named = [set(map(normalise, names_and_numbers(each.text))) - {""} for each in attempt.sentences]
    foreign = [any(f" {word} " not in context for word in words) for words in named]
    return {"uncited": Score(value=sum(bare) / len(bare)), "unsupported": Score(value=sum(foreign) / len(foreign))}


def summary(rows: Sequence[dict[str, Score]]) -> dict[str, Metric]:
    """Average each column over the questions that have it."""
    return {name: average(row[name] for row in rows if name in row) for name in COLUMNS}
