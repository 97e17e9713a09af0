"""Evidence for a question: the sentences of its passages, each judged by how well it answers."""

import re
from collections.abc import Callable, Sequence
from typing import Literal

from index.catalogue import Catalogue
from index.sentences import QUOTED, split_sentences
from index.types import Evidence, Passage, Record, Source, Span
from index.words import content_words, stem, stems

Kind = Literal["statement", "question", "heading"]

CANDIDATES = 24
"""Sentences that the relevance model reads; more cost time and seldom hold the answer."""
CONTEXT_CHARACTERS = 320


class Candidate(Record):
    """A sentence of a passage, with what is needed to understand it."""

    passage: Passage
    span: Span
    text: str
    before: str
    """The sentence before it in the article, where a pronoun may find its name."""
    attribution: Span | None
    """For a sentence inside a longer quotation: the words beside that quotation that say who spoke."""
    kind: Kind
    source: Source


Relevance = Callable[[str, Sequence[Candidate]], Sequence[float]]
"""How well each candidate answers the question, as log-odds."""


class EvidenceFinder:
    """Turns passages into evidence sentences, best first."""

    def __init__(self, catalogue: Catalogue, relevance: Relevance) -> None:
        self._catalogue = catalogue
        self._relevance = relevance

    def find(self, question: str, passages: Sequence[Passage], limit: int) -> list[Evidence]:
        """The best `limit` sentences; equal scores in the order of the passages."""
        candidates = shortlist(question, self.candidates(passages))
        scores = self._relevance(question, candidates) if candidates else []
        ranked = sorted(
            zip(scores, range(len(candidates)), strict=True), key=lambda pair: (-round(pair[0], 5), pair[1])
        )
        return [_evidence(candidates[i], score) for score, i in ranked[:limit]]

    def candidates(self, passages: Sequence[Passage]) -> list[Candidate]:
        """Every sentence of the passages that could answer anything: no question, no heading."""
        found: list[Candidate] = []
        seen: set[tuple[str, str]] = set()
        for passage in passages:
            article = self._catalogue.article(passage.article_id, passage.version).article
            for candidate in read_passage(passage, article.text, article.body, article.source):
                key = (passage.article_id, candidate.text)
                if candidate.kind == "statement" and key not in seen:
                    seen.add(key)
                    found.append(candidate)
        return found


def read_passage(passage: Passage, text: str, body: Sequence[Span], source: Source) -> list[Candidate]:
    """The sentences of one passage with their surroundings."""
    found: list[Candidate] = []
    for span in passage.sentences:
        paragraph = next((p for p in body if p.start <= span.start and span.end <= p.end), span)
        before = _before(text, body, paragraph, span)
        found.append(
            Candidate(
                passage=passage,
                span=span,
                text=span.of(text),
                before=before,
                attribution=_attribution(text, paragraph, span),
                kind=_kind(span.of(text)),
                source=source,
            )
        )
    return found


def shortlist(question: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The candidates worth reading closely: those of good passages that share words with the question."""
    if len(candidates) <= CANDIDATES:
        return list(candidates)
    wanted = stems(question)

    def promise(candidate: Candidate) -> float:
        shared = len(wanted & stems(candidate.text)) + 0.5 * len(wanted & stems(candidate.before))
        return shared / max(len(wanted), 1) + candidate.passage.score

    kept = sorted(range(len(candidates)), key=lambda i: (-round(promise(candidates[i]), 9), i))[:CANDIDATES]
    return [candidates[i] for i in sorted(kept)]


def overlap_relevance(question: str, candidates: Sequence[Candidate]) -> list[float]:
    """Log-odds from shared words alone, for tests and for machines without the relevance model."""
    wanted = [stem(word) for word in content_words(question)]
    if not wanted:
        return [-5.0] * len(candidates)
    return [8.0 * sum(word in stems(c.text) for word in wanted) / len(wanted) - 4.0 for c in candidates]


def _before(text: str, body: Sequence[Span], paragraph: Span, span: Span) -> str:
    earlier = split_sentences(text, Span(start=paragraph.start, end=span.start)) if span.start > paragraph.start else ()
    if not earlier:
        previous = [p for p in body if p.end <= paragraph.start]
        earlier = split_sentences(text, previous[-1]) if previous else ()
    return earlier[-1].of(text)[-CONTEXT_CHARACTERS:] if earlier else ""


def _attribution(text: str, paragraph: Span, span: Span) -> Span | None:
    for quoted in QUOTED.finditer(text, paragraph.start, paragraph.end):
        if quoted.start() <= span.start and span.end < quoted.end() - 1:
            after = _clause_after(text, quoted.end(), paragraph.end)
            return after or _clause_before(text, paragraph.start, quoted.start())
    return None


def _clause_after(text: str, start: int, end: int) -> Span | None:
    words = re.compile(r"[\s,–—-]*(?P<clause>[^\s.,;:“\"][^.;:“\"]{2,160}?)(?=[.;:]|$|\n| [“\"])").match(
        text, start, end
    )
    return Span(start=words.start("clause"), end=words.end("clause")) if words else None


def _clause_before(text: str, start: int, end: int) -> Span | None:
    words = re.compile(r"(?P<clause>[^.;:“”\"]{3,160}?)[\s,:]*$").search(text, start, end)
    if words is None or not words["clause"].strip():
        return None
    shift = len(words["clause"]) - len(words["clause"].lstrip())
    return Span(start=words.start("clause") + shift, end=words.end("clause"))


def _kind(sentence: str) -> Kind:
    bare = sentence.rstrip("\"'”’)] ")
    if bare.endswith("?"):
        return "question"
    return "statement" if len(sentence.split()) >= 4 or bare.endswith((".", "!")) else "heading"


def _evidence(candidate: Candidate, score: float) -> Evidence:
    passage = candidate.passage
    return Evidence(
        article_id=passage.article_id,
        version=passage.version,
        start=candidate.span.start,
        end=candidate.span.end,
        quote=candidate.text,
        attribution=candidate.attribution,
        context=candidate.before,
        source=candidate.source,
        chunk_id=passage.chunk_id,
        score=score,
    )
