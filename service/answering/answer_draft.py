"""Answer drafts: what has been written so far for one question."""

from prompts import Prompt
from service.answering.types import Sentence, Withheld
from service.runtime.tracing import Trace


class AnswerDraft:
    """What has been written for one question, accepted and withheld, and what it was written with."""

    def __init__(self) -> None:
        self.sentences: list[Sentence] = []
        self.withheld: list[Withheld] = []
        self.replies: list[str] = []
        self.prompts: list[Prompt] = []
        self.trace = Trace()
