"""Replay: compare a stored answer with a new answer to the same question, and list possible causes of differences."""

import os
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from index.errors import InputError, NotFound
from index.reading import first_problem
from index.store.store import DocumentStore
from index.types import Filters, Record
from service.answering.types import Answer, Citation, Question, Receipt
from service.runtime.settings import Settings

RESTORED_SETTINGS = ("seed", "passages", "exact")
"""Settings that a replay takes from the receipt; threads and context size belong to the loaded engine."""
FILTER_NAMES = tuple(name for name in Filters.model_fields if name not in ("article_ids", "undated"))


class ReceiptChange(Record):
    """A field in which two receipts differ."""

    name: str
    then: str | None = Field(description="Null when it was not recorded.")
    now: str | None


class ArticleChange(Record):
    """A cited article that was removed, changed or added since the first answer."""

    article_id: str
    what: Literal["removed", "changed", "added"]
    detail: str
    gone: tuple[str, ...] = Field(default=(), description="Cited words that are no longer in the current version.")


class DifferingLine(Record):
    """A line that only one of the two answers has."""

    side: Literal["then", "now"]
    text: str


class Replay(Record):
    """A stored answer and a new one, with all differences and what changed in between."""

    same: bool = Field(description="Verdict, sentences, exact words cited, what was withheld: all alike.")
    question: str
    difference: tuple[DifferingLine, ...] = Field(description="Empty when the answers are the same.")
    changes: tuple[ReceiptChange, ...] = Field(description="What differs between the two receipts.")
    articles: tuple[ArticleChange, ...] = Field(description="Articles cited then or now that changed in between.")
    then: Answer
    now: Answer


def read_reference(reference: str) -> str | Answer:
    """Return the receipt id that `reference` is, or the answer or receipt id in the file that it names.

    Raises:
        InputError: the file cannot be read, or contains neither an answer nor a receipt.
    """
    path = Path(reference)
    if not os.path.isfile(path):  # unlike Path.is_file, also returns False for an invalid file name
        if os.path.exists(path) or path.suffix or len(path.parts) > 1:
            raise InputError(f"{reference!r} is no file; name a receipt or a file saved from `footnote ask --json`")
        return reference
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{reference!r} cannot be read as text: {error}") from error
    try:
        return Answer.model_validate_json(text)
    except ValidationError as error:
        try:
            return Receipt.model_validate_json(text).id
        except ValidationError:
            raise InputError(
                f"{reference!r} holds neither an answer nor a receipt ({first_problem(error)}); "
                "save one with `footnote ask QUESTION --json`"
            ) from error


def kept_answer(store: DocumentStore, receipt_id: str) -> Answer:
    """Return the answer that the ledger stores with this receipt.

    Raises:
        NotFound: there is no such receipt.
        InputError: the receipt is of a brief, or another version of Footnote wrote it.
    """
    if store.history.is_brief(receipt_id):
        raise InputError(f"receipt {receipt_id!r} is of a brief; `footnote replay` and `footnote briefs show` take it")
    try:
        return Answer.model_validate_json(store.history.receipt(receipt_id))
    except ValidationError as error:
        raise InputError(f"receipt {receipt_id!r} cannot be read: {first_problem(error)}") from error


def question_of(answer: Answer) -> Question:
    """Return the question as it was asked, with the filters of its receipt."""
    receipt = answer.receipt
    chosen = {name: receipt.settings.get(name) for name in FILTER_NAMES}
    try:
        filters = Filters.model_validate({**chosen, "article_ids": receipt.article_ids})
        return Question.model_validate(
            {
                "text": answer.question,
                "style": receipt.settings.get("style", "auto"),
                "filters": filters,
                "asked": answer.asked,
            }
        )
    except ValidationError as error:
        raise InputError(f"receipt {receipt.id!r} cannot be replayed: {first_problem(error)}") from error


def settings_of(receipt: Receipt, today: Settings) -> Settings:
    """Return today's settings, with RESTORED_SETTINGS taken from the receipt."""
    recorded = {**receipt.settings, "seed": receipt.seed}
    chosen = {name: recorded[name] for name in RESTORED_SETTINGS if name in recorded}
    try:
        return Settings(**{**today.model_dump(), **chosen})
    except ValidationError as error:
        raise InputError(f"receipt {receipt.id!r} cannot be replayed: {first_problem(error)}") from error


def compare(then: Answer, now: Answer, store: DocumentStore) -> Replay:
    """Compare two answers to one question."""
    difference = tuple(differing_lines(_lines(then), _lines(now)))
    before, after = ((*each.citations, *each.closest) for each in (then, now))
    return Replay(
        same=not difference,
        question=then.asked or then.question,
        difference=difference,
        changes=tuple(receipt_changes(then.receipt, now.receipt)),
        articles=tuple(article_changes(before, after, then.receipt.created_at, store)),
        then=then,
        now=now,
    )


def _lines(answer: Answer) -> list[str]:
    """Return an answer as the lines that a reader sees; answers with equal lines count as the same."""
    words = [f"{s.text} {''.join(f'[{n}]' for n in s.citations)}" for s in answer.sentences] or [answer.text]
    return [
        f"verdict: {answer.verdict}",
        *words,
        *(located(citation, f"[{citation.number}]") for citation in answer.citations),
        *(f"withheld: {withheld.text} ({withheld.reason})" for withheld in answer.withheld),
        *(located(citation, "closest:") for citation in answer.closest),
    ]


def located(citation: Citation, mark: str) -> str:
    """Return the place and words of a citation on one line."""
    where = f"{citation.article_id} version {citation.version}, characters {citation.start} to {citation.end}"
    return f"{mark} {where}: {citation.quote}"


def differing_lines(then: Sequence[str], now: Sequence[str]) -> Iterator[DifferingLine]:
    """Yield the lines that only one of two texts has, in order."""
    for kind, a, b, c, d in SequenceMatcher(a=then, b=now, autojunk=False).get_opcodes():
        if kind != "equal":
            yield from (DifferingLine(side="then", text=line) for line in then[a:b])
            yield from (DifferingLine(side="now", text=line) for line in now[c:d])


def _recorded(receipt: Receipt) -> dict[str, str]:
    """Return the recorded values of a receipt by the names that readers see."""
    engine = receipt.engine
    return {
        "collection revision": receipt.revision,
        "language model": engine.name if engine else "none wrote",
        "model file": (engine.digest if engine else "") or "none",
        "engine": engine.version if engine else "none",
        "embedder": receipt.embedder,
        "reader": receipt.relevance,
        "entailment model": receipt.entailment or "none",
        **{f"prompt {name}": version for name, version in receipt.prompts.items()},
        **{f"setting {name}": _shown(value) for name, value in receipt.settings.items()},
        "setting article_ids": ", ".join(receipt.article_ids) if receipt.article_ids is not None else "none",
        "setting seed": str(receipt.seed),
        **{f"version of {name}": version for name, version in receipt.versions.items()},
    }


def _shown(value: object) -> str:
    return "none" if value is None else str(value)


def receipt_changes(then: Receipt, now: Receipt) -> Iterator[ReceiptChange]:
    """Yield each recorded value in which two receipts differ."""
    before, after = _recorded(then), _recorded(now)
    for name in dict.fromkeys((*before, *after)):
        if before.get(name) != after.get(name):
            yield ReceiptChange(name=name, then=before.get(name), now=after.get(name))


def article_changes(
    then: Sequence[Citation], now: Sequence[Citation], since: str, store: DocumentStore
) -> Iterator[ArticleChange]:
    """Yield the changes of the articles that were cited, and those that are cited now and came or changed since."""
    before = _cited_by_article(then)
    for article_id, citations in before.items():
        yield from _changes_of_article(article_id, citations, store)
    for article_id in _cited_by_article(now):
        added = store.articles.get(article_id).ingested_at
        if article_id not in before and added > since:
            yield ArticleChange(article_id=article_id, what="added", detail=f"it came, or changed, on {added[:10]}")


def _cited_by_article(citations: Sequence[Citation]) -> dict[str, list[Citation]]:
    found: dict[str, list[Citation]] = {}
    for citation in citations:
        found.setdefault(citation.article_id, []).append(citation)
    return found


def _changes_of_article(
    article_id: str, citations: Sequence[Citation], store: DocumentStore
) -> Iterator[ArticleChange]:
    """Yield the change of an article cited by the first answer; nothing if version and cited words are unchanged."""
    try:
        current = store.articles.get(article_id)
    except NotFound:
        yield ArticleChange(article_id=article_id, what="removed", detail="it is not in this collection any more")
        return
    text = current.article.text
    moved = [citation for citation in citations if text[citation.start : citation.end] != citation.quote]
    if not moved and all(citation.version == current.version for citation in citations):
        return
    gone = [citation.quote for citation in citations if citation.quote not in text]
    still = (
        f"{len(gone)} of {len(citations)} quotations no longer stand in it" if gone else "its quotations still stand"
    )
    detail = f"version {current.version} is current; {still}"
    yield ArticleChange(article_id=article_id, what="changed", detail=detail, gone=tuple(dict.fromkeys(gone)))
