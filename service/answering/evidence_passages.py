"""Evidence passages: consecutive sentences around the evidence, as much as the model's context has room for."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.search.candidate_sentences import article_statements
from index.search.scored_sentence import ScoredSentence
from service.answering.citations import source_line, unmarked
from service.answering.types import Citation

CHARACTERS_PER_TOKEN = 3.2
"""Low for English news, so that the tokens of a text are overestimated rather than underestimated."""
INSTRUCTION_TOKENS = 500
"""Room for the instructions, the question and the chat template."""
LEAST_EVIDENCE_TOKENS = 300
SMALL_CONTEXT_EVIDENCE_TOKENS = 1_500
"""Evidence tokens that any model gets if they fit: on a CPU, reading the prompt takes most of the time."""
CONTEXT_SHARE = 8
"""Beyond these, one evidence token more for so many tokens of context."""
SENTENCES_BEFORE = 2
SENTENCES_AFTER = 3
MIN_PROBABILITY_SHARE = 0.02
"""Minimum probability of a sentence to open a passage, as a share of the first one's probability."""
MAX_PASSAGES = 12


@dataclass(frozen=True)
class EvidencePassage:
    """Evidence passage: consecutive sentences of one article."""

    sentences: tuple[ScoredSentence, ...]


def evidence_budget(context_tokens: int, reply_tokens: int) -> int:
    """Return how many tokens of evidence a prompt may have: 1,400 of 2,048, 2,000 of 4,096, 17,500 of 131,072."""
    room = context_tokens - reply_tokens - INSTRUCTION_TOKENS
    return max(min(room, SMALL_CONTEXT_EVIDENCE_TOKENS + context_tokens // CONTEXT_SHARE), LEAST_EVIDENCE_TOKENS)


def evidence_passages(ranked: Sequence[ScoredSentence], tokens: int) -> list[EvidencePassage]:
    """Return passages around the ranked sentences, best first, with at most `tokens` tokens together.

    Each passage is a sentence with up to two before and three after it in its article; passages that meet are joined.
    At least the best sentence is returned, whatever it costs.
    """
    windows: list[tuple[list[ScoredSentence], int, int]] = []
    articles: dict[tuple[str, int], list[ScoredSentence]] = {}
    spent = 0.0
    for best in ranked:
        if windows and (best.probability < MIN_PROBABILITY_SHARE * ranked[0].probability or spent >= tokens):
            break
        key = best.article_id, best.version
        sentences = articles.setdefault(key, article_statements(best.article, best.version))
        at = next((i for i, each in enumerate(sentences) if each.start <= best.start < each.end), None)
        if at is None or any(w[0] is sentences and w[1] <= at < w[2] for w in windows):
            continue
        first, last = _room(sentences, at, tokens - spent, alone=not windows)
        if first == last or (len(windows) == MAX_PASSAGES):
            continue
        spent += sum(map(estimated_tokens, sentences[first:last]))
        windows.append((sentences, first, last))
    known = {each.location: each for each in ranked}
    return [_passage(sentences[a:b], known) for sentences, a, b in _joined(windows)]


def estimated_tokens(sentence: ScoredSentence) -> float:
    """Return about how many tokens a numbered sentence has."""
    return len(sentence.text) / CHARACTERS_PER_TOKEN + 4


def listed(passages: Sequence[EvidencePassage], citations: Sequence[Citation]) -> str:
    """Return the passages as the prompt shows them: a source line, then the sentences, numbered throughout.

    Args:
        citations: one for each sentence, with the numbers to print.
    """
    lines: list[str] = []
    given = iter(citations)
    for passage in passages:
        own = [next(given) for _ in passage.sentences]
        lines.append(f"{'' if not lines else chr(10)}From {unmarked(source_line(own[0]))}:")
        lines += [f"[{citation.number}] {_line(citation)}" for citation in own]
    return "\n".join(lines)


def _line(citation: Citation) -> str:
    speaker = f" ({citation.attribution})" if citation.attribution else ""
    return unmarked(" ".join(f"{citation.quote}{speaker}".split()))


def _room(sentences: Sequence[ScoredSentence], at: int, tokens: float, *, alone: bool) -> tuple[int, int]:
    """Return the window around a sentence that fits: (at, at) when not even the sentence does, unless it is `alone`."""
    left = tokens - estimated_tokens(sentences[at])
    if left < 0 and not alone:
        return at, at
    first, last = at, at + 1
    for step in range(1, max(SENTENCES_BEFORE, SENTENCES_AFTER) + 1):
        if step <= SENTENCES_AFTER and last < len(sentences) and (cost := estimated_tokens(sentences[last])) <= left:
            left, last = left - cost, last + 1
        if step <= SENTENCES_BEFORE and first > 0 and (cost := estimated_tokens(sentences[first - 1])) <= left:
            left, first = left - cost, first - 1
    return first, last


def _joined(
    windows: Sequence[tuple[list[ScoredSentence], int, int]],
) -> list[tuple[list[ScoredSentence], int, int]]:
    """Join windows of one article that overlap or meet; the joined one has the rank of its best."""
    found: list[tuple[list[ScoredSentence], int, int]] = []
    for sentences, first, last in windows:
        meeting = [w for w in found if w[0] is sentences and w[1] <= last and first <= w[2]]
        first, last = min([first, *(w[1] for w in meeting)]), max([last, *(w[2] for w in meeting)])
        if meeting:
            found[found.index(meeting[0])] = (sentences, first, last)
            found = [w for w in found if w not in meeting[1:]]
        else:
            found.append((sentences, first, last))
    return found


def _passage(
    sentences: Sequence[ScoredSentence], known: dict[tuple[str, int, int, int], ScoredSentence]
) -> EvidencePassage:
    return EvidencePassage(tuple(known.get(each.location, each) for each in sentences))
