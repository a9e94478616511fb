"""The VBA behind the ribbon and the help of the cell functions, made from the catalogue."""

from __future__ import annotations

from collections.abc import Iterable

from sop_xl.capabilities import BUTTONS, Button
from sop_xl.excel.addin.ribbon_xml import callback
from sop_xl.functions.describing import Description

CATEGORY = "S&OP"
LONGEST_HELP = 255
"""Longest text that Excel shows for a function or an argument."""

_PLAIN = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "…": "...", "×": "x", "·": "*", "≥": ">=", "≤": "<=", "≠": "<>", "→": "->",
        "“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "±": "+/-", "²": "^2", "½": "1/2", "Σ": "sum", "σ": "sigma",
        "α": "alpha", "β": "beta", "µ": "mu", "μ": "mu", "é": "e", "ö": "o", "ü": "u", "ä": "a", "€": "EUR",
        "\u00a0": " ", "\u202f": " ", "\u2009": " ",
    }
)  # fmt: skip
"""Signs of the docstrings in ASCII, the only signs that VBA reads alike on Windows and on a Mac."""


def callbacks_module() -> str:
    """Return the module with one procedure for each button, which starts the entry of the same name in Python."""
    return "".join(
        (
            'Attribute VB_Name = "SopRibbon"\nOption Explicit\n',
            "' Made from the catalogue of buttons by: sop-xl excel build\n",
            *(_callback(button) for button in BUTTONS.values()),
        )
    )


def help_module(descriptions: Iterable[tuple[str, Description]]) -> str:
    """Return the module that tells Excel what each cell function and argument means.

    Args:
        descriptions: name in a cell, and description, of each function.
    """
    return "".join(
        (
            'Attribute VB_Name = "SopFunctionHelp"\nOption Explicit\n',
            "' Made from the catalogue of cell functions by: sop-xl excel build\n\n",
            "Public Sub SopRegisterFunctionHelp()\n",
            "    Dim texts() As Variant\n",
            "    On Error Resume Next\n",
            *(_help(name, description) for name, description in descriptions),
            "    ThisWorkbook.Saved = True\nEnd Sub\n",
        )
    )


def plain(text: str) -> str:
    """Return a text in ASCII on one line, cut to what Excel shows.

    Raises:
        ValueError: where a sign has no ASCII form here.
    """
    ascii_text = " ".join(text.translate(_PLAIN).split())
    if not ascii_text.isascii():
        strange = sorted({sign for sign in ascii_text if not sign.isascii()})
        raise ValueError(f"VBA needs ASCII; no plain form is known for {strange} in {text!r}.")
    return ascii_text if len(ascii_text) <= LONGEST_HELP else ascii_text[: LONGEST_HELP - 3].rstrip() + "..."


def _callback(button: Button) -> str:
    return (
        f"\nPublic Sub {callback(button)}(control As IRibbonControl)\n"
        f"    SopRun {_quoted(button.name)}, {_quoted(plain(button.label))}\nEnd Sub\n"
    )


def _help(name: str, description: Description) -> str:
    lines = []
    last = len(description.arguments) - 1
    if description.arguments:
        lines.append(f"    ReDim texts(0 To {last})\n")
    for at, argument in enumerate(description.arguments):
        lines.append(f"    texts({at}) = {_quoted(plain(argument.help))}\n")
    arguments = ", ArgumentDescriptions:=texts" if description.arguments else ""
    lines.append(
        f"    Application.MacroOptions Macro:={_quoted(name)}, Description:={_quoted(plain(description.summary))}, _\n"
        f"        Category:={_quoted(CATEGORY)}{arguments}\n"
    )
    return "".join(lines)


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
