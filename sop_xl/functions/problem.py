"""What a cell shows where a function cannot answer: a short text that names the argument and the remedy."""

from __future__ import annotations

MARK = "#S&OP: "
"""Every problem in a cell begins with this, so that people and formulas can tell it from an answer."""

LONGEST = 250
"""Most characters of a problem; a cell shows no more in one look, and Excel cuts texts of functions at 255."""


class CellProblem(ValueError):
    """The values a person gave do not allow an answer; the message says which argument and what to do."""


def problem_text(message: str) -> str:
    """Return a message as the cell shows it: marked, on one line, and not longer than a cell can say."""
    line = " ".join(message.removeprefix(MARK).split())
    text = MARK + line
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
