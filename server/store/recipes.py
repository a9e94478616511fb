"""Recipes: what a version or a parsed file was calculated from, so that it can be calculated again anywhere.

A recipe names the task of :mod:`server.child`, its plain arguments, by SHA-256 the bytes it was given, and the versions
of the program and of the libraries that calculate. The bytes are kept in the store, so a recipe can be followed for as
long as the store (or an export of the version) exists.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from sqlalchemy import Connection

from server.processes import Task
from server.store import blobs
from sop_xl import __version__

_LIBRARIES = (
    *("numpy", "pandas", "pyarrow", "scipy", "statsforecast", "coreforecast", "lightgbm", "pulp", "highspy"),
    *("openpyxl", "python-calamine"),
)


def keep(connection: Connection, task: Task) -> dict[str, Any]:
    """Keep the bytes a task was given and return its recipe."""
    given = {name: blobs.put(connection, content) for name, content in sorted(task.blobs.items())}
    return {"task": task.name, "arguments": dict(task.arguments), "blobs": given, "with": dict(calculated_with())}


@cache
def calculated_with() -> Mapping[str, str]:
    """Return the versions of the program and of the libraries a number may depend on."""
    found = {"sop_xl": __version__}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
