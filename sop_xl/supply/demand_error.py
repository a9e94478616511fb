"""How far demand may lie off the plan: from the forecast's own range, else from the past; smooth or lumpy."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, sqrt

import numpy as np
import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.demand_draws import Z90, correlation_of
from sop_xl.supply.elements import Node

RANGES, PAST, STATED = "forecast range", "past sales", "stated"
LUMPY_SHARE = 0.25
"""Least share of months without sales at which demand is lumpy: an order every 1.33 months at most."""
_LATEST = 36
_LEAST_LUMPY = 12
_DAYS = 30.4375

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class Lumps:
    """What single orders of lumpy demand are like: mean and standard deviation of their size, in units."""

    size: float
    sd: float


@dataclass(frozen=True, slots=True)
class DemandError:
    """How far the demand of some product-locations together may lie off their forecast.

    Attributes:
        relative: standard deviation of demand over the time looked at, in parts of that demand.
        source: where it is known from: *forecast range* or *past sales*.
        lumps: single orders, where demand is lumpy.
    """

    relative: float
    source: str
    lumps: Lumps | None


class DemandErrors:
    """Ranges of the forecast and past sales by product-location, ready to be put together."""

    def __init__(self, inputs: PlanningInputs) -> None:
        """Index the tables ``baseline`` and ``history``."""
        self._lengths = np.array([inputs.period_length(t) for t in range(len(inputs.calendar))])
        self._unit = 1.0 if inputs.settings["rates_per"] == "month" else inputs.calendar.buckets[0].months
        self._ranges = _ranges(inputs)
        self._past, self._step = _past(inputs)

    def of(self, nodes: Sequence[Node], time: float) -> DemandError | None:
        """Return the error of the demand of some nodes together over a time; None where nothing tells it.

        Errors of series that are pooled move together as their past did (see :func:`.demand_draws.correlation_of`);
        those of different months are independent.

        - Forecast range: σ of a bucket = (P90 − P10) / 2.563; the buckets of the first ``time`` count, in parts.
        - Past sales: of two years or more σ² of a month = half the mean square of the change from year to year, which
          leaves season and level out; of less, the variance of the months.

        Args:
            nodes: product-locations whose demand is served from one stock.
            time: length in the unit of the rates: months, or buckets.
        """
        wanted = {(node.product, node.location) for node in nodes}
        ranged = [key for key in self._ranges if key[:2] in wanted]
        sold = [key for key in self._past if key[:2] in wanted]
        lumps = self._lumps(sold)
        if ranged:
            relative = self._of_ranges(ranged, time)
            if relative is not None:
                return DemandError(relative, RANGES, lumps)
        if sold:
            monthly = self._of_past(sold)
            if monthly is not None:
                return DemandError(monthly / sqrt(max(time, 1e-9) * self._unit), PAST, lumps)
        return None

    def _of_ranges(self, keys: Sequence[Key], time: float) -> float | None:
        ends = np.cumsum(self._lengths)
        parts = np.clip((time - (ends - self._lengths)) / self._lengths, 0.0, 1.0)
        if time > ends[-1]:
            parts = parts * time / ends[-1]
        middle = np.array([self._ranges[key][0] for key in keys])
        sd = np.array([self._ranges[key][1] for key in keys])
        if (middle @ parts).sum() <= 0:
            parts = np.full(len(parts), max(time, 1e-9) / ends[-1])
        mean = float((middle @ parts).sum())
        if mean <= 0:
            return None
        moving = self._together(keys)
        variance = np.einsum("iu,ij,ju->u", sd, moving, sd)
        return float(np.sqrt(max(0.0, variance @ parts))) / mean

    def _together(self, keys: Sequence[Key]) -> np.ndarray:
        if len(keys) == 1 or any(key not in self._past for key in keys):
            return np.eye(len(keys))
        return correlation_of(np.array([self._past[key] for key in keys]), season=max(1, round(12 / self._step)))

    def _of_past(self, keys: Sequence[Key]) -> float | None:
        """Return the standard deviation of a month in parts of an average month."""
        units = _from_first_sale(sum(self._past[key] for key in keys))
        season = max(1, round(12 / self._step))
        if len(units) < 3 or units.mean() <= 0:
            return None
        if len(units) >= 2 * season:
            change = units[season:] - units[:-season]
            variance, mean = float((change**2).mean()) / 2, float(units[-season:].mean())
        else:
            variance, mean = float(units.var(ddof=1)), float(units.mean())
        return sqrt(variance / self._step) / (mean / self._step) if mean > 0 else None

    def _lumps(self, keys: Sequence[Key]) -> Lumps | None:
        """Return the orders of lumpy demand, by the share of months without sales, mean and variance.

        With Poisson orders λ = −ln(share without), size m = mean / λ, size variance = variance / λ − m².
        """
        if not keys or self._step > 1.5:
            return None
        units = _from_first_sale(sum(self._past[key] for key in keys))[-_LATEST:]
        none = float((units <= 0).mean()) if len(units) else 0.0
        if len(units) < _LEAST_LUMPY or not LUMPY_SHARE <= none < 1:
            return None
        rate = -log(none)
        size = float(units.mean()) / rate
        return Lumps(size, sqrt(max(0.0, float(units.var(ddof=1)) / rate - size**2)))


def _ranges(inputs: PlanningInputs) -> dict[Key, tuple[np.ndarray, np.ndarray]]:
    """Return median and standard deviation per bucket of every series whose forecast has a range."""
    table = inputs["baseline"]
    table = table[table["p10"].notna() & table["p90"].notna()]
    found: dict[Key, tuple[np.ndarray, np.ndarray]] = {}
    width = (table["p90"] - table["p10"]).clip(lower=0) / (2 * Z90)
    columns = (table["product"], table["location"], table["channel"], table["period"], table["baseline"], width)
    for product, location, channel, day, middle, sd in zip(*columns, strict=True):
        t = inputs.calendar.index_of(day.date())
        if t is not None:
            key = (str(product), str(location), str(channel))
            held = found.setdefault(key, (np.zeros(len(inputs.calendar)), np.zeros(len(inputs.calendar))))
            held[0][t], held[1][t] = middle, sd
    return found


def _past(inputs: PlanningInputs) -> tuple[dict[Key, np.ndarray], float]:
    """Return what was sold (and could have been) per month or longer period, and the length of one in months."""
    history = inputs["history"]
    if history.empty:
        return {}, 1.0
    asked = history["units"].clip(lower=0) + history["lost_units"].fillna(0.0)
    days = np.sort(history["period"].unique())
    gaps = np.diff(days).astype("timedelta64[D]").astype(float)
    step = float(np.median(gaps)) / _DAYS if len(gaps) else 1.0
    finer = step < 0.9
    period = history["period"].dt.to_period("M") if finer else history["period"].dt.to_period(_frequency(step))
    keys = [history["product"], history["location"], history["channel"], period]
    wide = asked.groupby(keys).sum().unstack(fill_value=0.0)
    every = pd.period_range(wide.columns.min(), wide.columns.max(), freq=wide.columns.freq)
    wide = wide.reindex(columns=every, fill_value=0.0)
    if finer and len(every) > 2:
        wide = wide.iloc[:, 1:-1]
    values = wide.to_numpy(dtype=float)
    codes = [(str(a), str(b), str(c)) for a, b, c in wide.index]
    return dict(zip(codes, values, strict=True)), 1.0 if finer else float(max(1, round(step)))


def _frequency(step: float) -> str:
    return "M" if step < 2 else "Q" if step < 6 else "Y"


def _from_first_sale(units: np.ndarray | int) -> np.ndarray:
    values = np.asarray(units, dtype=float)
    sold = np.flatnonzero(values > 0)
    return values[sold[0] :] if len(sold) else values[:0]


def demand_of(nodes: Iterable[Node], own: dict[Node, Sequence[float]], periods: int) -> np.ndarray:
    """Return the units per bucket that some product-locations are asked for together."""
    return sum((np.array(own[node]) for node in nodes if node in own), np.zeros(periods))
