"""Claim checking: compares each sentence of a text with the collection and gives it a verdict."""

import re
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from index.errors import EmptyCollection, InputError
from index.search.article_cache import ArticleCache
from index.search.hybrid_retrieval import Retriever
from index.search.reranking import RerankingFinder, idf, weigh
from index.search.scored_sentence import ScoredSentence
from index.sentences import split_sentences, trim
from index.store.store import DocumentStore
from index.types import Filters, Span
from index.words import content_words
from service.answering.citations import cite
from service.answering.origins import require_cited
from service.checking.article_statements import ArticleStatements
from service.checking.claim_verdicts import rule
from service.checking.types import CheckBegun, CheckedSentence, CheckEvent, CheckReport
from service.grounding import EntailmentModel, Judgement, Premise, judge, premises_of
from service.language.quotation_speakers import quotation_around, speaker_of

MAX_TEXT = 100_000
"""Maximum characters of a text to check."""
MAX_EVIDENCE = 8
"""Maximum evidence sentences that each claim is compared with."""
MARKUP = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]|^\s*(?:[-*•>#]+|\d+[.)])\s+")
SIGNAL_WEIGHTS = {"covered": 1.0, "covered_in_context": 1.0, "passage": 0.5, "cosine": 2.0}
"""Weights of the signals that rank the evidence: the first is of a claim's own article as often as may be."""


class Checker:
    """Checker: checks texts against one collection."""

    def __init__(
        self,
        store: DocumentStore,
        retriever: Retriever,
        finder: RerankingFinder,
        passages: int,
        entailment: EntailmentModel | None = None,
    ) -> None:
        """Args:
        passages: how many passages are searched for each sentence.
        entailment: judges what the checks do not accept; without one, that is not found.
        """
        self._store = store
        self._retriever = retriever
        self._finder = finder
        self._passages = passages
        self._entailment = entailment

    def check(self, text: str, filters: Filters) -> CheckReport:
        """Return every sentence of the text with its verdict; see `stream` for the errors."""
        *_, report = self.stream(text, filters)
        assert isinstance(report, CheckReport)
        return report

    def stream(self, text: str, filters: Filters) -> Generator[CheckEvent, None, None]:
        """Yield how many sentences there are, each with its verdict as soon as it is known, and the whole report.

        Raises:
            InputError: the text is empty or longer than 100,000 characters.
            EmptyCollection: there is nothing to check against.
            NotFound: an article was removed whose words would be shown.
        """
        if not text.strip():
            raise InputError("the text is empty; hand in the sentences to check")
        if len(text) > MAX_TEXT:
            raise InputError(f"the text has {len(text):,} characters; check at most {MAX_TEXT:,} at once")
        if not self._store.articles.count():
            raise EmptyCollection("the collection is empty; add articles with `footnote ingest PATH`")
        paragraphs = _paragraphs(text)
        spans = _sentences(text, paragraphs)
        yield CheckBegun(sentences=len(spans))
        found: list[CheckedSentence] = []
        articles, statements, revision = ArticleCache(self._store), ArticleStatements(), self._store.revision()
        for span in spans:
            # Articles are read again after a change: version numbers are reused.
            if (now := self._store.revision()) != revision:
                articles, statements, revision = ArticleCache(self._store), ArticleStatements(), now
            claim = _Claim.of(text, span, paragraphs)
            found.append(self._checked(claim, filters, articles, statements))
            require_cited(self._store, (*found[-1].citations, *found[-1].closest))
            yield found[-1]
        require_cited(self._store, [each for sentence in found for each in (*sentence.citations, *sentence.closest)])
        yield CheckReport(sentences=tuple(found), revision=self._store.revision())

    def judgement(self, claim: str, filters: Filters) -> Judgement | None:
        """Return what the entailment model says of a claim; None without evidence or without a model."""
        evidence, pool = self._ranked(claim, filters, ArticleCache(self._store))
        return self._judged(claim, evidence, pool=pool, statements=ArticleStatements())

    def premises(self, claim: str, filters: Filters, articles: int) -> list[list[Premise]]:
        """Return the premises of a claim in each of the `articles` nearest to it, the nearest first."""
        evidence, pool = self._ranked(claim, filters, ArticleCache(self._store))
        nearest: dict[str, ScoredSentence] = {}
        for each in evidence:
            nearest.setdefault(each.article_id, each)
        statements, weights = ArticleStatements(), self._weights(claim)
        return [premises_of(each, statements.around(each, pool), weights) for each in list(nearest.values())[:articles]]

    def evidence(self, claim: str, filters: Filters, articles: ArticleCache | None = None) -> list[ScoredSentence]:
        """Return the sentences of the collection most relevant to a claim, best first.

        Args:
            articles: cache of the articles of this request; a new one by default.
        """
        return self._ranked(claim, filters, articles or ArticleCache(self._store))[0]

    def _ranked(
        self, claim: str, filters: Filters, articles: ArticleCache
    ) -> tuple[list[ScoredSentence], Sequence[ScoredSentence]]:
        """Return the evidence, best first, and all sentences that were retrieved."""
        vector = self._retriever.vector(claim)
        passages = self._retriever.deduplicated_passages(claim, vector, self._passages, filters, articles)
        candidates = self._finder.candidates(claim, vector, passages, articles)
        ranked = sorted(candidates, key=lambda each: -round(weigh(SIGNAL_WEIGHTS, each.signals), 5))
        return ranked[:MAX_EVIDENCE], candidates

    def _checked(
        self, claim: "_Claim", filters: Filters, articles: ArticleCache, statements: ArticleStatements
    ) -> CheckedSentence:
        evidence, pool = self._ranked(claim.bare, filters, articles)
        ruling = rule(claim.text, evidence, partial(self._judged, pool=pool, statements=statements))
        return CheckedSentence(
            text=claim.sentence,
            start=claim.span.start,
            end=claim.span.end,
            verdict=ruling.verdict,
            reason=ruling.reason,
            suggestion=claim.in_place(ruling.suggestion),
            citations=cite(ruling.cited),
            closest=cite(ruling.closest),
        )

    def _judged(
        self,
        claim: str,
        evidence: Sequence[ScoredSentence],
        *,
        pool: Sequence[ScoredSentence],
        statements: ArticleStatements,
    ) -> Judgement | None:
        if not evidence or self._entailment is None:
            return None
        return judge(claim, evidence[0], statements.around(evidence[0], pool), self._weights(claim), self._entailment)

    def _weights(self, claim: str) -> Mapping[str, float]:
        """Return the weight of each stem of a claim."""
        return idf(self._store.lexical.document_frequency(content_words(claim)), self._store.chunks.count())


@dataclass(frozen=True)
class _Claim:
    """Claim of a sentence of a draft: without its bullet, in quotation marks where somebody of the draft speaks."""

    span: Span
    sentence: str
    bare: str
    before: str = ""
    behind: str = ""

    @classmethod
    def of(cls, text: str, span: Span, paragraphs: tuple[Span, ...]) -> "_Claim":
        """Return the claim of a sentence of `text`."""
        sentence = span.of(text)
        bare = MARKUP.sub("", sentence).strip()
        around = quotation_around(text, paragraphs, span)
        if around is None:
            return cls(span, sentence, bare)
        speaker = speaker_of(text, paragraphs, around)
        return cls(span, sentence, bare.strip('“”" '), f"{speaker} said: “" if speaker else "“", "”")

    @property
    def text(self) -> str:
        """The words to check."""
        return self.before + self.bare + self.behind

    def in_place(self, suggestion: str | None) -> str | None:
        """Return the whole sentence as suggested; None where what is around its claim would have to change."""
        if suggestion is None or not (suggestion.startswith(self.before) and suggestion.endswith(self.behind)):
            return None
        words = suggestion[len(self.before) : len(suggestion) - len(self.behind)]
        return self.sentence.replace(self.bare, words)


def _paragraphs(text: str) -> tuple[Span, ...]:
    return tuple(trim(text, *paragraph.span()) for paragraph in re.finditer(r"[^\n]+", text))


def _sentences(text: str, paragraphs: Sequence[Span]) -> list[Span]:
    pieces = (each for paragraph in paragraphs for each in split_sentences(text, paragraph))
    return [each for each in pieces if re.search(r"\w", each.of(text))]
