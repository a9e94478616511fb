"""The submissions of a cycle as one set of inputs, with who changed which cell, and what is disputed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from server.engine.conflicts import conflict_document, conflict_id
from sop_xl.gather.settings import read_settings
from sop_xl.model.issue import Issue
from sop_xl.reconcile.changes import Change, Submission, Value
from sop_xl.reconcile.disputes import Ruling, disputes, rule, settle
from sop_xl.reconcile.merge import merge
from sop_xl.schema.catalogue import Column, table
from sop_xl.schema.parse import Parsed

Tables = Mapping[str, pd.DataFrame]
Source = Mapping[str, str]
_WORKBOOK_DIGITS = 1e-14
CHANGE_COLUMNS = ("table", "key", "column", "before", "after", "what", "function", "submitter", "reason")


@dataclass(frozen=True, slots=True)
class Base:
    """A later version that books were issued from: its inputs, and who had changed which cell by then."""

    inputs: Tables
    changes: pd.DataFrame


@dataclass(frozen=True, slots=True)
class MergedSubmissions:
    """Inputs of all books together.

    Attributes:
        tables: the inputs, settled where somebody or a rule has settled them.
        changes: a row a changed cell, all as text; see ``CHANGE_COLUMNS``.
        conflicts: a document a row that submissions want differently, see :mod:`server.engine.conflicts`.
        issues: findings of the merge.
    """

    tables: Tables
    changes: pd.DataFrame
    conflicts: Sequence[Mapping[str, Any]]
    issues: Sequence[Issue]


def merge_submissions(
    issued: Tables,
    given: Sequence[tuple[Source, Tables]],
    *,
    bases: Mapping[str, Base] | None = None,
    resolutions: Mapping[str, Mapping[str, Any]] | None = None,
) -> MergedSubmissions:
    """Merge submissions over the issued version, and settle what was resolved or is below materiality.

    Args:
        issued: inputs of the issued version.
        given: ``function``, ``submitter`` and ``base_version`` of each submission with its tables, in the order they
            came in.
        bases: other versions that books were issued from, by hash; a book from none of them was issued from ``issued``.
        resolutions: what people decided, by id of the conflict: ``values`` by column, ``author`` and ``reason``.
    """
    known = bases or {}
    own = [(source, tables, known.get(source.get("base_version", ""))) for source, tables in given]
    merged = merge(issued, [_submission(issued, source, tables, base) for source, tables, base in own])
    settings = read_settings(Parsed(dict(issued)))[0]
    rulings: list[Ruling] = []
    documents = []
    for dispute in disputes(merged, settings):
        decided = (resolutions or {}).get(conflict_id(dispute))
        by_rule = rule(dispute)
        if decided is not None:
            values: Mapping[str, Value] = decided["values"]
            rulings.append(Ruling(dispute.table, dispute.key, values, decided["author"], decided["reason"]))
        elif by_rule is not None:
            rulings.append(by_rule)
        documents.append(conflict_document(dispute, by_rule))
    settled = settle(merged, rulings)
    columns = {name: [_text(getattr(change, name)) for change in settled.changes] for name in CHANGE_COLUMNS}
    return MergedSubmissions(settled.tables, pd.DataFrame(columns, dtype=object), documents, settled.issues)


def _submission(issued: Tables, source: Source, own: Tables, base: Base | None) -> Submission:
    if base is None:
        return Submission(source["function"], _as_issued(issued, own), source["submitter"])
    carried = tuple(_carried(base.changes, source))
    return Submission(source["function"], _as_issued(base.inputs, own), source["submitter"], base.inputs, carried)


def _carried(changes: pd.DataFrame, source: Source) -> Iterator[Change]:
    """Changes the sender had made in a book before the one that was issued with them."""
    same = (changes["function"] == source["function"]) & (changes["submitter"] == source["submitter"])
    for row in changes[same].to_dict("records"):
        column = table(row["table"]).column(row["column"]) if row["column"] else None
        before, after = (_value(column, row[name]) for name in ("before", "after"))
        yield Change(
            *(row["table"], row["key"], row["column"], before, after, row["what"]),
            *(source["function"], source["submitter"], row["reason"]),
        )


def _value(column: Column | None, text: str) -> Value:
    """Return a cell from the text of the table of changes."""
    if text == "":
        return None
    if column is None:
        return text
    return text == "True" if column.type == "boolean" else float(text) if column.numeric else text


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


def _text(value: Value) -> str:
    """Return a cell as text; a number without trailing zeros, an empty cell as ''."""
    if value is None:
        return ""
    return f"{value:.12g}" if isinstance(value, float) else str(value)
