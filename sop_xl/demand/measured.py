"""What is learned from frozen forecasts at once: accuracy, value added, how overrides turned out, and drift."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

import pandas as pd

from sop_xl.demand.accuracy_by_lag import accuracy_by_lag
from sop_xl.demand.drift import in_force, propose, relevel
from sop_xl.demand.nudge import nudges, track_record
from sop_xl.demand.snapshots import compared
from sop_xl.demand.value_added import value_added_by_step
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema.catalogue import table
from sop_xl.schema.parse import Parsed

Tables = Mapping[str, pd.DataFrame]

MEASURED = ("accuracy_by_lag", "forecast_value_added", "track_record", "drift_proposals")
"""Schema tables that :func:`measured` makes."""


def measured(tables: Tables, *, start: date, seed: int = 0) -> dict[str, pd.DataFrame]:
    """Return the schema tables of `MEASURED`, from frozen forecasts and what was then sold.

    Args:
        tables: ``forecast_snapshots``, ``history``, ``products``, and ``drift_proposals`` with decisions so far.
        start: first day that is not known yet.
        seed: seed of the bootstrap.
    """
    history, products = tables["history"], tables["products"]
    beside = compared(tables["forecast_snapshots"], history, start=start)
    return {
        "accuracy_by_lag": accuracy_by_lag(beside, history, products),
        "forecast_value_added": value_added_by_step(beside, products, seed=seed),
        "track_record": track_record(beside),
        "drift_proposals": propose(beside, history, products, tables["drift_proposals"]),
    }


def override_nudges(given: Parsed, issued: pd.DataFrame | None, person: str = "") -> list[Issue]:
    """Return what is said at the moment of an override: how the earlier ones turned out, at its cell.

    Args:
        given: the tables of the cycle with the book's own laid over them.
        issued: ``sales_forecast`` as it was issued, for the baseline; None: the baseline that stands in the book.
        person: who overrides; '' where that is not known.
    """
    tables = given.tables
    sheet, history = tables.get("sales_forecast"), tables.get("history")
    snapshots = tables.get("forecast_snapshots")
    if sheet is None or history is None or snapshots is None or sheet.empty or snapshots.empty or history.empty:
        return []
    keys = list(table("sales_forecast").keys)
    if issued is not None:
        known = issued[[*keys, "baseline"]].drop_duplicates(keys)
        sheet = sheet.drop(columns="baseline").merge(known, on=keys, how="left")
    start = sheet["period"].min().date()
    record = track_record(compared(snapshots, history, start=start))
    hint = "Nothing to correct. Look once more, then leave it or change it."
    return [
        Issue(Severity.INFO, text, hint, **given.locate("sales_forecast", row, "sales_override"))
        for row, text in nudges(sheet, record, person)
    ]


def history_to_forecast(tables: Tables, settings: Mapping[str, Any]) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Return the history that is forecast: sales before an approved change of level are brought to the new one.

    Args:
        tables: ``history`` and ``drift_proposals``.
        settings: of the cycle; ``drift_approved`` approves what nobody has decided on.
    """
    changes = in_force(tables["drift_proposals"], approved_beforehand=bool(settings["drift_approved"]))
    if changes.empty:
        return tables["history"], ()
    return relevel(tables["history"], changes), tuple(_told(row) for row in changes.to_dict("records"))


def _told(row: Mapping[str, Any]) -> Issue:
    who = f"approved by {row['decided_by'] or 'somebody unnamed'}" if row["decision"] else "approved beforehand"
    text = f"Sales of {row['product']} before {row['since']:%Y-%m} count × {row['factor']:.2f}, the new level: {who}."
    return Issue(Severity.INFO, text, "To undo it, decline the change on the sheet Drift.", table="drift_proposals")
