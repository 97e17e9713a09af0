"""Altered quotes: find the article's words most similar to a quotation, and the difference between the two."""

import difflib
from collections.abc import Sequence

from index.search.scored_sentence import ScoredSentence
from service.language.quotations import plain, quoted

MIN_QUOTE_RATIO = 0.6
"""Minimum ratio of matching words (0 to 1, Ratcliff and Obershelp) for a quotation to be altered, not another one."""
MIN_QUOTE_WORDS = 3
"""Minimum words of a quotation; fewer words in quotation marks are scare quotes."""


def altered_quote(claim: str, evidence: Sequence[ScoredSentence]) -> tuple[str, Sequence[int]] | None:
    """Return the difference between a quotation in the claim and the most similar words, with their evidence index."""
    for words in quotations(claim):
        if is_quoted_exactly(words, evidence):
            continue
        matches = [(_best_match(words, each.text), -i) for i, each in enumerate(evidence)]
        (likeness, original), where = max(matches, default=((0.0, ""), 0))
        if likeness >= MIN_QUOTE_RATIO:
            return f"the article's words are “{original}”: {difference(words, original)}", (-where,)
    return None


def quotations(claim: str) -> list[str]:
    """Return the quotations of a claim, without scare quotes."""
    return [words for words in quoted(claim) if len(words.split()) >= MIN_QUOTE_WORDS]


def is_quoted_exactly(words: str, evidence: Sequence[ScoredSentence]) -> bool:
    """Whether an article of the evidence has these words, typography aside."""
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
