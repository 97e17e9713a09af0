"""Answer draft: the state of one answer while it is being written."""

from prompts import Prompt
from service.answering.question_kind import QuestionKind
from service.answering.types import Sentence, Withheld
from service.runtime.tracing import Trace


class AnswerDraft:
    """Answer draft: accepted and withheld sentences, with the prompts, model replies and trace that produced them."""

    def __init__(self) -> None:
        self.sentences: list[Sentence] = []
        self.withheld: list[Withheld] = []
        self.replies: list[str] = []
        self.prompts: list[Prompt] = []
        self.trace = Trace()
        self.kind: QuestionKind = "fact"
