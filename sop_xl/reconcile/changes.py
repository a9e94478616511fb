"""What a submission changes against the version its book was issued from, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sop_xl.model.plan import Tables
from sop_xl.schema.catalogue import Table, table
from sop_xl.schema.frames import empty

Value = str | float | bool | None
What = Literal["changed", "added", "removed"]


@dataclass(frozen=True, slots=True)
class Submission:
    """The tables of one book as a function sent it in.

    Attributes:
        function: sales, marketing, product, operations, finance or executive.
        tables: typed tables of the book; a table that is not there says nothing.
        submitter: who sent it, where several people of a function do.
        base: tables the book was issued from; None: those everybody started from.
    """

    function: str
    tables: Tables
    submitter: str = ""
    base: Tables | None = None

    @property
    def sender(self) -> str:
        """Function, and the submitter where one is named."""
        return f"{self.function} ({self.submitter})" if self.submitter else self.function


@dataclass(frozen=True, slots=True)
class Change:
    """One change a submission makes: a cell of a row, or a row added or removed (then without column).

    Attributes:
        table: schema name of the table.
        key: key of the row, such as ``product=A, period=2008-07-01``.
        column: name of the column; '' for a whole row.
        before: value in the book as issued; None where it was empty.
        after: value submitted; None where it is empty.
        what: changed, added or removed.
        function: who sent it.
        submitter: who sent it, by name or role.
        reason: reason, note and assumption that stand in the row.
    """

    table: str
    key: str
    column: str
    before: Value
    after: Value
    what: What
    function: str
    submitter: str = ""
    reason: str = ""


def keyed(shape: Table, frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table indexed by the text of its key; of rows with equal keys the last."""
    labels = [
        ", ".join(f"{name}={_text(value)}" for name, value in zip(shape.keys, values, strict=True))
        for values in frame[list(shape.keys)].itertuples(index=False)
    ]
    indexed = frame.set_axis(pd.Index(labels, dtype=object))
    return indexed[~indexed.index.duplicated(keep="last")]


def plain(value: object) -> Value:
    """Return a cell as a plain value: a number, text (dates as ISO), True or False, or None where it is empty."""
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, pd.Timestamp):
        return value.date().isoformat()
    if isinstance(value, str):
        return value or None
    return None if pd.isna(value) else float(value)  # type: ignore[arg-type]


def _text(value: object) -> str:
    given = plain(value)
    return "" if given is None else f"{given:g}" if isinstance(given, float) else str(given)


def changes_of(submission: Submission, name: str, base: pd.DataFrame | None) -> Iterator[Change]:
    """Yield the changes of one table of a submission, row by row.

    Only columns that people fill count. A row that is missing is removed where the table belongs to the book and is a
    list; in a grid, and in tables that stand in every book, a missing row says nothing.

    Args:
        submission: what was sent.
        name: schema name of the table.
        base: the table as issued; None: it was empty.
    """
    shape = table(name)
    old = keyed(shape, empty(name) if base is None else base)
    new = keyed(shape, submission.tables[name])
    common = new.index[new.index.isin(old.index)]
    cells = [column.name for column in shape.inputs if column.name not in shape.keys]
    for column in cells:
        before, after = old.loc[common, column], new.loc[common, column]
        same = (before == after) | (before.isna() & after.isna())
        for key in common[~same.to_numpy()]:
            yield _change(
                submission, name, key, column, plain(old.at[key, column]), plain(new.at[key, column]), new.loc[key]
            )
    for key in new.index[~new.index.isin(old.index)]:
        yield _change(submission, name, key, "", None, None, new.loc[key], "added")
    if shape.layout != "grid" and shape.book == submission.function:
        for key in old.index[~old.index.isin(new.index)]:
            yield _change(submission, name, key, "", None, None, old.loc[key], "removed")


def reason_of(row: pd.Series) -> str:
    """Return reason, note and assumption of a row in words; '' where it has none."""
    said = [str(row[name]) for name in ("reason", "note") if name in row.index and row[name]]
    if "assumption_id" in row.index and row["assumption_id"]:
        said.append(f"assumption {row['assumption_id']}")
    return ", ".join(said)


def _change(
    submission: Submission,
    name: str,
    key: str,
    column: str,
    before: Value,
    after: Value,
    row: pd.Series,
    what: What = "changed",
) -> Change:
    return Change(name, key, column, before, after, what, submission.function, submission.submitter, reason_of(row))
