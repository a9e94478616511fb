"""The statistical baseline of a plan: from the sales history to units per product, location, channel and bucket."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.demand.baseline import Progress, forecast
from sop_xl.demand.buckets import bucket_starts, period_weights, summed_half_width
from sop_xl.demand.calendar_completion import Series, complete_calendar
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.history import CleanHistory, read_history
from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import InputErrors, Issue, Severity
from sop_xl.schema import frames

KEY = ("product", "location", "channel")
RANGE_COLUMNS = ("level", "code", "period", "baseline", "p10", "p90", "method")
_SEPARATOR = " / "
_LARGEST_CORRECTION = 2.0


@dataclass(frozen=True, slots=True)
class PlannedBaseline:
    """The baseline of a plan at all its levels.

    Attributes:
        table: table ``baseline`` of the schema: product × location × channel × bucket with P10 and P90.
        ranges: the same for whole products and families: ``level, code, period, baseline, p10, p90, method``, level
            being ``product`` or ``family``. ``baseline`` is the sum of the rows below; the range is the level's own,
            as a rule narrower than those below added up.
        issues: what was found in the history and what was done about it.
    """

    table: pd.DataFrame
    ranges: pd.DataFrame
    issues: tuple[Issue, ...]


@dataclass(frozen=True, slots=True)
class _Level:
    """Forecasts of one level by period: point, distance to P10 and to P90 (rows as ``codes``), and method."""

    codes: tuple[str, ...]
    point: np.ndarray
    low: np.ndarray
    high: np.ndarray
    method: tuple[str, ...]

    def on_buckets(self, weights: np.ndarray) -> _Level:
        """Return the same by bucket."""
        low, high = (summed_half_width(width, weights) for width in (self.low, self.high))
        return _Level(self.codes, self.point @ weights, low, high, self.method)


def plan_baseline(
    history: pd.DataFrame,
    products: pd.DataFrame,
    calendar: Calendar,
    *,
    freq: str | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> PlannedBaseline:
    """Forecast the sales history onto the buckets of a plan, with ranges for SKUs, products and families.

    Every product-location-channel, product and family is forecast. The product total is split by the forecasts of
    its parts (top-down by forecast proportions), so that parts add up to the product and products to the family; the
    range of a family is that of its own forecast, scaled to the sum. Periods are mapped to buckets by days. Sales in
    or after the first bucket are not used. Grain: product × location × channel × bucket, units.

    Args:
        history: table ``history`` of the schema.
        products: table ``products`` of the schema, for the families.
        calendar: buckets of the plan.
        freq: see `forecast`; found from the dates when None.
        seed: see `forecast`.
        progress: see `forecast`.

    Raises:
        InputErrors: with all findings, where the history has errors or holds nothing before the first bucket.

    References:
        Gross & Sohl (1990), doi:10.1002/for.3980090304, on disaggregation by forecast proportions.
    """
    tell = progress or (lambda share, text: None)
    clean = _known_before(history, calendar, freq)
    frequency = clean.frequency
    series, gaps = complete_calendar(clean)
    last = max(item.end for item in series)
    sold = [item for item in series if item.end >= last - frequency.season_length]
    issues = [*clean.issues, *gaps, *_ended(series, sold, frequency)]
    horizon_end = frequency.ordinals(np.array([calendar.end], dtype="datetime64[D]") - np.timedelta64(1, "D"))
    steps = int(horizon_end[0]) - last

    leaves, past, found = _leaf_forecasts(sold, frequency, last, steps, seed, _share_of(tell, 0.0, 0.6))
    keys = {code: code.split(_SEPARATOR) for code in leaves.codes}
    product_of = [keys[code][0] for code in leaves.codes]
    families = dict(zip(products["product"], products["family"], strict=True))
    family_of = [str(families.get(code, "")) for code in product_of]
    totals = _totals(leaves, past, (product_of, family_of), frequency, last, seed, _share_of(tell, 0.6, 1.0))
    whole, family = (
        _chosen(leaves, totals, groups, name) for name, groups in (("product", product_of), ("family", family_of))
    )
    weights = period_weights(frequency, last + 1, steps, calendar)
    parts = _proportional(leaves, whole, product_of).on_buckets(weights)
    starts = bucket_starts(calendar)
    ranges = [
        _range_rows("product", whole.on_buckets(weights), parts, product_of, starts),
        _range_rows("family", family.on_buckets(weights), parts, family_of, starts),
    ]
    table = _baseline_rows(parts, [keys[code] for code in parts.codes], starts)
    return PlannedBaseline(table, pd.concat(ranges, ignore_index=True), (*issues, *found))


def _known_before(history: pd.DataFrame, calendar: Calendar, freq: str | None) -> CleanHistory:
    """Return the history of whole periods before the first bucket."""
    names = history[list(KEY)].astype(str).agg(_SEPARATOR.join, axis=1) if len(history) else pd.Series(dtype=object)
    rows = pd.DataFrame({"unique_id": names, "ds": history["period"], "y": history["units"]})
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
    sold: Sequence[Series], frequency: Frequency, last: int, steps: int, seed: int, progress: Progress
) -> tuple[_Level, list[tuple[int, np.ndarray]], tuple[Issue, ...]]:
    """Return the forecasts after `last`, and each past as (start, units), months missing at its end forecast."""
    late = last - min(item.end for item in sold)
    level, issues = _forecast_level(sold, frequency, late + steps, seed, progress)
    point, low, high, past = [], [], [], []
    for row, item in enumerate(sold):
        missing = last - item.end
        window = slice(missing, missing + steps)
        point.append(level.point[row, window])
        low.append(level.low[row, window])
        high.append(level.high[row, window])
        past.append((item.start, np.concatenate([item.y, level.point[row, :missing]])))
    return _Level(level.codes, np.stack(point), np.stack(low), np.stack(high), level.method), past, issues


def _forecast_level(
    series: Sequence[Series], frequency: Frequency, horizon: int, seed: int, progress: Progress
) -> tuple[_Level, tuple[Issue, ...]]:
    rows = pd.DataFrame(
        {
            "unique_id": np.repeat([item.unique_id for item in series], [len(item.y) for item in series]),
            "ds": frequency.first_days(np.concatenate([np.arange(item.start, item.end + 1) for item in series])),
            "y": np.concatenate([item.y for item in series]),
        }
    )
    made = forecast(rows, horizon, frequency.alias, seed=seed, progress=progress)
    order = {code: row for row, code in enumerate(made.frame["unique_id"].iloc[::horizon])}
    rank = [order[item.unique_id] for item in series]
    point, p10, p90 = (made.frame[name].to_numpy().reshape(-1, horizon)[rank] for name in ("forecast", "p10", "p90"))
    method = tuple(made.frame["method"].iloc[::horizon].iloc[rank])
    level = _Level(tuple(item.unique_id for item in series), point, point - p10, p90 - point, method)
    return level, tuple(issue for issue in made.issues if issue.severity is not Severity.INFO)


def _totals(
    leaves: _Level,
    past: Sequence[tuple[int, np.ndarray]],
    groupings: tuple[Sequence[str], Sequence[str]],
    frequency: Frequency,
    last: int,
    seed: int,
    progress: Progress,
) -> dict[str, _Level]:
    """Return the forecasts of the products and families that have more than one part, by level name."""
    series: list[Series] = []
    for name, groups in zip(("product", "family"), groupings, strict=True):
        for code in sorted(set(groups)):
            members = [past[row] for row, group in enumerate(groups) if group == code]
            if len(members) == 1:
                continue
            start = min(first for first, _ in members)
            total = np.zeros(last - start + 1)
            for first, units in members:
                total[first - start :] += units
            series.append(Series(f"{name}{_SEPARATOR}{code}", start, total, np.ones(total.size, dtype=bool)))
    if not series:
        return {}
    level, _ = _forecast_level(series, frequency, leaves.point.shape[1], seed, progress)
    found = {}
    for name in ("product", "family"):
        rows = [row for row, code in enumerate(level.codes) if code.startswith(name + _SEPARATOR)]
        codes = tuple(level.codes[row].removeprefix(name + _SEPARATOR) for row in rows)
        method = tuple(level.method[row] for row in rows)
        found[name] = _Level(codes, level.point[rows], level.low[rows], level.high[rows], method)
    return found


def _chosen(leaves: _Level, totals: Mapping[str, _Level], groups: Sequence[str], name: str) -> _Level:
    """Return one row per group: its own forecast, or that of its only part."""
    own = totals.get(name)
    position = {code: row for row, code in enumerate(own.codes)} if own else {}
    rows = []
    for code in sorted(set(groups)):
        source, row = (own, position[code]) if own and code in position else (leaves, list(groups).index(code))
        rows.append((code, source.point[row], source.low[row], source.high[row], source.method[row]))
    codes, point, low, high, method = zip(*rows, strict=True)
    return _Level(codes, np.stack(point), np.stack(low), np.stack(high), method)


def _proportional(leaves: _Level, whole: _Level, product_of: Sequence[str]) -> _Level:
    """Return the parts scaled so that they add up to their product's forecast, by at most a factor two."""
    row_of = {code: row for row, code in enumerate(whole.codes)}
    rows = np.array([row_of[code] for code in product_of])
    summed = np.zeros_like(whole.point)
    np.add.at(summed, rows, leaves.point)
    ratio = np.divide(whole.point, summed, out=np.ones_like(summed), where=(summed > 0) & (whole.point > 0))
    ratio = np.clip(ratio, 1 / _LARGEST_CORRECTION, _LARGEST_CORRECTION)[rows]
    several = np.array([list(product_of).count(code) > 1 for code in product_of])
    method = tuple(
        f"{text}; product total split by forecasts" if split else text
        for text, split in zip(leaves.method, several, strict=True)
    )
    return _Level(leaves.codes, leaves.point * ratio, leaves.low * ratio, leaves.high * ratio, method)


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
                "p10": np.clip(parts.point - parts.low, 0, None).ravel(),
                "p90": (parts.point + parts.high).ravel(),
                "method": np.repeat(parts.method, count),
            }
        ),
    )


def _range_rows(name: str, level: _Level, parts: _Level, groups: Sequence[str], starts: np.ndarray) -> pd.DataFrame:
    """Return the rows of one level: the sum of the parts, with the relative range of the level's own forecast."""
    row_of = {code: row for row, code in enumerate(level.codes)}
    total = np.zeros_like(level.point)
    np.add.at(total, np.array([row_of[code] for code in groups]), parts.point)
    scale = np.divide(total, level.point, out=np.ones_like(total), where=level.point > 0)
    values = {
        "level": np.full(total.size, name, dtype=object),
        "code": np.repeat(level.codes, starts.size),
        "period": np.tile(starts, len(level.codes)),
        "baseline": total.ravel(),
        "p10": np.clip(total - level.low * scale, 0, None).ravel(),
        "p90": (total + level.high * scale).ravel(),
        "method": np.repeat(level.method, starts.size),
    }
    return pd.DataFrame(values, columns=list(RANGE_COLUMNS))


def _share_of(tell: Progress, start: float, stop: float) -> Progress:
    return lambda share, text: tell(start + (stop - start) * share, text)
