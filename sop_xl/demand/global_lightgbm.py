"""One LightGBM model for all series of a portfolio, on differenced logarithms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import lightgbm

_MIN_ROWS = 200
_MAX_ROWS = 400_000
_MAX_GROWTH = 6.0  # bound of |log forecast - log last season|, about a factor of 400


@dataclass(frozen=True, slots=True)
class Features:
    """Which past values of a differenced series explain the next one.

    Attributes:
        lags: distances in periods, 1 = the value before.
        windows: lengths of the rolling means that end at lag 1.
        season_length: lag at which a rolling mean over two values ends; 0 for none.
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

    def matrix(self, past: np.ndarray) -> np.ndarray:
        """Return one row of features per series from its last `depth` values (series × periods, NaN = unknown)."""
        columns = [past[:, -lag] for lag in self.lags]
        columns += [past[:, -window:].mean(axis=1) for window in self.windows]
        if self.season_length:
            stop = past.shape[1] - self.season_length + 1
            columns.append(past[:, stop - 2 : stop].mean(axis=1))
        return np.stack(columns, axis=1)


def features_for(season_length: int) -> Features:
    """Return the lags 1 … season + 1 and two seasons, with rolling means (13 lags for weekly histories)."""
    if season_length == 1:
        return Features(lags=(1, 2, 3, 4), windows=(2, 4), season_length=0, needed=3)
    if season_length > 24:
        near = tuple(range(1, 14))
        around = (season_length - 1, season_length, season_length + 1)
        return Features(near + around, (4, 8, 13), season_length=season_length, needed=13)
    windows = tuple(sorted({max(2, season_length // 4), max(2, season_length // 2), season_length}))
    lags = (*range(1, season_length + 2), 2 * season_length)
    return Features(lags, windows, season_length=season_length, needed=season_length + 1)


def global_forecasts(
    series: Sequence[np.ndarray], horizon: int, season_length: int, difference: int, seed: int
) -> np.ndarray | None:
    """Return forecasts (series × horizon) of one model learned on all series together, or None if too little data.

    Each series is taken as ``z_t = log1p(y_t) - log1p(y_{t-d})`` with difference *d*; the model predicts
    ``z_{t+1}`` under absolute loss from lags and rolling means and is applied step by step over the horizon.
    One thread and fixed seeds make the result reproducible.

    Args:
        series: histories, scaled to comparable levels, each longer than `difference`.
        horizon: number of periods to forecast.
        season_length: periods per season.
        difference: 1 or the season length.
        seed: seed of the row and column sampling.

    References:
        Montero-Manso & Hyndman (2021), doi:10.1016/j.ijforecast.2021.03.004 (global models);
        Ke et al. (2017), LightGBM.
    """
    features = features_for(season_length)
    logs = [np.log1p(y) for y in series]
    known_length = max(len(y) for y in logs) - difference
    grid = np.full((len(logs), known_length + features.depth), np.nan)
    for row, y in enumerate(logs):
        change = y[difference:] - y[:-difference]
        grid[row, grid.shape[1] - change.size :] = change
    learned = _training_rows(grid, features)
    if learned is None:
        return None
    booster = _fit(*learned, seed=seed)
    past = grid[:, -features.depth :]
    changes = np.empty((len(logs), horizon))
    for step in range(horizon):
        changes[:, step] = np.asarray(booster.predict(features.matrix(past), num_threads=1))
        past = np.column_stack([past[:, 1:], changes[:, step]])
    recent = np.stack([y[-difference:] for y in logs])
    levels = np.empty_like(changes)
    for step in range(horizon):
        before = recent[:, step] if step < difference else levels[:, step - difference]
        levels[:, step] = before + changes[:, step]
    highest = np.array([y.max() for y in logs])[:, None]
    return np.expm1(np.clip(levels, 0.0, highest + _MAX_GROWTH))


def _training_rows(grid: np.ndarray, features: Features) -> tuple[np.ndarray, np.ndarray] | None:
    """Return features and targets of all periods with enough known past, the latest `_MAX_ROWS` at most."""
    rows, targets, count = [], [], 0
    for target in range(grid.shape[1] - 1, features.depth - 1, -1):
        usable = np.isfinite(grid[:, target]) & np.isfinite(grid[:, target - features.needed])
        if not usable.any():
            continue
        rows.append(features.matrix(grid[usable, target - features.depth : target]))
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
        "feature_fraction": 0.8,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbosity": -1,
    }
    return lightgbm.train(parameters, lightgbm.Dataset(rows, targets), num_boost_round=250)
