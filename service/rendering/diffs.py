"""Word diff of two versions of an article for a terminal: [-removed-] and {+added+}."""

from collections.abc import Sequence

import click

from service.library.types import ArticleView
from service.library.versions import Difference, DiffPiece, Edit
from service.rendering.escaping import printable
from service.rendering.terminal import WIDTH

CONTEXT_WORDS = 12
"""Unchanged words shown on each side of a change."""


def difference(found: ArticleView) -> str:
    """Render the changed facts, then the changed sentences, each with the figures and names that differ."""
    changed = found.difference
    if changed is None:
        return f"nothing was compared for {printable(found.id)}"
    head = f"{printable(found.id)}: version {changed.from_version} -> {changed.to_version}, {_summary(changed)}"
    facts = [
        f"{fact.name}: {_mark('removed', fact.then or '-')} {_mark('added', fact.now or '-')}" for fact in changed.facts
    ]
    return "\n\n".join([head, *facts, *map(_edit, changed.edits)])


def _summary(changed: Difference) -> str:
    if not changed.edits:
        return "the words are the same"
    return "1 change in the words" if len(changed.edits) == 1 else f"{len(changed.edits)} changes in the words"


def _edit(edit: Edit) -> str:
    lines = [_wrapped(_shortened(edit.pieces))]
    if edit.gone or edit.come:
        lines.append(f"    figures and names: {_named(edit.gone)} -> {_named(edit.come)}")
    return "\n".join(lines)


def _named(names: Sequence[str]) -> str:
    return click.style(printable(", ".join(names)), bold=True) if names else "none"


def _shortened(pieces: Sequence[DiffPiece]) -> list[str]:
    """Return the changed words with some unchanged words around them."""
    shown: list[str] = []
    for i, piece in enumerate(pieces):
        words = piece.words.split()
        if piece.kind != "same" or len(words) <= 2 * CONTEXT_WORDS:
            shown.append(_mark(piece.kind, piece.words))
            continue
        before = words[:CONTEXT_WORDS] if i else []
        after = words[-CONTEXT_WORDS:] if i < len(pieces) - 1 else []
        shown.append(printable(" ".join([*before, "...", *after])))
    return shown


def _mark(kind: str, words: str) -> str:
    """Mark changed words; without a terminal, click drops the colours and the marks remain."""
    if kind == "removed":
        return click.style(f"[-{printable(words)}-]", fg="red")
    return click.style(f"{{+{printable(words)}+}}", fg="green") if kind == "added" else printable(words)


def _wrapped(parts: Sequence[str]) -> str:
    """Wrap the text by its visible width, ignoring colour codes."""
    lines, room = [""], WIDTH
    for word in " ".join(parts).split(" "):
        size = len(click.unstyle(word)) + 1
        if size > room and lines[-1]:
            lines.append("")
            room = WIDTH
        lines[-1] += (" " if lines[-1] else "") + word
        room -= size
    return "\n".join(lines)
