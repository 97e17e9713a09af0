"""Wording: no text shown to readers calls the content of an article or answer "true" or "verified"."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from evals.cli import register
from service.api import create_app
from service.cli import footnote
from service.workspace import Workspace
from tests.test_architecture import ROOT, sources

register(footnote)

VERDICT = re.compile(r"\b(?:(?:un)?true|(?:un)?verified|fact[- ]?check\w*|(?:un)?proven|prove[ds])\b", re.IGNORECASE)
NO_VERDICT = re.compile(r'never says? that [\w ]+ is true|verified models|verified by (?:hash|SHA-256)|": true')
"""Allowed uses: negated statements, checks of model files, and a flag in JSON."""
SCRIPT = re.compile(r"<(script|style)\b.*?</\1>", re.DOTALL)
LITERAL = re.compile(r"""("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)""", re.DOTALL)


def verdicts(text: str) -> list[str]:
    """Return the words of a text that claim truth, each with the text around it."""
    if text.strip() == "true":  # the value of an attribute
        return []
    plain = NO_VERDICT.sub("", text)
    return [plain[max(found.start() - 40, 0) : found.end() + 20] for found in VERDICT.finditer(plain)]


def prose() -> Iterator[Path]:
    yield from sorted(ROOT.glob("*.md"))
    yield from sorted((ROOT / "prompts").glob("*.md"))


def strings(path: Path) -> Iterator[str]:
    """Yield every string of a module that is not a docstring."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in silent:
            yield node.value


def page(path: Path) -> Iterator[str]:
    """Return the text of a page, and the strings of its scripts."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".js":
        # What is computed inside a template, and the value of an attribute in a selector, are code.
        yield from (re.sub(r"\$\{.*\}|=true\]", "", found[1:-1], flags=re.DOTALL) for found in LITERAL.findall(text))
        return
    yield re.sub(r'="true"', "", SCRIPT.sub(" ", text))
    for script in SCRIPT.finditer(text):
        yield from (found[1:-1] for found in LITERAL.findall(script.group()))


def helps(command: click.Command) -> Iterator[str]:
    yield command.get_help(click.Context(command, info_name="footnote"))
    if isinstance(command, click.Group):
        context = click.Context(command)
        for name in command.list_commands(context):
            verb = command.get_command(context, name)
            assert verb is not None
            yield from helps(verb)


def leaves(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)


@pytest.mark.parametrize("path", list(prose()), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_page_of_ours_says_so(path: Path) -> None:
    assert verdicts(" ".join(path.read_text(encoding="utf-8").split())) == []


@pytest.mark.parametrize("path", sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_no_string_of_the_code_says_so(path: Path) -> None:
    assert [found for text in strings(path) for found in verdicts(text)] == []


def test_no_web_page_says_so() -> None:
    pages = [path for kind in ("html", "js") for path in (ROOT / "service").rglob(f"*.{kind}")]
    assert [found for path in pages for text in page(path) for found in verdicts(text)] == []


def test_no_help_text_says_so() -> None:
    assert [found for text in helps(footnote) for found in verdicts(text)] == []


def test_no_description_of_the_api_says_so(workspace: Workspace) -> None:
    assert [found for text in leaves(create_app(workspace).openapi()) for found in verdicts(text)] == []


@pytest.mark.parametrize(
    "text",
    ["This is true.", "Verified", "✓ Verified by Footnote", "a fact-checked answer", "FACT CHECK", "Proven: he said so",
     "The claim is unverified.", "Two sources prove it: proved.", "Every answer is verified by our model"],
)  # fmt: skip
def test_the_search_finds_a_verdict(text: str) -> None:
    assert verdicts(text)


def test_the_search_reads_pages_and_modules(tmp_path: Path) -> None:
    html, js, module = tmp_path / "a.html", tmp_path / "a.js", tmp_path / "a.py"
    html.write_text('<p aria-hidden="true">Verified</p><script>let on = true; show("It is true");</script>')
    js.write_text('let on = true; box.setAttribute("aria-busy", "true"); show(`Proven`);')
    module.write_text('"""It is true."""\nON = True\nprint(f"{ON} and verified")\n')
    assert len([found for path in (html, js) for text in page(path) for found in verdicts(text)]) == 3
    assert [found for text in strings(module) for found in verdicts(text)] == [" and verified"]
