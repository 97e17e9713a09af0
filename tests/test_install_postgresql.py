"""Setup of PostgreSQL for the tests: one clear line when it cannot be had, and no setting overwritten."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.test_architecture import ROOT

SCRIPT = ROOT / "tests" / "install-postgresql.sh"
INITDB = "echo 'initdb (PostgreSQL) {}.4 (Debian {}.4-1)'"


def program(path: Path, body: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)


class Machine:
    """A folder of programs before the others, of installed versions, and of settings."""

    def __init__(self, folder: Path) -> None:
        self._bin, self.installed, self.settings = folder / "bin", folder / "installed", folder / "settings"
        program(self._bin / "sudo", 'exec "$@"')
        program(self._bin / "initdb", INITDB.format(9, 9))

    def apt_get(self, body: str) -> None:
        program(self._bin / "apt-get", body)

    def initdb(self, version: int) -> str:
        """Return the shell command that installs an initdb."""
        found = self.installed / str(version) / "bin" / "initdb"
        program(found.with_name("kept"), INITDB.format(version, version))
        return f"cp {found.with_name('kept')} {found}"

    def run(self) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PATH": f"{self._bin}:{os.environ['PATH']}"}
        command = ["bash", str(SCRIPT), str(self.installed), str(self.settings)]
        return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_an_installed_version_is_enough_only_when_it_is_new(machine: Machine) -> None:
    machine.apt_get("exit 1")
    subprocess.run(machine.initdb(14), shell=True, check=True)
    assert machine.run().returncode == 1
    subprocess.run(machine.initdb(15), shell=True, check=True)
    assert (machine.run().returncode, machine.run().stderr) == (0, "")


def test_a_package_manager_out_of_reach_is_said_in_one_line(machine: Machine) -> None:
    machine.apt_get("echo 'E: the mirror is away' >&2; exit 100")
    done = machine.run()
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "cannot be reached (E: the mirror is away)" in line
    assert "install PostgreSQL 15 or newer yourself" in line


def test_what_was_installed_must_be_new_enough(machine: Machine) -> None:
    machine.apt_get(f'[ "$1" = update ] || {machine.initdb(13)}')
    assert "older than 15" in machine.run().stderr
    machine.apt_get(f'[ "$1" = update ] || {machine.initdb(17)}')
    assert machine.run().returncode == 0
    assert (machine.settings / "createcluster.conf").read_text() == "create_main_cluster = false\n"


def test_settings_that_are_there_stay(machine: Machine) -> None:
    machine.settings.mkdir()
    (machine.settings / "createcluster.conf").write_text("ssl = on\n")
    machine.apt_get(f'[ "$1" = update ] || {machine.initdb(17)}')
    assert machine.run().returncode == 0
    assert (machine.settings / "createcluster.conf").read_text() == "ssl = on\n"
