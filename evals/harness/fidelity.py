"""Scorers of fidelity: names and numbers, exact words, and who said them; each is a promise."""

import re
from collections.abc import Sequence
from difflib import SequenceMatcher

from evals.harness.cases import Case
from evals.harness.scores import BROKEN, NOT_APPLICABLE, Observed, Score
from service.answering.types import Antecedent, Citation, Sentence

SOURCE_WORDS = frozenset("an article of without outlet or date not stated".split())
"""With which a sentence says that its article names no outlet or no day."""
DERIVED = ("i", "n", "an", "ian", "ese", "ish", "s")
"""Endings by which the name of a people comes from the name of its country."""


def unsupported_tokens(case: Case, seen: Observed) -> Score:
    """Answers: numbers and names in a sentence that neither its quotes nor its source lines hold; 0 is the promise."""
    if seen.answer is None:
        return BROKEN
    if not seen.answer.sentences:
        return NOT_APPLICABLE
    by_number = {citation.number: citation for citation in seen.answer.citations}
    missing = [
        token
        for sentence in seen.answer.sentences
        for token in names_and_numbers(sentence.text)
        if not _stands(token, _held([by_number[n] for n in sentence.citations], sentence.introduction))
    ]
    return Score(value=float(len(missing)), reason=", ".join(missing))


def inexact_quotes(case: Case, seen: Observed) -> Score:
    """Answers: words that a quotation shows and that stand neither in the cited words, nor in who says so; 0 is the
    promise."""
    quotations = [] if seen.answer is None else [s for s in seen.answer.sentences if s.style == "quote"]
    if seen.answer is None:
        return BROKEN
    if not quotations:
        return NOT_APPLICABLE
    by_number = {citation.number: citation for citation in seen.answer.citations}
    extra = [word for s in quotations for word in _added(_alone(s), [by_number[number] for number in s.citations])]
    return Score(value=float(len(extra)), reason=", ".join(extra))


def speaker_kept(case: Case, seen: Observed) -> Score:
    """Answers that quote what stands inside a quotation: the share of sentences that keep the article's words for who
    spoke; 1 is the promise."""
    if seen.answer is None:
        return BROKEN
    said = {citation.number: _tokens(citation.attribution or "") for citation in seen.answer.citations}
    kept = [
        all(" ".join(said[number]) in " ".join(_tokens(sentence.text)) for number in sentence.citations)
        for sentence in seen.answer.sentences
        if sentence.style == "quote" and any(said[number] for number in sentence.citations)
    ]
    return Score(value=sum(kept) / len(kept)) if kept else NOT_APPLICABLE


def _alone(sentence: Sentence) -> str:
    """A shown quotation without the words that introduce it: they are exact words too, of another place."""
    if sentence.introduction is None:
        return sentence.text
    introduced = " ".join(sentence.introduction.quote.split())
    return re.sub(r"\(shortly before: [“”]*\)", "", sentence.text.replace(introduced, ""))


def _added(shown: str, citations: Sequence[Citation]) -> list[str]:
    """Words of a shown quotation beyond its longest run of cited words and what says who says so, and when."""
    said = _tokens(shown)
    runs = [SequenceMatcher(None, said, _tokens(c.quote), autojunk=False).find_longest_match() for c in citations]
    best = max(runs, key=lambda run: run.size)
    sources = _held(citations, quotes=False) | SOURCE_WORDS
    return [word for word in (*said[: best.a], *said[best.a + best.size :]) if word not in sources]


def _tokens(text: str) -> list[str]:
    return [word.lower() for word in re.findall(r"\w+", text)]


def _stands(token: str, held: set[str]) -> bool:
    """Whether a word is held as it is or, if it is no number, as the name that it is derived from."""
    return token in held or (not token[0].isdigit() and any(token.removesuffix(end) in held for end in DERIVED))


def names_and_numbers(text: str) -> list[str]:
    """Words with a digit first, and capitalised ones that do not open the sentence; in lower case."""
    found = re.findall(r"\w+", text)
    return [word.lower() for i, word in enumerate(found) if word[0].isdigit() or (i > 0 and word[0].isupper())]


def _held(citations: Sequence[Citation], introduction: Antecedent | None = None, *, quotes: bool = True) -> set[str]:
    held = {word.lower() for word in re.findall(r"\w+", introduction.quote)} if introduction else set()
    for c in citations:
        about = f"{c.attribution or ''} {c.title or ''} {c.outlet or ''} {c.published or ''} {_month(c)}"
        about = f"{c.quote} {about}" if quotes else about
        held |= {word.lower() for word in re.findall(r"\w+", about)}
        held |= {str(int(word)) for word in held if word.isdigit()}
    return held


def _month(citation: Citation) -> str:
    months = "January February March April May June July August September October November December".split()
    parts = (citation.published or "").split("-")
    return months[int(parts[1]) - 1] if len(parts) > 1 else ""
