"""The forecast as a picture: history with its corrections, baseline with both ranges, and the consensus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from server.store import payload
from server.store.versions import ONE_PLAN, Version
from server.table_names import CYCLE, INPUTS, PLAN, scenario_prefix
from sop_xl.schema.catalogue import EVERYWHERE

_PAST_MONTHS = 24
_WORTH_SHOWING = 0.005
_RANGE = ("p2_5", "p10", "p90", "p97_5")
INK, BASELINE, CONSENSUS, CORRECTED = "#17212d", "#0a5a78", "#d08a2e", "#b04a4a"
_WIDE_BAND, _NARROW_BAND = "rgba(10, 90, 120, 0.10)", "rgba(10, 90, 120, 0.20)"

Values = tuple[float | None, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """What is drawn, one value a label, None where there is none.

    Attributes:
        labels: past months, then the buckets.
        history: units sold.
        corrected: units the forecast was made from, where they differ from those sold.
        baseline: the statistical baseline; it and all below begin at the last month sold.
        ranges: P2.5, P10, P90 and P97.5 by name; empty where no range is known.
        consensus: consensus demand.
        method: how the baseline was made and why so; empty where it is not known.
    """

    labels: tuple[str, ...]
    history: Values
    corrected: Values
    baseline: Values
    ranges: Mapping[str, Values]
    consensus: Values
    method: str = ""

    @property
    def series(self) -> list[dict[str, Any]]:
        """Return the series as the page draws them, ranges behind lines."""
        drawn: list[dict[str, Any]] = []
        names = (("p2_5", "p97_5", "95 in 100", _WIDE_BAND), ("p10", "p90", "80 in 100", _NARROW_BAND))
        for low, high, label, colour in names:
            if low in self.ranges and high in self.ranges:
                drawn.append({"type": "line", "label": "", "band": "low", "values": self.ranges[low]})
                shown = {"label": label, "colour": colour, "values": self.ranges[high]}
                drawn.append({"type": "line", "band": "high", **shown})
        lines = (("History", INK, self.history), ("Baseline", BASELINE, self.baseline))
        drawn += [{"type": "line", "label": n, "colour": c, "values": v} for n, c, v in lines]
        consensus = {"label": "Consensus demand", "colour": CONSENSUS, "dash": True, "values": self.consensus}
        drawn.append({"type": "line", **consensus})
        if any(value is not None for value in self.corrected):
            marks = {"label": "Used instead of what was sold", "colour": CORRECTED, "values": self.corrected}
            drawn.append({"type": "line", "points": True, **marks})
        return drawn


def forecast_picture(
    version: Version, content: bytes, *, scenario: str, family: str = "", product: str = ""
) -> Picture | None:
    """Return the picture of a product, a family or all, or None where the buckets are not months.

    Args:
        version: a consolidated or committed version.
        content: its payload.
        scenario: which of its scenarios.
        family: the family looked into; all together without one.
        product: the product of it.
    """
    prefix = PLAN if version.kind in ONE_PLAN else scenario_prefix(scenario)
    demand = _read(content, f"{prefix}consensus_demand")
    if demand is None or demand.empty:
        return None
    starts = list(pd.DatetimeIndex(sorted(demand["period"].unique())))
    if len(starts) > 1 and any(pd.date_range(starts[0], periods=len(starts), freq="MS") != pd.DatetimeIndex(starts)):
        return None
    families = dict(zip(demand["product"], demand["family"], strict=True))
    months = list(pd.date_range(end=starts[0] - pd.offsets.MonthBegin(1), periods=_PAST_MONTHS, freq="MS"))
    sold, used = _past(content, families, family, product, months)
    mine = _of(demand, families, family, product).groupby("period")[["baseline", "consensus"]].sum().reindex(starts)
    joint = sold[-1]
    ahead = {name: (*_none(len(months) - 1), joint, *map(float, mine[name])) for name in mine}
    level, code = ("product", product) if product else ("family", family) if family else ("total", EVERYWHERE)
    nothing = _none(len(starts))
    own = _own_ranges(content, level, code)
    return Picture(
        labels=tuple(f"{day:%Y-%m}" for day in (*months, *starts)),
        history=(*sold, *nothing),
        corrected=(*used, *nothing),
        baseline=ahead["baseline"],
        ranges=_ranges(own, starts, (*_none(len(months) - 1), joint)),
        consensus=ahead["consensus"],
        method="" if own.empty else str(own["method"].iloc[0]),
    )


def _read(content: bytes, name: str) -> pd.DataFrame | None:
    rows = payload.table(content, name)
    return None if rows is None else rows.to_pandas(date_as_object=False)


def _none(count: int) -> Values:
    return (None,) * count


def _of(rows: pd.DataFrame, families: Mapping[str, str], family: str, product: str) -> pd.DataFrame:
    if product:
        return rows[rows["product"] == product]
    return rows[rows["product"].map(families) == family] if family else rows


def _past(
    content: bytes, families: Mapping[str, str], family: str, product: str, months: Sequence[pd.Timestamp]
) -> tuple[Values, Values]:
    """Return units sold and, where the forecast was made from other units, those, by past month."""
    history = _read(content, f"{INPUTS}history")
    if history is None or history.empty:
        return _none(len(months)), _none(len(months))
    known = _by_month(_of(history, families, family, product), "units")
    sold = tuple(known.get(month) for month in months)
    corrected = _read(content, f"{CYCLE}history_corrections")
    if corrected is None or corrected.empty:
        return sold, _none(len(months))
    rows = _of(corrected, families, family, product)
    change = _by_month(rows.assign(change=rows["used"] - rows["recorded"].fillna(0.0)), "change")
    used = [None if not change.get(month) else known.get(month, 0.0) + change[month] for month in months]
    return sold, tuple(
        value if value is not None and abs(change[month]) >= _WORTH_SHOWING * abs(value) else None
        for value, month in zip(used, months, strict=True)
    )


def _by_month(rows: pd.DataFrame, column: str) -> dict[pd.Timestamp, float]:
    month = rows["period"].dt.to_period("M").dt.to_timestamp()
    return {pd.Timestamp(day): float(units) for day, units in rows[column].groupby(month).sum().items()}


def _own_ranges(content: bytes, level: str, code: str) -> pd.DataFrame:
    rows = _read(content, f"{CYCLE}baseline_ranges")
    return pd.DataFrame() if rows is None else rows[(rows["level"] == level) & (rows["code"] == code)]


def _ranges(own: pd.DataFrame, starts: Sequence[pd.Timestamp], before: Values) -> dict[str, Values]:
    if own.empty:
        return {}
    by_bucket = own.set_index("period").reindex(starts)
    return {
        name: (*before, *(None if pd.isna(value) else float(value) for value in by_bucket[name]))
        for name in _RANGE
        if name in by_bucket and by_bucket[name].notna().any()
    }
