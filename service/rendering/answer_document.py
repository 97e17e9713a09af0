"""Answer documents: answers, one or a whole conversation, as one cited document."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, groupby

from service.answering.types import Answer, Sentence
from service.rendering.cited_document import Block, CitedDocument, Run, block, citation_text, numbered, one_line
from service.rendering.footnotes import remarks


def answer_document(title: str, answers: Sequence[Answer]) -> CitedDocument:
    """Return the answers under one title, with footnotes numbered consecutively; a refusal has none."""
    receipts = [answer.receipt.id for answer in answers]
    numbers = _numbering(answers)
    blocks = chain.from_iterable(
        _answer(answer, known, headed=len(answers) > 1 or answer.question != title)
        for answer, known in zip(answers, numbers, strict=True)
    )
    return CitedDocument(
        title=title,
        facts={
            "title": title,
            "date": max((answer.receipt.created_at[:10] for answer in answers), default=""),
            "topic": answers[0].question if answers else title,
            "receipt": receipts[0] if len(receipts) == 1 else receipts,
        },
        blocks=(*blocks, block("paragraph", Run(text=f"Receipts: {', '.join(receipts)}", style="emphasis"))),
        footnotes=numbered(citation for answer in answers for citation in answer.citations),
    )


def _numbering(answers: Sequence[Answer]) -> list[Mapping[int, int]]:
    """Return, for each answer, a map from its citation numbers to the footnote numbers of the document."""
    found: list[Mapping[int, int]] = []
    before = 0
    for answer in answers:
        found.append({citation.number: before + i for i, citation in enumerate(answer.citations, start=1)})
        before += len(answer.citations)
    return found


def _answer(answer: Answer, numbers: Mapping[int, int], *, headed: bool) -> Iterator[Block]:
    if headed:
        yield block("heading", answer.question)
    if answer.asked:
        yield block("paragraph", Run(text=f"Understood as: {answer.asked}", style="emphasis"))
    if answer.short:
        yield block(
            "paragraph",
            Run(text=one_line(answer.short.text), style="strong", notes=(numbers[answer.short.citation],)),
        )
    for prose, sentences in groupby(answer.sentences, lambda sentence: sentence.style == "compose"):
        runs = [_run(sentence, numbers) for sentence in sentences]
        yield from [block("paragraph", *_spaced(runs))] if prose else (block("paragraph", run) for run in runs)
    if answer.verdict == "not_in_corpus":
        yield block("paragraph", answer.text)
        yield from (block("quote", citation_text(citation)) for citation in answer.closest)
    yield from (block("paragraph", remark) for remark in remarks(answer))


def _run(sentence: Sentence, numbers: Mapping[int, int]) -> Run:
    return Run(text=sentence.text, notes=tuple(numbers[number] for number in sentence.citations))


def _spaced(runs: Sequence[Run]) -> Iterator[Run]:
    for i, run in enumerate(runs):
        if i:
            yield Run(text=" ")
        yield run
