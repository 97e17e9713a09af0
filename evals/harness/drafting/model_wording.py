"""Model wording: an attached capable model words a drafted question; the caller checks it again."""

from collections.abc import Callable
from dataclasses import replace

from evals.harness.drafting.question_templates import Draft
from index.errors import FootnoteError
from prompts import load
from service.generation.types import Limits, Message, TextGenerator

MAX_TOKENS = 60


def worded_by(generator: TextGenerator) -> Callable[[Draft], Draft]:
    """Return a function that words a draft's question with a model, and returns the draft where that fails."""
    prompt = load("word_question")

    def word(draft: Draft) -> Draft:
        turns = prompt.render(
            sentence=draft.source.text,
            title=draft.source.source.title.value or "",
            question=draft.question,
            answer=draft.answers[0] if draft.answers else draft.source.text,
        )
        messages = [Message(role=role, content=text) for role, text in turns]
        try:
            reply = "".join(generator.stream(messages, Limits(max_tokens=MAX_TOKENS, stop=("\n",))))
        except FootnoteError:  # the question of the template is as good as it was
            return draft
        question = " ".join(reply.split())
        return replace(draft, question=question) if question.endswith(("?", ".")) else draft

    return word
