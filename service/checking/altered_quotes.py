"""Altered quotes: find what an article has in place of the words of a quotation, or of its speaker."""

import difflib
from collections.abc import Sequence

from index.search.candidate_sentences import body_sentences
from index.search.scored_sentence import ScoredSentence
from index.types import Article, Record, Span
from service.language.names import is_named
from service.language.quotation_speakers import quotations_of, speaker_of
from service.language.quotations import plain, quoted

MIN_QUOTE_RATIO = 0.6
"""Minimum ratio of matching words (0 to 1, Ratcliff and Obershelp) for a quotation to be altered, not another one."""
MIN_QUOTE_WORDS = 3
"""Minimum words of a quotation; fewer words in quotation marks are scare quotes."""
MAX_EDITS = 3
"""Maximum differences of a quotation that are named."""
OUTER_MARKS = '“”" .,;'
SINGLE_MARKS = str.maketrans({"“": "‘", "”": "’", '"': "'"})


class Misquotation(Record):
    """Misquotation: what a claim has, what an article has in its place, and the position of its sentence."""

    claimed: str
    found: str
    position: int


def altered_quote(claim: str, evidence: Sequence[ScoredSentence]) -> Misquotation | None:
    """Return the quotation of a claim that is not the articles', with the words most similar to it."""
    for words in quotations(claim):
        if is_quoted_exactly(words, evidence):
            continue
        matches = [(_best_match(words, each.text), -i) for i, each in enumerate(evidence)]
        (likeness, original), where = max(matches, default=((0.0, ""), 0))
        if likeness >= MIN_QUOTE_RATIO:
            return Misquotation(claimed=words.strip(" .,;"), found=original, position=-where)
    return None


def other_speaker(claim: str, evidence: Sequence[ScoredSentence]) -> Misquotation | None:
    """Return the speaker of a quotation in the claim, where every article with these words has somebody else say them.

    Both have a name, and no sentence of the article names both: a company's words may be its spokesman's.
    """
    body = (Span(start=0, end=len(claim)),)
    for quotation in quotations_of(claim, body):
        speaker, words = speaker_of(claim, body, quotation), plain(quotation.of(claim))
        found = [(each, speakers) for each in _articles(evidence) if (speakers := _speakers(words, each))]
        theirs = {one for _, speakers in found for one in speakers}
        if len(theirs) == 1 and all(_are_others(speaker, one, each.article) for each, (one, *_) in found):
            texts = [plain(each.text) for each in evidence]
            position = next((i for i, text in enumerate(texts) if words in text or text in words), 0)
            return Misquotation(claimed=speaker, found=theirs.pop(), position=position)
    return None


def _articles(evidence: Sequence[ScoredSentence]) -> list[ScoredSentence]:
    """Return the first sentence of each article."""
    return list({(each.article_id, each.version): each for each in reversed(evidence)}.values())


def _speakers(words: str, sentence: ScoredSentence) -> list[str]:
    """Return who says these words in the sentence's article, each time that they stand there."""
    text, body = sentence.article.text, sentence.article.body
    return [speaker_of(text, body, each) for each in quotations_of(text, body) if words in plain(each.of(text))]


def _are_others(one: str, other: str, article: Article) -> bool:
    """Whether two speakers are two people: names without a common word, which no sentence of the article joins."""
    names = [{word.casefold() for word in name.split()} for name in (one, other)]
    if not (is_named(one) and is_named(other)) or names[0] & names[1]:
        return False
    last = [name.split()[-1] for name in (one, other)]
    return not any(all(name in each.of(article.text) for name in last) for each in body_sentences(article))


def quotations(claim: str) -> list[str]:
    """Return the quotations of a claim, without scare quotes."""
    return [words for words in quoted(claim) if len(words.split()) >= MIN_QUOTE_WORDS]


def is_quoted_exactly(words: str, evidence: Sequence[ScoredSentence]) -> bool:
    """Whether an article of the evidence has these words, typography aside."""
    texts = {(each.article_id, each.version): each.article.text for each in evidence}
    return any(plain(words) in plain(text) for text in texts.values())


def difference(claimed: str, original: str) -> str:
    """Return a word diff in words: what the article has in place of the claim's words, not at all, or besides."""
    ours, theirs = claimed.split(), original.split()
    matcher = difflib.SequenceMatcher(None, [plain(w) for w in ours], [plain(w) for w in theirs], autojunk=False)
    edits = matcher.get_opcodes()
    pairs = [(_in_marks(ours[a:b]), _in_marks(theirs[c:d])) for kind, a, b, c, d in edits if kind != "equal"]
    if not pairs:
        return f"the article's words are {_in_marks(theirs)}"
    more = f"; {len(pairs) - MAX_EDITS} more" if len(pairs) > MAX_EDITS else ""
    return "; ".join(_edit(*pair) for pair in pairs[:MAX_EDITS]) + more


def _edit(ours: str, theirs: str) -> str:
    if not theirs:
        return f"the article does not have {ours}"
    return f"the article has {theirs} where the text has {ours}" if ours else f"the article also has {theirs}"


def _in_marks(words: Sequence[str]) -> str:
    """Put words in one pair of quotation marks; those inside become single ones."""
    return f"“{' '.join(words).strip(OUTER_MARKS).translate(SINGLE_MARKS)}”" if words else ""


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
