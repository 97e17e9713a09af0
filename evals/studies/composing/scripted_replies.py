"""Scripted replies: what a capable model would write for each evidence set, each sentence with a label."""

from functools import cache
from pathlib import Path

from index.types import Record

FILE = Path(__file__).parents[2] / "data" / "replies" / "replies.jsonl"


class ReplySentence(Record):
    """Reply sentence: as the model writes it with its citation marks, and whether the passages carry it."""

    text: str
    faithful: bool
    again: str = "NONE"
    """What the model writes when the sentence is rejected and it is asked for another."""
    again_faithful: bool = True


class ScriptedReply(Record):
    """Scripted reply to one evidence set."""

    set: str
    sentences: tuple[ReplySentence, ...]

    def text(self, *, points: bool) -> str:
        """Return the reply as prose, or as a list of points."""
        if points:
            return "\n".join(f"- {each.text}" for each in self.sentences)
        return " ".join(each.text for each in self.sentences)


@cache
def scripted_replies() -> dict[str, ScriptedReply]:
    """Return the replies by evidence set."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    found = (ScriptedReply.model_validate_json(line) for line in lines)
    return {reply.set: reply for reply in found}
