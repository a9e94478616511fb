"""The outcome of looking at one thing of a computer's setup."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "error"]
REINSTALL = "Close Excel and run `sop-xl excel install`."


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
