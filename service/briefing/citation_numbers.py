"""The numbered citations of one brief, each sentence under one number however often it is used."""

from collections.abc import Sequence

from index.search.scored_sentence import ScoredSentence
from service.answering.citations import cite
from service.answering.types import Citation


class Footnotes:
    """Numbers sentences as they are used."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[str, int, int, int], int] = {}
        self._citations: list[Citation] = []

    def cite(self, evidence: ScoredSentence) -> Citation:
        """The citation of this sentence, a new one at its first use."""
        key = evidence.location
        if key not in self._numbers:
            self._numbers[key] = len(self._citations) + 1
            made = cite([evidence])[0]
            self._citations.append(made.model_copy(update={"number": self._numbers[key]}))
        return self._citations[self._numbers[key] - 1]

    @property
    def citations(self) -> Sequence[Citation]:
        """All of them, in the order of their numbers."""
        return self._citations
