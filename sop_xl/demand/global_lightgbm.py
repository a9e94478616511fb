"""LightGBM models that learn from all series of a portfolio together, on changes of logarithms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sop_xl.demand.ensemble import LONGEST_SMOOTHED_SEASON, Mode, latest
from sop_xl.demand.seasonal_adjustment import seasonal_component

if TYPE_CHECKING:
    import lightgbm

_MIN_ROWS = 200
_MAX_ROWS = 400_000
_MAX_GROWTH = 6.0  # bound of |log forecast - log last season|, about a factor of 400
_LEAST_CHANGE = 0.01
_SERIES_PER_GROUP, _MOST_GROUPS = 70, 20
_DISCOUNTS = (0.1, 0.3, 0.5)


@dataclass(frozen=True, slots=True)
class View:
    """How a global model looks at the series.

    Attributes:
        difference: distance of the change that is learned: 1 or the season length.
        adjusted: True takes the season out first and puts it back afterwards.
    """

    difference: int
    adjusted: bool = False

    @property
    def name(self) -> str:
        """Name of the member, such as ``LightGBM d12`` or, seasonally adjusted, ``LightGBM sa``."""
        return "LightGBM sa" if self.adjusted else f"LightGBM d{self.difference}"


def views(season_length: int, mode: Mode = Mode.FULL) -> tuple[View, ...]:
    """Return the views that suit a season: changes of the seasonally adjusted series, changes, seasonal changes.

    A preview takes the first alone. Without a season (years) there are none: histories are too short to learn from.
    """
    if season_length == 1:
        return ()
    if season_length > LONGEST_SMOOTHED_SEASON:
        return (View(1),)
    if mode is Mode.PREVIEW:
        return (View(1, adjusted=True),)
    return View(1, adjusted=True), View(1), View(season_length)


@dataclass(frozen=True, slots=True)
class Features:
    """Which past values of a differenced series explain the next one.

    Attributes:
        lags: distances in periods, 1 = the value before.
        windows: lengths of the rolling means that end at lag 1.
        season_length: lag at which a rolling mean over two values ends, and length of the rolling spread.
        needed: lag that must be known for a row to be learned from.
    """

    lags: tuple[int, ...]
    windows: tuple[int, ...]
    season_length: int
    needed: int

    @property
    def depth(self) -> int:
        """Return how many past values a row needs at most."""
        return max(*self.lags, *self.windows, self.season_length + 1)

    def matrix(self, past: np.ndarray, traits: np.ndarray) -> np.ndarray:
        """Return one row of features per series from its last `depth` values and its traits (NaN = unknown)."""
        columns = [past[:, -lag] for lag in self.lags]
        columns += [past[:, -window:].mean(axis=1) for window in self.windows]
        stop = past.shape[1] - self.season_length + 1
        columns.append(past[:, stop - 2 : stop].mean(axis=1))
        columns.append(past[:, -self.season_length :].std(axis=1))
        known = np.nan_to_num(past[:, -max(self.windows) :])
        ages = np.arange(known.shape[1] - 1.0, -1.0, -1.0)
        columns += [known @ (discount * (1 - discount) ** ages) for discount in _DISCOUNTS]
        return np.column_stack([*columns, traits])


def features_for(season_length: int) -> Features:
    """Return the lags 1 … season + 1 and two seasons, with rolling means (13 lags for weekly histories)."""
    if season_length > LONGEST_SMOOTHED_SEASON:
        near = tuple(range(1, 14))
        around = (season_length - 1, season_length, season_length + 1)
        return Features(near + around, (4, 8, 13), season_length=season_length, needed=13)
    shares = (max(2, season_length // 4), max(2, season_length // 2), season_length, 2 * season_length)
    lags = (*range(1, season_length + 2), 2 * season_length)
    return Features(lags, tuple(sorted(set(shares))), season_length=season_length, needed=season_length + 1)


def learned_members(
    series: Mapping[str, np.ndarray], horizon: int, season_length: int, seed: int, mode: Mode = Mode.FULL
) -> dict[str, dict[str, np.ndarray]]:
    """Return the forecasts of all views by series and member name; a view with too little data to learn is left out.

    Args:
        series: histories by name, scaled to comparable levels.
        horizon: number of periods to forecast.
        season_length: periods per season.
        seed: seed of the row and column sampling.
        mode: all views, or the quick one.
    """
    found: dict[str, dict[str, np.ndarray]] = {}
    for view in views(season_length, mode):
        eligible = [name for name, y in series.items() if len(y) > 2 * view.difference]
        if not eligible:
            continue
        forecasts = global_forecasts([series[name] for name in eligible], horizon, season_length, view, seed, mode)
        if forecasts is None:
            continue
        for name, values in zip(eligible, forecasts, strict=True):
            found.setdefault(name, {})[view.name] = values
    return found


def global_forecasts(
    series: Sequence[np.ndarray],
    horizon: int,
    season_length: int,
    view: View,
    seed: int,
    mode: Mode = Mode.FULL,
) -> np.ndarray | None:
    """Return forecasts (series × horizon) of one model learned on all series together, or None if too little data.

    Each series is taken as ``z_t = (x_t - x_{t-d}) / c`` with *x* the logarithm of the history, seasonally adjusted
    or not, *d* the difference and *c* the mean absolute change of the series, so that every series counts alike.
    The model predicts the next *z* under absolute loss from lags, rolling means and spreads, discounted means and
    the group the series belongs to by length, size of change, spread and season, and is applied step by step over
    the horizon. One thread and fixed seeds make the result reproducible.

    Args:
        series: histories, scaled to comparable levels, each longer than the difference.
        horizon: number of periods to forecast.
        season_length: periods per season.
        view: how the model looks at the series.
        seed: seed of the row and column sampling.
        mode: decides how many seasons of a long history are used.

    References:
        Montero-Manso & Hyndman (2021), doi:10.1016/j.ijforecast.2021.03.004 (global models);
        Ke et al. (2017), LightGBM.
    """
    features = features_for(season_length)
    whole = [np.log1p(latest(y, season_length, mode)) for y in series]
    season = season_length if view.adjusted else 1
    components = [seasonal_component(x, season, horizon) for x in whole]
    logs = [x - component[: len(x)] for x, component in zip(whole, components, strict=True)]
    changes = [x[view.difference :] - x[: -view.difference] for x in logs]
    scales = np.array([np.abs(change).mean() + _LEAST_CHANGE for change in changes])
    grid = np.full((len(logs), max(map(len, changes)) + features.depth), np.nan)
    for row, (change, scale) in enumerate(zip(changes, scales, strict=True)):
        grid[row, grid.shape[1] - change.size :] = change / scale
    traits = _traits(logs, scales, components)
    learned = _training_rows(grid, features, traits)
    if learned is None:
        return None
    booster = _fit(*learned, seed=seed)
    past = grid[:, -features.depth :]
    ahead = np.empty((len(logs), horizon))
    for step in range(horizon):
        ahead[:, step] = np.asarray(booster.predict(features.matrix(past, traits), num_threads=1))
        past = np.column_stack([past[:, 1:], ahead[:, step]])
    recent = np.stack([x[-view.difference :] for x in logs])
    levels = np.empty_like(ahead)
    for step in range(horizon):
        before = recent[:, step] if step < view.difference else levels[:, step - view.difference]
        levels[:, step] = before + ahead[:, step] * scales
    levels += np.stack([component[-horizon:] for component in components])
    highest = np.array([x.max() for x in whole])[:, None]
    return np.expm1(np.clip(levels, 0.0, highest + _MAX_GROWTH))


def _traits(logs: Sequence[np.ndarray], scales: np.ndarray, components: Sequence[np.ndarray]) -> np.ndarray:
    """Return the group of every series by length, size of change, spread and season: about 70 series to a group.

    Groups instead of the figures themselves: a model could otherwise learn each series by heart.
    """
    count = min(len(logs) // _SERIES_PER_GROUP, _MOST_GROUPS)
    if count < 2:
        return np.empty((len(logs), 0))
    figures = [
        np.array([len(x) for x in logs], dtype=float),
        scales,
        np.array([x.std() for x in logs]),
        np.array([np.abs(component).mean() for component in components]),
    ]
    shares = np.arange(1, count) / count
    return np.column_stack([np.searchsorted(np.quantile(f, shares), f) for f in figures]).astype(float)


def _training_rows(grid: np.ndarray, features: Features, traits: np.ndarray) -> tuple[np.ndarray, np.ndarray] | None:
    """Return features and targets of all periods with enough known past, the latest `_MAX_ROWS` at most."""
    rows, targets, count = [], [], 0
    for target in range(grid.shape[1] - 1, features.depth - 1, -1):
        usable = np.isfinite(grid[:, target]) & np.isfinite(grid[:, target - features.needed])
        if not usable.any():
            continue
        rows.append(features.matrix(grid[usable, target - features.depth : target], traits[usable]))
        targets.append(grid[usable, target])
        count += int(usable.sum())
        if count >= _MAX_ROWS:
            break
    if count < _MIN_ROWS:
        return None
    return np.concatenate(rows), np.concatenate(targets)


def _fit(rows: np.ndarray, targets: np.ndarray, seed: int) -> lightgbm.Booster:
    import lightgbm

    parameters = {
        "objective": "l1",
        "learning_rate": 0.03,
        "num_leaves": 31,
        "min_child_samples": 30,
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "feature_fraction": 0.5,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
    }
    return lightgbm.train(parameters, lightgbm.Dataset(rows, targets), num_boost_round=250)
