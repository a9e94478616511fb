"""One table merged three ways: the base, what each submission changes, and what others have changed since."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import pandas as pd

from sop_xl.reconcile.changes import Change, Submission, Value, keyed, plain, reasons
from sop_xl.schema.catalogue import Column, Table
from sop_xl.schema.frames import default_of, dtype_of, empty, typed

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


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What the changes of a cell come to: the value taken, or the changes that stand against each other."""

    value: Value
    against: tuple[Change, ...]


def merge_table(shape: Table, base: pd.DataFrame | None, parts: Sequence[Part]) -> tuple[pd.DataFrame, list[Conflict]]:
    """Return a table with the changes of all submissions, and the cells and rows they want differently.

    A change is clean where the cell still holds what the book was issued with, or what another submission has put
    there that this book already showed. It agrees where it wants the value that is there. Else it is a conflict.

    Args:
        shape: the table's shape.
        base: the table as it is now; None: empty.
        parts: each submission with its changes of this table, in the order in which they came in.
    """
    start = keyed(shape, empty(shape.name) if base is None else base)
    sent = [keyed(shape, submission.tables[shape.name]) for submission, _ in parts]
    cells, added, removed = _sorted_out(shape, start, sent, parts)
    conflicts: list[Conflict] = []
    values: dict[str, dict[int, Value]] = {}
    rows = start.index.get_indexer([key for key, _ in cells]) if cells else []
    held = {column.name: start[column.name].tolist() for column in shape.columns}
    for ((key, column), changes), row in zip(cells.items(), rows, strict=True):
        if row < 0:
            conflicts.append(_conflict(shape, key, column, None, None, [*_claims(changes), _since(None)]))
            continue
        current = plain(held[column][row])
        outcome = _outcome(current, changes)
        if not outcome.against:
            values.setdefault(column, {})[row] = outcome.value
            continue
        since = [] if any(current in (c.before, c.after) for c in changes) else [_since(current)]
        claims = [*_claims(outcome.against), *since]
        conflicts.append(_conflict(shape, key, column, outcome.against[0].before, current, claims))
    whole = _with_values(shape, start, values)
    by_row: dict[str, list[Change]] = {}
    for (key, _), changes in cells.items():
        by_row.setdefault(key, []).extend(changes)
    gone = [key for key in removed if key not in by_row]
    for key, positions in removed.items():
        if key in by_row:
            removers = [Claim(parts[p][0].function, parts[p][0].submitter, None, "row removed") for p in positions]
            changers = [Claim(c.function, c.submitter, c.after, f"{c.column} changed") for c in by_row[key]]
            conflicts.append(_conflict(shape, key, "", "row", "row", [*removers, *changers]))
    new, clashes = _new_rows(shape, added, sent, parts)
    whole = pd.concat([whole.drop(index=gone), *new])
    return typed(shape.name, whole.reset_index(drop=True)), [*conflicts, *clashes]


def with_cells(shape: Table, frame: pd.DataFrame, cells: Iterable[tuple[str, str, Value]]) -> pd.DataFrame:
    """Return a table with some cells (key, column, value) set; cells of rows that are not there are left out."""
    indexed = keyed(shape, frame)
    values: dict[str, dict[int, Value]] = {}
    for key, column, value in cells:
        row = indexed.index.get_indexer([key])[0]
        if row >= 0:
            values.setdefault(column, {})[row] = value
    return typed(shape.name, _with_values(shape, indexed, values).reset_index(drop=True))


def without_rows(shape: Table, frame: pd.DataFrame, keys: Iterable[str]) -> pd.DataFrame:
    """Return a table without the rows of some keys."""
    indexed = keyed(shape, frame)
    return typed(shape.name, indexed[~indexed.index.isin(list(keys))].reset_index(drop=True))


def _outcome(current: Value, changes: Sequence[Change]) -> _Outcome:
    """What the changes of a cell come to; those that start from the present value come first."""
    taken, standing = current, list[Change]()
    for change in sorted(changes, key=lambda change: change.before != current):
        if change.before == taken:
            standing = [other for other in standing if other.after != taken]
            taken = change.after
        standing.append(change)
    disputed = len({repr(change.after) for change in standing}) > 1 or standing[-1].after != taken
    return _Outcome(taken, tuple(standing) if disputed else ())


def _with_values(shape: Table, frame: pd.DataFrame, values: dict[str, dict[int, Value]]) -> pd.DataFrame:
    changed = {}
    for name, cells in values.items():
        column = shape.column(name)
        held = frame[name].tolist()
        for row, value in cells.items():
            held[row] = _typed_value(column, value)
        changed[name] = pd.Series(held, index=frame.index, dtype=dtype_of(column))
    return frame.assign(**changed)


def _typed_value(column: Column, value: Value) -> object:
    if value is None:
        return default_of(column)
    return pd.Timestamp(str(value)) if column.type in ("date", "period") else value


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
        new = {change.key for change in own if change.what == "added" and change.key not in start.index}
        for change in own:
            if change.what == "changed" and change.key in new:
                continue
            if change.what == "changed":
                cells.setdefault((change.key, change.column), []).append(change)
            elif change.what == "removed":
                if change.key in start.index:
                    removed.setdefault(change.key, []).append(position)
            elif change.key in new:
                if change.key in sent[position].index:
                    added.setdefault(change.key, []).append(position)
            elif change.key in sent[position].index:
                for column in shape.inputs:
                    after = plain(sent[position].at[change.key, column.name])
                    if after is not None and after != plain(start.at[change.key, column.name]):
                        as_cell = replace(change, column=column.name, after=after, what="changed")
                        cells.setdefault((change.key, column.name), []).append(as_cell)
    return cells, added, removed


def _new_rows(
    shape: Table, added: dict[str, list[int]], sent: Sequence[pd.DataFrame], parts: Sequence[Part]
) -> tuple[list[pd.DataFrame], list[Conflict]]:
    """Rows that submissions add: those of one alone as they are, those of several cell by cell."""
    conflicts: list[Conflict] = []
    alone: dict[int, list[str]] = {}
    found = {}
    for key, positions in added.items():
        if len(positions) == 1:
            alone.setdefault(positions[0], []).append(key)
            continue
        found[key], clashes = _new_row(shape, key, [(parts[p][0], sent[p].loc[[key]]) for p in positions])
        conflicts += clashes
    frames = [*(sent[position].loc[keys] for position, keys in alone.items()), *found.values()]
    if not frames:
        return [], conflicts
    return [pd.concat(frames).loc[list(added)]], conflicts


def _new_row(
    shape: Table, key: str, given: Sequence[tuple[Submission, pd.DataFrame]]
) -> tuple[pd.DataFrame, list[Conflict]]:
    """A row that several submissions add: cells that only one fills are taken from it."""
    row = given[0][1].copy()
    conflicts = []
    for column in shape.inputs:
        values = [(s, own, plain(own[column.name].iloc[0])) for s, own in given]
        filled = [(s, own, value) for s, own, value in values if value is not None]
        if filled and values[0][2] is None:
            row[column.name] = filled[0][1][column.name]
        if len({repr(value) for _, _, value in filled}) > 1:
            claims = [Claim(s.function, s.submitter, value, reasons(own)[0]) for s, own, value in filled]
            conflicts.append(_conflict(shape, key, column.name, None, filled[0][2], claims))
    return row, conflicts


def _claims(changes: Sequence[Change]) -> list[Claim]:
    return [Claim(change.function, change.submitter, change.after, change.reason) for change in changes]


def _since(value: Value) -> Claim:
    return Claim(OTHERS, "", value, "changed since the book was issued")


def _conflict(shape: Table, key: str, column: str, base: Value, kept: Value, claims: Sequence[Claim]) -> Conflict:
    return Conflict(shape.name, key, column, base, kept, tuple(claims))
