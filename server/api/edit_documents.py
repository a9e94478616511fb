"""What people edit as the documents the API answers with."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from server.actions.conflicts import Conflict
from server.actions.editing import revision_document
from server.actions.follow_up import Action, Decision
from server.actions.history import Comparison
from server.store.revisions import Revision
from sop_xl.reconcile.differences import PLAN
from sop_xl.schema.plain import plain, records

_CONFLICT = ("id", "table", "key", "what", "function", "cells", "senders", "spread", "money", "material")


def conflict(found: Conflict) -> dict[str, Any]:
    """Return the document of a conflict."""
    return {
        **{name: found.document[name] for name in _CONFLICT},
        "state": found.state,
        "place": found.place,
        "values": dict(found.values),
        "resolution": revision_document(found.resolution) if found.resolution else None,
        "etag": found.tag,
    }


def decision(found: Decision) -> dict[str, Any]:
    """Return the document of a decision."""
    names = ("question", "family", "option_a", "option_b", "recommendation", "deadline")
    row = {name: found.row.get(name) for name in names}
    return {"decision": found.code, **row, **found.value, "etag": found.tag}


def action(found: Action, today: date) -> dict[str, Any]:
    """Return the document of an action."""
    names = ("code", "text", "owner", "due", "status", "evidence", "origin")
    return {**{name: getattr(found, name) for name in names}, "overdue": found.overdue(today), "etag": found.tag}


def sign_off(found: Revision) -> dict[str, Any]:
    """Return the document of a signature."""
    value = found.value
    return {
        **{name: value[name] for name in ("decision", "note", "version")},
        "name": found.author,
        "at": found.at,
        "etag": found.tag,
    }


def chosen_cells(comparison: Comparison, wanted: Mapping[str, Any]) -> pd.DataFrame:
    """Return the cells of a comparison that are wanted, by part, function, family, table and measure."""
    cells = comparison.found.cells
    if wanted.get("part") in ("inputs", "plan"):
        cells = cells[(cells["function"] == PLAN) == (wanted["part"] == "plan")]
    for name in ("function", "family", "table", "measure"):
        if wanted.get(name):
            cells = cells[cells[name] == wanted[name]]
    return cells


def cells(comparison: Comparison, chosen: pd.DataFrame) -> list[dict[str, Any]]:
    """Return cells that differ as documents, inputs with who changed them and why."""
    found = []
    for row in records(chosen):
        told = comparison.reasons.get((row["table"], row["key"], row["measure"]), {})
        who = told.get("submitter", "")
        found.append({**row, "who": who, "reason": told.get("reason", "")})
    return found


def measures(comparison: Comparison) -> list[dict[str, Any]]:
    """Return the differences by measure and family."""
    return [{name: plain(value) for name, value in row.items()} for row in records(comparison.found.by_measure)]
