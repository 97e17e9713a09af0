"""README: the files, links and commands that it mentions exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_architecture import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_file_of_the_tree_exists() -> None:
    tree = README.split("## Where things are")[1].split("```")[1].strip().splitlines()
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
