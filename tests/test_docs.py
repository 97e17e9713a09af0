"""What the README says is there is there."""

import re
import subprocess
import sys
from pathlib import Path

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


def test_every_verb_of_the_readme_is_a_verb_of_the_command() -> None:
    command = [str(Path(sys.executable).with_name("footnote")), "--help"]
    verbs = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    for verb in set(re.findall(r"footnote (ingest|ask|search|articles|serve|models|eval|doctor|replay)", README)):
        assert re.search(rf"^  {verb} ", verbs, re.MULTILINE)
