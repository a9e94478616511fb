"""Drift: a lasting change of level told from errors of frozen forecasts, proposed to people, followed if approved."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache

import numpy as np
import pandas as pd

from sop_xl.demand.accuracy import TRACKING_LIMIT, tracking_signal
from sop_xl.demand.seasonality import seasonal_indices
from sop_xl.demand.snapshots import months_between
from sop_xl.schema import frames

LEAST_ERRORS = 6
"""Months of errors below which nothing is proposed: with fewer, chance alone looks like drift."""
FALSE_ALARMS = 0.01
"""Share of products without drift for which a change is proposed all the same, each time they are looked at."""
LOOK_BACK = 24
SHORTEST_LEVEL = 3
"""Least months since a change."""

_DRAWS = 20_000
LEAST_HISTORY = 36
"""Months of sales before a change that are needed to tell it from the season."""

_YEAR, _HALF_YEAR = 12, 6
_UNUSUAL, _LEAST_CHANGE, _MOST_CHANGE = 0.9, 0.05, 5.0
_SAME_CHANGE = 3
"""Months within which two changes of a product are the same."""


@dataclass(frozen=True, slots=True)
class Drift:
    """A change told from a run of errors.

    Attributes:
        position: first error of the new level.
        statistic: largest standardised sum of the errors since a change.
        limit: what the statistic exceeds by chance in a share `FALSE_ALARMS` of runs without drift.
    """

    position: int
    statistic: float
    limit: float

    @property
    def alarm(self) -> float:
        """The statistic in parts of its limit: above 1 is an alarm."""
        return self.statistic / self.limit if self.limit > 0 else 0.0


def detect(errors: np.ndarray, *, false_alarms: float = FALSE_ALARMS) -> Drift | None:
    """Look for a lasting shift in a run of one-step errors; None where it is too short or without any error.

    The CUSUM of the errors is taken backwards from the newest, in parts of their own scatter:
    ``max over k |e_k + … + e_n| / (s · √(n−k+1))`` with ``s² = mean (e_t − e_{t−1})² / 2``, which a shift hardly moves.
    Its limit is the quantile of the same statistic for that many independent normal errors without drift. As the
    scatter is that of the run itself, the limit also holds (with fewer false alarms) for errors with fat tails or
    changing variance; errors that follow each other (autocorrelated ones) give more.

    Args:
        errors: one-step errors in order of time, such as ln(A/F).
        false_alarms: share of false alarms allowed.

    References:
        Page (1954), doi:10.2307/2333009, on cumulative sums; von Neumann et al. (1941), doi:10.1214/aoms/1177731677, on
        the mean square successive difference.
    """
    e = errors[np.isfinite(errors)]
    if e.size < LEAST_ERRORS or not np.diff(e).any():
        return None
    own = _cusum(e[None, :])[0]
    return Drift(int(own.argmax()), float(own.max()), _limit(e.size, false_alarms))


def _cusum(errors: np.ndarray) -> np.ndarray:
    """Return the standardised sum of the errors from each position to the end, rows apart; short ends count 0."""
    n = errors.shape[1]
    scatter = np.sqrt((np.diff(errors, axis=1) ** 2).mean(axis=1, keepdims=True) / 2)
    sums = np.abs(errors[:, ::-1].cumsum(axis=1)[:, ::-1]) / np.sqrt(np.arange(n, 0, -1)) / scatter
    sums[:, n - SHORTEST_LEVEL + 1 :] = 0.0
    return sums


@cache
def _limit(size: int, false_alarms: float) -> float:
    """Return what the statistic exceeds by chance in a share of runs of a size, from a fixed simulation."""
    drawn = np.random.default_rng(size).normal(size=(_DRAWS, size))
    return float(np.quantile(_cusum(drawn).max(axis=1), 1 - false_alarms))


def propose(
    compared: pd.DataFrame,
    history: pd.DataFrame,
    products: pd.DataFrame,
    given: pd.DataFrame,
) -> pd.DataFrame:
    """Return proposals to bring forecasts back to the level of sales (schema table ``drift_proposals``).

    Errors are ``ln(A/F)`` of the statistical layer by product and month, as it was frozen last before the month. A
    change that was approved or declined stays as it is and is not proposed again; proposals nobody answered are made
    anew. Grain: product × change.

    Args:
        compared: frozen forecasts beside actuals, see :func:`sop_xl.demand.snapshots.compared`.
        history: schema table ``history``, for the new level.
        products: schema table ``products``.
        given: ``drift_proposals`` so far, with people's decisions.
    """
    decided = given[given["decision"] != ""]
    families = dict(zip(products["product"], products["family"], strict=True))
    found = list(_proposals(compared, history, decided)) if "statistical" in compared else []
    new = frames.rows("drift_proposals", ({**row, "family": families.get(row["product"], "")} for row in found))
    return frames.typed("drift_proposals", pd.concat([decided, new], ignore_index=True))


def _proposals(compared: pd.DataFrame, history: pd.DataFrame, decided: pd.DataFrame) -> Iterator[dict[str, object]]:
    known = compared[compared["statistical"].notna()]
    total = known.groupby(["product", "period", "as_of"], as_index=False)[["statistical", "actual"]].sum()
    newest = total.sort_values(["product", "period", "as_of"]).drop_duplicates(["product", "period"], keep="last")
    for product, rows in newest.groupby("product", sort=True):
        last = rows.tail(LOOK_BACK)
        both = last[(last["statistical"] > 0) & (last["actual"] > 0)]
        drift = detect(np.log(both["actual"] / both["statistical"]).to_numpy())
        if drift is None or drift.alarm <= 1:
            continue
        since = both["period"].iloc[drift.position].date()
        if _is_known(decided, str(product), since):
            continue
        part = both.iloc[drift.position :]
        factor = _new_level(history[history["product"] == product], since)
        signal = tracking_signal(part["actual"], part["statistical"])
        yield {
            "product": str(product),
            "since": pd.Timestamp(since),
            "months": len(both),
            "tracking_signal": round(signal, 2),
            "alarm": round(drift.alarm, 2),
            "factor": factor,
            "proposal": _in_words(str(product), since, part, factor, signal),
        }


def _is_known(decided: pd.DataFrame, product: str, since: date) -> bool:
    own = decided[decided["product"] == product]
    return any(abs(months_between(day.date(), since)) <= _SAME_CHANGE for day in own["since"])


def _new_level(history: pd.DataFrame, since: date) -> float:
    """Return the level after a month over that before it; 1 where sales show no change of level then.

    Medians of half a year on either side of the month, of sales without their season. A change counts where it is
    larger than nine in ten such changes in the years before: every series wanders a little.
    """
    sold = history.groupby("period")["units"].sum(min_count=1).asfreq("MS")
    at = int(sold.index.searchsorted(pd.Timestamp(since)))
    y = sold.to_numpy(dtype=float)
    if at < LEAST_HISTORY or y.size - at < SHORTEST_LEVEL or not np.isfinite(y).all() or not (y > 0).all():
        return 1.0
    level = np.log(y / np.resize(seasonal_indices(y[:at], _YEAR), y.size))
    after = level[at : at + _HALF_YEAR]
    change = np.median(after) - np.median(level[at - _HALF_YEAR : at])
    width = after.size
    usual = [
        abs(np.median(level[k : k + width]) - np.median(level[k - _HALF_YEAR : k]))
        for k in range(_HALF_YEAR, at - width + 1)
    ]
    if abs(change) < max(_LEAST_CHANGE, float(np.quantile(usual, _UNUSUAL))):
        return 1.0
    return round(float(np.clip(np.exp(change), 1 / _MOST_CHANGE, _MOST_CHANGE)), 3)


def _in_words(product: str, since: date, part: pd.DataFrame, factor: float, signal: float) -> str:
    off = part["statistical"].sum() / part["actual"].sum() - 1
    high = "high" if off > 0 else "low"
    strong = ", beyond ±4" if abs(signal) > TRACKING_LIMIT else ""
    found = (
        f"Forecasts of {product} were {high} by {abs(off):.0%} in the {len(part)} months since {since:%Y-%m} (tracking "
        f"signal {signal:+.1f}{strong})."
    )
    if factor == 1:
        return f"{found} Sales show no change of level then: refit the forecast, sales stay as they are."
    return f"{found} Sales came to a new level: bring those before to it (× {factor:.2f}) and refit."


def in_force(proposals: pd.DataFrame, *, approved_beforehand: bool = False) -> pd.DataFrame:
    """Return the changes the next forecast follows: those approved, and undecided ones where that was agreed on."""
    wanted = ["approve", ""] if approved_beforehand else ["approve"]
    return proposals[proposals["decision"].isin(wanted)]


def relevel(history: pd.DataFrame, changes: pd.DataFrame) -> pd.DataFrame:
    """Return a history whose sales before each change are brought to the level after it; the season stays in them.

    Args:
        history: schema table ``history``.
        changes: rows of ``drift_proposals`` that are in force, see :func:`in_force`.
    """
    units = history["units"].to_numpy(dtype=float).copy()
    for row in changes.to_dict("records"):
        before = (history["product"] == row["product"]) & (history["period"] < row["since"])
        units[before.to_numpy()] *= row["factor"]
    return history.assign(units=units)
