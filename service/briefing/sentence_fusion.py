"""Sentence fusion: a language model writes one sentence from several that make the same statement."""

from collections.abc import Sequence

from index.errors import PromptTooLong
from index.search.scored_sentence import ScoredSentence
from prompts import Prompt, load
from service.generation.types import Limits, Message, TextGenerator
from service.grounding import Finding, check, support_of

MAX_SENTENCES = 3
"""Maximum number of sentences of one cluster in the prompt."""
MAX_TOKENS = 96


class SentenceFuser:
    """Fuses sentences with the language model, and records its replies for the receipt."""

    def __init__(self, topic: str, generator: TextGenerator) -> None:
        self._topic = topic
        self._generator = generator
        self.prompt: Prompt = load("point")
        self.replies: list[str] = []

    def fuse(self, sentences: Sequence[ScoredSentence]) -> tuple[str, Finding] | None:
        """Return the fused sentence with the gate's finding; None if the prompt is too long or the reply is empty."""
        offered = sentences[:MAX_SENTENCES]
        evidence = "\n".join(f"[{i}] {_with_attribution(each)}" for i, each in enumerate(offered, start=1))
        turns = self.prompt.render(evidence=evidence, topic=self._topic)
        messages = [Message(role=role, content=content) for role, content in turns]
        limits = Limits(max_tokens=MAX_TOKENS, stop=("\n",))
        try:
            written = "".join(self._generator.stream(messages, limits)).strip()
        except PromptTooLong:
            return None
        self.replies.append(written)
        return (written, check(written, [support_of(each) for each in offered])) if written else None


def _with_attribution(sentence: ScoredSentence) -> str:
    attribution = support_of(sentence).attribution
    return f"{sentence.text} ({attribution})" if attribution else sentence.text
