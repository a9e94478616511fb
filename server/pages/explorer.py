"""The plan explorer: a measure by bucket, for all families, one family or one product, with what it is made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from server.store import payload
from server.store.versions import ONE_PLAN, Version
from server.table_names import PLAN, scenario_prefix
from sop_xl.schema.catalogue import table

MEASURES: Mapping[str, tuple[str, str, str]] = {
    "consensus": ("consensus_demand", "consensus", "Consensus demand"),
    "baseline": ("consensus_demand", "baseline", "Statistical baseline"),
    "delivered": ("sales_plan", "delivered", "Delivered"),
    "backlog": ("sales_plan", "backlog", "Backlog"),
    "lost": ("sales_plan", "lost", "Lost"),
    "produced": ("inventory_plan", "produced", "Produced"),
    "outsourced": ("inventory_plan", "outsourced", "Outsourced"),
    "closing_stock": ("inventory_plan", "closing_stock", "Closing stock"),
    "available": ("available_to_promise", "cumulative_atp_with_plan", "Available to promise"),
    "revenue": ("profit_and_loss", "revenue", "Revenue"),
    "gross_margin": ("profit_and_loss", "gross_margin", "Gross margin"),
    "stock_value": ("profit_and_loss", "stock_value", "Stock value"),
}
"""Measures by code: table, column and name."""
LAYERS = ("baseline", "sensing", "promotion", "price_effect", "pipeline", "launch", "account", "judgement")
_LAYER_NAMES = {"sensing": "Signals", "price_effect": "Price"}


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the explorer: a family or product with a value a bucket, and the total as the measure adds up."""

    code: str
    name: str
    values: tuple[float, ...]
    total: float
    share: float | None


@dataclass(frozen=True, slots=True)
class Series:
    """A named row of values."""

    name: str
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Exploration:
    """What the explorer shows.

    ``lines`` are the families, or the products of ``family``; with ``product`` it is that one alone. ``compared`` are
    the measures that help to read the chosen one, ``layers`` what consensus demand is made of.
    """

    measure: str
    title: str
    unit: str
    adds_up: str
    labels: tuple[str, ...]
    lines: tuple[Line, ...]
    total: Line
    compared: tuple[Series, ...]
    layers: tuple[Series, ...]
    family: str
    product: str
    families: tuple[str, ...]
    products: tuple[str, ...]


_BESIDE: Mapping[str, tuple[str, ...]] = {
    "consensus": ("delivered", "baseline"),
    "baseline": ("consensus",),
    "delivered": ("consensus", "backlog"),
    "backlog": ("lost", "delivered"),
    "lost": ("backlog",),
    "produced": ("outsourced", "delivered"),
    "outsourced": ("produced",),
    "closing_stock": ("delivered", "produced"),
    "available": ("closing_stock", "consensus"),
    "revenue": ("gross_margin",),
    "gross_margin": ("revenue",),
    "stock_value": ("revenue",),
}


def explore(
    version: Version, content: bytes, *, scenario: str, measure: str, family: str = "", product: str = ""
) -> Exploration:
    """Return what the explorer shows of a scenario of a version.

    Unknown measures, families and products count as not given.

    Args:
        version: a consolidated or committed version.
        content: its payload.
        scenario: which of its scenarios.
        measure: a key of ``MEASURES``.
        family: the family looked into.
        product: the product of it.
    """
    prefix = PLAN if version.kind in ONE_PLAN else scenario_prefix(scenario)
    labels = tuple(str(label) for label in version.summary["horizon"])
    measure = measure if measure in MEASURES else "consensus"
    frames = {name: _read(content, f"{prefix}{name}") for name in {entry[0] for entry in MEASURES.values()}}
    starts = sorted(frames["consensus_demand"]["period"].unique())
    families = tuple(sorted(set(frames["consensus_demand"]["family"])))
    family = family if family in families else ""
    within = frames["consensus_demand"]
    products = tuple(sorted(set(within.loc[within["family"] == family, "product"]))) if family else ()
    product = product if product in products else ""
    chosen = {name: _chosen(frame, family, product) for name, frame in frames.items()}
    lines, total = _lines(chosen, measure, starts, "product" if family else "family")
    name, column, title = MEASURES[measure]
    shape = table(name).column(column)
    beside = tuple(
        Series(MEASURES[other][2], _values(chosen[MEASURES[other][0]], MEASURES[other][1], starts))
        for other in _BESIDE[measure]
    )
    return Exploration(
        measure=measure,
        title=title,
        unit=str(version.summary["currency"]) if shape.type == "money" else shape.unit,
        adds_up=shape.over_time,
        labels=labels,
        lines=lines,
        total=total,
        compared=beside,
        layers=_layers(chosen["consensus_demand"], starts) if measure in ("consensus", "baseline") else (),
        family=family,
        product=product,
        families=families,
        products=products,
    )


def _read(content: bytes, name: str) -> pd.DataFrame:
    rows = payload.table(content, name)
    if rows is None:
        raise KeyError(name)
    return rows.to_pandas(date_as_object=False)


def _chosen(frame: pd.DataFrame, family: str, product: str) -> pd.DataFrame:
    if product:
        return frame[frame["product"] == product]
    return frame[frame["family"] == family] if family else frame


def _lines(
    chosen: Mapping[str, pd.DataFrame], measure: str, starts: Sequence[Any], by: str
) -> tuple[tuple[Line, ...], Line]:
    name, column, _ = MEASURES[measure]
    frame, over_time = chosen[name], table(name).column(column).over_time
    whole = _line("", "Total", _values(frame, column, starts), over_time, None)
    wide = frame.pivot_table(index=by, columns="period", values=column, aggfunc="sum", fill_value=0.0)
    wide = wide.reindex(columns=starts, fill_value=0.0)
    rows = [
        _line(str(code), str(code), tuple(float(value) for value in values), over_time, whole.total)
        for code, values in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return tuple(sorted(rows, key=lambda row: -abs(row.total))), whole


def _line(code: str, name: str, values: tuple[float, ...], over_time: str, whole: float | None) -> Line:
    total = values[-1] if over_time == "last" and values else sum(values)
    return Line(code, name, values, total, total / whole if whole else None)


def _values(frame: pd.DataFrame, column: str, starts: Sequence[Any]) -> tuple[float, ...]:
    sums = frame.groupby("period")[column].sum()
    return tuple(float(value) for value in sums.reindex(starts, fill_value=0.0))


def _layers(demand: pd.DataFrame, starts: Sequence[Any]) -> tuple[Series, ...]:
    found = [Series(_LAYER_NAMES.get(layer, layer.capitalize()), _values(demand, layer, starts)) for layer in LAYERS]
    return tuple(series for series in found if any(abs(value) >= 0.5 for value in series.values))
