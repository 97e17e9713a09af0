"""Evidence sets: questions with the passages that a writer is given and the nuggets that an answer should have."""

from functools import cache
from pathlib import Path

from index.errors import InputError
from index.search.candidate_sentences import article_statements
from index.types import Article, Record
from index.words import words
from service.answering.evidence_passages import EvidencePassage
from service.ingestion.samples import sample_articles

FOLDER = Path(__file__).parent


class PassageLocation(Record):
    """Location of a passage: all sentences of an article from `start` to `end`, in characters."""

    article: str
    start: int
    end: int


class EvidenceSet(Record):
    """Evidence set: a question and the passages from which it is to be answered."""

    id: str
    question: str
    kind: str
    passages: tuple[PassageLocation, ...]
    nuggets: tuple[tuple[str, ...], ...]
    """What an answer should contain, each with its other wordings; none when the passages do not answer."""

    @property
    def answerable(self) -> bool:
        """Whether the passages answer the question."""
        return bool(self.nuggets)

    def nuggets_in(self, text: str) -> int:
        """Count the nuggets that a text contains."""
        found = f" {' '.join(words(text.lower()))} "
        return sum(any(f" {' '.join(words(w.lower()))} " in found for w in any_of) for any_of in self.nuggets)


@cache
def evidence_sets() -> tuple[EvidenceSet, ...]:
    """Return the fixed evidence sets, in order."""
    text = (FOLDER / "evidence_sets.jsonl").read_text(encoding="utf-8")
    return tuple(EvidenceSet.model_validate_json(line) for line in text.splitlines())


@cache
def articles() -> dict[str, Article]:
    """Return the articles of the evidence sets by id; raises InputError where they cannot be read."""
    found: dict[str, Article] = {}
    for article in sample_articles():
        if isinstance(article, InputError):
            raise article
        found[article.id] = article
    return found


def passages_of(evidence: EvidenceSet) -> list[EvidencePassage]:
    """Return the passages of an evidence set."""
    return [_passage(location) for location in evidence.passages]


def _passage(location: PassageLocation) -> EvidencePassage:
    sentences = article_statements(articles()[location.article], 1)
    inside = (each for each in sentences if location.start <= each.start and each.end <= location.end)
    return EvidencePassage(tuple(inside))
