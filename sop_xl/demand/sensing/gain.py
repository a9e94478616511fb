"""Whether signals are worth using: rolling origins in the past, with only what was known on each of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sop_xl.demand.frequency import Frequency
from sop_xl.demand.sensing.sensed_forecast import SensedForecast, sensed_forecast
from sop_xl.demand.sensing.signals import Key, Signal, driver_values

ORIGINS = 4
TEST_HORIZON = {12: 6, 52: 8, 4: 4, 7: 14, 1: 2}
"""Periods forecast from each origin, by periods per year."""
LEAST_HISTORY = 24
"""Fewest periods before the first origin."""
LEAST_GAIN = 0.02
"""Smallest part of the error that signals must take away: less is chance."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """Series that listen to signals, on one calendar.

    Attributes:
        keys: product, location and channel of every series, with its family.
        units: quantities (n × T), NaN where unknown.
        first: number of the first period.
        frequency: the periods.
    """

    keys: tuple[tuple[Key, str], ...]
    units: np.ndarray
    first: int
    frequency: Frequency

    @property
    def last(self) -> int:
        """Number of the last period."""
        return self.first + self.units.shape[1] - 1

    @property
    def groups(self) -> tuple[np.ndarray, ...]:
        """Families, products and series, from coarse to fine, as numbers."""
        families = np.unique([family for _, family in self.keys], return_inverse=True)[1]
        products = np.unique([key[0] for key, _ in self.keys], return_inverse=True)[1]
        return families, products, np.arange(len(self.keys))

    def forecast(self, signals: Sequence[Signal], last: int, horizon: int, origin: np.datetime64) -> SensedForecast:
        """Return the forecast after a period of the past, with only what was known on a day."""
        periods = np.arange(self.first, last + horizon + 1)
        season = self.frequency.season_length
        drivers = driver_values(signals, self.keys, origin, last, periods, season)
        return sensed_forecast(self.units[:, : last - self.first + 1], drivers, season, self.groups)


@dataclass(frozen=True, slots=True)
class Gain:
    """Errors of n series over the tested origins, in units: with and without signals.

    Attributes:
        actual: Σ actual (n × origins).
        plain: Σ |error| without signals.
        sensed: Σ |error| with signals.
        plain_bias: Σ (forecast − actual) without signals.
        sensed_bias: Σ (forecast − actual) with signals.
    """

    actual: np.ndarray
    plain: np.ndarray
    sensed: np.ndarray
    plain_bias: np.ndarray
    sensed_bias: np.ndarray

    @property
    def used(self) -> np.ndarray:
        """True where signals take `LEAST_GAIN` of the error away, and some of it on more than half of the origins."""
        tested = self.actual > 0
        wins = ((self.sensed < self.plain) & tested).sum(axis=1)
        often = 2 * wins > tested.sum(axis=1)
        return often & (self.sensed.sum(axis=1) <= (1 - LEAST_GAIN) * self.plain.sum(axis=1))


def measure_gain(
    portfolio: Portfolio, signals: Sequence[Signal], *, origins: int = ORIGINS, horizon: int = 0
) -> Gain | None:
    """Return what signals gained from past origins; None where the history is too short to say.

    From each origin the last day before the first period forecast decides what was known. Windows do not overlap.

    Args:
        portfolio: the series.
        signals: the signals.
        origins: how many origins, the last one ``horizon`` periods before the end.
        horizon: periods forecast from each; 0 takes that of ``TEST_HORIZON``.
    """
    steps = horizon or TEST_HORIZON[portfolio.frequency.season_length]
    columns: list[tuple[np.ndarray, ...]] = []
    for number in range(origins, 0, -1):
        last = portfolio.last - number * steps
        if last - portfolio.first + 1 < LEAST_HISTORY:
            continue
        made = portfolio.forecast(signals, last, steps, last_day(portfolio.frequency, last))
        at = last - portfolio.first + 1
        columns.append(_errors(portfolio.units[:, at : at + steps], made))
    if not columns:
        return None
    return Gain(*(np.stack(part, axis=1) for part in zip(*columns, strict=True)))


def last_day(frequency: Frequency, period: int) -> np.datetime64:
    """Return the last day of a numbered period."""
    following: np.datetime64 = frequency.first_days(np.array([period + 1]))[0]
    return following.astype("datetime64[D]") - np.timedelta64(1, "D")


def _errors(actual: np.ndarray, made: SensedForecast) -> tuple[np.ndarray, ...]:
    there = np.isfinite(actual)
    plain, sensed = (np.where(there, forecast - actual, 0.0) for forecast in (made.plain, made.sensed))
    return (
        np.where(there, actual, 0.0).sum(axis=1),
        np.abs(plain).sum(axis=1),
        np.abs(sensed).sum(axis=1),
        plain.sum(axis=1),
        sensed.sum(axis=1),
    )
