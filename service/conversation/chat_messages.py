"""A chat that the client keeps itself: its last question, understood from the messages before it."""

import re
from collections.abc import Sequence

from service.conversation.history import REMEMBERED
from service.conversation.query_rewriting import Said, follow
from service.generation.types import Message

QUOTED = re.compile(r"“([^“”]{1,2000})”")


def understood(messages: Sequence[Message]) -> str | None:
    """What the last message asks, when the ones before it change that; None when it stands by itself."""
    question = messages[-1].content
    talk: list[Said] = []
    for message in messages[:-1]:
        if message.role == "user":
            talk.append(Said(asked=message.content))
        elif message.role == "assistant" and talk:
            talk[-1] = Said(asked=talk[-1].asked, quotes=tuple(QUOTED.findall(message.content)))
    so_far: list[Said] = []
    for said in talk[-REMEMBERED:]:
        so_far.append(said.model_copy(update={"asked": follow(said.asked, so_far)}))
    asked = follow(question, so_far)
    return None if asked == question else asked
