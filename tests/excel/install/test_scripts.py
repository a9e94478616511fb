"""The installer scripts: install.sh runs here with Python's venv and pip recorded; install.ps1 is read by a grammar.

PowerShell does not run on the machines of this project: what only Windows can show is on the smoke-test sheet.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import click
import pytest
import tree_sitter_powershell
from tree_sitter import Language, Node, Parser

from sop_xl.excel.commands import install_command, uninstall_command
from sop_xl.excel.settings import read_settings

SCRIPTS = Path(__file__).resolve().parents[3] / "workbook_templates" / "addin"
SHELL, POWERSHELL = SCRIPTS / "install.sh", SCRIPTS / "install.ps1"

FAKE_PYTHON = """#!/bin/bash
if [ "$1" = -m ] && [ "$2" = venv ]; then
  echo "$@" >> "$LOG"
  mkdir -p "$4/bin"
  cp "$0" "$4/bin/python"
  printf '#!/bin/bash\\nexec "%s" -m sop_xl.cli "$@"\\n' "$REAL" > "$4/bin/sop-xl"
  chmod +x "$4/bin/sop-xl"
elif [ "$1" = -m ]; then
  echo "$@" >> "$LOG"
else
  exec "$REAL" "$@"
fi
"""


class User:
    """A user's home folder and a path on which only a Python of a known version lies."""

    def __init__(self, folder: Path, python: str) -> None:
        self.home, self.bin, self.log = folder / "home", folder / "bin", folder / "log"
        self.home.mkdir()
        self.bin.mkdir()
        for tool in ("bash", "dirname", "sed", "rm", "cp", "mkdir", "chmod"):
            (self.bin / tool).symlink_to(shutil.which(tool))
        (self.bin / "python3").write_text(python)
        (self.bin / "python3").chmod(0o755)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run install.sh and return what it said."""
        environment = {
            "HOME": str(self.home),
            "PATH": str(self.bin),
            "LOG": str(self.log),
            "REAL": sys.executable,
            "SOP_XL_CONFIG": str(self.home / "settings.toml"),
        }
        command = [str(self.bin / "bash"), str(SHELL), *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.fixture
def user(tmp_path):
    """Return a user with a Python that is new enough."""
    return User(tmp_path, FAKE_PYTHON)


def test_the_shell_script_has_no_mistake_that_bash_finds_without_running_it():
    assert subprocess.run(["bash", "-n", SHELL], capture_output=True, check=False).returncode == 0
    assert os.access(SHELL, os.X_OK)


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
def test_the_shell_script_has_no_mistake_that_shellcheck_finds():
    done = subprocess.run(["shellcheck", SHELL], capture_output=True, text=True, check=False)
    assert done.stdout == ""


def test_installing_makes_the_environment_from_pinned_wheels_and_writes_settings(user, tmp_path):
    wheels = tmp_path / "the wheels"
    wheels.mkdir()
    (wheels / "constraints.txt").write_text("xlwings==0.37.8\n")
    done = user.run("--wheels", str(wheels), "--server", "http://127.0.0.1:9")
    assert done.returncode == 0, done.stderr
    venv, pip = user.log.read_text().splitlines()
    assert venv == f"-m venv --clear {user.home}/.sop_xl/venv"
    assert pip.split("pip install ")[1] == (
        f"--quiet --disable-pip-version-check --no-index --find-links {wheels} "
        f"--constraint {wheels}/constraints.txt sop-xl[excel]"
    )
    settings = read_settings(user.home / "settings.toml")
    assert settings.server_url == "http://127.0.0.1:9"
    assert "error    Server" in done.stdout
    assert "must be put right" in done.stdout


def test_without_wheels_the_versions_are_those_beside_the_script(user):
    assert user.run().returncode == 0
    pip = user.log.read_text().splitlines()[1]
    assert "--no-index" not in pip
    pinned = Path(re.search(r"--constraint (\S+)", pip)[1])
    assert pinned.resolve() == SCRIPTS.parents[1] / "constraints.txt"


def test_uninstalling_takes_environment_and_settings_away(user):
    user.run()
    assert (user.home / ".sop_xl" / "venv").exists()
    done = user.run("--uninstall", "--forget")
    assert done.returncode == 0, done.stderr
    assert not (user.home / ".sop_xl" / "venv").exists()
    assert not (user.home / "settings.toml").exists()
    assert user.run("--uninstall").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "said"),
    [
        (["--wheels", "/no/such/folder"], 1, "does not exist"),
        (["--python", "/no/such/python"], 1, "at /no/such/python"),
        (["--server"], 2, "--server needs a value"),
        (["--sever", "x"], 2, "unknown option --sever"),
    ],
)
def test_wrong_arguments_are_told_before_anything_is_done(user, arguments, status, said):
    done = user.run(*arguments)
    assert (done.returncode, said in done.stderr) == (status, True)
    assert not user.log.exists()
    assert list(user.home.iterdir()) == []


def test_an_old_python_is_not_taken(tmp_path):
    done = User(tmp_path, "#!/bin/bash\nexit 1\n").run()
    assert done.returncode == 1
    assert "no Python 3.11 or newer found" in done.stderr


def test_while_excel_runs_nothing_is_done(user):
    (user.bin / "pgrep").write_text("#!/bin/bash\nexit 0\n")
    (user.bin / "pgrep").chmod(0o755)
    done = user.run()
    assert (done.returncode, "Excel is running" in done.stderr) == (1, True)


def powershell() -> Node:
    """Return the syntax tree of install.ps1."""
    return Parser(Language(tree_sitter_powershell.language())).parse(POWERSHELL.read_bytes()).root_node


def found(node: Node, kind: str) -> set[str]:
    """Return the texts of all nodes of a kind."""
    own = {node.text.decode()} if node.type == kind else set()
    return own.union(*(found(child, kind) for child in node.children))


def test_the_powershell_script_is_well_formed():
    assert not powershell().has_error


def test_the_powershell_script_calls_only_what_windows_powershell_has_or_it_defines():
    text = POWERSHELL.read_text("utf-8")
    own = set(re.findall(r"^function ([\w-]+)", text, re.MULTILINE))
    built_in = {
        "ForEach-Object", "Get-Command", "Get-Process", "Join-Path", "Out-Null", "Remove-Item", "Set-StrictMode",
        "Stop-Process", "Test-Path", "Where-Object", "Write-Host",
    }  # fmt: skip
    assert found(powershell(), "command_name") - own - {"py.exe"} <= built_in
    assert text.isascii()


def test_both_scripts_use_only_options_that_the_commands_have():
    offered = {
        option
        for command in (install_command, uninstall_command)
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for option in parameter.opts
    }
    of_pip = {"--clear", "--quiet", "--disable-pip-version-check", "--constraint", "--no-index", "--find-links"}
    of_the_script = {"--wheels", "--uninstall", "--help"}
    for script in (SHELL, POWERSHELL):
        used = set(re.findall(r"--[a-z][a-z-]+", script.read_text("utf-8")))
        assert used - of_pip - of_the_script <= offered, script.name


def test_every_parameter_of_the_powershell_script_is_explained():
    text = POWERSHELL.read_text("utf-8")
    block = text[text.index("param(") : text.index("Set-StrictMode")]
    declared = re.findall(r"\[(?:string|switch)\]\$(\w+)", block)
    assert declared == [*re.findall(r"\.PARAMETER (\w+)", text)]
