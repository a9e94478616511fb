"""What a formula asks of a plan: which measure, which products, which periods; and the number for each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import numpy as np

from sop_xl.functions.cells import Cell, day_in, label_in
from sop_xl.functions.plan_source import PlanSource
from sop_xl.functions.problem import CellProblem
from sop_xl.model.calendar import Bucket, BucketKind, Calendar, add_months, period_start
from sop_xl.schema.adding_up import add_up, weight_column
from sop_xl.schema.catalogue import EVERYWHERE, Column, Table, tables

if TYPE_CHECKING:
    import pandas as pd

NAMES: dict[str, tuple[str, str]] = {
    "demand": ("consensus_demand", "consensus"),
    "consensus_demand": ("consensus_demand", "consensus"),
    "sales": ("sales_plan", "delivered"),
    "sales_plan": ("sales_plan", "delivered"),
    "revenue": ("sales_plan", "revenue"),
    "price": ("sales_plan", "price"),
    "late": ("gaps", "late"),
    "production": ("inventory_plan", "produced"),
    "stock": ("inventory_plan", "closing_stock"),
    "inventory": ("inventory_plan", "closing_stock"),
    "atp": ("available_to_promise", "cumulative_atp"),
    "margin": ("profit_and_loss", "gross_margin"),
    "load": ("resource_load", "utilisation"),
    "hours": ("resource_load", "planned_hours"),
}
"""Plain names of measures beside the column names of the plan's tables."""
_SEARCHED = (
    "consensus_demand",
    "sales_plan",
    "inventory_plan",
    "profit_and_loss",
    "resource_load",
    "gaps",
    "available_to_promise",
    "production_plan",
    "material_plan",
    "workforce_plan",
    "shipments",
)
_SPARSE = frozenset({"gaps", "production_plan", "shipments"})
"""Tables in which a missing row says that there is nothing, not that nothing is known."""
_THINGS = ("product", "resource", "item", "workforce")
_ALL = frozenset({"", EVERYWHERE.casefold(), "total"})
_YEAR_MONTH = re.compile(r"(1[5-9]|2[0-4])\d{2}(0[1-9]|1[0-2])")


@dataclass(frozen=True)
class Measure:
    """A measure of a version, ready to be read.

    Attributes:
        shape: schema of its table.
        column: its column.
        frame: the rows of the table, of the location and channel asked.
        calendar: buckets of the plan.
        family: family of each product of the plan.
    """

    shape: Table
    column: Column
    frame: pd.DataFrame
    calendar: Calendar
    family: dict[str, str]

    def rows_of(self, product: str) -> np.ndarray:
        """Return the positions of the rows of a product or family, all where it is empty or ALL.

        Raises:
            CellProblem: the plan does not know it.
        """
        thing = next((name for name in _THINGS if name in self.shape.keys), "")
        if product.casefold() in _ALL:
            return np.arange(len(self.frame))
        if not thing:
            raise CellProblem(f"{self.column.name} is not kept by product; leave product empty")
        codes = self.frame[thing].to_numpy(dtype=object)
        wanted = product.casefold()
        same = np.array([str(code).casefold() == wanted for code in codes], dtype=bool)
        if thing == "product":
            of_family = {code for code, family in self.family.items() if family.casefold() == wanted}
            same |= np.array([code in of_family for code in codes], dtype=bool)
            known = bool(of_family) or any(code.casefold() == wanted for code in self.family)
        else:
            known = bool(same.any())
        if not known:
            raise CellProblem(f"{thing} {product[:30]!r} is not in the plan; check how it is written")
        return np.flatnonzero(same)

    def number(self, rows: np.ndarray, buckets: Sequence[date]) -> float:
        """Return the number of some rows over some buckets; 0 where a missing row says that there is nothing.

        Raises:
            CellProblem: the column is never added up and several rows were asked.
        """
        periods = self.frame["period"].to_numpy()[rows].astype("datetime64[D]")
        inside = rows[np.isin(periods, np.array(list(buckets), dtype="datetime64[D]"))]
        if not inside.size:
            return 0.0 if self.shape.name in _SPARSE and self.column.over_products == "sum" else float("nan")
        weight = weight_column(self.shape)
        weights = self.frame[weight].to_numpy()[inside] if weight else None
        values = self.frame[self.column.name].to_numpy(dtype=float)[inside]
        try:
            return add_up(values, self.frame["period"].to_numpy()[inside], self.column, weights)
        except ValueError:
            raise CellProblem(f"{self.column.name} is never added up; name one product, location and period") from None


def measure_of(source: PlanSource, version: str, said: str, location: str, channel: str) -> Measure:
    """Return a measure of a version, of one location and channel where they are given.

    Raises:
        CellProblem: the measure, location or channel is not known, or the version has no plan.
    """
    shape, column = _named(said)
    frame = source.table(version, shape.name)
    sales, stock = source.table(version, "sales_plan"), source.table(version, "inventory_plan")
    for name, wanted in (("location", location), ("channel", channel)):
        if wanted.casefold() in _ALL:
            continue
        if name not in frame.columns:
            raise CellProblem(f"{said} is not kept by {name}; leave {name} empty")
        same = frame[name].astype(str).str.casefold() == wanted.casefold()
        places = set(frame[name]) | (set(sales[name]) if name in sales.columns else set())
        if wanted.casefold() not in {str(place).casefold() for place in places}:
            raise CellProblem(f"{name} {wanted[:30]!r} is not in the plan; there are {', '.join(sorted(places)[:8])}")
        frame = frame[same]
    family = {**_families(stock), **_families(sales)}
    return Measure(shape, column, frame.reset_index(drop=True), calendar_of(sales, stock, frame), family)


def key_figure(source: PlanSource, version: str, said: str) -> float | None:
    """Return a key figure of the whole plan by its name, None where there is none of that name."""
    figures = source.table(version, "kpis")
    found = figures[figures["kpi"] == _key(said)]
    return float(found["value"].iloc[0]) if len(found) else None


def known_measure(said: str) -> bool:
    """Tell whether a name is a measure of the plan's tables."""
    try:
        _named(said)
    except CellProblem:
        return False
    return True


def calendar_of(*frames: pd.DataFrame) -> Calendar:
    """Return the buckets of a plan from the periods of its tables.

    Raises:
        CellProblem: there are none, or they do not follow each other.
    """
    days = sorted({day.date() for frame in frames if "period" in frame for day in frame["period"].dropna().unique()})
    if not days:
        raise CellProblem("the version holds no plan; commit a solved scenario first")
    try:
        return Calendar.from_starts(days)
    except ValueError:
        ends = [*days[1:], add_months(days[-1], 1)]
        return Calendar(tuple(Bucket(day, end, BucketKind.MONTH) for day, end in zip(days, ends, strict=True)))


def buckets_of(calendar: Calendar, cell: Cell) -> tuple[date, ...]:
    """Return the first days of the buckets that a cell names: a day, or a label such as 2026-07, 2026-Q3 or 2026.

    Raises:
        CellProblem: it is no period, or lies outside the plan.
    """
    said = label_in(cell)
    if said.casefold() in _ALL:
        return calendar.starts
    begin, end = _span(cell, said)
    if end is None:
        position = calendar.index_of(begin)
        found = () if position is None else (calendar.starts[position],)
    else:
        found = tuple(day for day in calendar.starts if begin <= day < end)
        position = calendar.index_of(begin)
        if not found and position is not None:
            found = (calendar.starts[position],)
    if not found:
        labels = calendar.labels
        raise CellProblem(f"period {begin.isoformat()[:7]} is outside the plan, {labels[0]} to {labels[-1]}")
    return found


def _span(cell: Cell, said: str) -> tuple[date, date | None]:
    """Return the first day of a period and the day after its last; no end where a single day was given."""
    day = day_in(cell)
    if day is not None and not re.fullmatch(r"(1[5-9]|2[0-4])\d{2}", said) and not _YEAR_MONTH.fullmatch(said):
        return day.date(), None
    text = f"{said[:4]}-{said[4:]}" if _YEAR_MONTH.fullmatch(said) else said.upper().split(" ")[0].split("T")[0]
    first = period_start(text)
    if first is None:
        raise CellProblem(f"period {said[:20]!r} is no date; write a date, or 2026-07, 2026-Q3 or 2026")
    dashes = text.count("-")
    if dashes == 2:
        return first, None
    return first, add_months(first, 12 if dashes == 0 else 3 if "Q" in text else 1)


def _named(said: str) -> tuple[Table, Column]:
    key = _key(said)
    if "." in key:
        name, _, column = key.partition(".")
        shape = tables().get(name)
        if shape and shape.book == "plan" and "period" in shape.keys and column in shape.column_names:
            return shape, _numeric(shape, column)
        raise CellProblem(f"measure {said[:40]!r} is not in the plan; see the tables of the data dictionary")
    if key in NAMES:
        name, column = NAMES[key]
        return tables()[name], tables()[name].column(column)
    for name in _SEARCHED:
        if key in tables()[name].column_names and key not in tables()[name].keys:
            return tables()[name], _numeric(tables()[name], key)
    raise CellProblem(
        f"measure {said[:30]!r} is not known; write one such as demand, sales, stock, production, revenue or margin"
    )


def _numeric(shape: Table, name: str) -> Column:
    column = shape.column(name)
    if not column.numeric:
        raise CellProblem(f"measure {name} is text, not a number; WHY tells causes in words")
    return column


def _key(said: str) -> str:
    return re.sub(r"[\s\-]+", "_", said.strip().casefold())


def _families(frame: pd.DataFrame) -> dict[str, str]:
    return dict(zip(map(str, frame["product"]), map(str, frame["family"]), strict=True))
