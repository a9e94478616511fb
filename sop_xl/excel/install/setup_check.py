"""The outcome of looking at one thing of a computer's setup."""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

State = Literal["ok", "warning", "error"]


@dataclass(frozen=True, slots=True)
class SetupCheck:
    """One thing that was looked at.

    Attributes:
        what: the thing.
        state: ok; warning: works, with a drawback; error: something does not work.
        found: what was found.
        remedy: what to do; empty where nothing is to be done.
    """

    what: str
    state: State
    found: str
    remedy: str = ""


def command(arguments: str) -> str:
    """Return what to type for a command of ``sop-xl``; with its folder where the system would not find it.

    The installers put nothing on the search path of the system.
    """
    if shutil.which("sop-xl"):
        return f"`sop-xl {arguments}`"
    program = str(Path(sys.executable).with_name("sop-xl"))
    quoted = f'"{program}"' if " " in program else program
    return f"`{quoted} {arguments}`"


def reinstall() -> str:
    """Return how to install the add-in anew."""
    return f"Close Excel and run {command('excel install')}."
