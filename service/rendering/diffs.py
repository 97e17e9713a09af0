"""What was changed in an article, as text for a terminal: [-words that went-] and {+words that came+}."""

from collections.abc import Sequence

import click

from service.library.types import ArticleView
from service.library.versions import Difference, Edit, Piece
from service.rendering.escaping import plain
from service.rendering.terminal import WIDTH

AROUND = 12
"""Unchanged words that are shown on each side of a change."""


def difference(found: ArticleView) -> str:
    """The changed facts and sentences; figures and names that changed are listed under each, where they stand out."""
    changed = found.difference
    if changed is None:
        return f"nothing was compared for {plain(found.id)}"
    head = f"{plain(found.id)}: version {changed.from_version} -> {changed.to_version}, {_summary(changed)}"
    facts = [
        f"{fact.name}: {_mark('removed', fact.then or '-')} {_mark('added', fact.now or '-')}" for fact in changed.facts
    ]
    return "\n\n".join([head, *facts, *map(_edit, changed.edits)])


def _summary(changed: Difference) -> str:
    if not changed.edits:
        return "the words are the same"
    return "1 change in the words" if len(changed.edits) == 1 else f"{len(changed.edits)} changes in the words"


def _edit(edit: Edit) -> str:
    lines = [_filled(_shortened(edit.pieces))]
    if edit.gone or edit.come:
        lines.append(f"    figures and names: {_named(edit.gone)} -> {_named(edit.come)}")
    return "\n".join(lines)


def _named(names: Sequence[str]) -> str:
    return click.style(plain(", ".join(names)), bold=True) if names else "none"


def _shortened(pieces: Sequence[Piece]) -> list[str]:
    """The changed words between some of those that stayed."""
    shown: list[str] = []
    for i, piece in enumerate(pieces):
        words = piece.words.split()
        if piece.kind != "same" or len(words) <= 2 * AROUND:
            shown.append(_mark(piece.kind, piece.words))
            continue
        before = words[:AROUND] if i else []
        after = words[-AROUND:] if i < len(pieces) - 1 else []
        shown.append(plain(" ".join([*before, "...", *after])))
    return shown


def _mark(kind: str, words: str) -> str:
    """Colours are dropped by click where the output is no terminal; the marks stay."""
    if kind == "removed":
        return click.style(f"[-{plain(words)}-]", fg="red")
    return click.style(f"{{+{plain(words)}+}}", fg="green") if kind == "added" else plain(words)


def _filled(parts: Sequence[str]) -> str:
    """Broken into lines by what is seen, not by the colours in between."""
    lines, room = [""], WIDTH
    for word in " ".join(parts).split(" "):
        size = len(click.unstyle(word)) + 1
        if size > room and lines[-1]:
            lines.append("")
            room = WIDTH
        lines[-1] += (" " if lines[-1] else "") + word
        room -= size
    return "\n".join(lines)
