"""The statistical baseline: one call from a sales history to forecasts with ranges for every series."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.calendar_effects import CalendarEffects, calendar_effects
from sop_xl.demand.corrections import correct
from sop_xl.demand.ensemble import Mode, combine, local_members
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.global_lightgbm import learned_members
from sop_xl.demand.history import read_history
from sop_xl.demand.intermittent import POOLED, intermittent_range, pooled_forecasts
from sop_xl.demand.ladder import Choice, Route, simple_forecast
from sop_xl.demand.ranges import (
    LEVELS,
    WIDTHS,
    factor_for,
    scaled_range,
    short_width,
    signs_of_uncertainty,
)
from sop_xl.model.issue import InputErrors, Issue, Severity
from sop_xl.parallel import in_order

FORECAST_COLUMNS = ("unique_id", "ds", "forecast", "p2_5", "p10", "p50", "p90", "p97_5", "method")
_LONGEST_HORIZON = 1000
_CHUNK = 20
_LEAST_CHUNKS = 3
_COMMON_MEAN = 100.0
_DIGITS = 9
_LEAST_ZEROS = 0.1
_USUAL_HEADERS = {
    "unique_id": ("series", "sku", "item", "product", "article", "material"),
    "ds": ("date", "period", "day", "week", "month", "quarter", "year"),
    "y": ("units", "quantity", "qty", "sales", "demand", "volume"),
}
_EXACT = (Route.NEVER_SOLD, Route.ENDED, Route.CONSTANT, Route.SPARSE, Route.VERY_SHORT)
_NAMES = {Mode.FULL: "ensemble", Mode.PREVIEW: "preview"}

Progress = Callable[[float, str], None]


class _Forecast(NamedTuple):
    """Forecast of one series: the point per step, P2.5, P10, P90 and P97.5 (4 × steps), and the method in words."""

    point: np.ndarray
    range: np.ndarray
    method: str


@dataclass(frozen=True, slots=True)
class ForecastResult:
    """Forecasts of a portfolio.

    Attributes:
        frame: `unique_id, ds, forecast, p2_5, p10, p50, p90, p97_5, method`, one row per series and period, sorted.
            Quantities are in the units of the history, never negative, p2_5 <= p10 <= p50 = forecast <= p90 <= p97_5.
            `ds` is the first day of the period. The ranges of 80 % (P10 … P90) and 95 % (P2.5 … P97.5) hold for their
            own period and must not be added up.
        issues: what was found in the history and what was done about it.
        freq: pandas alias of the periods, such as ``MS`` or ``W-MON``.
        corrections: `unique_id, ds, recorded, used, kind, reason`, every period of the history that was changed before
            it was forecast (see :func:`sop_xl.demand.corrections.correct`).
    """

    frame: pd.DataFrame
    issues: tuple[Issue, ...]
    freq: str
    corrections: pd.DataFrame


def forecast(
    history: pd.DataFrame,
    horizon: int,
    freq: str | None = None,
    *,
    country: str = "",
    seed: int = 0,
    mode: Mode = Mode.FULL,
    progress: Progress | None = None,
) -> ForecastResult:
    """Forecast every series over the periods after its own last one, with the ranges of 80 and 95 %.

    Each series with two seasons of history gets the mean of a damped trend, Theta, CES and three LightGBM
    models learned on all series together; intermittent, ended, constant and short ones get the simpler method that
    the `method` column names with the reason. Grain: series × period.

    Args:
        history: rows of `unique_id, ds, y` in any order, quantities per period; optionally `stock_out` (yes where
            stock had run out) and `lost_units` (what could have been sold beyond).
        horizon: number of periods to forecast.
        freq: D, W, MS, QS or YS, any anchor; found from the dates when None.
        country: whose public holidays are tested, such as ``DE`` or, with its region, ``AU-NSW``; none where empty.
        seed: seed of the learned models; equal seeds give equal forecasts.
        mode: ``Mode.PREVIEW`` for a quick look: three members instead of six, half the time.
        progress: called with the share done and a word on the current step.

    Raises:
        InputErrors: with every finding, where the history has errors, the horizon is not 1 … 1000, or no holidays are
            known for the country.
    """
    if not 1 <= horizon <= _LONGEST_HORIZON:
        raise InputErrors(
            [
                Issue(
                    Severity.ERROR,
                    f"The horizon is {horizon}.",
                    f"Give a number of periods from 1 to {_LONGEST_HORIZON}.",
                )
            ]
        )
    tell = progress or (lambda share, text: None)
    tell(0.0, "checking the history")
    clean = read_history(history, freq)
    season_length = clean.frequency.season_length
    corrected = correct(clean)
    series, choices = corrected.series, corrected.choices
    tell(0.05, "learning across all series")
    suited = [item for item, choice in zip(series, choices, strict=True) if choice.route is Route.ENSEMBLE]
    effects = calendar_effects(suited, clean.frequency, country)
    series = [effects.without(item) for item in series]
    suited = [item for item, choice in zip(series, choices, strict=True) if choice.route is Route.ENSEMBLE]
    scaled = {item.unique_id: _scaled(item) for item in suited}
    learned = learned_members(scaled, horizon, season_length, seed, mode)
    learned |= _pooled(series, choices, horizon, season_length)
    work = [(item, choice, learned.get(item.unique_id, {})) for item, choice in zip(series, choices, strict=True)]
    chunks = [work[first : first + _CHUNK] for first in range(0, len(work), _CHUNK)]
    parts: list[_Forecast] = []
    for done in in_order(_forecast_some, (horizon, season_length, mode), chunks, least=_LEAST_CHUNKS):
        parts += done
        tell(0.3 + 0.7 * len(parts) / len(series), f"forecast {len(parts)} of {len(series)}")
    parts = [_with_effects(part, item, effects, horizon) for part, item in zip(parts, series, strict=True)]
    frame = _frame(series, parts, horizon, clean.frequency)
    tell(1.0, "done")
    return ForecastResult(
        frame, clean.issues + corrected.issues + effects.issues, clean.frequency.alias, corrected.table
    )


def forecast_table(
    table: pd.DataFrame,
    horizon: int,
    freq: str | None = None,
    *,
    country: str = "",
    seed: int = 0,
    mode: Mode = Mode.FULL,
    progress: Progress | None = None,
) -> ForecastResult:
    """Forecast a table as read from a file: columns `unique_id, ds, y` in any order, spelling of case and blanks.

    `ds` may be dates, text, Excel day numbers, YYYYMM or years; `y` numbers or their text. Usual other headers, such as
    *SKU*, *Month* and *Sales*, are taken where only one column can be meant, which is said. Otherwise as `forecast`.

    Args:
        table: the rows as read; every cell may be text.
        horizon: number of periods to forecast.
        freq: see `forecast`.
        country: see `forecast`.
        seed: see `forecast`.
        mode: see `forecast`.
        progress: see `forecast`.

    Raises:
        InputErrors: as `forecast`.
    """
    named, said = with_plain_names(table)
    made = forecast(named, horizon, freq, country=country, seed=seed, mode=mode, progress=progress)
    return replace(made, issues=(*said, *made.issues))


def with_plain_names(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Issue, ...]]:
    """Return a table as read from a file with plain headers, and which column was taken for which.

    Headers are put in small letters without blanks around them; a usual word for one of `unique_id, ds, y` is taken for
    it where that one is missing and no other column could be meant.
    """
    names = {name: str(name).replace("\ufeff", "").strip().casefold() for name in table.columns}
    there, issues = list(names.values()), []
    for wanted, words in _USUAL_HEADERS.items():
        meant = [name for name, plain in names.items() if plain in words]
        if wanted not in there and len(meant) == 1:
            issues.append(Issue(Severity.INFO, f"Column {meant[0]} was read as {wanted}.", "Nothing to do."))
            names[meant[0]] = wanted
    return table.rename(columns=names), tuple(issues)


def _with_effects(made: _Forecast, item: Series, effects: CalendarEffects, horizon: int) -> _Forecast:
    text = effects.text(item.unique_id)
    if not text:
        return made
    factors = effects.factors(item, item.end + 1, horizon)
    return _Forecast(made.point * factors, made.range * factors, made.method + text)


def _scale(item: Series) -> float:
    """Return what a history is divided by to have the common mean; 1 where nothing was sold."""
    return float(item.y.mean()) / _COMMON_MEAN or 1.0


def _scaled(item: Series) -> np.ndarray:
    """Return a history at the common mean, without the last digits, which would depend on the unit of measure."""
    return np.round(item.y / _scale(item), _DIGITS)


def _pooled(
    series: Sequence[Series], choices: Sequence[Choice], horizon: int, season_length: int
) -> dict[str, dict[str, np.ndarray]]:
    """Return the forecasts of the intermittent series learned together, none where they are too few."""
    taught = [
        (item, choice)
        for item, choice in zip(series, choices, strict=True)
        if choice.route not in (Route.NEVER_SOLD, Route.SPARSE) and (item.y == 0).mean() >= _LEAST_ZEROS
    ]
    wanted = [choice.route is Route.INTERMITTENT for _, choice in taught]
    if not any(wanted):
        return {}
    made = pooled_forecasts([item for item, _ in taught], horizon, season_length)
    if made is None:
        return {}
    return {
        item.unique_id: {POOLED: row} for (item, _), row, needed in zip(taught, made, wanted, strict=True) if needed
    }


def _forecast_some(
    frame: tuple[int, int, Mode], work: Sequence[tuple[Series, Choice, Mapping[str, np.ndarray]]]
) -> list[_Forecast]:
    """Return the forecasts of some series; ``frame`` is horizon, length of the season and mode."""
    return [_forecast_one(item, choice, learned, *frame) for item, choice, learned in work]


def _forecast_one(
    item: Series, choice: Choice, learned: Mapping[str, np.ndarray], horizon: int, season_length: int, mode: Mode
) -> _Forecast:
    """Return the forecast of one series on the rung chosen for it."""
    if POOLED in learned:
        point = learned[POOLED]
        return _Forecast(point, intermittent_range(point, item.y), f"{POOLED}: {choice.method.partition(': ')[2]}")
    if choice.route is not Route.ENSEMBLE:
        return _simple(item, choice, horizon, season_length)
    y = _scaled(item)
    local = local_members(y, horizon, season_length, mode)
    members = {name: member.mean for name, member in local.items()} | dict(learned)
    if not members:
        fallback = Choice(Route.VERY_SHORT, "mean of the last 3: no model could be fitted")
        return _simple(item, fallback, horizon, season_length)
    point = combine(members)
    native = local["damped trend"].half_width if "damped trend" in local else None
    signs = signs_of_uncertainty(point, members, native, y, season_length)
    around = scaled_range(point, WIDTHS[mode].of(signs, len(y)), factor_for(choice.route, season_length, mode, y))
    text = f"{_NAMES[mode]} of {', '.join(members)}: {choice.method.partition(': ')[2]}"
    return _Forecast(point * _scale(item), around * _scale(item), text)


def _simple(item: Series, choice: Choice, horizon: int, season_length: int) -> _Forecast:
    """Return the forecast of a rung below the ensemble."""
    scale, y = (1.0, item.y) if choice.route in _EXACT else (_scale(item), _scaled(item))
    point = simple_forecast(replace(item, y=y), choice.route, horizon, season_length)
    if choice.route in (Route.NEVER_SOLD, Route.ENDED, Route.CONSTANT):
        around = np.tile(point, (len(LEVELS), 1))
    elif choice.route in (Route.INTERMITTENT, Route.STOPPING):
        around = intermittent_range(point, y)
    else:
        around = scaled_range(point, short_width(point, y), factor_for(choice.route, season_length))
    return _Forecast(point * scale, around * scale, choice.method)


def _frame(
    series: Sequence[Series],
    parts: Sequence[_Forecast],
    horizon: int,
    frequency: Frequency,
) -> pd.DataFrame:
    periods = np.concatenate([np.arange(item.end + 1, item.end + 1 + horizon) for item in series])
    point = np.concatenate([part.point for part in parts])
    low95, low, high, high95 = np.concatenate([part.range for part in parts], axis=1)
    return pd.DataFrame(
        {
            "unique_id": np.repeat([item.unique_id for item in series], horizon),
            "ds": frequency.first_days(periods),
            "forecast": point,
            "p2_5": np.minimum(low95, point),
            "p10": np.minimum(low, point),
            "p50": point,
            "p90": np.maximum(high, point),
            "p97_5": np.maximum(high95, point),
            "method": np.repeat([part.method for part in parts], horizon),
        },
        columns=list(FORECAST_COLUMNS),
    )
