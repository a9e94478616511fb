"""Recipes: what a version or a parsed file was calculated from, so that it can be calculated again anywhere.

A recipe names the task of :mod:`server.child`, its plain arguments and, by SHA-256, the bytes it was given. The bytes
are kept in the store, so a recipe can be followed for as long as the store (or an export of the version) exists.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from server.processes import Task
from server.store import blobs
from sop_xl import __version__


def keep(connection: Connection, task: Task) -> dict[str, Any]:
    """Keep the bytes a task was given and return its recipe."""
    given = {name: blobs.put(connection, content) for name, content in sorted(task.blobs.items())}
    return {"task": task.name, "arguments": dict(task.arguments), "blobs": given, "engine": __version__}
