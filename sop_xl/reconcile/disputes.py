"""Disputes: the cells of a row that submissions want differently, their size in money, and how they are settled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sop_xl.model.plan import Tables
from sop_xl.reconcile.changes import Change, Value, labels
from sop_xl.reconcile.merge import Merged
from sop_xl.reconcile.table_merge import Claim, Conflict, with_cells, without_rows
from sop_xl.schema.catalogue import table

RULE = "Rule: below materiality the number sent last counts."
WORDS_RULE = "Rule: where words alone differ, those sent last count."
REMOVE, KEEP = "remove", "keep"
"""How a row that one removes and another changes may be settled."""

_COMPANIONS = frozenset({"reason", "note", "assumption_id"})
What = Literal["cells", "row"]


@dataclass(frozen=True, slots=True)
class Dispute:
    """A row that submissions want differently, with all cells concerned.

    Attributes:
        table: schema name of the table.
        key: key of the row as text.
        what: *cells*, or *row* where one removes the row that another changes.
        cells: the conflicts of the row, cell by cell.
        spread: largest difference between the numbers wanted; None where no number differs.
        money: that difference at the product's price, or as it stands where it is money; None where it has no price.
        share: that difference as a share of the largest number wanted; None where no number differs.
        material: whether people must settle it, see :func:`disputes`.
    """

    table: str
    key: str
    what: What
    cells: tuple[Conflict, ...]
    spread: float | None
    money: float | None
    share: float | None
    material: bool

    @property
    def senders(self) -> tuple[tuple[str, str], ...]:
        """Function and submitter of everybody who wants something here, in the order in which they sent it."""
        return tuple(dict.fromkeys((claim.function, claim.submitter) for cell in self.cells for claim in cell.claims))

    def claim(self, cell: Conflict, sender: tuple[str, str]) -> Claim | None:
        """Return what a sender wants in a cell of the row, None where nothing."""
        return next((claim for claim in cell.claims if (claim.function, claim.submitter) == sender), None)


@dataclass(frozen=True, slots=True)
class Ruling:
    """How a row was settled: the value of each cell by column, by whom and why.

    ``values`` has a value a disputed column; for a row that one removes, ``{"": "remove"}`` or ``{"": "keep"}``.
    """

    table: str
    key: str
    values: Mapping[str, Value]
    author: str
    reason: str
    by_rule: bool = False


def disputes(merged: Merged, settings: Mapping[str, Any]) -> tuple[Dispute, ...]:
    """Return the conflicts of merged books by row, the largest money first, rows without a price before it.

    Material is a row whose numbers differ by at least ``materiality_pct`` of the largest **and** ``materiality_value``
    (a difference without a price counts as above the value), one that is removed by one and changed by another, and
    one whose codes or choices differ. Where only words differ (reason, note, assumption, text), it is not material.

    Args:
        merged: books put together.
        settings: with ``materiality_pct`` and ``materiality_value``.
    """
    rows: dict[tuple[str, str], list[Conflict]] = {}
    for conflict in merged.conflicts:
        rows.setdefault((conflict.table, conflict.key), []).append(conflict)
    price = _prices(merged.tables)
    products = {name: _products(merged.tables, name) for name in {name for name, _ in rows}}
    found = [
        _dispute(name, key, cells, price.get(products[name].get(key, "")), settings)
        for (name, key), cells in rows.items()
    ]
    return tuple(sorted(found, key=lambda d: (-math.inf if d.money is None else -d.money, d.table, d.key)))


def rule(dispute: Dispute) -> Ruling | None:
    """Return how the rule settles a dispute: below materiality what was sent last counts. None where people must."""
    if dispute.material:
        return None
    latest = dispute.senders[-1]
    return taking(dispute, latest, author="rule", reason=RULE if dispute.spread is not None else WORDS_RULE, rule=True)


def taking(dispute: Dispute, sender: tuple[str, str], *, author: str, reason: str, rule: bool = False) -> Ruling:
    """Return the ruling that takes what one sender wants; cells it says nothing of stay as issued.

    Raises:
        KeyError: where that sender wants nothing here.
    """
    if sender not in dispute.senders:
        raise KeyError(sender)
    claims = {cell.column: dispute.claim(cell, sender) for cell in dispute.cells}
    values: dict[str, Value] = {cell.column: cell.kept for cell in dispute.cells}
    values |= {column: claim.value for column, claim in claims.items() if claim is not None}
    if dispute.what == "row":
        row = claims[""]
        values = {"": REMOVE if row is not None and row.value is None else KEEP}
    return Ruling(dispute.table, dispute.key, values, author, reason, by_rule=rule)


def settle(merged: Merged, rulings: Iterable[Ruling]) -> Merged:
    """Return merged books with disputed rows settled; each ruling becomes a change with its author and reason.

    Args:
        merged: books put together.
        rulings: at most one a row.
    """
    by_table: dict[str, list[Ruling]] = {}
    for ruling in rulings:
        by_table.setdefault(ruling.table, []).append(ruling)
    if not by_table:
        return merged
    tables = dict(merged.tables)
    settled: set[tuple[str, str, str]] = set()
    changes: list[Change] = []
    base = {(c.table, c.key, c.column): c.base for c in merged.conflicts}
    for name, given in by_table.items():
        shape = table(name)
        cells = [(r.key, column, value) for r in given for column, value in r.values.items() if column]
        tables[name] = with_cells(shape, tables[name], cells)
        tables[name] = without_rows(shape, tables[name], [r.key for r in given if r.values.get("") == REMOVE])
        for ruling in given:
            for column, value in ruling.values.items():
                place = (name, ruling.key, column)
                settled.add(place)
                changes.append(_as_change(ruling, column, base.get(place), value))
    left = tuple(c for c in merged.conflicts if (c.table, c.key, c.column) not in settled)
    return replace(merged, tables=tables, conflicts=left, changes=(*merged.changes, *changes))


def _as_change(ruling: Ruling, column: str, before: Value, after: Value) -> Change:
    function = "rule" if ruling.by_rule else "facilitator"
    return Change(ruling.table, ruling.key, column, before, after, "settled", function, ruling.author, ruling.reason)


def _dispute(
    name: str, key: str, cells: Sequence[Conflict], price: float | None, settings: Mapping[str, Any]
) -> Dispute:
    shape = table(name)
    if any(not cell.column for cell in cells):
        row = tuple(cell for cell in cells if not cell.column)
        return Dispute(name, key, "row", row, None, None, None, material=True)
    spread = share = money = None
    material = False
    for cell in cells:
        column = shape.column(cell.column)
        if not column.numeric:
            material |= column.type != "text" and column.name not in _COMPANIONS
            continue
        wanted = [claim.value for claim in cell.claims]
        numbers = [float(value) for value in wanted if isinstance(value, int | float)]
        whole = len(numbers) == len(wanted)
        difference = max(numbers) - min(numbers) if numbers else 0.0
        largest = max((abs(number) for number in numbers), default=0.0)
        part = difference / largest if whole and largest > 0 else math.inf
        worth = difference if column.type == "money" else None
        if column.unit == "units" and price is not None:
            worth = difference * price
        known = worth if whole else None
        value = math.inf if known is None else known
        material |= part >= settings["materiality_pct"] and value >= settings["materiality_value"]
        if spread is None or difference > spread:
            spread, share, money = difference, None if math.isinf(part) else part, known
    return Dispute(name, key, "cells", tuple(cells), spread, money, share, material)


def _prices(tables: Tables) -> dict[str, float]:
    """Last price of every product, as finance has it."""
    if "price_cost" not in tables:
        return {}
    priced = tables["price_cost"].dropna(subset=["price"]).sort_values("period", na_position="first", kind="stable")
    return dict(zip(priced["product"], priced["price"].astype(float), strict=True))


def _products(tables: Tables, name: str) -> dict[str, str]:
    """Product of every row of a table by its key; nothing where the table is not by product."""
    shape = table(name)
    if "product" not in shape.column_names or name not in tables:
        return {}
    return dict(zip(labels(shape, tables[name]), tables[name]["product"], strict=True))
