"""Everything in the collection that bears on a topic: passages of two searches, and their sentences weighed."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from index.search.reranking import Candidate, EvidenceFinder, Judged, as_evidence, rarities
from index.search.retrieval import Retriever
from index.store.store import DocumentStore
from index.types import Evidence, Filters, Passage, Span
from index.words import content_words, stem, stems
from service.answering.query import names
from service.grounding import Support
from service.grounding.support import support_of
from service.language.parsing import Parsed, parse
from service.language.tokens import tokenise

PASSAGES, FOLLOWED = 100, 24
"""Passages that are read for the topic, and for the names that come up in them most."""
READ, READ_FIRST = 96, 24
"""Sentences that the relevance model reads in all, and before the first part: they bound the time of a brief."""
NAMES, NAMED_IN = 3, 20
"""How many names are followed, and in how many of the first sentences they are counted."""
LONGEST = 700
"""Characters; what is longer is a list or a broken layout."""
CHEAP = {"covered": 1.0, "covered_in_context": 0.5, "cosine": 0.8}
"""What decides which sentences are read; a topic is covered by a few words, so its own words count most."""
ABOUT = 0.5
"""Share of the topic, by the rarity of its words, that a sentence must hold with the one before it."""
SPELLED_ALIKE, LONG_NAME = 0.85, 5
"""Share of their letters that two spellings of a name have in common (Ratcliff and Obershelp), and how long it is."""
KEPT_UP, PARAGRAPH = 0.5, 0.75
"""Share of the topic that a sentence must hold for the next one to go on about it; and how much of what one sentence
of a paragraph holds the others are taken to be about."""
OPENS = re.compile(
    r"\W*(?:this|that|these|those|it|its|he|she|his|her|they|their|the (?:said|attack|group|incident))\b", re.I
)
CLOSEST = 3
"""Sentences that are shown when nothing is about the topic."""
LEAST = 0.25
"""Score below which a sentence only shares an article with the topic."""
NEAR, NEAR_ABOUT = 0.4, 0.25
"""Cosine from which a sentence that holds less of the topic's words, but so much, is about it all the same."""


@dataclass(frozen=True)
class Found:
    """A sentence that bears on the topic, with what the parts of a brief need of it."""

    evidence: Evidence
    support: Support
    vector: NDArray[np.float32]
    score: float
    """Between 0 and 1: how much it has to do with the topic."""
    origins: frozenset[str]
    """What its article, and those that print the sentence too, go back to; copies have one origin."""

    @cached_property
    def text(self) -> str:
        """The sentence in one line."""
        return " ".join(self.evidence.quote.split())

    @property
    def parsed(self) -> Parsed:
        """Its grammar, by the characters of the quote."""
        return parse(self.evidence.quote)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Stems of its meaningful words."""
        return stems(self.text)

    @property
    def place(self) -> tuple[str, int]:
        """Its article and where it begins there."""
        return self.evidence.article_id, self.evidence.start


@dataclass(frozen=True)
class TopicCandidates:
    """Every sentence that may bear on a topic, the most promising first, before any is read closely."""

    topic: str
    candidates: tuple[Candidate, ...]
    signals: tuple[dict[str, float], ...]
    seen: tuple[str, ...]
    """`article@version` of each article that was weighed."""
    weighed: int
    """How many sentences there were to choose from."""
    nearest: tuple[Evidence, ...]
    """The best few, whether they are about the topic or not."""


class TopicRetriever:
    """Finds what a brief is made of; its time grows with what is relevant, up to a bound."""

    def __init__(self, store: DocumentStore, retriever: Retriever, finder: EvidenceFinder) -> None:
        self._store = store
        self._retriever = retriever
        self._finder = finder

    def survey(self, topic: str, filters: Filters) -> TopicCandidates:
        """The sentences of all passages on the topic, ordered by what can be told without reading them."""
        vector = self._retriever.vector(topic)
        counts = self._store.lexical.document_frequency(content_words(topic))
        rarity = rarities(counts, self._store.chunks.count())
        passages = self._retriever.distinct(topic, vector, PASSAGES, filters)
        candidates, cheap = self._finder.survey(topic, vector, passages)
        if more := self._followed(topic, candidates, cheap, filters, passages):
            passages = [*passages, *more]
            candidates, cheap = self._finder.survey(topic, vector, passages)
        cheap = [_alike(topic, rarity, each, found) for each, found in zip(candidates, cheap, strict=True)]
        cheap = self._in_paragraphs(candidates, list(_going_on(candidates, cheap)))
        order = sorted(range(len(candidates)), key=lambda i: (-round(_cheaply(cheap[i]), 5), i))
        best = [i for i in order if len(candidates[i].text) <= LONGEST and _is_about(cheap[i])][:READ]
        return TopicCandidates(
            topic=topic,
            candidates=tuple(candidates[i] for i in best),
            signals=tuple(cheap[i] for i in best),
            seen=tuple(sorted({f"{each.article_id}@{each.version}" for each in passages})),
            weighed=len(candidates),
            nearest=tuple(_unread(candidates[i]) for i in order[:CLOSEST]),
        )

    def read(self, surveyed: TopicCandidates, start: int, end: int) -> list[Judged]:
        """Some of them read closely by the relevance model, best first."""
        candidates = surveyed.candidates[start:end]
        logits = self._finder.relevance(surveyed.topic, [each.reading for each in candidates]) if candidates else []
        read = [
            Judged(candidate=candidate, signals={**signals, "relevance": logit}, chance=0.0)
            for candidate, signals, logit in zip(candidates, surveyed.signals[start:end], logits, strict=True)
        ]
        return sorted(read, key=lambda each: -round(_score(each.signals), 5))

    def about(self, read: Sequence[Judged]) -> list[Found]:
        """Those that are about the topic."""
        return list(self._found([each for each in read if _score(each.signals) >= LEAST]))

    def _in_paragraphs(
        self, candidates: Sequence[Candidate], cheap: Sequence[dict[str, float]]
    ) -> list[dict[str, float]]:
        """The signals; a paragraph is about one thing, and names it once."""
        bodies: dict[tuple[str, int], Sequence[Span]] = {}
        where: list[tuple[str, int, int]] = []
        for each in candidates:
            key = (each.passage.article_id, each.passage.version)
            if key not in bodies:
                bodies[key] = self._store.articles.get(*key).article.body
            start = next((p.start for p in bodies[key] if p.start <= each.span.start < p.end), each.span.start)
            where.append((*key, start))
        best: dict[tuple[str, int, int], float] = {}
        for place, signals in zip(where, cheap, strict=True):
            best[place] = max(best.get(place, 0.0), PARAGRAPH * signals["covered"])
        return [
            {**signals, "covered_in_context": max(signals["covered_in_context"], best[place])}
            for place, signals in zip(where, cheap, strict=True)
        ]

    def _followed(
        self,
        topic: str,
        candidates: Sequence[Candidate],
        cheap: Sequence[dict[str, float]],
        filters: Filters,
        known: Sequence[Passage],
    ) -> list[Passage]:
        """Passages on the names that the best sentences have most, for an article may name them and not the topic."""
        best = sorted(range(len(candidates)), key=lambda i: (-_cheaply(cheap[i]), i))[:NAMED_IN]
        asked = {stem(word) for word in content_words(topic)}
        counted = Counter(
            token.text for i in best for token in names(candidates[i].text) if not stems(token.text) & asked
        )
        chosen = [name for name, count in counted.most_common(NAMES) if count > 1]
        if not chosen:
            return []
        query = f"{topic} {' '.join(chosen)}"
        have = {each.chunk_id for each in known}
        found = self._retriever.distinct(query, self._retriever.vector(query), FOLLOWED, filters)
        return [each for each in found if each.chunk_id not in have]

    def _found(self, judged: Sequence[Judged]) -> Iterator[Found]:
        printed = {place.article_id for each in judged for place in each.candidate.also}
        printed |= {each.candidate.passage.article_id for each in judged}
        origins = self._store.articles.origins(sorted(printed))
        for each in judged:
            evidence, passage = as_evidence(each), each.candidate.passage
            text = self._store.articles.get(evidence.article_id, evidence.version).article.text
            vectors = self._store.chunks.sentence_vectors(passage.chunk_id)
            yield Found(
                evidence=evidence,
                support=support_of(evidence, text),
                vector=vectors[passage.sentences.index(each.candidate.span)],
                score=_score(each.signals),
                origins=frozenset(
                    origins[name].id for name in (evidence.article_id, *(place.article_id for place in evidence.also))
                ),
            )


def _alike(
    topic: str, rarity: Mapping[str, float], candidate: Candidate, signals: dict[str, float]
) -> dict[str, float]:
    """The signals, with a name of the topic that the sentence spells a little otherwise counted as held."""
    own = {token.folded for token in tokenise(candidate.text) if token.is_name}
    missed = [name for name in names(topic) if stem(name.folded) in rarity and name.folded not in own]
    gained = sum(rarity[stem(name.folded)] for name in missed if any(_spelled_alike(name.folded, it) for it in own))
    share = gained / (sum(rarity.values()) or 1.0)
    if not share:
        return signals
    return {
        **signals,
        "covered": min(1.0, signals["covered"] + share),
        "covered_in_context": min(1.0, signals["covered_in_context"] + share),
    }


def _spelled_alike(one: str, other: str) -> bool:
    """Whether two names are one in two spellings: long, the same beginning, hardly a letter apart."""
    if min(len(one), len(other)) < LONG_NAME or one[0] != other[0] or abs(len(one) - len(other)) > 2:
        return False
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= SPELLED_ALIKE


def _going_on(candidates: Sequence[Candidate], cheap: Sequence[dict[str, float]]) -> Iterator[dict[str, float]]:
    """The signals; a sentence whose subject only the one before it names is about what that one is about."""
    ends = {(each.passage.article_id, each.span.end): i for i, each in enumerate(candidates)}
    for candidate, signals in zip(candidates, cheap, strict=True):
        near = (ends.get((candidate.passage.article_id, candidate.span.start - gap)) for gap in (1, 2, 3, 4))
        before = next((i for i in near if i is not None), None)
        if before is not None and cheap[before]["covered"] >= KEPT_UP and OPENS.match(candidate.text):
            shared = cheap[before]["covered"]
            signals = {**signals, "covered_in_context": max(signals["covered_in_context"], shared)}
        yield signals


def on_topic(found: Sequence[Found], share: float) -> list[Found]:
    """Those whose score is at least that share of the best one's: how high scores go depends on the topic's words."""
    least = share * max((each.score for each in found), default=0.0)
    return [each for each in found if each.score >= least]


def _unread(candidate: Candidate) -> Evidence:
    return as_evidence(Judged(candidate=candidate, signals={}, chance=0.0))


def _cheaply(signals: dict[str, float]) -> float:
    return sum(weight * signals[name] for name, weight in CHEAP.items())


def _score(signals: dict[str, float]) -> float:
    """What words and vectors say, and a little of what the relevance model does: it was fitted on questions."""
    reads = 1.0 / (1.0 + math.exp(-signals["relevance"]))
    said = 0.35 * signals["covered"] + 0.65 * signals["covered_in_context"]
    return 0.4 * said + 0.4 * max(signals["cosine"], 0.0) + 0.2 * reads


def _is_about(signals: dict[str, float]) -> bool:
    held = signals["covered_in_context"]
    return held >= ABOUT or (held >= NEAR_ABOUT and signals["cosine"] >= NEAR)
