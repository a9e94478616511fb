"""The submissions of a cycle as one set of inputs, with who changed which cell, and what is disputed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sop_xl.model.issue import Issue
from sop_xl.reconcile.changes import Submission, Value
from sop_xl.reconcile.merge import Conflict, merge
from sop_xl.schema.catalogue import table

Tables = Mapping[str, pd.DataFrame]
_WORKBOOK_DIGITS = 1e-14
CHANGE_COLUMNS = ("table", "key", "column", "before", "after", "what", "function", "submitter", "reason")


@dataclass(frozen=True, slots=True)
class MergedSubmissions:
    """Inputs of all books together; ``changes`` has a row a changed cell, all as text."""

    tables: Tables
    changes: pd.DataFrame
    conflicts: Sequence[Mapping[str, Any]]
    issues: Sequence[Issue]


def merge_submissions(issued: Tables, given: Sequence[tuple[Mapping[str, str], Tables]]) -> MergedSubmissions:
    """Merge submissions over the version their books were issued from.

    Args:
        issued: inputs of the issued version.
        given: ``function`` and ``submitter`` of each submission with its tables, in the order they came in.
    """
    merged = merge(
        issued, [Submission(source["function"], _as_issued(issued, own), source["submitter"]) for source, own in given]
    )
    rows = [{name: _text(getattr(change, name)) for name in CHANGE_COLUMNS} for change in merged.changes]
    return MergedSubmissions(
        merged.tables,
        pd.DataFrame(rows, columns=list(CHANGE_COLUMNS), dtype=object),
        [_conflict(conflict) for conflict in merged.conflicts],
        merged.issues,
    )


def _as_issued(issued: Tables, own: Tables) -> dict[str, pd.DataFrame]:
    """Return a book's tables with numbers as issued where they differ only beyond the 15 digits a workbook keeps."""
    exact = dict(own)
    for name, frame in own.items():
        shape = table(name)
        if name not in issued or frame.empty or issued[name].empty:
            continue
        before = frame[list(shape.keys)].merge(issued[name], on=list(shape.keys), how="left")
        for column in shape.measures:
            old, new = (part[column.name].to_numpy(dtype=float) for part in (before, frame))
            same = np.isclose(new, old, rtol=_WORKBOOK_DIGITS, atol=0.0)
            exact[name] = exact[name].assign(**{column.name: np.where(same, old, new)})
    return exact


def _conflict(conflict: Conflict) -> dict[str, Any]:
    shape = table(conflict.table)
    column = shape.column(conflict.column).header if conflict.column else "row"
    return {
        "table": conflict.table,
        "key": conflict.key,
        "column": conflict.column,
        "place": f"{shape.title}: {conflict.key}: {column}",
        "issued": _text(conflict.base),
        "taken": _text(conflict.kept),
        "values": [
            {"value": _text(c.value), "function": c.function, "submitter": c.submitter, "reason": c.reason}
            for c in conflict.claims
        ],
    }


def _text(value: Value) -> str:
    """Return a cell as text; a number without trailing zeros, an empty cell as ''."""
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
