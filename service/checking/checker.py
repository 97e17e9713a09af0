"""Claim checking: compares each sentence of a text with the collection and gives it a verdict."""

import difflib
import re
from collections.abc import Iterator, Sequence

from index.errors import EmptyCollection, InputError
from index.search.article_cache import ArticleCache
from index.search.hybrid_retrieval import Retriever
from index.search.reranking import RerankingFinder, weigh
from index.search.scored_sentence import ScoredSentence
from index.sentences import split_sentences, trim
from index.store.store import DocumentStore
from index.types import Filters, Span
from service.answering.citations import cite
from service.answering.origins import require_cited
from service.checking.types import CheckedSentence, CheckReport, CheckVerdict
from service.grounding import (
    OPEN,
    UNREPORTED,
    Correction,
    EntailmentModel,
    Finding,
    Judgement,
    check,
    judge,
    put_right,
    support_of,
)
from service.language.attribution_clauses import strip_attribution
from service.language.judged_language import NOT_JUDGED, is_judged
from service.language.quotations import plain, quoted

MAX_TEXT = 100_000
"""Maximum characters of a text to check."""
MAX_EVIDENCE = 8
"""Maximum evidence sentences that each claim is compared with."""
MIN_COVERED = 0.7
"""Minimum share of a claim's words that evidence must contain to be shown beside a claim that was not found."""
MIN_QUOTE_RATIO = 0.6
"""Minimum ratio of matching words (0 to 1, Ratcliff and Obershelp) for a quotation to be altered, not another one."""
MIN_QUOTE_WORDS = 3
"""Minimum words of a quotation; fewer words in quotation marks are scare quotes."""
ATTRIBUTION = ("attribution", "attribution_setting")
CARRIED = "the cited sentences say so in other words"
COMPARE = "the cited sentences seem to say so; compare them with yours"
MARKUP = re.compile(r"\s*\[\d+(?:\s*[,–-]\s*\d+)*\]|^\s*(?:[-*•>#]+|\d+[.)])\s+")
SIGNAL_WEIGHTS = {"covered": 1.0, "covered_in_context": 0.5, "cosine": 0.3}
"""Weights of the signals that rank the evidence; the gate gives the verdict, so they only select candidates."""

Verdict = tuple[CheckVerdict, str, Sequence[ScoredSentence]]
"""Verdict, reason and the sentences that are cited."""


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
        """Return every sentence of the text with its verdict.

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
        sentences = tuple(self._all_checked(text, filters))
        require_cited(self._store, [citation for sentence in sentences for citation in sentence.citations])
        return CheckReport(sentences=sentences, revision=self._store.revision())

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

    def _all_checked(self, text: str, filters: Filters) -> Iterator[CheckedSentence]:
        """Yield each sentence with its verdict; articles are read again after a change: version numbers are reused."""
        articles, revision = ArticleCache(self._store), self._store.revision()
        for span in _sentences(text):
            if (now := self._store.revision()) != revision:
                articles, revision = ArticleCache(self._store), now
            yield self._checked(span.of(text), span, filters, articles)

    def _checked(self, text: str, span: Span, filters: Filters, articles: ArticleCache) -> CheckedSentence:
        claim = MARKUP.sub("", text).strip()
        evidence, candidates = self._ranked(claim, filters, articles)
        verdict, reason, cited = self._verdict(claim, evidence, candidates)
        return CheckedSentence(
            text=text, start=span.start, end=span.end, verdict=verdict, reason=reason, citations=cite(cited)
        )

    def _verdict(self, claim: str, evidence: Sequence[ScoredSentence], candidates: Sequence[ScoredSentence]) -> Verdict:
        if not is_judged(claim):
            verbatim = [each for each in evidence if plain(claim) and plain(claim) in plain(each.text)]
            reason = "these are the article's own words" if verbatim else f"not found as it stands. {NOT_JUDGED}"
            return "supported" if verbatim else "not_found", reason, verbatim[:1]
        supports = [support_of(each) for each in evidence]
        finding = check(claim, supports)
        nearest = [evidence[i] for i in finding.supports]
        if finding.accepted:
            return "supported", finding.detail, nearest
        if altered := _altered(claim, evidence):
            return "altered_quote", altered[0], [evidence[i] for i in altered[1]]
        if finding.message in UNREPORTED and self._is_reported(claim, nearest):
            return "needs_attribution", finding.detail, nearest
        judged = self._judged(claim, evidence, candidates) if self._is_for_judge(claim, finding, evidence) else None
        if judged and judged.supported:
            return "supported", CARRIED, judged.premise.sentences
        if not (judged and judged.entailment.log_odds >= OPEN) and (right := self._put_right(claim, finding, nearest)):
            reason = f"the article says “{right.found}”, the text “{right.claimed}”"
            return "contradicted", reason, nearest
        if judged and judged.likely:
            return "likely_supported", COMPARE, judged.premise.sentences
        return "not_found", finding.detail, nearest if finding.covered >= MIN_COVERED else ()

    def _is_reported(self, claim: str, nearest: Sequence[ScoredSentence]) -> bool:
        """Whether the claim names no speaker and is supported but for that."""
        if strip_attribution(claim).attributions:
            return False
        return check(claim, [support_of(each) for each in nearest], without=ATTRIBUTION).accepted

    def _is_for_judge(self, claim: str, finding: Finding, evidence: Sequence[ScoredSentence]) -> bool:
        """Whether the entailment model may decide: never on quoted words, which are the article's own or not."""
        return finding.reason != "empty" and all(_is_quoted_exactly(words, evidence) for words in _quotations(claim))

    def _judged(
        self, claim: str, evidence: Sequence[ScoredSentence], candidates: Sequence[ScoredSentence]
    ) -> Judgement | None:
        return judge(claim, evidence, candidates, self._entailment) if self._entailment else None

    def _put_right(self, claim: str, finding: Finding, nearest: Sequence[ScoredSentence]) -> Correction | None:
        """Return the correction of one difference after which the nearest evidence supports the claim."""
        supports = [support_of(each) for each in nearest]
        for correction in put_right(claim, finding, " ".join(each.text for each in nearest)):
            if check(correction.text, supports).accepted:
                return correction
            judged = self._judged(correction.text, nearest, nearest)
            if judged is not None and judged.supported:
                return correction
        return None


def _altered(claim: str, evidence: Sequence[ScoredSentence]) -> tuple[str, Sequence[int]] | None:
    """Return the difference between a quotation in the claim and the most similar words, with their evidence index."""
    for words in _quotations(claim):
        if _is_quoted_exactly(words, evidence):
            continue
        matches = [(_best_match(words, each.text), -i) for i, each in enumerate(evidence)]
        (likeness, original), where = max(matches, default=((0.0, ""), 0))
        if likeness >= MIN_QUOTE_RATIO:
            return f"the article's words are “{original}”: {difference(words, original)}", (-where,)
    return None


def _quotations(claim: str) -> list[str]:
    return [words for words in quoted(claim) if len(words.split()) >= MIN_QUOTE_WORDS]


def _is_quoted_exactly(words: str, evidence: Sequence[ScoredSentence]) -> bool:
    texts = {(each.article_id, each.version): each.article.text for each in evidence}
    return any(plain(words) in plain(text) for text in texts.values())


def difference(claimed: str, original: str) -> str:
    """Return a word diff in one line: [-only in the claim-] and {+only in the article+}."""
    ours, theirs = claimed.split(), original.split()
    matcher = difflib.SequenceMatcher(None, [plain(w) for w in ours], [plain(w) for w in theirs], autojunk=False)
    pieces: list[str] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            pieces.append(" ".join(ours[a:b]))
            continue
        if a < b:
            pieces.append(f"[-{' '.join(ours[a:b])}-]")
        if c < d:
            pieces.append(f"{{+{' '.join(theirs[c:d])}+}}")
    return " ".join(pieces)


def _best_match(words: str, sentence: str) -> tuple[float, str]:
    """Return the ratio of matching words (0 to 1) and the part of the sentence most similar to the quotation."""
    ours, theirs = plain(words).split(), sentence.split()
    folded = [plain(word) for word in theirs]
    matcher = difflib.SequenceMatcher(None, ours, folded, autojunk=False)
    blocks = [block for block in matcher.get_matching_blocks() if block.size]
    if not blocks:
        return 0.0, ""
    start, end = blocks[0].b, blocks[-1].b + blocks[-1].size
    start, end = max(0, start - blocks[0].a), min(len(theirs), end + len(ours) - blocks[-1].a - blocks[-1].size)
    matched = sum(block.size for block in blocks)
    return 2 * matched / (len(ours) + end - start), " ".join(theirs[start:end]).strip('“”" ,.;')


def _sentences(text: str) -> list[Span]:
    found: list[Span] = []
    for paragraph in re.finditer(r"[^\n]+", text):
        span = trim(text, *paragraph.span())
        found += [each for each in split_sentences(text, span) if re.search(r"\w", each.of(text))]
    return found
