"""What a cell function is and takes, read from its signature and docstring: the one source of every help text."""

from __future__ import annotations

import inspect
import re
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin, get_type_hints

from sop_xl.capabilities import CELL_FUNCTIONS

Kind = Literal["range", "number", "text", "any"]
LONGEST_HELP = 255
"""Most characters of a help text that Excel shows."""

_SECTIONS = ("Args:", "Returns:", "Example:", "References:", "Raises:")


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a cell function.

    Attributes:
        name: as it is written in the formula's tooltip.
        help: one or two sentences, at most 255 characters.
        kind: a range of cells, one number, one text, or either of them.
        optional: whether it may be left out.
        default: what counts where it is left out; None where that is told in ``help``.
    """

    name: str
    help: str
    kind: Kind
    optional: bool
    default: Any


@dataclass(frozen=True, slots=True)
class Description:
    """A cell function in words.

    Attributes:
        name: such as ``FORECAST``.
        summary: what it gives, in a sentence of at most 255 characters.
        arguments: in the order of the formula.
        result: what appears in the cells.
        example: a formula as one types it on the desktop, ``=SOP_FORECAST(B2:B37, 12)``.
        details: the paragraphs below the summary, for the reference.
        references: sources of the method.
    """

    name: str
    summary: str
    arguments: tuple[Argument, ...]
    result: str
    example: str
    details: str
    references: str


@cache
def describe(name: str) -> Description:
    """Return the description of a cell function; KeyError where there is none of that name.

    Args:
        name: name in the catalogue, such as ``FORECAST``.
    """
    function = CELL_FUNCTIONS[name].load()
    sections = _sections(inspect.getdoc(function) or "")
    helps = _helps(sections["Args:"])
    hints = get_type_hints(function, include_extras=True)
    arguments = tuple(
        Argument(
            name=parameter.name,
            help=helps[parameter.name],
            kind=_kind(hints[parameter.name]),
            optional=parameter.default is not inspect.Parameter.empty,
            default=None if parameter.default is inspect.Parameter.empty else parameter.default,
        )
        for parameter in inspect.signature(function).parameters.values()
    )
    summary, _, details = sections[""].partition("\n\n")
    return Description(
        name=name,
        summary=_line(summary),
        arguments=arguments,
        result=_line(sections["Returns:"]),
        example=_line(sections["Example:"]),
        details=inspect.cleandoc(details).strip(),
        references=_line(sections["References:"]),
    )


def _kind(hint: Any) -> Kind:
    if get_origin(hint) is not Annotated:
        raise TypeError(f"argument of a cell function without a kind: {hint!r}")
    kind: Kind = get_args(hint)[1]
    return kind


def _sections(text: str) -> dict[str, str]:
    """Return the parts of a docstring by their heading; '' is what stands before the first."""
    found: dict[str, list[str]] = {"": [], **{name: [] for name in _SECTIONS}}
    current = ""
    for line in text.splitlines():
        if line in _SECTIONS:
            current = line
        else:
            found[current].append(line)
    return {name: inspect.cleandoc("\n".join(["", *lines])).strip() for name, lines in found.items()}


def _helps(section: str) -> dict[str, str]:
    """Return the help of every argument from the lines of an Args section."""
    helps: dict[str, str] = {}
    for entry in re.split(r"\n(?=\S)", section):
        name, _, text = entry.partition(":")
        helps[name.strip()] = _line(text)
    return helps


def _line(text: str) -> str:
    return " ".join(text.split())
