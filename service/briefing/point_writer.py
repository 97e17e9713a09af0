"""An engine that has shown that it can write puts a point into one sentence of its own; the gate decides."""

from collections.abc import Sequence

from index.errors import PromptTooLong
from index.search.scored_sentence import ScoredSentence
from prompts import Prompt, load
from service.generation.types import Limits, Message, TextGenerator
from service.grounding import Finding, check, support_of

OFFERED = 3
"""Sentences of one statement that the engine sees."""


class Composer:
    """Writes points with the engine, and remembers what it wrote for the receipt."""

    def __init__(self, topic: str, generator: TextGenerator) -> None:
        self._topic = topic
        self._generator = generator
        self.prompt: Prompt = load("point")
        self.replies: list[str] = []

    def write(self, found: Sequence[ScoredSentence]) -> tuple[str, Finding] | None:
        """One sentence on these, with what the gate finds; None when there is nothing to judge."""
        offered = found[:OFFERED]
        listed = "\n".join(f"[{i}] {_shown(each)}" for i, each in enumerate(offered, start=1))
        turns = self.prompt.render(evidence=listed, topic=self._topic)
        messages = [Message(role=role, content=content) for role, content in turns]
        limits = Limits(max_tokens=96, stop=("\n",))
        try:
            written = "".join(self._generator.stream(messages, limits)).strip()
        except PromptTooLong:
            return None
        self.replies.append(written)
        return (written, check(written, [support_of(each) for each in offered])) if written else None


def _shown(found: ScoredSentence) -> str:
    said = f" ({support_of(found).attribution})" if support_of(found).attribution else ""
    return f"{found.text}{said}"
