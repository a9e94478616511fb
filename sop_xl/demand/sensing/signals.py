"""Signals as they were known on a day: which rows a series listens to, what it may see, and what it must forecast."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product as combinations

import numpy as np
import pandas as pd

from sop_xl.demand.frequency import Frequency
from sop_xl.schema.catalogue import EVERYWHERE

LOGGED = frozenset({"price", "competitor", "pos"})
"""Kinds that act in per cent of themselves: their effect is an elasticity, and they must be above 0."""
SEASONAL = frozenset({"weather", "calendar"})
"""Kinds whose unknown future is the mean of the same period in the years before."""
AVERAGED = frozenset({"promotion"})
"""Kinds whose unknown future is the mean of the last year; all others keep the last known value."""
_LEAST_VALUES = 12

Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class SignalRows:
    """The rows of one signal for one scope, by period of the history's calendar.

    Attributes:
        ordinal: number of the period each row describes, ascending.
        value: its value, in logs where the kind acts in per cent.
        available: day from which it is known.
        ahead: True where it is known before its period begins.
    """

    ordinal: np.ndarray
    value: np.ndarray
    available: np.ndarray
    ahead: np.ndarray


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal: its kind, whether it is in logs, and its rows by scope (product or family, location, channel)."""

    name: str
    kind: str
    logged: bool
    scopes: Mapping[Key, SignalRows]

    def rows_for(self, key: Key, family: str) -> SignalRows | None:
        """Return the rows a series listens to: those of the narrowest scope that holds it; None where there are none.

        Args:
            key: product, location and channel of the series.
            family: family of its product.
        """
        product, location, channel = key
        for scope in combinations((product, family, EVERYWHERE), (location, EVERYWHERE), (channel, EVERYWHERE)):
            if scope in self.scopes:
                return self.scopes[scope]
        return None


def read_signals(table: pd.DataFrame, frequency: Frequency) -> tuple[Signal, ...]:
    """Return the signals of the schema table ``signals``, by name.

    Rows that fall into the same period of the history (weeks of a month) are averaged; such a mean is known when the
    last of them is.

    Args:
        table: schema table ``signals``; values of prices, competitors and POS above 0.
        frequency: periods of the sales history.
    """
    found = []
    for name, rows in table.groupby("signal", sort=True):
        kind = str(rows["kind"].iloc[0])
        logged = kind in LOGGED
        values = np.log(rows["value"]) if logged else rows["value"]
        placed = rows.assign(value=values, ordinal=frequency.ordinals(rows["period"].to_numpy()))
        scopes = {}
        for scope, part in placed.groupby(["product", "location", "channel"], sort=True):
            mean = part.groupby("ordinal", sort=True).agg(
                value=("value", "mean"), available_from=("available_from", "max"), known_ahead=("known_ahead", "all")
            )
            product, location, channel = (str(code) for code in scope)
            scopes[product, location, channel] = SignalRows(
                mean.index.to_numpy(dtype=np.int64),
                mean["value"].to_numpy(dtype=float),
                mean["available_from"].to_numpy("datetime64[D]"),
                mean["known_ahead"].to_numpy(dtype=bool),
            )
        found.append(Signal(str(name), kind, logged, scopes))
    return tuple(found)


def known_values(
    rows: SignalRows, kind: str, origin: np.datetime64, last: int, periods: np.ndarray, season_length: int
) -> np.ndarray:
    """Return a signal over past and horizon as it is known on a day; NaN before its first usable value.

    A row is usable from its day *available from* on, and for periods after the last one of the history only where it
    is known ahead. A value holds until the next usable one; after the last usable one it is forecast by its kind.

    Args:
        rows: rows of the signal.
        kind: kind of the signal.
        origin: the day.
        last: number of the last period of the history known on that day.
        periods: numbers of the periods wanted, consecutive.
        season_length: periods per year.
    """
    usable = (rows.available <= origin) & (rows.ahead | (rows.ordinal <= last))
    ordinal, value = rows.ordinal[usable], rows.value[usable]
    out = np.full(periods.size, np.nan)
    if not ordinal.size:
        return out
    position = np.searchsorted(ordinal, periods, side="right") - 1
    held = position >= 0
    out[held] = value[position[held]]
    beyond = periods > ordinal[-1]
    if beyond.any() and kind in SEASONAL:
        by_phase = pd.Series(value).groupby(ordinal % season_length).mean()
        phase = by_phase.reindex(periods[beyond] % season_length).to_numpy()
        out[beyond] = np.where(np.isfinite(phase), phase, value.mean())
    elif beyond.any() and kind in AVERAGED:
        out[beyond] = value[ordinal > ordinal[-1] - season_length].mean()
    return out


def driver_values(
    signals: Sequence[Signal],
    series: Sequence[tuple[Key, str]],
    origin: np.datetime64,
    last: int,
    periods: np.ndarray,
    season_length: int,
) -> np.ndarray:
    """Return what every series sees of every signal on a day (series × periods × signals).

    A signal that does not concern a series, or is known of fewer than 12 past periods, is 0 throughout. Promotions act
    the more the lower the price: a product of every promotion with every price signal follows the signals
    (:func:`driver_names`).

    Args:
        signals: the signals.
        series: key and family of every series.
        origin: see :func:`known_values`.
        last: see :func:`known_values`.
        periods: see :func:`known_values`.
        season_length: see :func:`known_values`.
    """
    kept: dict[int, np.ndarray] = {}
    past = periods <= last
    out = np.zeros((len(series), periods.size, len(signals)))
    for column, signal in enumerate(signals):
        for row, (key, family) in enumerate(series):
            rows = signal.rows_for(key, family)
            if rows is None:
                continue
            if id(rows) not in kept:
                seen = known_values(rows, signal.kind, origin, last, periods, season_length)
                kept[id(rows)] = seen if np.isfinite(seen[past]).sum() >= _LEAST_VALUES else np.zeros(periods.size)
            out[row, :, column] = kept[id(rows)]
    parts = [out]
    for first, second in _pairs(signals):
        one, other = (out[..., at] - _mean(out[:, past, at]) for at in (first, second))
        parts.append((one * other)[..., None])
    return np.concatenate(parts, axis=2)


def driver_names(signals: Sequence[Signal]) -> tuple[str, ...]:
    """Return the names of the drivers: the signals, then ``promotion × price`` for every pair of these kinds."""
    pairs = (f"{signals[first].name} × {signals[second].name}" for first, second in _pairs(signals))
    return (*(signal.name for signal in signals), *pairs)


def _pairs(signals: Sequence[Signal]) -> list[tuple[int, int]]:
    promotions = [at for at, signal in enumerate(signals) if signal.kind == "promotion"]
    prices = [at for at, signal in enumerate(signals) if signal.kind == "price"]
    return [(promotion, price) for promotion in promotions for price in prices]


def _mean(values: np.ndarray) -> np.ndarray:
    there = np.isfinite(values)
    total = np.where(there, values, 0.0).sum(axis=1) / np.maximum(there.sum(axis=1), 1)
    return total[:, None]
