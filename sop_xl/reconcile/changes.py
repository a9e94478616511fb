"""What a submission changes against the version its book was issued from, cell by cell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from sop_xl.model.plan import Tables
from sop_xl.schema.catalogue import Column, Table, table
from sop_xl.schema.frames import default_of, empty

Value = str | float | bool | None
What = Literal["changed", "added", "removed", "settled"]


@dataclass(frozen=True, slots=True)
class Submission:
    """The tables of one book as a function sent it in.

    Attributes:
        function: sales, marketing, product, operations, finance or executive.
        tables: typed tables of the book; a table that is not there says nothing.
        submitter: who sent it, where several people of a function do.
        base: tables the book was issued from; None: those everybody started from.
        carried: changes the same sender had made before, where the book was issued with them.
    """

    function: str
    tables: Tables
    submitter: str = ""
    base: Tables | None = None
    carried: tuple[Change, ...] = ()

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
        before: value in the book as issued; None where it was empty. Of a row removed: its cells in words.
        after: value submitted; None where it is empty. Of a row added: its cells in words.
        what: changed, added or removed; settled where a conflict was decided.
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
    indexed = frame.set_axis(labels(shape, frame))
    return indexed[~indexed.index.duplicated(keep="last")]


def labels(shape: Table, frame: pd.DataFrame) -> pd.Index:
    """Return the key of every row as text, such as ``product=A, period=2008-07-01``."""
    parts: list[str] | None = None
    for name in shape.keys:
        codes, unique = pd.factorize(frame[name], use_na_sentinel=False)
        texts = np.array([f"{name}={_text(value)}" for value in unique], dtype=object)[codes].tolist()
        parts = texts if parts is None else [f"{before}, {text}" for before, text in zip(parts, texts, strict=True)]
    return pd.Index(parts or [], dtype=object)


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
    at = old.index.get_indexer(new.index)
    common = np.flatnonzero(at >= 0)
    for column in shape.inputs:
        if column.name in shape.keys:
            continue
        before = old[column.name].iloc[at[common]].reset_index(drop=True)
        after = new[column.name].iloc[common].reset_index(drop=True)
        differs = np.flatnonzero(~((before == after) | (before.isna() & after.isna())).to_numpy())
        rows = new.iloc[common[differs]]
        values = zip(
            rows.index, before.iloc[differs].tolist(), after.iloc[differs].tolist(), reasons(rows), strict=True
        )
        for key, old_value, new_value, reason in values:
            yield _change(submission, name, key, reason, column=column.name, cell=(plain(old_value), plain(new_value)))
    added = new.iloc[np.flatnonzero(at < 0)]
    for key, reason, words in zip(added.index, reasons(added), _in_words(shape, added), strict=True):
        yield _change(submission, name, key, reason, cell=(None, words), what="added")
    if shape.layout != "grid" and shape.book == submission.function:
        removed = old[~old.index.isin(new.index)]
        for key, reason, words in zip(removed.index, reasons(removed), _in_words(shape, removed), strict=True):
            yield _change(submission, name, key, reason, cell=(words, None), what="removed")


def _in_words(shape: Table, rows: pd.DataFrame) -> list[Value]:
    """Return the cells of every row that people filled otherwise than by default; not its key and its reason."""
    told = (*shape.keys, "reason", "note", "assumption_id")
    shown = [column for column in shape.inputs if column.name not in told]
    values = zip(*(rows[column.name] for column in shown), strict=True) if shown else ()
    found = [
        "; ".join(
            f"{column.header}: {_said(column, value)}"
            for column, value in zip(shown, row, strict=True)
            if plain(value) not in (None, plain(default_of(column)))
        )
        for row in values
    ]
    return [words or None for words in found] if shown else [None] * len(rows)


def _said(column: Column, value: object) -> str:
    given = plain(value)
    return f"{100 * given:g} %" if column.type == "percent" and isinstance(given, float) else _text(given)


def reasons(rows: pd.DataFrame) -> list[str]:
    """Return reason, note and assumption of every row in words; '' where it has none."""
    told = [rows[name].tolist() for name in ("reason", "note") if name in rows.columns]
    if "assumption_id" in rows.columns:
        told.append([f"assumption {code}" if code else "" for code in rows["assumption_id"]])
    if not told:
        return [""] * len(rows)
    return [", ".join(str(part) for part in parts if part) for parts in zip(*told, strict=True)]


def _change(
    submission: Submission,
    name: str,
    key: str,
    reason: str,
    *,
    column: str = "",
    cell: tuple[Value, Value] = (None, None),
    what: What = "changed",
) -> Change:
    return Change(name, key, column, *cell, what, submission.function, submission.submitter, reason)
