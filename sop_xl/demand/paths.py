"""Possible courses of demand: draws of all series together, which err together as they did in the past."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import pandas as pd

from sop_xl.demand.buckets import PERIOD_CORRELATION, bucket_starts, period_weights
from sop_xl.demand.calendar_completion import complete_calendar
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.history import CleanHistory, read_history
from sop_xl.demand.joint_errors import JointErrors, joint_errors, matrix
from sop_xl.demand.quantiles import KNOTS
from sop_xl.model.calendar import Calendar
from sop_xl.schema.catalogue import EVERYWHERE

KEY = ("product", "location", "channel")
DRAWS = 1000
_SCORES = {name: NormalDist().inv_cdf(share) for name, share in KNOTS.items()}
_UNKNOWN_WIDTH = 0.5
_DRAWS_AT_A_TIME = 50
_SEPARATOR = " / "


@dataclass(frozen=True, slots=True)
class DemandPaths:
    """Draws of demand.

    Attributes:
        cells: ``product, location, channel``, one row a series.
        starts: first days of the buckets.
        units: demand, >= 0, float32 (draws × series × buckets). Within one draw series err together and buckets hang
            together, so sums over series or buckets of one draw are draws of the sum.
    """

    cells: pd.DataFrame
    starts: np.ndarray
    units: np.ndarray


@dataclass(frozen=True, slots=True)
class _Spread:
    """What the draws are made from: units, their quantiles (5 × series × buckets), and the joint errors."""

    cells: pd.DataFrame
    starts: np.ndarray
    knots: np.ndarray
    errors: JointErrors
    weights: np.ndarray


def demand_paths(
    history: pd.DataFrame,
    planned: pd.DataFrame,
    calendar: Calendar,
    *,
    draws: int = DRAWS,
    seed: int = 0,
    freq: str | None = None,
) -> DemandPaths:
    """Draw possible courses of demand for all series together over the buckets of a plan.

    Each series keeps its own range: its draws lie as often below P10, between and above P90 (and P2.5 and P97.5 where
    given) as these say, never below 0. How the series move together, and one bucket with the next, is taken from their
    past errors at the same time (a Gaussian copula whose template are the errors of `past_errors`, correlations
    shrunk towards their mean). Quantiles are not added up anywhere. Grain: draw × series × bucket, units.

    Args:
        history: table ``history`` of the schema; sales in or after the first bucket are not used. May be empty.
        planned: ``product, location, channel, period, units, p10, p90`` and, if there, ``p2_5, p97_5``, such as a
            baseline or `around` a consensus; a missing P10 or P90 counts as half and one and a half times the units.
        calendar: buckets of the plan.
        draws: number of draws.
        seed: equal seeds give equal draws.
        freq: see `forecast`; found from the dates when None.

    References:
        Clark et al. (2004), doi:10.1175/1525-7541(2004)005<0243:TSSAMF>2.0.CO;2, on shuffles after past errors.
    """
    spread = _spread(history, planned, calendar, freq)
    units = np.concatenate(list(_drawn(spread, draws, seed)))
    return DemandPaths(spread.cells, spread.starts, units)


def ranges_by_level(
    history: pd.DataFrame,
    planned: pd.DataFrame,
    calendar: Calendar,
    levels: Mapping[str, Sequence[str]],
    *,
    draws: int = DRAWS,
    seed: int = 0,
    freq: str | None = None,
) -> pd.DataFrame:
    """Return the ranges of sums of series, such as products, families and the total, from draws of `demand_paths`.

    Grain: level × code × bucket; columns ``level, code, period, p2_5, p10, p50, p90, p97_5``, units. Memory grows with
    the number of sums, not with that of the series.

    Args:
        history: see `demand_paths`.
        planned: see `demand_paths`.
        calendar: buckets of the plan.
        levels: for each level, the code that every series of ``planned`` (in the order of its sorted keys) belongs to.
        draws: number of draws.
        seed: see `demand_paths`.
        freq: see `demand_paths`.
    """
    spread = _spread(history, planned, calendar, freq)
    positions = {
        name: np.unique(np.asarray(codes, dtype=object), return_inverse=True) for name, codes in levels.items()
    }
    summed: dict[str, list[np.ndarray]] = {name: [] for name in levels}
    for units in _drawn(spread, draws, seed):
        for name, (codes, place) in positions.items():
            part = np.zeros((codes.size, units.shape[0], units.shape[2]), dtype=np.float32)
            np.add.at(part, place, units.transpose(1, 0, 2))
            summed[name].append(part)
    frames = []
    for name, (codes, _) in positions.items():
        found = np.quantile(np.concatenate(summed[name], axis=1), list(KNOTS.values()), axis=1)
        columns = {column: values.ravel().astype(float) for column, values in zip(KNOTS, found, strict=True)}
        key = {
            "level": np.full(codes.size * spread.starts.size, name, dtype=object),
            "code": np.repeat(codes, spread.starts.size),
            "period": np.tile(spread.starts, codes.size),
        }
        frames.append(pd.DataFrame(key | columns))
    return pd.concat(frames, ignore_index=True)


def around(baseline: pd.DataFrame, consensus: pd.DataFrame) -> pd.DataFrame:
    """Return the consensus with the relative range of the baseline, as `demand_paths` takes it.

    A cell without baseline, such as a launch, has no P10 and P90 here.

    Args:
        baseline: table ``baseline`` of the schema.
        consensus: ``product, location, channel, period, units``.
    """
    keys = [*KEY, "period"]
    columns = [name for name in KNOTS if name in baseline]
    own = baseline[[*keys, "baseline", *columns]]
    both = consensus[[*keys, "units"]].merge(own, on=keys, how="left", validate="one_to_one")
    ratio = (both["units"] / both["baseline"]).where(both["baseline"] > 0)
    return both.assign(**{name: both[name] * ratio for name in columns})[[*keys, "units", *columns]]


def _spread(history: pd.DataFrame, planned: pd.DataFrame, calendar: Calendar, freq: str | None) -> _Spread:
    starts = bucket_starts(calendar)
    wide = planned.pivot(index=list(KEY), columns="period").sort_index()
    given = {name: _wide(wide, name, starts) for name in ("units", *KNOTS)}
    centre = np.nan_to_num(given["units"])
    low = np.where(np.isnan(given["p10"]), (1 - _UNKNOWN_WIDTH) * centre, given["p10"])
    high = np.where(np.isnan(given["p90"]), (1 + _UNKNOWN_WIDTH) * centre, given["p90"])
    farther = _SCORES["p97_5"] / _SCORES["p90"]
    lowest = np.where(np.isnan(given["p2_5"]), centre + farther * (low - centre), given["p2_5"])
    highest = np.where(np.isnan(given["p97_5"]), centre + farther * (high - centre), given["p97_5"])
    knots = np.maximum.accumulate(np.clip(np.stack([lowest, low, centre, high, highest]), 0.0, None))
    names = [_SEPARATOR.join(map(str, key)) for key in wide.index]
    errors, weights = _errors_of(names, history, calendar, freq)
    cells = wide.index.to_frame(index=False)
    return _Spread(cells, starts, knots, errors, weights)


def _wide(wide: pd.DataFrame, name: str, starts: np.ndarray) -> np.ndarray:
    if name not in wide.columns.get_level_values(0):
        return np.full((len(wide), starts.size), np.nan)
    return np.asarray(wide[name].reindex(columns=pd.DatetimeIndex(starts)).to_numpy(dtype=float))


def _errors_of(
    names: Sequence[str], history: pd.DataFrame, calendar: Calendar, freq: str | None
) -> tuple[JointErrors, np.ndarray]:
    """Return the joint errors of named series, and the weights of the history's periods in the buckets."""
    known = history[history["period"] < np.datetime64(calendar.start)]
    if known.empty:
        return joint_errors(np.full((len(names), 1), np.nan), 1, 1), np.ones((1, len(calendar)))
    rows = pd.DataFrame(
        {
            "unique_id": known[list(KEY)].astype(str).agg(_SEPARATOR.join, axis=1),
            "ds": known["period"],
            "y": known["units"],
        }
    )
    clean = read_history(rows, freq)
    frequency = clean.frequency
    series, _ = complete_calendar(CleanHistory(clean.frame, frequency, ()))
    last = max(item.end for item in series)
    row_of = {item.unique_id: row for row, item in enumerate(series)}
    sold = np.vstack([matrix(series, last), np.full((1, last - min(item.start for item in series) + 1), np.nan)])
    steps = _steps_to(calendar, frequency, last)
    values = sold[[row_of.get(name, -1) for name in names]]
    return joint_errors(values, steps, frequency.season_length), period_weights(frequency, last + 1, steps, calendar)


def _steps_to(calendar: Calendar, frequency: Frequency, last: int) -> int:
    end = np.array([calendar.end], dtype="datetime64[D]") - np.timedelta64(1, "D")
    return int(frequency.ordinals(end)[0]) - last


def _drawn(spread: _Spread, draws: int, seed: int) -> Iterator[np.ndarray]:
    """Yield the draws some at a time, the same whatever their number at a time would be worth in memory."""
    errors, weights = spread.errors, spread.weights
    step = np.minimum(np.arange(weights.shape[0]), errors.over_time.shape[0] - 1)
    over_time = errors.over_time[np.ix_(step, step)]
    together = weights.T @ over_time @ weights
    within = (1 - PERIOD_CORRELATION) * (weights * (1 - weights)).sum(axis=0)
    total = np.diag(together) + within
    shared = np.sqrt(np.divide(np.diag(together), total, out=np.zeros_like(total), where=total > 0))
    size = np.sqrt(np.where(np.diag(together) > 0, np.diag(together), 1.0))
    root = _root(together / np.outer(size, size)).astype(np.float32)
    template, loading = _template(errors, weights, step)
    apart = np.sqrt(1 - loading**2)
    common = np.float32(np.sqrt(errors.mean_correlation))
    own = np.float32(np.sqrt(1 - errors.mean_correlation))
    _, count, buckets = spread.knots.shape
    knots = spread.knots.astype(np.float32)
    seeds = np.random.SeedSequence(seed).spawn(-(-draws // _DRAWS_AT_A_TIME))
    for number, sequence in enumerate(seeds):
        size_now = min(_DRAWS_AT_A_TIME, draws - number * _DRAWS_AT_A_TIME)
        rng = np.random.default_rng(sequence)
        score = own * rng.standard_normal((size_now, count, buckets), dtype=np.float32)
        score += common * rng.standard_normal((size_now, 1, buckets), dtype=np.float32)
        score = (score @ root.T) * apart
        if template.size:
            pick = rng.standard_normal((size_now, template.shape[0]), dtype=np.float32)
            score += np.tensordot(pick, template, axes=1) * loading
        score *= shared.astype(np.float32)
        score += np.sqrt(1 - shared**2).astype(np.float32) * rng.standard_normal(score.shape, dtype=np.float32)
        yield _units_of(score, knots)


def _units_of(score: np.ndarray, knots: np.ndarray) -> np.ndarray:
    """Return the units at normal scores: in a line between two quantiles, the last line going on beyond them."""
    at = [np.float32(value) for value in _SCORES.values()]
    units = knots[1] + (score - at[1]) * ((knots[1] - knots[0]) / (at[1] - at[0]))
    for left in (1, 2, 3):
        beyond = knots[left] + (score - at[left]) * ((knots[left + 1] - knots[left]) / (at[left + 1] - at[left]))
        units = np.where(score > at[left], beyond, units)
    return np.clip(units, 0.0, None)


def _template(errors: JointErrors, weights: np.ndarray, step: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return past errors by bucket, of variance 1 where known (origins × series × buckets), and their weight."""
    origins, count, _ = errors.scaled.shape
    if not origins:
        return np.zeros((0, count, weights.shape[1]), dtype=np.float32), np.zeros((count, 1), dtype=np.float32)
    by_bucket = np.einsum("kns,sb->knb", errors.scaled[:, :, step], weights.astype(np.float32))
    size = np.sqrt((by_bucket**2).sum(axis=0))
    by_bucket = np.divide(by_bucket, size, out=np.zeros_like(by_bucket), where=size > 0)
    return by_bucket, (errors.known * np.sqrt(1 - errors.share_apart)).astype(np.float32)[:, None]


def _root(correlation: np.ndarray) -> np.ndarray:
    values, vectors = np.linalg.eigh(correlation)
    return vectors * np.sqrt(np.clip(values, 0.0, None))


def level_codes(cells: pd.DataFrame, families: Mapping[str, str]) -> dict[str, list[str]]:
    """Return product, family and total of every series, as `ranges_by_level` takes them."""
    products = [str(code) for code in cells["product"]]
    family = [str(families.get(code, "")) for code in products]
    return {"product": products, "family": family, "total": [EVERYWHERE] * len(products)}
