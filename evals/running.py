"""Cases through the real service over a collection of their own."""

import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from evals.cases import Case
from evals.scorers import Located, Observed, locate
from index.errors import FootnoteError, InputError, NotFound
from index.reading import read_paths
from index.types import Filters
from service.desk import Desk, Engines
from service.home import Home
from service.settings import Settings
from service.types import Answer, Citation, Done, EvidenceFound, Question, Style

Progress = Callable[[str], None]


@contextmanager
def desk_over(corpus: Sequence[Path], settings: Settings, engines: Engines) -> Iterator[Desk]:
    """A desk over nothing but `corpus`, in a home folder that is gone afterwards; exact search.

    Raises:
        InputError: an article of the corpus cannot be read: a set with holes would measure something else.
    """
    with tempfile.TemporaryDirectory(prefix="footnote-eval-") as folder:
        own = settings.model_copy(update={"home": Path(folder), "exact": True})
        desk = Desk(own, engines, Home(Path(folder)))
        try:
            report = desk.ingest(read_paths(corpus))
            if report.refused:
                raise InputError(f"the corpus has an unusable article: {report.refused[0].reason}")
            yield desk
        finally:
            desk.close()


def observe_all(
    desk: Desk, cases: Sequence[Case], style: Style, progress: Progress = lambda line: None
) -> list[Observed]:
    """What happens on each case, in order."""
    found: list[Observed] = []
    for number, case in enumerate(cases, start=1):
        progress(f"{number}/{len(cases)} {case.id}")
        found.append(observe(desk, case, style))
    return found


def observe(desk: Desk, case: Case, style: Style) -> Observed:
    """What happens on one case; an error is recorded, not raised."""
    question = Question(
        text=case.question, style=style, filters=Filters(as_of=case.as_of, article_ids=case.context_doc_ids)
    )
    started = time.perf_counter()
    first = 0.0
    offered: tuple[Citation, ...] = ()
    answer: Answer | None = None
    try:
        for event in desk.stream(question):
            first = first or time.perf_counter() - started
            if isinstance(event, EvidenceFound):
                offered = event.citations
            elif isinstance(event, Done):
                answer = event.answer
    except FootnoteError as error:
        return Observed(error=f"{type(error).__name__}: {error}")
    assert answer is not None
    took = time.perf_counter() - started
    return Observed(
        answer=answer,
        evidence=offered or answer.closest,
        retrieved=_retrieved(desk, question),
        gold=tuple(_located(desk, case)),
        resolving=tuple(_resolves(desk, citation) for citation in answer.citations),
        seconds=took,
        seconds_to_evidence=first,
    )


def _retrieved(desk: Desk, question: Question) -> tuple[str, ...]:
    found = desk.search(question.text, 50, question.filters).results
    return tuple(dict.fromkeys(hit.article_id for hit in found))


def _located(desk: Desk, case: Case) -> Iterator[Located]:
    for gold in case.evidence:
        found = locate(gold, desk.article(gold.doc_id).text)
        if found is None:
            raise InputError(f"case {case.id!r}: {gold.doc_id!r} does not hold {gold.quote[:60]!r}")
        yield found


def _resolves(desk: Desk, citation: Citation) -> bool:
    try:
        text = desk.article(citation.article_id, citation.version).text
    except NotFound:
        return False
    return bool(citation.quote) and text[citation.start : citation.end] == citation.quote
