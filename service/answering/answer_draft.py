"""Answer draft: the state of one answer while it is being written."""

from collections.abc import Sequence

from index.search.scored_sentence import ScoredSentence
from prompts import Prompt
from service.answering.question_kind import QuestionKind
from service.answering.types import Citation, Sentence, ShortAnswer, Withheld
from service.runtime.tracing import Trace


class Offer:
    """Offer: the sentences that an answer may cite, numbered from 1; a composed answer may add further ones."""

    def __init__(self, sentences: Sequence[ScoredSentence], citations: Sequence[Citation]) -> None:
        self.sentences = list(sentences)
        self.citations = list(citations)
        """One for each sentence; the number is the position, counted from 1."""

    def number(self, sentence: ScoredSentence, citation: Citation) -> int:
        """Return the citation number of a sentence, adding it with this citation if it has none."""
        for number, each in enumerate(self.sentences, start=1):
            if each.location == sentence.location:
                return number
        number = len(self.sentences) + 1
        self.sentences.append(sentence)
        self.citations.append(citation.model_copy(update={"number": number}))
        return number


class AnswerDraft:
    """Answer draft: accepted and withheld sentences, with the prompts, model replies and trace that produced them."""

    def __init__(self) -> None:
        self.sentences: list[Sentence] = []
        self.withheld: list[Withheld] = []
        self.replies: list[str] = []
        self.prompts: list[Prompt] = []
        self.abstained = False
        """Whether the model was given the evidence and wrote that it does not answer."""
        self.trace = Trace()
        self.kind: QuestionKind = "fact"
        self.probability = 0.0
        """Probability that the evidence answers the question."""
        self.short: ShortAnswer | None = None
        self.offer = Offer((), ())
        """What the answer may cite."""

    def cited(self) -> list[tuple[Citation, ScoredSentence]]:
        """Return the citations of the accepted sentences in the order of their numbers, each with its evidence."""
        numbers = {number for sentence in self.sentences for number in sentence.citations}
        offered = zip(self.offer.citations, self.offer.sentences, strict=True)
        return [(citation, sentence) for citation, sentence in offered if citation.number in numbers]
