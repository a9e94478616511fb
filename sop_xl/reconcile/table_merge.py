"""One table merged three ways: the base, what each submission changes, and what others have changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from sop_xl.reconcile.changes import Change, Submission, Value, keyed, plain, reason_of
from sop_xl.schema.catalogue import Table
from sop_xl.schema.frames import empty, typed

OTHERS = "others"
"""Who stands behind a value that came into the tables after a book was issued."""

Part = tuple[Submission, Sequence[Change]]
Cell = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Claim:
    """What one submission wants in a cell, and why; ``value`` is None where it empties the cell or removes the row."""

    function: str
    submitter: str
    value: Value
    reason: str


@dataclass(frozen=True, slots=True)
class Conflict:
    """A cell (or a row, then without column) that submissions want differently.

    Attributes:
        table: schema name of the table.
        key: key of the row.
        column: name of the column; '' where one removes a row that another changes.
        base: value before anybody changed it.
        kept: value in the merged tables: the base value, or the first claim for a row that is new.
        claims: what each submission wants.
    """

    table: str
    key: str
    column: str
    base: Value
    kept: Value
    claims: tuple[Claim, ...]


def merge_table(shape: Table, base: pd.DataFrame | None, parts: Sequence[Part]) -> tuple[pd.DataFrame, list[Conflict]]:
    """Return a table with the changes of all submissions, and the cells and rows they want differently.

    Args:
        shape: the table's shape.
        base: the table as it is now; None: empty.
        parts: each submission with its changes of this table.
    """
    start = keyed(shape, empty(shape.name) if base is None else base)
    sent = [keyed(shape, submission.tables[shape.name]) for submission, _ in parts]
    cells, added, removed = _sorted_out(shape, start, sent, parts)
    frame = start.astype(object)
    conflicts: list[Conflict] = []
    for (key, column), changes in cells.items():
        if key not in start.index:
            conflicts.append(_conflict(shape, key, column, None, None, [*_claims(changes), _since(None)]))
            continue
        current = plain(start.at[key, column])
        stale = [change for change in changes if current not in (change.before, change.after)]
        if len({repr(change.after) for change in changes}) == 1 and not stale:
            frame.at[key, column] = _given(sent, key, column, changes[0].after)
            continue
        since = [_since(current)] if stale else []
        conflicts.append(_conflict(shape, key, column, changes[0].before, current, [*_claims(changes), *since]))
    gone = []
    for key, positions in removed.items():
        changed = [change for (row, _), changes in cells.items() if row == key for change in changes]
        if not changed:
            gone.append(key)
            continue
        removers = [Claim(parts[p][0].function, parts[p][0].submitter, None, "row removed") for p in positions]
        changers = [Claim(c.function, c.submitter, c.after, f"{c.column} changed") for c in changed]
        conflicts.append(_conflict(shape, key, "", "row", "row", [*removers, *changers]))
    rows = []
    for key, positions in added.items():
        row, clashes = _new_row(shape, key, [(parts[p][0], sent[p].loc[key]) for p in positions])
        rows.append(row)
        conflicts += clashes
    whole = frame.drop(index=gone)
    whole = pd.concat([whole, pd.DataFrame(rows)]) if rows else whole
    return typed(shape.name, whole.reset_index(drop=True)), conflicts


def _sorted_out(
    shape: Table, start: pd.DataFrame, sent: Sequence[pd.DataFrame], parts: Sequence[Part]
) -> tuple[dict[Cell, list[Change]], dict[str, list[int]], dict[str, list[int]]]:
    """Changes by cell, and submissions by the rows they add and remove.

    A row that is new to a book but has come into the tables since counts as changes of its cells.
    """
    cells: dict[Cell, list[Change]] = {}
    added: dict[str, list[int]] = {}
    removed: dict[str, list[int]] = {}
    for position, (_, own) in enumerate(parts):
        for change in own:
            if change.what == "changed":
                cells.setdefault((change.key, change.column), []).append(change)
            elif change.what == "removed":
                if change.key in start.index:
                    removed.setdefault(change.key, []).append(position)
            elif change.key not in start.index:
                added.setdefault(change.key, []).append(position)
            else:
                for column in shape.inputs:
                    after = plain(sent[position].at[change.key, column.name])
                    if after is not None and after != plain(start.at[change.key, column.name]):
                        as_cell = replace(change, column=column.name, after=after, what="changed")
                        cells.setdefault((change.key, column.name), []).append(as_cell)
    return cells, added, removed


def _given(sent: Sequence[pd.DataFrame], key: str, column: str, value: Value) -> object:
    """The cell of the first submission that holds a value, in its own type."""
    return next(f.at[key, column] for f in sent if key in f.index and plain(f.at[key, column]) == value)


def _new_row(shape: Table, key: str, given: Sequence[tuple[Submission, pd.Series]]) -> tuple[pd.Series, list[Conflict]]:
    """A row that one or several submissions add: cells that only one fills are taken from it."""
    row = given[0][1].astype(object).copy()
    conflicts = []
    for column in shape.inputs:
        filled = [(s, own) for s, own in given if plain(own[column.name]) is not None]
        if filled and plain(row[column.name]) is None:
            row[column.name] = filled[0][1][column.name]
        if len({repr(plain(own[column.name])) for _, own in filled}) > 1:
            claims = [Claim(s.function, s.submitter, plain(own[column.name]), reason_of(own)) for s, own in filled]
            conflicts.append(_conflict(shape, key, column.name, None, plain(row[column.name]), claims))
    return row, conflicts


def _claims(changes: Sequence[Change]) -> list[Claim]:
    return [Claim(change.function, change.submitter, change.after, change.reason) for change in changes]


def _since(value: Value) -> Claim:
    return Claim(OTHERS, "", value, "changed since the book was issued")


def _conflict(shape: Table, key: str, column: str, base: Value, kept: Value, claims: Sequence[Claim]) -> Conflict:
    return Conflict(shape.name, key, column, base, kept, tuple(claims))
