"""Chat template: renders messages so that their content is never treated as template text."""

import re
import secrets
from collections.abc import Sequence
from typing import NamedTuple, NoReturn

from jinja2 import Template, TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from index.errors import ModelError
from service.generation.types import Message

CHATML = (
    "{% for message in messages %}{{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}"
)
"""Default template for a model file that contains none."""


class PromptPiece(NamedTuple):
    """Part of a rendered prompt: either template text (`template` is True) or the content of a message."""

    text: str
    template: bool


class ChatTemplate:
    """Renders messages into prompt pieces; random placeholders replace the contents while the template runs."""

    def __init__(self, source: str | None, *, bos: str = "", eos: str = "") -> None:
        self._template = _compile(source or CHATML)
        self._tokens = {"bos_token": bos, "eos_token": eos}

    def pieces(self, messages: Sequence[Message]) -> list[PromptPiece]:
        """Return the prompt up to the assistant's reply; raises ModelError if the template rejects the messages."""
        contents = {secrets.token_hex(16): message.content for message in messages}
        turns = [
            {"role": message.role, "content": placeholder}
            for placeholder, message in zip(contents, messages, strict=True)
        ]
        rendered = self._render(turns)
        if lost := [each for each in contents if each not in rendered]:
            raise ModelError(f"the model's chat template drops {len(lost)} of {len(turns)} messages; use another model")
        parts = re.split("(" + "|".join(contents) + ")", rendered) if contents else [rendered]
        return [PromptPiece(contents.get(part, part), part not in contents) for part in parts if part]

    def _render(self, turns: list[dict[str, str]]) -> str:
        try:
            return self._fill(turns)
        except TemplateError as error:
            # Some templates (Gemma's) reject a system message: prepend its content to the first user message instead.
            if len(turns) < 2 or turns[0]["role"] != "system":
                raise ModelError(f"the model's chat template refuses these messages: {error}") from error
            content = turns[0]["content"] + "\n\n" + turns[1]["content"]
            return self._render([{"role": turns[1]["role"], "content": content}, *turns[2:]])

    def _fill(self, turns: list[dict[str, str]]) -> str:
        # Qwen3 and similar models write a chain of thought by default; other templates ignore this variable.
        return self._template.render(messages=turns, add_generation_prompt=True, enable_thinking=False, **self._tokens)


def _compile(source: str) -> Template:
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols"]
    )
    # `strftime_now` is omitted on purpose: with it, Llama's templates put today's date into every prompt.
    environment.globals["raise_exception"] = _refuse
    try:
        return environment.from_string(source)
    except TemplateError as error:
        raise ModelError(f"the model's chat template cannot be read: {error}") from error


def _refuse(message: str) -> NoReturn:
    raise TemplateError(message)
