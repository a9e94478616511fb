"""The statistical baseline of a plan: from the sales history to units per product, location, channel and bucket."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

import numpy as np
import pandas as pd

from sop_xl.demand.baseline import Progress, forecast
from sop_xl.demand.buckets import bucket_starts, period_weights, summed_half_width
from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.corrections import correct
from sop_xl.demand.ensemble import Mode
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.hierarchy.choice import Choice, choose, reconciled
from sop_xl.demand.hierarchy.portfolio import Portfolio, make_portfolio, past_forecasts, sample
from sop_xl.demand.hierarchy.tree import Tree, make_tree
from sop_xl.demand.history import OPTIONAL, CleanHistory, read_history
from sop_xl.demand.paths import KEY, level_codes, ranges_by_level
from sop_xl.demand.quantiles import KNOTS
from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import InputErrors, Issue, Severity
from sop_xl.schema import frames

LEVELS = ("family", "product", "series")
RANGE_COLUMNS = ("level", "code", "period", "baseline", *KNOTS, "method")
_SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class PlannedBaseline:
    """The baseline of a plan at all its levels.

    Attributes:
        table: table ``baseline`` of the schema: product × location × channel × bucket with P2.5, P10, P90 and
            P97.5.
        ranges: the same for whole products, families and the total: ``level, code, period, baseline, p2_5, p10, p50,
            p90, p97_5, method``, level being ``product``, ``family`` or ``total``. ``baseline`` is the sum of the rows
            below; the range is that of the sum, from draws of all series together (`ranges_by_level`).
        issues: what was found in the history and what was done about it.
        choice: how the forecasts of the levels were made to add up.
    """

    table: pd.DataFrame
    ranges: pd.DataFrame
    issues: tuple[Issue, ...]
    choice: Choice


class _How(NamedTuple):
    """Country of the holidays, and seed of the learned models."""

    country: str
    seed: int


@dataclass(frozen=True, slots=True)
class _Level:
    """Forecasts of one level by period: point, distances to P2.5, P10, P90 and P97.5 (4 × codes × periods), method."""

    codes: tuple[str, ...]
    point: np.ndarray
    distances: np.ndarray
    method: tuple[str, ...]

    @property
    def knots(self) -> np.ndarray:
        """P2.5, P10, P50, P90 and P97.5 (5 × codes × periods), never below 0."""
        low95, low, high, high95 = self.distances
        return np.clip(np.stack([-low95, -low, np.zeros_like(low), high, high95]) + self.point, 0.0, None)

    def on_buckets(self, weights: np.ndarray) -> _Level:
        """Return the same by bucket."""
        return _Level(self.codes, self.point @ weights, summed_half_width(self.distances, weights), self.method)


def plan_baseline(
    history: pd.DataFrame,
    products: pd.DataFrame,
    calendar: Calendar,
    *,
    freq: str | None = None,
    country: str = "",
    seed: int = 0,
    progress: Progress | None = None,
) -> PlannedBaseline:
    """Forecast the sales history onto the buckets of a plan, with ranges for SKUs, products and families.

    Every product-location-channel, product, family and the total are forecast, and made to add up in every period by
    the methods that would have done best from past origins (see `choose`). Ranges of sums come from draws, not from
    adding quantiles. Periods are mapped to buckets by days. Sales in or after the first bucket are not used. Grain:
    product × location × channel × bucket, units.

    Args:
        history: table ``history`` of the schema.
        products: table ``products`` of the schema, for the families.
        calendar: buckets of the plan.
        freq: see `forecast`; found from the dates when None.
        country: see `forecast`.
        seed: see `forecast`.
        progress: see `forecast`.

    Raises:
        InputErrors: with all findings, where the history has errors or holds nothing before the first bucket.
    """
    tell = progress or (lambda share, text: None)
    how = _How(country, seed)
    clean = known_before(history, calendar, freq)
    frequency = clean.frequency
    corrected = correct(clean)
    series = corrected.series
    last = max(item.end for item in series)
    sold = [item for item in series if item.end >= last - frequency.season_length]
    issues = [*clean.issues, *corrected.issues, *_ended(series, sold, frequency)]
    horizon_end = frequency.ordinals(np.array([calendar.end], dtype="datetime64[D]") - np.timedelta64(1, "D"))
    steps = int(horizon_end[0]) - last

    leaves, past, found = _leaf_forecasts(sold, frequency, last, steps, how, _share_of(tell, 0.0, 0.5))
    families = {str(code): str(name) for code, name in zip(products["product"], products["family"], strict=True)}
    keys = [code.split(_SEPARATOR) for code in leaves.codes]
    tree = make_tree(
        [(families.get(key[0], ""), key[0], code) for key, code in zip(keys, leaves.codes, strict=True)], LEVELS
    )
    portfolio = make_portfolio(tree, past, last, frequency)
    levels, choice = _agreed(portfolio, leaves, how, _share_of(tell, 0.5, 0.9))
    weights = period_weights(frequency, last + 1, steps, calendar)
    parts = levels.on_buckets(weights)
    starts = bucket_starts(calendar)
    table = _baseline_rows(_rows_of(parts, tree.rows(tree.bottom)), keys, starts)
    tell(0.9, "ranges of products and families")
    ranges = _ranges(parts, tree, table, history, calendar, seed, frequency)
    return PlannedBaseline(table, ranges, (*issues, *found), choice)


def history_corrections(history: pd.DataFrame, calendar: Calendar, *, freq: str | None = None) -> pd.DataFrame:
    """Return what `plan_baseline` corrects in a sales history (schema table ``history_corrections``), without planning.

    Args:
        history: table ``history`` of the schema; empty gives an empty table.
        calendar: buckets of the plan.
        freq: see `forecast`; found from the dates when None.

    Raises:
        InputErrors: as `plan_baseline`.
    """
    if history.empty:
        return frames.empty("history_corrections")
    found = correct(known_before(history, calendar, freq)).table
    if found.empty:
        return frames.empty("history_corrections")
    keys = found["unique_id"].str.split(_SEPARATOR, expand=True, regex=False).set_axis(list(KEY), axis=1)
    rows = found.drop(columns="unique_id").rename(columns={"ds": "period"})
    return frames.typed("history_corrections", pd.concat([keys, rows], axis=1))


def known_before(history: pd.DataFrame, calendar: Calendar, freq: str | None) -> CleanHistory:
    """Return the history of whole periods before the first bucket.

    Raises:
        InputErrors: with all findings, where it has errors or holds nothing before the first bucket.
    """
    names = history[list(KEY)].astype(str).agg(_SEPARATOR.join, axis=1) if len(history) else pd.Series(dtype=object)
    columns = {"ds": history["period"], "y": history["units"]} | {name: history[name] for name in OPTIONAL}
    rows = pd.DataFrame({"unique_id": names, **columns})
    clean = read_history(rows, freq)
    ends = clean.frequency.first_days(clean.frame["period"].to_numpy() + 1)
    before = ends <= np.datetime64(calendar.start)
    if not before.any():
        message = f"The sales history holds no whole {clean.frequency.period_name} before {calendar.start}."
        hint = "Give earlier sales, or begin the horizon later."
        raise InputErrors([*clean.issues, Issue(Severity.ERROR, message, hint, table="history")])
    issues = clean.issues
    if not before.all():
        message = f"{int((~before).sum())} rows of sales in or after the first bucket ({calendar.start}) are not used."
        issues = (
            *issues,
            Issue(Severity.INFO, message, "Nothing to do when a past plan is replayed.", table="history"),
        )
    return CleanHistory(clean.frame[before].reset_index(drop=True), clean.frequency, issues)


def _ended(series: Sequence[Series], sold: Sequence[Series], frequency: Frequency) -> list[Issue]:
    kept = {item.unique_id for item in sold}
    return [
        Issue(
            Severity.WARNING,
            f"{item.unique_id} has no sales row after {frequency.first_day_text(item.end)}: it counts as ended and "
            "gets no baseline.",
            "Give the missing sales if it is still sold.",
            table="history",
        )
        for item in series
        if item.unique_id not in kept
    ]


def _leaf_forecasts(
    sold: Sequence[Series], frequency: Frequency, last: int, steps: int, how: _How, progress: Progress
) -> tuple[_Level, list[Series], tuple[Issue, ...]]:
    """Return the forecasts after `last`, and each past up to it, periods missing at its end forecast."""
    late = last - min(item.end for item in sold)
    level, issues = _forecast_level(sold, frequency, late + steps, how, progress)
    point, distances, past = [], [], []
    for row, item in enumerate(sold):
        missing = last - item.end
        window = slice(missing, missing + steps)
        point.append(level.point[row, window])
        distances.append(level.distances[:, row, window])
        y = np.concatenate([item.y, level.point[row, :missing]])
        past.append(replace(item, y=y, known=np.arange(y.size) < item.y.size))
    return _Level(level.codes, np.stack(point), np.stack(distances, axis=1), level.method), past, issues


def _forecast_level(
    series: Sequence[Series],
    frequency: Frequency,
    horizon: int,
    how: _How,
    progress: Progress,
    mode: Mode = Mode.FULL,
) -> tuple[_Level, tuple[Issue, ...]]:
    rows = pd.DataFrame(
        {
            "unique_id": np.repeat([item.unique_id for item in series], [len(item.y) for item in series]),
            "ds": frequency.first_days(np.concatenate([np.arange(item.start, item.end + 1) for item in series])),
            "y": np.concatenate([item.y for item in series]),
        }
    )
    made = forecast(rows, horizon, frequency.alias, country=how.country, seed=how.seed, mode=mode, progress=progress)
    order = {code: row for row, code in enumerate(made.frame["unique_id"].iloc[::horizon])}
    rank = [order[item.unique_id] for item in series]
    point, low95, low, high, high95 = (
        made.frame[name].to_numpy().reshape(-1, horizon)[rank] for name in ("forecast", "p2_5", "p10", "p90", "p97_5")
    )
    distances = np.stack([point - low95, point - low, high - point, high95 - point])
    method = tuple(made.frame["method"].iloc[::horizon].iloc[rank])
    level = _Level(tuple(item.unique_id for item in series), point, distances, method)
    return level, tuple(issue for issue in made.issues if issue.severity is not Severity.INFO)


def _agreed(portfolio: Portfolio, leaves: _Level, how: _How, progress: Progress) -> tuple[_Level, Choice]:
    """Return forecasts of all levels that add up, and how they were made to."""
    tree, frequency, horizon = portfolio.tree, portfolio.frequency, leaves.point.shape[1]
    single = tree.only_children()
    several = [int(row) for row in np.flatnonzero(single < 0)]
    rows = np.where(single < 0, 0, single - tree.rows(tree.bottom).start)
    point, distances = leaves.point[rows], leaves.distances[:, rows]
    method = [leaves.method[row] for row in rows]
    if not several:
        return _Level(_all_codes(tree), point, distances, tuple(method)), Choice((), 0, 0.0)
    own, _ = _forecast_level(portfolio.series(several), frequency, horizon, how, _share_of(progress, 0.0, 0.4))
    point[several], distances[:, several] = own.point, own.distances
    for row, text in zip(several, own.method, strict=True):
        method[row] = text
    progress(0.4, "how levels add up")
    tested = sample(portfolio)
    choice = choose(tested.tree, past_forecasts(tested, horizon, partial(_quick, frequency, how)))
    made = reconciled(tree, point, portfolio.errors(), choice.methods)
    ratio = np.divide(made, point, out=np.ones_like(made), where=point > 0)
    texts = tuple(f"{text}; levels add up by {choice}" for text in method)
    return _Level(_all_codes(tree), made, distances * ratio, texts), choice


def _quick(frequency: Frequency, how: _How, series: Sequence[Series], horizon: int) -> np.ndarray:
    return _forecast_level(series, frequency, horizon, how, lambda share, text: None, Mode.PREVIEW)[0].point


def _all_codes(tree: Tree) -> tuple[str, ...]:
    return tuple(code for codes in tree.codes for code in codes)


def _rows_of(level: _Level, rows: slice) -> _Level:
    return _Level(level.codes[rows], level.point[rows], level.distances[:, rows], level.method[rows])


def _baseline_rows(parts: _Level, keys: Sequence[Sequence[str]], starts: np.ndarray) -> pd.DataFrame:
    count = starts.size
    columns = {name: np.repeat([key[index] for key in keys], count) for index, name in enumerate(KEY)}
    return frames.typed(
        "baseline",
        pd.DataFrame(
            {
                **columns,
                "period": np.tile(starts, len(keys)),
                "baseline": parts.point.ravel(),
                **{name: values.ravel() for name, values in zip(KNOTS, parts.knots, strict=True) if name != "p50"},
                "method": np.repeat(parts.method, count),
            }
        ),
    )


def _ranges(
    parts: _Level,
    tree: Tree,
    table: pd.DataFrame,
    history: pd.DataFrame,
    calendar: Calendar,
    seed: int,
    frequency: Frequency,
) -> pd.DataFrame:
    """Return the ranges of products, families and the total, from draws; those of a single SKU-channel are its own."""
    planned = table.rename(columns={"baseline": "units"})
    cells = planned[list(KEY)].drop_duplicates().sort_values(list(KEY))
    family = dict(zip(tree.codes[2], (tree.codes[1][row] for row in tree.parents[2]), strict=True))
    drawn = ranges_by_level(
        history, planned, calendar, level_codes(cells, family), seed=seed, freq=frequency.alias
    ).set_index(["level", "code", "period"])
    starts, single = bucket_starts(calendar), tree.only_children()
    frames_ = []
    for level, name in enumerate(tree.levels[:-1]):
        rows = tree.rows(level)
        own = _rows_of(parts, rows)
        keys = pd.MultiIndex.from_arrays(
            [np.full(own.point.size, name), np.repeat(own.codes, starts.size), np.tile(starts, len(own.codes))]
        )
        made = drawn.reindex(keys)
        alone = np.repeat(single[rows] >= 0, starts.size)
        point, knots = own.point.ravel(), own.knots
        found = {
            "level": name,
            "code": keys.get_level_values(1),
            "period": keys.get_level_values(2),
            "baseline": point,
        }
        for column, mine in zip(KNOTS, knots, strict=True):
            found[column] = np.where(alone, mine.ravel(), made[column].to_numpy())
        found["p10"], found["p90"] = np.minimum(found["p10"], point), np.maximum(found["p90"], point)
        found["method"] = np.repeat(own.method, starts.size)
        frames_.append(pd.DataFrame(found, columns=list(RANGE_COLUMNS)))
    return pd.concat(frames_[::-1], ignore_index=True)


def _share_of(tell: Progress, start: float, stop: float) -> Progress:
    return lambda share, text: tell(start + (stop - start) * share, text)
