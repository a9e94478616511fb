"""Effects proposed from the past: the uplift of earlier campaigns, and the launch curve of an analogue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from sop_xl.demand.frequency import Frequency
from sop_xl.demand.history import read_history
from sop_xl.demand.sensing.pooled_regression import learn_effects
from sop_xl.demand.sensing.sensed_forecast import log_units
from sop_xl.model.calendar import add_months
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE

_EIGHTY = 1.2816
_RAN = ("planned", "approved")
_LEAST_PERIODS = 24
_RAMP_MONTHS, _MATURE_FROM, _MATURE_UNTIL = 6, 12, 24


def uplift_proposals(
    history: pd.DataFrame, products: pd.DataFrame, campaigns: pd.DataFrame, start: date
) -> pd.DataFrame:
    """Return what past campaigns lifted, by product, beside what planned ones assume (table ``uplift_proposals``).

    A campaign is a driver that is the share of a period's days on which it ran; its effect is learned on all products
    together, level, trend and season taken out (:func:`~sop_xl.demand.sensing.pooled_regression.learn_effects`), so a
    product with one campaign leans on the others. ``uplift = exp(effect) − 1`` with an 80 % range. A product without a
    campaign in its history gets no proposal.

    Args:
        history: table ``history`` of the schema.
        products: table ``products`` of the schema.
        campaigns: table ``campaigns`` of the schema, past and planned.
        start: first day of the horizon.
    """
    day = pd.Timestamp(start)
    ran = campaigns[campaigns["status"].isin(_RAN) & (campaigns["start"] < day)]
    if ran.empty or history.empty:
        return frames.empty("uplift_proposals")
    family = dict(zip(products["product"], products["family"], strict=True))
    wide, frequency = _by_product(history, day)
    wide = wide[wide.notna().sum(axis=1) >= _LEAST_PERIODS]
    codes = [str(code) for code in wide.index]
    running = np.stack([_running(ran, code, family.get(code, ""), wide.columns, frequency) for code in codes])
    if not running.any():
        return frames.empty("uplift_proposals")
    groups = (
        np.unique([family.get(code, "") for code in codes], return_inverse=True)[1],
        np.arange(len(codes)),
    )
    effects = learn_effects(log_units(wide.to_numpy(dtype=float)), running[..., None], frequency.season_length, groups)
    ahead = campaigns[campaigns["status"].isin(_RAN) & (campaigns["start"] >= day)]
    records = []
    for row in np.flatnonzero(running.any(axis=1)):
        code, effect, spread = codes[row], effects.coefficient[row, 0], effects.spread[row, 0]
        low, uplift, high = (float(np.expm1(effect + side * _EIGHTY * spread)) for side in (-1, 0, 1))
        mine = _concerning(ahead, code, family.get(code, ""))
        assumed = float(mine["uplift_pct"].mean()) if len(mine) else None
        record: dict[str, object] = {"product": code, "family": family.get(code, ""), "uplift": uplift}
        record |= {"low": low, "high": high, "assumed": assumed}
        record["campaigns"] = len(_concerning(ran, code, family.get(code, "")))
        records.append({**record, "proposal": _proposal(uplift, low, high, assumed)})
    return frames.rows("uplift_proposals", records)


def _proposal(uplift: float, low: float, high: float, assumed: float | None) -> str:
    told = f"Past campaigns lifted sales by {uplift:.0%} (80 % range {low:.0%} … {high:.0%})."
    if low <= 0 <= high:
        told += " No proof that they lifted at all."
    if assumed is not None:
        word = "within that range" if low <= assumed <= high else "above it" if assumed > high else "below it"
        told += f" The planned {assumed:.0%} is {word}."
    return told.replace("%", " %").replace("  ", " ")


def _by_product(history: pd.DataFrame, day: pd.Timestamp) -> tuple[pd.DataFrame, Frequency]:
    sold = history[history["period"] < day].groupby(["product", "period"], as_index=False)["units"].sum(min_count=1)
    clean = read_history(sold.rename(columns={"product": "unique_id", "period": "ds", "units": "y"}), None)
    wide = clean.frame.pivot(index="unique_id", columns="period", values="y")
    return wide.reindex(columns=range(int(wide.columns.min()), int(wide.columns.max()) + 1)), clean.frequency


def _running(ran: pd.DataFrame, code: str, family: str, periods: Sequence[int], frequency: Frequency) -> np.ndarray:
    """Return the share of each period's days on which a campaign of the product ran, at most 1."""
    edges = frequency.first_days(np.arange(periods[0], periods[-1] + 2)).astype("datetime64[D]").astype(np.int64)
    out = np.zeros(len(edges) - 1)
    for row in _concerning(ran, code, family).itertuples():
        first, after = (int(np.datetime64(day, "D").astype(np.int64)) for day in (row.start, row.end))
        out += np.clip(np.minimum(edges[1:], after + 1) - np.maximum(edges[:-1], first), 0, None) / np.diff(edges)
    return np.minimum(out, 1.0)


def _concerning(campaigns: pd.DataFrame, code: str, family: str) -> pd.DataFrame:
    return campaigns[campaigns["product"].isin([code, family, EVERYWHERE])]


def launch_curves(history: pd.DataFrame, products: pd.DataFrame, launches: pd.DataFrame) -> pd.DataFrame:
    """Return how the analogue of every launch started, beside the ramp that is assumed (table ``launch_curves``).

    ``ramp of month i = units of month i after the analogue's launch / mean month of its second year``, for months 1 to
    5; month 6 stands for months 6 to 12, since the last ramp holds on. The launch is the analogue's date in the product
    master, else its first sale where the history begins at least six months before it. An analogue whose launch the
    history does not show, or that has not been sold for two years, has no curve and says so.

    Args:
        history: table ``history`` of the schema, monthly or finer.
        products: table ``products`` of the schema.
        launches: table ``launches`` of the schema.
    """
    if launches.empty or history.empty:
        return frames.empty("launch_curves")
    begins = history["period"].min()
    launched = dict(zip(products["product"], products["launch"], strict=True))
    months = history.assign(month=history["period"].dt.to_period("M").dt.to_timestamp())
    sold = months.groupby(["product", "month"])["units"].sum()
    records = []
    for row in launches[launches["gate"] != "stopped"].to_dict("records"):
        record: dict[str, object] = {"product": row["product"], "analogue": row["analogue"]}
        own = (
            sold.get(row["analogue"], pd.Series(dtype=float))
            if row["analogue"] in sold.index
            else pd.Series(dtype=float)
        )
        curve, told = _curve(own, launched.get(row["analogue"], pd.NaT), begins)
        if curve is not None:
            record |= {f"ramp_m{month}": value for month, value in enumerate(curve, start=1)}
            told = _beside(row, curve) + told
        records.append({**record, "proposal": told})
    return frames.rows("launch_curves", records)


def _curve(own: pd.Series, launch: pd.Timestamp, begins: pd.Timestamp) -> tuple[list[float] | None, str]:
    units = own[own > 0]
    if units.empty:
        return None, "The analogue has no sales to learn from."
    first = units.index[0] if pd.isna(launch) else launch.to_period("M").to_timestamp()
    seen = first >= begins if not pd.isna(launch) else first >= pd.Timestamp(add_months(begins.date(), _RAMP_MONTHS))
    if not seen:
        return None, "The sales history does not reach back to the launch of the analogue."
    grid = [pd.Timestamp(add_months(first.date(), month)) for month in range(_MATURE_UNTIL)]
    if grid[-1] > own.index[-1]:
        return None, "The analogue has not been sold for two years: its mature level is not known."
    level = own.reindex(grid).fillna(0.0).to_numpy(dtype=float)
    mature = float(level[_MATURE_FROM:].mean())
    if mature <= 0:
        return None, "The analogue did not sell in its second year."
    early = [float(value) / mature for value in level[: _RAMP_MONTHS - 1]]
    return [*early, float(level[_RAMP_MONTHS - 1 : _MATURE_FROM].mean()) / mature], f" Launched {first:%Y-%m}."


def _beside(row: Mapping[str, object], curve: Sequence[float]) -> str:
    shown = ", ".join(f"{value:.0%}" for value in curve)
    assumed = sum(float(str(row[f"ramp_m{month}"])) for month in range(1, _RAMP_MONTHS + 1))
    ratio = assumed / sum(curve) if sum(curve) > 0 else float("nan")
    told = f"{row['analogue']} started with {shown} of its second year's level; the plan assumes {ratio:.0%} of that."
    return told.replace("%", " %")
