"""Salience: how likely a sentence is a vital fact of its topic, and a diverse choice of the most salient ones."""

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np

from index.search.scored_sentence import ScoredSentence
from service.briefing.clustering import Redundancy, SentenceCluster
from service.briefing.decontextualisation import context_dependence, count_unresolved_pronouns, is_statement
from service.briefing.salience_features import salience_features
from service.language.parsing import parse

FITTED = Path(__file__).with_name("brief_salience.json")
"""Log-odds that a sentence states a vital fact, fitted without seed articles by `footnote study fit brief-salience`."""
PRONOUN_PENALTY = 0.6
DEPENDENCE_PENALTY = 0.4
SIMILARITY_PENALTY = 1.0
"""Penalty for redundancy, multiplied by the highest cosine with a chosen sentence."""
OVERLAP_PENALTY = 3.0
"""Penalty for redundancy, multiplied by the largest share of the words that a chosen sentence has too."""
MAX_READ = 120
"""Number of most salient sentences that are parsed and compared; bounds the time of a brief."""
MIN_WORDS = 5
TAKEN_AT_ONCE = 2
"""Number of statements after which those that repeat them are gathered."""
MIN_SHARE_OF_BEST_SCORE = 0.55
"""Minimum relevance as a share of the best sentence's."""


class SalientStatements:
    """Chooses statements one after the other: maximal marginal relevance (Carbonell and Goldstein 1998)."""

    def __init__(
        self,
        sentences: Sequence[ScoredSentence],
        redundancy: Redundancy,
        weights: Mapping[str, float] | None = None,
    ) -> None:
        """Args:
        sentences: the candidates of one brief.
        weights: of the salience features, for a fit; by default the fitted ones.
        """
        best = max((each.score for each in sentences), default=0.0)
        near = [each for each in sentences if each.score >= MIN_SHARE_OF_BEST_SCORE * best]
        weights = weights or json.loads(FITTED.read_text(encoding="utf-8"))
        values = [sum(weights[name] * value for name, value in each.items()) for each in salience_features(near)]
        order = sorted(range(len(near)), key=lambda i: (-round(values[i], 5), near[i].location))[:MAX_READ]
        self._remaining = [near[i] for i in order]
        self._values = {id(near[i]): values[i] for i in order}
        self._is_read: set[int] = set()
        self._redundancy = redundancy
        self.chosen: list[SentenceCluster] = []
        """The statements chosen so far, in the order of their choice."""

    def take(self, limit: int) -> list[SentenceCluster]:
        """Choose up to `limit` more statements; what only repeats a chosen one joins it as a further source."""
        taken: list[int] = []
        while self._remaining and len(taken) < limit:
            sentence = self._next()
            self._remaining.remove(sentence)
            if not self._is_usable(sentence):
                continue
            own = self._redundancy.find(sentence, [each.representative for each in self.chosen])
            if own is None:
                taken.append(len(self.chosen))
                self.chosen.append(SentenceCluster(members=(sentence,)))
            else:
                self.chosen[own] = SentenceCluster(members=(*self.chosen[own].members, sentence))
        self._gather_repeats()
        return [self.chosen[i] for i in taken]

    def fill(self, words: int, most: int) -> None:
        """Choose statements until together they have so many words, or until there are `most` of them."""
        written = 0
        while written < words and len(self.chosen) < most:
            taken = self.take(TAKEN_AT_ONCE)
            written += sum(len(each.representative.text.split()) for each in taken)
            if not taken:
                break

    def further(self) -> list[ScoredSentence]:
        """Return the sentences that were not chosen, the most salient first."""
        return sorted(self._remaining, key=lambda each: (-round(self._values[id(each)], 5), each.location))

    def _next(self) -> ScoredSentence:
        """Return the best remaining sentence; it is read, so that pronouns count, before it is taken for the best."""
        while True:
            penalties = self._penalties()
            best = max(
                range(len(self._remaining)),
                key=lambda i: (round(self._values[id(self._remaining[i])] - penalties[i], 5), -i),
            )
            sentence = self._remaining[best]
            if id(sentence) in self._is_read:
                return sentence
            self._is_read.add(id(sentence))
            parsed = parse(sentence.quote)
            self._values[id(sentence)] -= PRONOUN_PENALTY * min(count_unresolved_pronouns(parsed), 2) / 2
            self._values[id(sentence)] -= DEPENDENCE_PENALTY * context_dependence(parsed)

    def _penalties(self) -> list[float]:
        if not self.chosen:
            return [0.0] * len(self._remaining)
        chosen = [each.representative for each in self.chosen]
        cosines = np.stack([e.vector for e in self._remaining]) @ np.stack([e.vector for e in chosen]).T
        overlaps = [max(len(e.stems & o.stems) / max(1, len(e.stems)) for o in chosen) for e in self._remaining]
        return [
            SIMILARITY_PENALTY * max(float(row.max()), 0.0) + OVERLAP_PENALTY * overlap
            for row, overlap in zip(cosines, overlaps, strict=True)
        ]

    @staticmethod
    def _is_usable(sentence: ScoredSentence) -> bool:
        parsed = parse(sentence.quote)
        return len(sentence.text.split()) >= MIN_WORDS and is_statement(parsed)

    def _gather_repeats(self) -> None:
        """Add near-identical remaining sentences of other articles to the statements that they repeat."""
        for i, cluster in enumerate(self.chosen):
            known = {each.article_id for each in cluster.members}
            more = self._redundancy.repeats(cluster.representative, _of_others(self._remaining, known))
            if more:
                self.chosen[i] = SentenceCluster(members=(*cluster.members, *more))
                gathered = {id(each) for each in more}
                self._remaining = [each for each in self._remaining if id(each) not in gathered]


def _of_others(sentences: Iterable[ScoredSentence], known: set[str]) -> list[ScoredSentence]:
    return [each for each in sentences if each.article_id not in known]
