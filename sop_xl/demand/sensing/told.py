"""What sensing tells people: the gain of every series, and what each driver does in units."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from sop_xl.demand.sensing.gain import Gain, Portfolio
from sop_xl.demand.sensing.sensed_forecast import SensedForecast
from sop_xl.demand.sensing.signals import Signal
from sop_xl.model.calendar import Calendar
from sop_xl.schema import frames

_EIGHTY = 1.2816
USUAL = 12
"""Periods at the end of the history whose pull the baseline is taken to contain."""
STEP_PCT = 0.03
"""Step in which the effect of a driver in per cent is told."""


def gain_rows(portfolio: Portfolio, signals: Sequence[Signal], gain: Gain | None) -> pd.DataFrame:
    """Return the table ``sensing_gain``: error without and with signals of every series, and whether they are used."""
    records = []
    for row, (key, family) in enumerate(portfolio.keys):
        heard = ", ".join(signal.name for signal in signals if signal.rows_for(key, family))
        record: dict[str, object] = dict(zip(("product", "location", "channel"), key, strict=True))
        record |= {"family": family, "signals": heard, "origins": 0, "used": False}
        actual = 0.0 if gain is None else float(gain.actual[row].sum())
        if gain is None or actual <= 0:
            records.append({**record, "verdict": "Too little history to test: not used."})
            continue
        without, with_signals = (float(part[row].sum()) / actual for part in (gain.plain, gain.sensed))
        used = bool(gain.used[row])
        record |= {
            "origins": int((gain.actual[row] > 0).sum()),
            "wape_without": without,
            "wape_with": with_signals,
            "gain": without - with_signals,
            "bias_with": float(gain.sensed_bias[row].sum()) / actual,
            "used": used,
            "verdict": _verdict(without, with_signals, used=used),
        }
        records.append(record)
    made = frames.rows("sensing_gain", records)
    return made.sort_values(["used", "gain"], ascending=False, kind="stable", ignore_index=True)


def _verdict(without: float, with_signals: float, *, used: bool) -> str:
    told = f"error {without:.1%} without, {with_signals:.1%} with signals".replace("%", " %")
    if used:
        return f"Used: {told}."
    if with_signals < without:
        return f"Not used, the gain is too small or too rare: {told}."
    return f"No gain, not used: {told}."


def effect_rows(
    portfolio: Portfolio,
    signals: Sequence[Signal],
    made: SensedForecast,
    units: np.ndarray,
    planned: np.ndarray,
    used: np.ndarray,
    calendar: Calendar,
) -> pd.DataFrame:
    """Return the table ``driver_effects``: every signal and product, over the series for which signals are used.

    The effect is the mean over the series, weighted with their baseline; its range is the widest that knowing nothing
    of their dependence allows (the weighted mean of the single ranges).

    Args:
        portfolio: the series.
        signals: the signals.
        made: forecast over the horizon.
        units: units added by driver (used series × drivers × buckets).
        planned: baseline (series × buckets).
        used: True for the series that use signals.
        calendar: buckets of the plan.
    """
    months = sum(bucket.months for bucket in calendar.buckets)
    rows = np.flatnonzero(used)
    products = np.array([portfolio.keys[row][0][0] for row in rows], dtype=object)
    horizon = made.plain.shape[1]
    records = []
    for column, signal in enumerate(signals):
        for product in sorted(set(products)):
            own = np.flatnonzero(products == product)
            own = own[[signal.rows_for(*portfolio.keys[rows[at]]) is not None for at in own]]
            if not own.size:
                continue
            weight = planned[rows[own]].sum(axis=1)
            weight = weight / weight.sum() if weight.sum() > 0 else np.full(own.size, 1 / own.size)
            effect = float(weight @ made.effects.coefficient[rows[own], column])
            spread = float(weight @ made.effects.spread[rows[own], column])
            change = _change(made, rows[own], column, horizon, weight)
            monthly = float(planned[rows[own]].sum()) / months
            step = np.log1p(STEP_PCT) if signal.logged else 1.0
            low, middle, high = (
                monthly * float(np.expm1((effect + side * _EIGHTY * spread) * step)) for side in (-1, 0, 1)
            )
            added = float(units[own, column].sum())
            record: dict[str, object] = {
                "signal": signal.name,
                "product": product,
                "kind": signal.kind,
                "family": portfolio.keys[rows[own[0]]][1],
                "series": own.size,
                "effect": effect,
                "low": effect - _EIGHTY * spread,
                "high": effect + _EIGHTY * spread,
                "step": f"+{STEP_PCT:.0%}".replace("%", " %") if signal.logged else "+1",
                "step_units": middle,
                "planned_change": float(np.expm1(change)) if signal.logged else change,
                "planned_units": added,
            }
            told = f"{signal.name} {record['step']}: {_signed(middle)} units a month (80 % range {_signed(low)} … "
            ahead = f"{record['planned_change']:+.1%}".replace("%", " %") if signal.logged else f"{change:+.2f}"
            told += (
                f"{_signed(high)}). Against the last 12 periods {ahead} on average: {_signed(added)} units in the plan."
            )
            records.append({**record, "statement": told})
    made = frames.rows("driver_effects", records)
    return made.sort_values("planned_units", key=abs, ascending=False, kind="stable", ignore_index=True)


def _signed(units: float) -> str:
    return f"{units:+,.0f}".replace("-", "−")


def _change(made: SensedForecast, rows: np.ndarray, column: int, horizon: int, weight: np.ndarray) -> float:
    """Return how far a driver lies on average from its mean of the last periods, over the horizon."""
    count = made.pull.shape[1] - horizon
    values = made.drivers[rows, :, column]
    ahead = values[:, count:].mean(axis=1)
    before = np.nanmean(values[:, max(count - USUAL, 0) : count], axis=1)
    return float(weight @ (ahead - before))
