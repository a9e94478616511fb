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
_PAST, _LAST = slice(None, -_TESTED_MONTHS), slice(-_TESTED_MONTHS, None)
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
    seen = [_changes(item, frequency, off) for item in tested]
    slopes = [_slope(days, changes) for days, changes in seen]
    passed = [
        slope > _LEAST_T * error and _gain(days, changes, _slope(days[_PAST], changes[_PAST])[0]) >= _LEAST_GAIN
        for (days, changes), (slope, error) in zip(seen, slopes, strict=True)
    ]
    if len(tested) < _MANY:
        kept = [min(slope, _MOST) if good else 0.0 for (slope, _), good in zip(slopes, passed, strict=True)]
    elif sum(passed) < _LEAST_SHARE * len(tested):
        return {}
    else:
        before = _drawn_together([_slope(days[_PAST], changes[_PAST]) for days, changes in seen])
        helps = [_gain(*each, slope) > 0 for each, slope in zip(seen, before, strict=True)]
        kept = [slope if good else 0.0 for slope, good in zip(_drawn_together(slopes), helps, strict=True)]
    return {item.unique_id: slope for item, slope in zip(tested, kept, strict=True) if slope > 0}


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


def _changes(item: Series, frequency: Frequency, off: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the changes of the working days and of the seasonally adjusted logarithms from month to month."""
    logs = np.log(item.y)
    adjusted = logs - seasonal_component(logs, frequency.season_length)[: len(logs)]
    return np.diff(_surplus(frequency, np.arange(item.start, item.end + 1), off)), np.diff(adjusted)


def _gain(days: np.ndarray, changes: np.ndarray, slope: float) -> float:
    """Return by what share an effect known before the last two years makes their changes smaller."""
    was = float(np.abs(changes[_LAST]).sum())
    return 1 - float(np.abs(changes[_LAST] - slope * days[_LAST]).sum()) / was if was > 0 else 0.0


def _slope(days: np.ndarray, changes: np.ndarray) -> tuple[float, float]:
    """Return the slope of changes on days through the origin, and its standard error."""
    power = float(days @ days)
    slope = float(days @ changes) / power
    left = changes - slope * days
    return slope, float(np.sqrt(float(left @ left) / (len(days) - 1) / power))


def _drawn_together(slopes: Sequence[tuple[float, float]]) -> list[float]:
    """Return slopes drawn towards their common mean, each as far as it is uncertain: the mean expected of each."""
    found, variances = np.array(slopes).T[0], np.maximum(np.array(slopes).T[1] ** 2, 1e-12)
    weights = 1 / variances
    mean = float(weights @ found) / weights.sum()
    spread = float(weights @ (found - mean) ** 2) - (len(found) - 1)
    between = max(0.0, spread / float(weights.sum() - (weights**2).sum() / weights.sum()))
    mean = float((found / (variances + between)).sum() / (1 / (variances + between)).sum())
    drawn = (found * between + mean * variances) / (between + variances)
    return [float(slope) for slope in np.clip(drawn, 0.0, _MOST)]


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
