"""Candidate sentences: splits passages into sentences with context and attribution, and deduplicates them."""

import re
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

from index.normalisation import word_count
from index.search.scored_sentence import ScoredSentence
from index.sentence_deduplication import are_duplicates, normalised_tokens
from index.sentences import QUOTATION, split_sentences
from index.types import Article, Passage, SentenceLocation, Span

Kind = Literal["statement", "question", "heading"]

MAX_CONTEXT_CHARACTERS = 320
MAX_CHARACTERS_SPLIT = 2_000
"""Most characters of preceding text that are split to find the previous sentence: a paragraph may be a whole book."""
MIN_STATEMENT_WORDS = 4
"""Fewest words of a statement that ends without a full stop; shorter ones are headings."""
AFTER_EVERY_DATE = "9999"
CLAUSE_AFTER_QUOTATION = re.compile(r"[\s,–—-]*(?P<clause>[^\s.,;:“\"][^.;:“\"]{2,160}?)(?=[.;:]|$|\n| [“\"])")
CLAUSE_BEFORE_QUOTATION = re.compile(r"(?P<clause>[^.;:“”\"]{3,160}?)[\s,:]*$")


def passage_sentences(passage: Passage, article: Article) -> list[ScoredSentence]:
    """Return the sentences of one passage with context and attribution, without scores."""
    return [
        ScoredSentence(
            article=article,
            version=passage.version,
            span=span,
            context=_context(passage, i, article),
            attribution=attribution_of(article, span),
            chunk_id=passage.chunk_id,
            passage=passage.span,
            passage_score=passage.score,
        )
        for i, span in enumerate(passage.sentences)
    ]


def body_sentences(article: Article) -> list[Span]:
    """Return the sentences of an article's body, in order."""
    return [span for paragraph in article.body for span in split_sentences(article.text, paragraph)]


def article_statements(article: Article, version: int) -> list[ScoredSentence]:
    """Return all statements of an article's body in order, without scores."""
    whole = Passage(
        chunk_id="",
        article_id=article.id,
        version=version,
        span=Span(start=0, end=len(article.text)),
        sentences=tuple(body_sentences(article)),
        score=0.0,
    )
    return [each for each in passage_sentences(whole, article) if sentence_kind(each.quote) == "statement"]


def sentence_kind(sentence: str) -> Kind:
    """Classify a sentence as statement, question or heading."""
    bare = sentence.rstrip("\"'”’)] 」』")
    if bare.endswith(("?", "？", "؟")):
        return "question"
    stated = word_count(sentence) >= MIN_STATEMENT_WORDS or bare.endswith((".", "!", "。", "！"))
    return "statement" if stated else "heading"


def deduplicate(sentences: Sequence[ScoredSentence], earliest: Mapping[str, str]) -> list[ScoredSentence]:
    """Merge duplicates: each sentence stays at the rank of its best duplicate and is cited from its earliest article.

    Args:
        earliest: for an article with near-duplicates, the first published of them; among near-duplicates, sentences
            may also differ in insignificant words.
    """
    kept: list[ScoredSentence] = []
    same: dict[tuple[str, ...], int] = {}
    in_copies: dict[str, list[int]] = {}
    for sentence in sentences:
        story = earliest.get(sentence.article_id)
        words = normalised_tokens(sentence.quote)
        near = in_copies.get(story, []) if story else []
        where = same.get(words, next((i for i in near if are_duplicates(kept[i].quote, sentence.quote)), None))
        if where is None:
            where = len(kept)
            kept.append(sentence)
            if story:
                in_copies.setdefault(story, []).append(where)
        else:
            kept[where] = _merged(kept[where], sentence)
        same.setdefault(words, where)
    return kept


def _merged(kept: ScoredSentence, other: ScoredSentence) -> ScoredSentence:
    """Merge two duplicates: the earlier one is cited, the later one is listed, and the better score counts."""
    days = (kept.source.published.value, other.source.published.value)
    first, second = (other, kept) if days[0] and days[1] and days[1] < days[0] else (kept, other)
    others = {each.article_id: each for each in (_located(second), *second.duplicates, *first.duplicates)}
    others.pop(first.article_id, None)
    return replace(
        first,
        passage_score=max(kept.passage_score, other.passage_score),
        cosine=max(kept.cosine, other.cosine),
        duplicates=tuple(sorted(others.values(), key=_publication_order)),
        origins=first.origins | second.origins,
    )


def _publication_order(location: SentenceLocation) -> tuple[str, str]:
    return location.source.published.value or AFTER_EVERY_DATE, location.article_id


def _located(sentence: ScoredSentence) -> SentenceLocation:
    return SentenceLocation(
        article_id=sentence.article_id,
        version=sentence.version,
        start=sentence.start,
        end=sentence.end,
        source=sentence.source,
    )


def _paragraph(article: Article, span: Span) -> Span:
    found = article.body[max(0, _following(article, span) - 1)] if article.body else span
    return found if found.start <= span.start and span.end <= found.end else span


def _following(article: Article, span: Span) -> int:
    """Return the position of the first paragraph that begins behind the start of a span."""
    return bisect_right(article.body, span.start, key=lambda paragraph: paragraph.start)


def _context(passage: Passage, i: int, article: Article) -> str:
    """Return the end of the preceding sentence: from the passage, else its paragraph, else the paragraph before."""
    if i:
        return passage.sentences[i - 1].of(article.text)[-MAX_CONTEXT_CHARACTERS:]
    span = passage.sentences[0]
    paragraph = _paragraph(article, span)
    if near := _last_sentence(article.text, paragraph.start, span.start):
        return near
    before = article.body[: _following(article, paragraph)]
    previous = next((p for p in reversed(before) if p.end <= paragraph.start), None)
    return _last_sentence(article.text, previous.start, previous.end) if previous else ""


def _last_sentence(text: str, start: int, end: int) -> str:
    earlier = split_sentences(text, Span(start=max(start, end - MAX_CHARACTERS_SPLIT), end=end)) if end > start else ()
    return earlier[-1].of(text)[-MAX_CONTEXT_CHARACTERS:] if earlier else ""


def attribution_of(article: Article, span: Span) -> Span | None:
    """Return the words that name the speaker of a sentence inside a longer quotation of its paragraph, if any."""
    text, paragraph = article.text, _paragraph(article, span)
    for quoted in QUOTATION.finditer(text, paragraph.start, paragraph.end):
        if quoted.start() <= span.start and span.end < quoted.end() - 1:
            after = _clause_after(text, quoted.end(), paragraph.end)
            return after or _clause_before(text, paragraph.start, quoted.start())
    return None


def _clause_after(text: str, start: int, end: int) -> Span | None:
    words = CLAUSE_AFTER_QUOTATION.match(text, start, end)
    return Span(start=words.start("clause"), end=words.end("clause")) if words else None


def _clause_before(text: str, start: int, end: int) -> Span | None:
    words = CLAUSE_BEFORE_QUOTATION.search(text, start, end)
    if words is None or not words["clause"].strip():
        return None
    shift = len(words["clause"]) - len(words["clause"].lstrip())
    return Span(start=words.start("clause") + shift, end=words.end("clause"))
