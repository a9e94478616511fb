"""From the tables of a plan to what signals add to its baseline: measured, explained by driver, by bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from sop_xl.demand.buckets import bucket_starts, period_weights
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.history import OPTIONAL, read_history
from sop_xl.demand.sensing.gain import LEAST_HISTORY, Portfolio, measure_gain
from sop_xl.demand.sensing.sensed_forecast import SensedForecast
from sop_xl.demand.sensing.signals import LOGGED, Key, Signal, driver_names, read_signals
from sop_xl.demand.sensing.told import USUAL, effect_rows, gain_rows
from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import Issue, Severity
from sop_xl.schema import frames

_KEY = ("product", "location", "channel")
_SEPARATOR = " / "
_LARGEST = float(np.log(5.0))
_MOST_ZEROS = 0.2
_REASONS = {
    "price": "price",
    "promotion": "promotion",
    "competitor": "competitor",
    "weather": "macro/weather",
    "macro": "macro/weather",
}


@dataclass(frozen=True, slots=True)
class SensedDemand:
    """What signals add to the baseline of a plan.

    Attributes:
        keys: product, location and channel of every series for which signals are used.
        sources: name and reason code of every driver.
        units: units added (series × sources × buckets).
        gain: table ``sensing_gain`` of the schema: every series with signals, used or not.
        effects: table ``driver_effects`` of the schema: what each driver does, in units.
        issues: what was found on the way.
    """

    keys: tuple[Key, ...]
    sources: tuple[tuple[str, str], ...]
    units: np.ndarray
    gain: pd.DataFrame
    effects: pd.DataFrame
    issues: tuple[Issue, ...] = ()


def no_signals(issues: Sequence[Issue] = ()) -> SensedDemand:
    """Return the result where there is nothing to sense."""
    return SensedDemand(
        (), (), np.zeros((0, 0, 0)), frames.empty("sensing_gain"), frames.empty("driver_effects"), tuple(issues)
    )


def sense(
    history: pd.DataFrame,
    products: pd.DataFrame,
    signals: pd.DataFrame,
    baseline: pd.DataFrame,
    calendar: Calendar,
    as_of: date,
) -> SensedDemand:
    """Return what signals add to a baseline, series by series, only where they won on past origins.

    Every series that a signal concerns is forecast from four past origins with and without signals by one model
    (:func:`~sop_xl.demand.sensing.sensed_forecast.sensed_forecast`), each time with the values that were available on
    that day. Where signals win, ``Δ units = baseline × (exp(Σ pull − usual pull) − 1)``: the baseline holds the usual
    pull of the last twelve periods, the signals what differs from it. The change is split among the drivers in
    proportion to their logs (log-mean Divisia, exact: the parts add up). Periods out of stock say nothing of demand and
    are left out, unless the units lost are told. Grain: product × location × channel × bucket.

    Args:
        history: table ``history`` of the schema.
        products: table ``products`` of the schema, for the families.
        signals: table ``signals`` of the schema.
        baseline: table ``baseline`` of the schema.
        calendar: buckets of the plan.
        as_of: day on which the plan is made: values available later are not used.

    References:
        Ang (2005), doi:10.1016/j.enpol.2003.10.010, on the log-mean Divisia decomposition.
    """
    if signals.empty or history.empty or baseline.empty:
        return no_signals()
    clean = read_history(_rows(history), None)
    frequency = clean.frequency
    listened, issues = _checked(signals, frequency)
    found = read_signals(listened, frequency)
    family = dict(zip(products["product"], products["family"], strict=True))
    portfolio = _portfolio(_demand(clean.frame), frequency, found, family, calendar)
    if portfolio is None:
        text = "Signals are given, but no series they concern has two years of regular sales; none is used."
        return no_signals((*issues, Issue(Severity.INFO, text, "Nothing to do.", table="signals")))
    gain = measure_gain(portfolio, found)
    used = np.zeros(len(portfolio.keys), dtype=bool) if gain is None else gain.used
    gains = gain_rows(portfolio, found, gain)
    if not used.any():
        return SensedDemand((), (), np.zeros((0, 0, 0)), gains, frames.empty("driver_effects"), tuple(issues))
    starts, ends = bucket_starts(calendar), np.array([calendar.end], dtype="datetime64[D]") - np.timedelta64(1, "D")
    steps = int(frequency.ordinals(ends)[0]) - portfolio.last
    made = portfolio.forecast(found, portfolio.last, steps, np.datetime64(as_of))
    weights = period_weights(frequency, portfolio.last + 1, steps, calendar)
    planned = _planned(baseline, portfolio, starts)
    names = driver_names(found)
    units = _by_driver(made, weights, planned)[used]
    sources = tuple(zip(names, _reasons(found, names), strict=True))
    effects = effect_rows(portfolio, found, made, units, planned, used, calendar)
    keys = tuple(key for (key, _), chosen in zip(portfolio.keys, used, strict=True) if chosen)
    return SensedDemand(keys, sources, units, gains, effects, tuple(issues))


def _rows(history: pd.DataFrame) -> pd.DataFrame:
    names = history[list(_KEY)].astype(str).agg(_SEPARATOR.join, axis=1)
    told = {name: history[name] for name in OPTIONAL if name in history}
    return pd.DataFrame({"unique_id": names, "ds": history["period"], "y": history["units"], **told})


def _demand(frame: pd.DataFrame) -> pd.DataFrame:
    """Return demand instead of sales: units told as lost are added, other periods out of stock are unknown."""
    hidden = frame["stock_out"] & frame["lost"].isna()
    return frame.assign(y=(frame["y"] + frame["lost"].fillna(0.0)).mask(hidden))


def _checked(signals: pd.DataFrame, frequency: Frequency) -> tuple[pd.DataFrame, list[Issue]]:
    """Return the rows that make sense, and what was found: kinds that differ, days that contradict *known ahead*."""
    issues = []
    several = signals.groupby("signal")["kind"].nunique()
    for name in several.index[several > 1]:
        text = f"Signal {name} is given with several kinds; the first one holds."
        issues.append(Issue(Severity.WARNING, text, "Give one kind for all rows of a signal.", table="signals"))
    zero = signals["kind"].isin(LOGGED) & (signals["value"] <= 0)
    if zero.any():
        names = ", ".join(sorted(set(signals["signal"][zero]))[:3])
        text = f"{int(zero.sum())} values of {names} are not above 0, but prices and POS act in per cent; left out."
        issues.append(Issue(Severity.WARNING, text, "Correct them, or choose another kind.", table="signals"))
        signals = signals[~zero]
    early = ~signals["known_ahead"] & (signals["available_from"] < signals["period"])
    if early.any():
        names = ", ".join(sorted(set(signals["signal"][early]))[:3])
        text = (
            f"{int(early.sum())} values of {names} are available before their period begins, but are not marked as "
            "known ahead; they are used from that period on."
        )
        hint = "Say yes under known ahead for plans and calendars, else correct the day."
        issues.append(Issue(Severity.WARNING, text, hint, table="signals"))
    return signals, issues


def _portfolio(
    frame: pd.DataFrame,
    frequency: Frequency,
    signals: Sequence[Signal],
    family: dict[str, str],
    calendar: Calendar,
) -> Portfolio | None:
    """Return the regularly sold series that a signal concerns, over whole periods before the first bucket."""
    ends = frequency.first_days(frame["period"].to_numpy() + 1)
    wide = frame[ends <= np.datetime64(calendar.start)].pivot(index="unique_id", columns="period", values="y")
    if wide.empty:
        return None
    periods = np.arange(int(wide.columns.min()), int(wide.columns.max()) + 1)
    wide = wide.reindex(columns=periods)
    units = wide.to_numpy(dtype=float)
    season = max(frequency.season_length, 2)
    recent = units[:, -season:]
    there = np.isfinite(units)
    regular = (there & (units <= 0)).sum(axis=1) <= _MOST_ZEROS * np.maximum(there.sum(axis=1), 1)
    regular &= (np.nan_to_num(recent) > 0).any(axis=1) & (there.sum(axis=1) >= LEAST_HISTORY)
    chosen, keys = [], []
    for row, name in enumerate(wide.index):
        product, location, channel = str(name).split(_SEPARATOR)
        key = (product, location, channel)
        if regular[row] and any(signal.rows_for(key, family.get(product, "")) for signal in signals):
            chosen.append(row)
            keys.append((key, family.get(product, "")))
    return Portfolio(tuple(keys), units[chosen], int(periods[0]), frequency) if chosen else None


def _planned(baseline: pd.DataFrame, portfolio: Portfolio, starts: np.ndarray) -> np.ndarray:
    """Return the baseline of every series by bucket, 0 where it has none."""
    wide = baseline.groupby([*_KEY, "period"])["baseline"].sum().unstack("period")
    index = pd.MultiIndex.from_tuples([key for key, _ in portfolio.keys], names=list(_KEY))
    return np.nan_to_num(wide.reindex(index=index, columns=pd.DatetimeIndex(starts)).to_numpy(dtype=float))


def _by_driver(made: SensedForecast, weights: np.ndarray, planned: np.ndarray) -> np.ndarray:
    """Return units added by driver (n × k × buckets): baseline × (exp(pull − usual pull) − 1), split by log-mean.

    The usual pull is what the baseline has in it already: that of the last `USUAL` periods, as the log of the mean of
    its exponential; what this lies above the mean of the logs is shared by the variances of the drivers.
    """
    horizon = made.plain.shape[1]
    count = made.pull.shape[1] - horizon
    recent = made.pull[:, max(count - USUAL, 0) : count]
    mean, noise = recent.mean(axis=1), recent.var(axis=1)
    above = np.log(np.exp(recent.sum(axis=2)).mean(axis=1)) - mean.sum(axis=1)
    total = noise.sum(axis=1, keepdims=True)
    share = np.divide(noise, total, out=np.zeros_like(noise), where=total > 0)
    parts = made.pull[:, count:] - (mean + above[:, None] * share)[:, None]
    ratio = parts.sum(axis=2)
    kept = np.clip(ratio, -_LARGEST, _LARGEST)
    parts = parts * np.divide(kept, ratio, out=np.ones_like(ratio), where=ratio != 0)[..., None]
    slope = np.divide(np.expm1(kept), kept, out=np.ones_like(kept), where=np.abs(kept) > 1e-9)
    plain = made.plain @ weights
    scale = np.divide(planned, plain, out=np.zeros_like(planned), where=plain > 0)
    return np.einsum("itk,tb->ikb", parts * (slope * made.plain)[..., None], weights) * scale[:, None]


def _reasons(signals: Sequence[Signal], names: Sequence[str]) -> list[str]:
    own = [_REASONS.get(signal.kind, "other") for signal in signals]
    return own + ["promotion"] * (len(names) - len(own))
