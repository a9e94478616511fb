"""The list of custom functions as Office.js wants it, made from signatures and docstrings."""

from __future__ import annotations

from typing import Any

from sop_xl.capabilities import CELL_FUNCTIONS
from sop_xl.functions.describing import Argument, describe


def functions_json(base: str) -> dict[str, Any]:
    """Return the metadata of all cell functions.

    Every argument has the type *any*: as *number*, Excel would pass an empty cell as 0 and turn text into #VALUE!
    before the function could say what is wrong. Errors of cells are passed on for the same reason.

    Args:
        base: address of the server, for the link to the help.
    """
    return {
        "allowErrorForDataTypeAny": True,
        "allowCustomDataForDataTypeAny": False,
        "functions": [_function(name, base.rstrip("/")) for name in CELL_FUNCTIONS],
    }


def _function(name: str, base: str) -> dict[str, Any]:
    told = describe(name)
    return {
        "id": name,
        "name": name,
        "description": told.summary,
        "helpUrl": f"{base}/office#{name}",
        "parameters": [_parameter(argument) for argument in told.arguments],
        "result": {"type": "any", "dimensionality": "matrix"},
    }


def _parameter(argument: Argument) -> dict[str, Any]:
    cells = argument.kind in ("range", "any")
    return {
        "name": argument.name,
        "description": argument.help,
        "type": "any",
        "dimensionality": "matrix" if cells else "scalar",
        **({"optional": True} if argument.optional else {}),
    }
