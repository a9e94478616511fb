"""The guide for operators names commands and options that exist, and every command is in it."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from server.__main__ import cli

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "operations.md"
_COMMAND = re.compile(r"python -m server (?!\w*\.)([^`\n]*)")


def commands() -> list[str]:
    text = GUIDE.read_text(encoding="utf-8").replace("\\\n", " ")  # a command may go on in the next line
    return [found.strip() for found in _COMMAND.findall(text)]


@pytest.mark.parametrize("line", commands())
def test_a_command_of_the_guide_exists_with_its_options(line: str) -> None:
    command: click.Command = cli
    rest = shlex.split(line.replace("…", "x"))
    while isinstance(command, click.Group):
        command = command.commands[rest.pop(0)]
    known = {option for parameter in command.params if isinstance(parameter, click.Option) for option in parameter.opts}
    assert {part for part in rest if part.startswith("--")} <= known


def test_the_guide_leaves_no_command_out() -> None:
    assert {line.split()[0] for line in commands()} == set(cli.commands)
