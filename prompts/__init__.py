"""Prompt templates: reads each from its .md file, fills in `$variables`, and versions it by a digest of its text."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Literal

Role = Literal["system", "user"]

FOLDER = Path(__file__).parent
SECTION = re.compile(r"^# (system|user)\n", re.MULTILINE)


@dataclass(frozen=True)
class Prompt:
    """Prompt: one template file."""

    name: str
    text: str

    @property
    def version(self) -> str:
        """First twelve hex digits of the SHA-256 of the file's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()[:12]

    def render(self, **values: str) -> list[tuple[Role, str]]:
        """Return the messages of the prompt with every variable filled in; the values are inserted unchanged.

        Raises:
            KeyError: a variable of the prompt has no value.
        """
        pieces = SECTION.split(self.text)
        turns = zip(pieces[1::2], pieces[2::2], strict=True)
        return [
            ("system" if role == "system" else "user", Template(body.strip()).substitute(values))
            for role, body in turns
        ]


def load(name: str) -> Prompt:
    """Read the prompt in `prompts/NAME.md`."""
    return Prompt(name=name, text=(FOLDER / f"{name}.md").read_text(encoding="utf-8"))
