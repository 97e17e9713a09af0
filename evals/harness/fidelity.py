"""Citation faithfulness: check an answer's names, numbers, quoted words and speakers against its citations."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from index.dates.calendar import MONTHS
from service.answering.types import Answer, Antecedent, Citation, Sentence

SOURCE_WORDS = frozenset("an article of without outlet or date not stated".split())
"""Words that a source line uses if the article has no outlet or no date."""
DEMONYMS = ("i", "n", "an", "ian", "ese", "ish", "s")
"""Suffixes that turn the name of a country into a demonym."""


def invented_tokens(answer: Answer) -> list[str]:
    """Return numbers and names of each sentence that are in neither its cited quotes nor their source lines."""
    by_number = {citation.number: citation for citation in answer.citations}
    return [
        token
        for sentence in answer.sentences
        for token in names_and_numbers(sentence.text)
        if not _is_known(token, _source_words([by_number[n] for n in sentence.citations], sentence.introduction))
    ]


def added_words(answer: Answer) -> list[str]:
    """Return words of quoted sentences that are in neither the cited words nor the attribution."""
    by_number = {citation.number: citation for citation in answer.citations}
    quotations = [sentence for sentence in answer.sentences if sentence.style == "quote"]
    return [word for s in quotations for word in _added(_alone(s), [by_number[number] for number in s.citations])]


def keeps_speaker(answer: Answer) -> list[bool]:
    """For each sentence that quotes a speaker in the article, return whether it keeps the article's attribution."""
    speakers = {citation.number: _tokens(citation.attribution or "") for citation in answer.citations}
    return [
        all(" ".join(speakers[number]) in " ".join(_tokens(sentence.text)) for number in sentence.citations)
        for sentence in answer.sentences
        if sentence.style == "quote" and any(speakers[number] for number in sentence.citations)
    ]


def _alone(sentence: Sentence) -> str:
    """Return a quoted sentence without its introduction, which is quoted from another place in the article."""
    if sentence.introduction is None:
        return sentence.text
    introduced = " ".join(sentence.introduction.quote.split())
    return re.sub(r"\(shortly before: [“”]*\)", "", sentence.text.replace(introduced, ""))


def _added(shown: str, citations: Sequence[Citation]) -> list[str]:
    """Return the words outside the longest run of cited words that are not part of a source line either."""
    tokens = _tokens(shown)
    runs = [SequenceMatcher(None, tokens, _tokens(c.quote), autojunk=False).find_longest_match() for c in citations]
    best = max(runs, key=lambda run: run.size)
    sources = _source_words(citations, quotes=False) | SOURCE_WORDS
    return [word for word in (*tokens[: best.a], *tokens[best.a + best.size :]) if word not in sources]


def _tokens(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"\w+", text)]


def _is_known(token: str, words: set[str]) -> bool:
    """Whether the source contains the token or, unless it is a number, the name from which it is derived."""
    return token in words or (not token[0].isdigit() and any(token.removesuffix(end) in words for end in DEMONYMS))


def names_and_numbers(text: str) -> list[str]:
    """Return, in lower case, words that start with a digit and capitalised words that do not start the sentence."""
    found = re.findall(r"\w+", text)
    return [word.lower() for i, word in enumerate(found) if word[0].isdigit() or (i > 0 and word[0].isupper())]


def _source_words(
    citations: Sequence[Citation], introduction: Antecedent | None = None, *, quotes: bool = True
) -> set[str]:
    """Return the words of the citations, their source lines and the introduction."""
    found = set(_tokens(introduction.quote)) if introduction else set()
    for c in citations:
        about = f"{c.attribution or ''} {c.title or ''} {c.outlet or ''} {c.published or ''} {_month(c)}"
        found |= set(_tokens(f"{c.quote} {about}" if quotes else about))
        found |= {str(int(word)) for word in found if word.isdigit()}
    return found


def _month(citation: Citation) -> str:
    parts = (citation.published or "").split("-")
    return MONTHS[int(parts[1]) - 1].capitalize() if len(parts) > 1 else ""
