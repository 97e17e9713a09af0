"""Terminology: names, docstrings and pages use the terms of RAG and NLP, not invented ones."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_architecture import ROOT, sources

INSTEAD = {
    "desk": "workspace",
    "talk": "conversation",
    "talks": "conversations",
    "deed": "event, verb",
    "deeds": "events, verbs",
    "told": "said, reported, passed to",
    "held": "compared with, kept, contained",
    "befall": "patient of",
    "befalls": "patient of",
    "befell": "patient of",
    "door": "the only importer of",
    "doors": "admission, entry point",
    "attend": "request logging",
    "attending": "request logging",
    "standing": "filters, antecedent context",
    "manieth": "n-th",
    "tongue": "words",
    "laid": "alignment",
    "printing": "duplicate",
    "printings": "duplicates",
    "lineage": "syndication",
    "sitting": "eval context",
    "catalogue": "document store, model registry",
    "notebook": "history",
}
"""Invented words, each with the standard terms that replace it."""
QUOTED = re.compile(r"\"[^\"]*\"|“[^”]*”|`[^`]*`")
"""Quoted examples and code inside prose, which may contain any word."""
HELD_OUT = re.compile(r"\bheld[- ](?:out|back)\b", re.IGNORECASE)
"""Standard terms for eval cases, which are allowed."""
PROSE = ("*.md", "docs/*.md", "docs/decisions/*.md", "docs/openapi.json", "prompts/*.md", "service/web/*.*")


def words_of(prose: str) -> set[str]:
    return set(re.findall(r"[a-z]+", HELD_OUT.sub(" ", QUOTED.sub(" ", prose)).lower()))


def names_and_prose(path: Path) -> Iterator[tuple[int, set[str]]]:
    """Yield identifiers, comments and docstrings; other strings are data, which may contain any word."""
    text = path.read_text(encoding="utf-8")
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME:
            yield token.start[0], set(re.findall(r"[A-Z]?[a-z]+", token.string.replace("_", " ")))
        elif token.type == tokenize.COMMENT:
            yield token.start[0], words_of(token.string)
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield node.lineno, words_of(node.value.value)


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_code_speaks_the_words_of_the_field(path: Path) -> None:
    found = [
        (line, word, INSTEAD[word])
        for line, words in names_and_prose(path)
        for word in sorted({each.lower() for each in words} & INSTEAD.keys())
    ]
    assert found == []


def text_of(page: Path) -> str:
    """Return the text of a page; of the API reference only its descriptions, because all JSON strings are quoted."""
    text = page.read_text(encoding="utf-8")
    return "\n".join(re.findall(r'"description": "(.*)"', text)) if page.suffix == ".json" else text


PAGES = sorted(path for pattern in PROSE for path in ROOT.glob(pattern))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_pages_speak_the_words_of_the_field(page: Path) -> None:
    found = words_of(text_of(page))
    assert {word: INSTEAD[word] for word in sorted(found & INSTEAD.keys())} == {}
