"""Fidelity of an answer to its citations: names and numbers, exact words, and who spoke them."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from index.dates.calendar import MONTHS
from service.answering.types import Answer, Antecedent, Citation, Sentence

SOURCE_WORDS = frozenset("an article of without outlet or date not stated".split())
"""Words by which a source line says that the article names no outlet or no day."""
DEMONYMS = ("i", "n", "an", "ian", "ese", "ish", "s")
"""Endings that make the name of a people of the name of its country."""


def invented_tokens(answer: Answer) -> list[str]:
    """Numbers and names in a sentence that neither its quotes nor its source lines hold."""
    by_number = {citation.number: citation for citation in answer.citations}
    return [
        token
        for sentence in answer.sentences
        for token in names_and_numbers(sentence.text)
        if not _is_known(token, _source_words([by_number[n] for n in sentence.citations], sentence.introduction))
    ]


def added_words(answer: Answer) -> list[str]:
    """Words that a quotation shows and that stand neither in the cited words nor in who says so."""
    by_number = {citation.number: citation for citation in answer.citations}
    quotations = [sentence for sentence in answer.sentences if sentence.style == "quote"]
    return [word for s in quotations for word in _added(_alone(s), [by_number[number] for number in s.citations])]


def keeps_speaker(answer: Answer) -> list[bool]:
    """For each sentence that quotes what stands inside a quotation, whether it keeps the article's words for who
    spoke."""
    speakers = {citation.number: _tokens(citation.attribution or "") for citation in answer.citations}
    return [
        all(" ".join(speakers[number]) in " ".join(_tokens(sentence.text)) for number in sentence.citations)
        for sentence in answer.sentences
        if sentence.style == "quote" and any(speakers[number] for number in sentence.citations)
    ]


def _alone(sentence: Sentence) -> str:
    """A shown quotation without the words that introduce it: they are exact words too, of another place."""
    if sentence.introduction is None:
        return sentence.text
    introduced = " ".join(sentence.introduction.quote.split())
    return re.sub(r"\(shortly before: [“”]*\)", "", sentence.text.replace(introduced, ""))


def _added(shown: str, citations: Sequence[Citation]) -> list[str]:
    """Words of a shown quotation beyond its longest run of cited words and what says who says so, and when."""
    tokens = _tokens(shown)
    runs = [SequenceMatcher(None, tokens, _tokens(c.quote), autojunk=False).find_longest_match() for c in citations]
    best = max(runs, key=lambda run: run.size)
    sources = _source_words(citations, quotes=False) | SOURCE_WORDS
    return [word for word in (*tokens[: best.a], *tokens[best.a + best.size :]) if word not in sources]


def _tokens(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"\w+", text)]


def _is_known(token: str, words: set[str]) -> bool:
    """Whether a word is among the source's as it is or, if it is no number, as the name that it is derived from."""
    return token in words or (not token[0].isdigit() and any(token.removesuffix(end) in words for end in DEMONYMS))


def names_and_numbers(text: str) -> list[str]:
    """Words with a digit first, and capitalised ones that do not open the sentence; in lower case."""
    found = re.findall(r"\w+", text)
    return [word.lower() for i, word in enumerate(found) if word[0].isdigit() or (i > 0 and word[0].isupper())]


def _source_words(
    citations: Sequence[Citation], introduction: Antecedent | None = None, *, quotes: bool = True
) -> set[str]:
    """The words of the citations with their source lines, and of what introduces them."""
    found = set(_tokens(introduction.quote)) if introduction else set()
    for c in citations:
        about = f"{c.attribution or ''} {c.title or ''} {c.outlet or ''} {c.published or ''} {_month(c)}"
        found |= set(_tokens(f"{c.quote} {about}" if quotes else about))
        found |= {str(int(word)) for word in found if word.isdigit()}
    return found


def _month(citation: Citation) -> str:
    parts = (citation.published or "").split("-")
    return MONTHS[int(parts[1]) - 1].capitalize() if len(parts) > 1 else ""
