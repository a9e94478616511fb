"""Working days of a month: sales that follow them are freed of it before the forecast and given it back afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.frequency import Frequency, Unit
from sop_xl.demand.seasonal_adjustment import seasonal_component

_LEAST_MONTHS = 60
_TESTED_MONTHS = 24
_LEAST_T = 3.0
_LEAST_GAIN = 0.02
_MOST = 1.5
_MANY, _LEAST_SHARE = 20, 0.25
_CYCLE = np.arange("2001-01", "2029-01", dtype="datetime64[M]")
"""The weekdays of the months repeat every 28 years."""


NO_DAYS = np.array([], dtype="datetime64[D]")
"""No public holidays."""


def trading_day_elasticities(
    series: Sequence[Series], frequency: Frequency, off: np.ndarray = NO_DAYS
) -> dict[str, float]:
    """Return by how much the monthly sales of each series follow the working days: 0.8 = 0.8 % a percent more days.

    Changes of the seasonally adjusted logarithms are regressed on those of the logarithm of the days from Monday to
    Friday, less the average of the calendar month. A series is named only where the effect is significant (t > 3) and
    where, estimated without the last two years, it makes their changes at least 2 % smaller: a backtest per series. In
    a portfolio of 20 tested series and more a quarter must pass, or none is named: a few pass by chance, and where
    dates are only nominal there is nothing to find. Months only.

    Args:
        series: contiguous histories; those shorter than five years or with zeros are not tested.
        frequency: grid of their periods.
        off: public holidays, which do not count as working days.

    References:
        Cleveland & Devlin (1982), doi:10.1080/01621459.1982.10477850, on trading-day effects in monthly series.
    """
    if frequency.unit is not Unit.MONTH:
        return {}
    tested = [item for item in series if len(item.y) >= _LEAST_MONTHS and (item.y > 0).all()]
    found = {}
    for item in tested:
        elasticity = _elasticity(item, frequency, off)
        if elasticity > 0:
            found[item.unique_id] = elasticity
    return found if len(tested) < _MANY or len(found) >= _LEAST_SHARE * len(tested) else {}


def trading_day_factors(
    elasticities: Mapping[str, float],
    item: Series,
    first: int,
    count: int,
    frequency: Frequency,
    off: np.ndarray = NO_DAYS,
) -> np.ndarray:
    """Return what the working days multiply the sales of `count` months by, around 1; 1 for a series not named.

    Args:
        elasticities: from `trading_day_elasticities`.
        item: the series.
        first: ordinal of the first month.
        count: number of months.
        frequency: grid of the periods.
        off: as in `trading_day_elasticities`.
    """
    elasticity = elasticities.get(item.unique_id, 0.0)
    if elasticity == 0:
        return np.ones(count)
    factors: np.ndarray = np.exp(elasticity * _surplus(frequency, np.arange(first, first + count), off))
    return factors


def _elasticity(item: Series, frequency: Frequency, off: np.ndarray) -> float:
    logs = np.log(item.y)
    season = frequency.season_length
    changes = np.diff(logs - seasonal_component(logs, season)[: len(logs)])
    days = np.diff(_surplus(frequency, np.arange(item.start, item.end + 1), off))
    past, last = slice(None, -_TESTED_MONTHS), slice(-_TESTED_MONTHS, None)
    tried, _ = _slope(days[past], changes[past])
    kept = np.abs(changes[last] - tried * days[last]).sum()
    if kept > (1 - _LEAST_GAIN) * np.abs(changes[last]).sum():
        return 0.0
    slope, t = _slope(days, changes)
    return min(slope, _MOST) if t > _LEAST_T else 0.0


def _slope(days: np.ndarray, changes: np.ndarray) -> tuple[float, float]:
    """Return the slope of changes on days through the origin, and its t-statistic."""
    power = float(days @ days)
    slope = float(days @ changes) / power
    left = changes - slope * days
    error = np.sqrt(float(left @ left) / (len(days) - 1) / power)
    return slope, slope / error if error > 0 else np.inf


def _surplus(frequency: Frequency, ordinals: np.ndarray, off: np.ndarray) -> np.ndarray:
    """Return the logarithm of the working days of each month less the average of that calendar month."""
    months = frequency.first_days(ordinals).astype("datetime64[M]")
    usual = _log_days(_CYCLE, off).reshape(-1, 12).mean(axis=0)
    surplus: np.ndarray = _log_days(months, off) - usual[months.astype(np.int64) % 12]
    return surplus


def _log_days(months: np.ndarray, off: np.ndarray) -> np.ndarray:
    first, after = months.astype("datetime64[D]"), (months + 1).astype("datetime64[D]")
    logs: np.ndarray = np.log(np.busday_count(first, after, holidays=off))
    return logs
