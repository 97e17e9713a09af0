"""Evidence for a question: the sentences of its passages, each judged by how well it answers.

Cheap signals (shared and near words, the passage's own score, the cosine) choose which sentences the relevance model
reads; all signals together then rank them. The weights are fitted by `footnote study fit signal-weights`.
"""

import itertools
import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from index.deduplication import folded, near_same
from index.search.word_vectors import Coverage, Vocabulary
from index.sentences import QUOTED, split_sentences
from index.store.store import DocumentStore
from index.types import Evidence, Passage, Place, Record, Source, Span
from index.words import content_words, stem, stems

Kind = Literal["statement", "question", "heading"]

CONTEXT_CHARACTERS = 320
LAST = "9999"
"""Sorts after every date."""
SPLIT_AT_ONCE = 2_000
"""Characters that are split to find one sentence."""
FITTED = Path(__file__).with_name("reranking.json")


class Reading(Record):
    """What the relevance model reads of a sentence."""

    text: str
    before: str
    title: str


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
    also: tuple[Place, ...] = ()
    """Where the same sentence is printed too."""
    cosine: float
    """Of the question and the sentence, pooled from its passage."""

    @property
    def reading(self) -> Reading:
        """The sentence with what it may refer to."""
        return Reading(text=self.text, before=self.before, title=self.source.title.value or "")


class Judged(Record):
    """A candidate with its signals and what they come to."""

    candidate: Candidate
    signals: dict[str, float]
    chance: float
    """That it is the sentence that answers, among those read closely and if one of them does; they sum to 1."""


Reranker = Callable[[str, Sequence[Reading]], Sequence[float]]
"""How well each sentence answers the question, as log-odds."""
Offers = Callable[[str, str], bool]
"""Whether a sentence holds something of the kind that a question asks for."""


class EvidenceFinder:
    """Turns passages into evidence sentences, best first."""

    def __init__(self, store: DocumentStore, vocabulary: Vocabulary, relevance: Reranker, offers: Offers) -> None:
        self._store = store
        self._vocabulary = vocabulary
        self.relevance = relevance
        self._offers = offers
        fitted = json.loads(FITTED.read_text(encoding="utf-8"))
        self._first: dict[str, float] = fitted["first"]
        self._final: dict[str, float] = fitted["final"]

    def find(
        self, question: str, vector: NDArray[np.float32], passages: Sequence[Passage], closely: int
    ) -> list[Evidence]:
        """The `closely` sentences that promise most, read by the relevance model, best first."""
        return self.read(question, self.promising(question, vector, passages, closely))

    def promising(
        self, question: str, vector: NDArray[np.float32], passages: Sequence[Passage], most: int
    ) -> list[Evidence]:
        """The sentences whose cheap signals promise most, best first; no model reads them yet."""
        return self.chosen(*self.survey(question, vector, passages), most)

    def chosen(self, candidates: Sequence[Candidate], cheap: Sequence[dict[str, float]], most: int) -> list[Evidence]:
        """Of all candidates those that promise most, without a chance yet; equals in the order they came."""
        first = _ranked([weigh(self._first, signals) for signals in cheap])[:most]
        return [as_evidence(Judged(candidate=candidates[i], signals=cheap[i], chance=0.0)) for i in first]

    def read(self, question: str, promising: Sequence[Evidence]) -> list[Evidence]:
        """The same sentences read closely by the relevance model: with their chances, best first."""
        logits = self.relevance(question, [_reading(each) for each in promising]) if promising else []
        signals = [
            {**each.signals, "relevance": logit, "offers_kind": float(self._offers(question, each.quote))}
            for each, logit in zip(promising, logits, strict=True)
        ]
        chances = _softmax([weigh(self._final, found) for found in signals])
        return [promising[i].model_copy(update={"signals": signals[i], "chance": chances[i]}) for i in _ranked(chances)]

    def survey(
        self, question: str, vector: NDArray[np.float32], passages: Sequence[Passage]
    ) -> tuple[list[Candidate], list[dict[str, float]]]:
        """Every sentence that could answer anything, with its cheap signals."""
        candidates = self._candidates(vector, passages)
        return candidates, self._cheap_signals(question, candidates)

    def _candidates(self, vector: NDArray[np.float32], passages: Sequence[Passage]) -> list[Candidate]:
        """Every sentence of the passages that could answer anything: no question, no heading, none twice."""
        found: list[Candidate] = []
        origins = self._store.articles.origins([passage.article_id for passage in passages])
        first = {article_id: origin.first for article_id, origin in origins.items() if origin.copies > 1}
        articles = {
            place: self._store.articles.get(*place).article
            for place in dict.fromkeys((passage.article_id, passage.version) for passage in passages)
        }
        for passage in passages:
            article = articles[passage.article_id, passage.version]
            cosines = self._store.chunks.sentence_vectors(passage.chunk_id) @ vector
            for candidate in read_passage(passage, article.text, article.body, article.source, cosines):
                if candidate.kind == "statement":
                    found.append(candidate)
        return once(found, first)

    def _cheap_signals(self, question: str, candidates: Sequence[Candidate]) -> list[dict[str, float]]:
        asked = content_words(question)
        own = [content_words(c.text) for c in candidates]
        around = [
            (*words, *content_words(c.before), *content_words(c.source.title.value or ""))
            for words, c in zip(own, candidates, strict=True)
        ]
        rarity = rarities(self._store.lexical.document_frequency(asked), self._store.chunks.count())
        coverage = Coverage(asked, rarity, itertools.chain.from_iterable(around), self._vocabulary)
        return [
            {
                "one": 1.0,
                "covered": alone,
                "covered_in_context": in_context,
                "passage": candidate.passage.score,
                "cosine": candidate.cosine,
            }
            for candidate, alone, in_context in zip(candidates, coverage.of(own), coverage.of(around), strict=True)
        ]


def rarities(counts: Mapping[str, int], chunks: int) -> dict[str, float]:
    """Inverse document frequency of each word's stem, as BM25 weighs it; `counts` says in how many chunks it stands."""
    return {stem(w): math.log(1.0 + (chunks - n + 0.5) / (n + 0.5)) for w, n in counts.items()}


def once(candidates: Sequence[Candidate], first: Mapping[str, str]) -> list[Candidate]:
    """Each sentence once, in the place of its best ranked printing and cited from its earliest.

    Args:
        first: for an article that has copies, the earliest of them; between such, a sentence may differ in little.
    """
    kept: list[Candidate] = []
    same: dict[tuple[str, ...], int] = {}
    copied: dict[str, list[int]] = {}
    for candidate in candidates:
        story = first.get(candidate.passage.article_id)
        words = folded(candidate.text)
        near = copied.get(story, []) if story else []
        where = same.get(words, next((i for i in near if near_same(kept[i].text, candidate.text)), None))
        if where is None:
            where = len(kept)
            kept.append(candidate)
            if story:
                copied.setdefault(story, []).append(where)
        else:
            kept[where] = _together(kept[where], candidate)
        same.setdefault(words, where)
    return kept


def _together(kept: Candidate, other: Candidate) -> Candidate:
    """Two printings as one: the earlier is cited, the later named beside it, and the better score counts."""
    days = (kept.source.published.value, other.source.published.value)
    one, two = (other, kept) if days[0] and days[1] and days[1] < days[0] else (kept, other)
    passage = one.passage.model_copy(update={"score": max(kept.passage.score, other.passage.score)})
    places = {place.article_id: place for place in (_place(two), *two.also, *one.also)}
    places.pop(one.passage.article_id, None)
    also = tuple(
        places[name] for name in sorted(places, key=lambda name: (places[name].source.published.value or LAST, name))
    )
    return one.model_copy(update={"passage": passage, "also": also, "cosine": max(kept.cosine, other.cosine)})


def _place(candidate: Candidate) -> Place:
    return Place(
        article_id=candidate.passage.article_id,
        version=candidate.passage.version,
        start=candidate.span.start,
        end=candidate.span.end,
        source=candidate.source,
    )


def weigh(weights: Mapping[str, float], signals: Mapping[str, float]) -> float:
    """The weighted sum of the signals that have a weight."""
    return sum(weight * signals.get(name, 0.0) for name, weight in weights.items())


def _reading(evidence: Evidence) -> Reading:
    return Reading(text=evidence.quote, before=evidence.context, title=evidence.source.title.value or "")


def _softmax(scores: Sequence[float]) -> list[float]:
    """The chances under the listwise model that the weights were fitted with (Cao et al. 2007)."""
    if not scores:
        return []
    odds = np.exp(np.array(scores) - max(scores))
    return [float(odd) for odd in odds / odds.sum()]


def _ranked(scores: Sequence[float]) -> list[int]:
    """Positions by falling score; scores that differ by rounding alone keep their order."""
    return sorted(range(len(scores)), key=lambda i: (-round(scores[i], 5), i))


def read_passage(
    passage: Passage, text: str, body: Sequence[Span], source: Source, cosines: Sequence[float] | NDArray[np.float32]
) -> list[Candidate]:
    """The sentences of one passage with their surroundings."""
    found: list[Candidate] = []
    for i, (span, cosine) in enumerate(zip(passage.sentences, cosines, strict=True)):
        paragraph = next((p for p in body if p.start <= span.start and span.end <= p.end), span)
        found.append(
            Candidate(
                passage=passage,
                span=span,
                text=span.of(text),
                before=passage.sentences[i - 1].of(text)[-CONTEXT_CHARACTERS:]
                if i
                else _before(text, body, paragraph, span),
                attribution=_attribution(text, paragraph, span),
                kind=_kind(span.of(text)),
                source=source,
                cosine=float(cosine),
            )
        )
    return found


def overlap_relevance(question: str, sentences: Sequence[Reading]) -> list[float]:
    """Log-odds from shared words alone, for tests and for machines without the relevance model."""
    wanted = [stem(word) for word in content_words(question)]
    if not wanted:
        return [-5.0] * len(sentences)
    return [8.0 * sum(word in stems(s.text) for word in wanted) / len(wanted) - 4.0 for s in sentences]


def _before(text: str, body: Sequence[Span], paragraph: Span, span: Span) -> str:
    """The end of what stands before; a paragraph may be a whole book, so only so much of it is split."""
    near = _last_sentence(text, paragraph.start, span.start)
    if near:
        return near
    previous = next((p for p in reversed(body) if p.end <= paragraph.start), None)
    return _last_sentence(text, previous.start, previous.end) if previous else ""


def _last_sentence(text: str, start: int, end: int) -> str:
    earlier = split_sentences(text, Span(start=max(start, end - SPLIT_AT_ONCE), end=end)) if end > start else ()
    return _end(earlier[-1].of(text)) if earlier else ""


def _end(sentence: str) -> str:
    return sentence[-CONTEXT_CHARACTERS:]


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


def as_evidence(judged: Judged) -> Evidence:
    """The candidate as it is cited."""
    candidate = judged.candidate
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
        also=candidate.also,
        chunk_id=passage.chunk_id,
        chance=judged.chance,
        signals=judged.signals,
    )
