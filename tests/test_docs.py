"""Pages: the files, links, verbs and options that they mention exist."""

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from evals.cli import register
from service.cli import footnote
from tests.test_architecture import ROOT

register(footnote)

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_file_of_the_tree_exists() -> None:
    tree = README.split("## Where things are")[1].split("```text\n")[1].split("```")[0].splitlines()
    folder = ROOT
    for line in tree:
        if not line.startswith(" "):
            folder = ROOT / line.split()[0]
            assert folder.is_dir(), line
            continue
        names = line.strip().split("   ")[0].split()
        assert [name for name in names if not (folder / name).exists()] == [], line


def test_the_readme_is_short() -> None:
    assert len(README.splitlines()) <= 150


@pytest.mark.parametrize(
    "page", [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))], ids=lambda page: page.name
)
def test_every_link_leads_to_a_file(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", page.read_text(encoding="utf-8"))
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_verb_of_the_readme_is_a_verb_of_the_command() -> None:
    command = [str(Path(sys.executable).with_name("footnote")), "--help"]
    verbs = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for verb in set(re.findall(r"footnote (ingest|ask|search|articles|serve|models|eval|doctor|replay)", README)):
        assert re.search(rf"^  {verb} ", verbs, re.MULTILINE)


CODE = re.compile(r"^```.*?\n(.*?)^```|`(footnote [^`\n]+)`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:^|[\s|$/])footnote (.+)")
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def commands(page: Path) -> Iterator[list[str]]:
    """Yield the words of each command that a page shows, in a block or in a sentence."""
    for block, inline in CODE.findall(page.read_text(encoding="utf-8")):
        for line in (block or inline).splitlines():
            if found := COMMAND.search(line.split("#")[0].split(" > ")[0]):
                yield re.split(r"[\s\[\]\"',]+", found[1].split(" | ")[0].strip())


def unknown(words: list[str]) -> list[str]:
    """Return the verbs and options among the words that the command does not have."""
    command: click.Command = footnote
    options = _options(command)
    missing: list[str] = []
    left = iter(words)
    for word in left:
        verb = word.split("|")[0]
        if word.startswith("--"):
            if word not in options:
                missing.append(word)
            elif not options[word].is_flag:
                next(left, None)
        elif isinstance(command, click.Group) and re.fullmatch(r"[a-z][a-z-]*", verb):
            found = command.get_command(click.Context(command), verb)
            if found is None:
                return [*missing, verb]
            command = found
            options |= _options(command)
    return missing


def _options(command: click.Command) -> dict[str, click.Option]:
    found = (*command.params, *(param for param in [command.get_help_option(click.Context(command))] if param))
    return {name: param for param in found if isinstance(param, click.Option) for name in param.opts}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_is_one_of_the_program(page: Path) -> None:
    assert [(words, found) for words in commands(page) if (found := unknown(words))] == []


@pytest.mark.parametrize(
    ("text", "missing"),
    [
        ("```\n$ footnote ask Q --styled quote\n```", ["--styled"]),
        ("Run `footnote articles shew ID`.", ["shew"]),
        ("```\ncat a | footnote --home DIR check - --json > x\n```", []),
    ],
)
def test_a_command_that_does_not_exist_is_found(tmp_path: Path, text: str, missing: list[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(text, encoding="utf-8")
    [words] = commands(page)
    assert unknown(words) == missing


def test_no_sentence_stands_on_two_pages() -> None:
    found: dict[str, set[str]] = {}
    for page in PAGES:
        prose = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
        for sentence in re.split(r"(?<=[.:;?])\s|\n\n|\n- ", prose):
            if len(words := sentence.split()) >= 8:
                found.setdefault(" ".join(words).casefold(), set()).add(page.name)
    assert {sentence: names for sentence, names in found.items() if len(names) > 1} == {}
