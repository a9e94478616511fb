"""Names and words for conflicts that pages, API, actions and tasks share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sop_xl.schema.catalogue import EVERYWHERE

ISSUED, OWN = "issued", "own"
"""Choices beside the senders: the values as issued, or others."""
BASE = "base-"
"""Beginning of the name under which a task is given a version that books were issued from, followed by its hash."""


def place(document: Mapping[str, Any]) -> str:
    """Return where a conflict is: the table and the parts of its key that say something."""
    parts = [part["value"] for part in document["parts"] if part["value"] not in ("", EVERYWHERE)]
    return ": ".join([str(document["title"]), " · ".join(parts)]) if parts else str(document["title"])
