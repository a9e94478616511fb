"""FORECAST, BACKTEST and SEASONALITY: what the past says about demand to come, and how far to trust it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sop_xl.functions.arguments import one_of, optional_number, whole_number
from sop_xl.functions.cells import Grid, Number, Range, Text
from sop_xl.functions.histories import LAST_YEAR, Histories, completed, histories
from sop_xl.functions.problem import CellProblem

if TYPE_CHECKING:
    from sop_xl.demand.backtest import BacktestSummary
    from sop_xl.demand.frequency import Frequency

MOST_AHEAD = 200
MOST_ORIGINS = 24
_QUANTILE_HINT = "give a share from 0.01 to 0.99, such as 0.9"
_LONGEST_LAG = 500
_MIDDLE = 2
_MODES = {"full": "full", "preview": "preview"}
_Knots = tuple[tuple[float, ...], ...]


def forecast(
    history: Range,
    periods: Number = 12,
    quantile: Number = None,
    dates: Range = None,
    season: Text = None,
    mode: Text = "full",
) -> Grid:
    """Forecasts demand for the periods after a history, as the mean or as a quantile such as 0.9.

    The same method as the Re-forecast button: the mean of several models where two seasons of history are known, a
    simpler one below, never negative. Two of the models learn from all series given together, so a series alone may
    get a slightly different number than among the others. Forecasts of all series begin after the last period in use.
    Blank cells inside count as unknown, not as zero; blank cells at the end are not part of the history; returns
    (below zero) count as zero. Quantiles hold for their own period and must not be added up.

    Args:
        history: One row or column of quantities in the order of time, or a block with one series a row (a series a
            column where names stand on top or dates run down). Headings are skipped.
        periods: How many periods to forecast, 1 to 200. Left out: 12.
        quantile: Left out: the mean. 0.9 is the quantity that demand exceeds in one period of ten.
        dates: Days of the periods, one row or column as long as history. They tell days, weeks, months, quarters or
            years.
        season: Periods a season where no dates are given: 12 months (if left out), 4 quarters, 52 weeks, 7 days, 1
            none; or a word such as weekly.
        mode: full (if left out), or preview for a quick look at many series: half the time, slightly less accurate.

    Returns:
        One forecast a period in the direction of the history; one row (or column) a series.

    Example:
        =SOP_FORECAST(B2:B37, 12)
    """
    ahead = whole_number(periods, "periods", 1, MOST_AHEAD)
    share = optional_number(quantile, "quantile", 0.01, 0.99, _QUANTILE_HINT)
    given = histories(history, dates, season)
    made = _forecasts(given, ahead, one_of(mode, "mode", _MODES))
    if share is None:
        return given.block.laid_out([knots[_MIDDLE] for knots in made])
    from sop_xl.demand.quantiles import quantile as quantile_of

    return given.block.laid_out([quantile_of(knots, share).tolist() for knots in made])


@lru_cache(maxsize=128)
def _forecasts(given: Histories, ahead: int, mode: str) -> tuple[_Knots, ...]:
    """Return the knots of every series (P50 is the forecast) for the periods after the last one known of any.

    Kept for the next call: mean and quantiles of a history are usually asked for side by side.
    """
    from sop_xl.demand.baseline import forecast as baseline
    from sop_xl.demand.ensemble import Mode
    from sop_xl.demand.quantiles import KNOTS

    frame, frequency = given.frame()
    ordinals = frequency.ordinals(frame["ds"].to_numpy())
    ends = frame.assign(end=ordinals).groupby("unique_id")["end"].max()
    lag = int((ends.max() - ends).max())
    if lag > _LONGEST_LAG:
        raise CellProblem(f"history has a series that ends {lag} periods before the others; leave it out")
    _within_years(frequency, int(ends.max()), ahead + lag)
    result = baseline(frame, ahead + lag, frequency.alias, mode=Mode(mode)).frame
    nothing: _Knots = ((float("nan"),) * ahead,) * len(KNOTS)
    made = [nothing] * len(given.rows)
    for unique_id, part in result.groupby("unique_id", sort=False):
        late = int(ends.max() - ends[unique_id])
        wanted = part.iloc[late : late + ahead]
        made[int(str(unique_id))] = tuple(tuple(wanted[name].tolist()) for name in KNOTS)
    return tuple(made)


def _within_years(frequency: Frequency, end: int, horizon: int) -> None:
    """Raise where a forecast would reach beyond the years that the engine can count."""
    per_year = {"day": 365, "week": 52, "month": 12, "quarter": 4, "year": 1}[frequency.period_name]
    last = int(frequency.first_day_text(end)[:4]) + horizon / per_year
    if last > LAST_YEAR:
        raise CellProblem(f"periods reach beyond the year {LAST_YEAR}; forecast fewer, or check dates")


def backtest(
    history: Range, periods: Number = 6, origins: Number = 3, dates: Range = None, season: Text = None
) -> Grid:
    """Tests the forecast on the past: accuracy from several earlier origins, beside the seasonal naive.

    From each origin the forecast knows only what was known then. The tested windows lie one before the other at the
    end of the history and do not overlap; an origin with fewer than 3 periods before it is left out.

    Args:
        history: Quantities in the order of time, as for SOP_FORECAST; several series are measured together.
        periods: Periods forecast from each origin, 1 to 200. Left out: 6.
        origins: Number of origins, 1 to 24. Left out: 3.
        dates: Days of the periods, one row or column as long as history.
        season: Periods a season where no dates are given: 12, 4, 52, 7 or 1, or a word such as weekly. Left out: 12.

    Returns:
        A table with headings: method, WAPE, MASE, bias and origins; a row for the forecast, one for the seasonal
        naive, and one for the value added (naive less forecast) with a verdict.

    Example:
        =SOP_BACKTEST(B2:B61, 6, 3)

    References:
        Tashman (2000), Out-of-sample tests of forecasting accuracy, doi:10.1016/S0169-2070(00)00065-0.
    """
    ahead = whole_number(periods, "periods", 1, MOST_AHEAD)
    times = whole_number(origins, "origins", 1, MOST_ORIGINS)
    tested, verdict = _backtest(histories(history, dates, season), ahead, times)
    gain = tested.value_added.value
    return [
        ["method", "WAPE", "MASE", "bias", "origins"],
        ["forecast", tested.wape, tested.mase, tested.bias, tested.origins],
        ["seasonal naive", tested.wape_naive, tested.mase_naive, tested.bias_naive, tested.origins],
        ["value added", gain, tested.mase_naive - tested.mase, None, verdict],
    ]


@lru_cache(maxsize=32)
def _backtest(given: Histories, ahead: int, times: int) -> tuple[BacktestSummary, str]:
    """Return the measured accuracy and whether it is better than the seasonal naive."""
    from sop_xl.demand.backtest import backtest as test

    frame, frequency = given.frame()
    tested = test(frame, ahead, origins=times, freq=frequency.alias).summary
    return tested, tested.verdict


def seasonality(history: Range, season: Text = None, dates: Range = None) -> Grid:
    """Gives the seasonal indices of a history: 1.2 is a period one fifth above the average.

    Args:
        history: At least two whole seasons of quantities in the order of time, as for SOP_FORECAST.
        season: Periods a season: 12 months (if left out), 4 quarters, 52 weeks, 7 days; or a word such as weekly.
        dates: Days of the periods, one row or column as long as history; the indices then begin with January, the
            first quarter or Monday.

    Returns:
        One index a period of the season, with an average of 1; they begin with the first period of the history, or of
        the year where dates are given.

    Example:
        =SOP_SEASONALITY(B2:B61)
    """
    from sop_xl.demand.seasonality import seasonal_indices

    given = histories(history, dates, season)
    series, frequency = completed(given)
    length = frequency.season_length
    if length == 1:
        raise CellProblem("season is 1: years have no seasons; write 12, 4, 52 or 7")
    longest = max(item.y.size for item in series)
    if longest < 2 * length:
        raise CellProblem(
            f"history has {longest} {frequency.period_name}s; seasonal indices need two whole seasons, {2 * length}"
        )
    first = min(item.start for item in series)
    rows: list[list[float]] = [[] for _ in given.rows]
    for item in series:
        if item.y.size >= 2 * length:
            begin = item.start - first if given.days is None else frequency.position_in_season(item.start)
            index = seasonal_indices(item.y, length)
            rows[int(item.unique_id)] = [float(index[(at - begin) % length]) for at in range(length)]
    return given.block.laid_out([row or [float("nan")] * length for row in rows])
