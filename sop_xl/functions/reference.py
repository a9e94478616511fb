"""The reference of the cell functions: a page for people, written from the descriptions of the catalogue."""

from __future__ import annotations

from sop_xl.capabilities import CELL_FUNCTIONS, PREFIX
from sop_xl.functions.describing import Argument, Description, describe
from sop_xl.functions.problem import MARK

_INTRODUCTION = f"""\
# Cell functions

Generated from the functions by `python -m sop_xl.functions.reference`; a test fails when it is out of date.

On Windows desktops a function is written `={PREFIX}_FORECAST(…)`, in the Office add-in (web, Mac, Windows)
`={PREFIX}.FORECAST(…)`, on the command line `sop-xl call FORECAST …`, and programs post to
`/api/v1/functions/FORECAST`. All of them call the same function and give the same numbers.

- **Results spill** into the cells below and to the right; leave room. Nothing else in the sheet is written.
- **Headings** in a selection are skipped.
- **Blank cells** are unknown in a history and nothing in a plan. Blank rows and columns at the end of a selection do
  not count, so whole columns may be selected.
- **Numbers written as text** count (`1250`, `12.5`, `15%`); text with a comma does not: it can be read in two ways.
- **One row or one column** is one series in the order of time. In a **block** every row is a series and time runs to
  the right, as in the workbooks. Where names stand on top of the columns, or the dates run down, every column is one.
- **Dates** are real dates, or text such as `2026-07-01`, `2026-07`, `2026-Q3`, `2026`.
- An argument left out, or an empty cell in its place, takes what its help says.
- **Where there is no answer** the cell says why in a short text that begins with `{MARK.strip()}` and names the
  argument and the remedy. A function that is given such a text, or an error value, repeats or names it. Nothing is
  guessed.

"""


def reference() -> str:
    """Return the reference of all cell functions as Markdown, in the order of the catalogue."""
    described = [describe(name) for name in CELL_FUNCTIONS]
    listed = ["| function | gives |", "| --- | --- |"]
    listed += [f"| [{d.name}](#{d.name.lower()}) | {_cell(d.summary)} |" for d in described]
    return _INTRODUCTION + "\n".join(listed) + "\n\n" + "\n".join(map(_section, described))


def formula(description: Description) -> str:
    """Return how a function is written, optional arguments in brackets: ``=SOP_FORECAST(history, [periods])``."""
    names = ", ".join(f"[{a.name}]" if a.optional else a.name for a in description.arguments)
    return f"={PREFIX}_{description.name}({names})"


def _section(description: Description) -> str:
    rows = ["| argument | kind | meaning |", "| --- | --- | --- |"]
    rows += [f"| {_argument(a)} | {_kind(a)} | {_cell(a.help)} |" for a in description.arguments]
    parts = [
        f"## {description.name}",
        f"`{formula(description)}`",
        description.summary,
        description.details,
        "\n".join(rows),
        f"**Result.** {description.result}",
        f"**Example.** `{description.example}`",
        f"**Source.** {description.references}" if description.references else "",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _argument(argument: Argument) -> str:
    return f"`{argument.name}`" if argument.optional else f"**`{argument.name}`**"


def _kind(argument: Argument) -> str:
    return "value or range" if argument.kind == "any" else argument.kind


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    from pathlib import Path

    target = Path(__file__).resolve().parents[2] / "docs" / "cell-functions.md"
    target.write_text(reference(), encoding="utf-8", newline="\n")
