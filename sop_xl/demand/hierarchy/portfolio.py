"""A portfolio in levels: the history of every level, and forecasts of all levels from now and from past origins."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.frequency import Frequency
from sop_xl.demand.hierarchy.choice import PastForecast
from sop_xl.demand.hierarchy.tree import Tree
from sop_xl.demand.joint_errors import matrix, past_errors

_ORIGINS = 4
_LONGEST_TEST = 13
_TESTED_LEAVES = 120

Forecaster = Callable[[Sequence[Series], int], np.ndarray]
"""Forecasts of series over so many periods after their last one (series × periods)."""


@dataclass(frozen=True, slots=True)
class Portfolio:
    """The histories of all levels.

    Attributes:
        tree: which series add up to which.
        start: ordinal of the first period.
        values: quantities, NaN before a series begins (series of all levels × periods).
        frequency: grid of the periods.
    """

    tree: Tree
    start: int
    values: np.ndarray
    frequency: Frequency

    def series(self, rows: Sequence[int], periods: int | None = None) -> list[Series]:
        """Return some series over all periods or the first ones, named by their row; those not begun are left out."""
        found = []
        for row in rows:
            own = self.values[row, :periods]
            begun = np.flatnonzero(np.isfinite(own))
            if begun.size:
                y = own[begun[0] :]
                found.append(Series(f"{row:09d}", self.start + int(begun[0]), y, np.ones(y.size, dtype=bool)))
        return found

    def errors(self, periods: int | None = None) -> np.ndarray:
        """Return past errors one step ahead of all series, as `minimum_trace` takes them (series × errors)."""
        return past_errors(self.values[:, :periods], 1, self.frequency.season_length)[:, :, 0].T


def make_portfolio(tree: Tree, leaves: Sequence[Series], end: int, frequency: Frequency) -> Portfolio:
    """Return the histories of all levels from those of the leaves, in the order of the tree, up to a period."""
    own = matrix(leaves, end)
    begun = tree.add_up(np.isfinite(own).astype(float)) > 0
    values = np.where(begun, tree.add_up(np.where(np.isfinite(own), own, 0.0)), np.nan)
    return Portfolio(tree, min(item.start for item in leaves), values, frequency)


def forecast_rows(portfolio: Portfolio, horizon: int, forecaster: Forecaster, periods: int | None = None) -> np.ndarray:
    """Return forecasts of all series after the first ``periods`` (all when None), 0 for those not begun.

    A series with a single leaf has the forecast of that leaf.
    """
    single = portfolio.tree.only_children()
    rows = np.arange(portfolio.tree.size)
    needed = [int(row) for row in rows if single[row] in (-1, row)]
    series = portfolio.series(needed, periods)
    made = np.zeros((portfolio.tree.size, horizon))
    if series:
        made[[int(item.unique_id) for item in series]] = forecaster(series, horizon)
    return made[np.where(single >= 0, single, rows)]


def past_forecasts(portfolio: Portfolio, horizon: int, forecaster: Forecaster) -> list[PastForecast]:
    """Return forecasts of all levels from up to four past origins, each knowing only what came before it.

    They look at most one season (13 periods) ahead, a third of that apart, and need two seasons of history. Too large
    a portfolio is represented by 120 SKU-channels: see `sample`.

    Args:
        portfolio: the histories.
        horizon: periods of the plan.
        forecaster: what the forecasts are made with.
    """
    season = portfolio.frequency.season_length
    steps = min(horizon, max(season, 2), _LONGEST_TEST)
    length = portfolio.values.shape[1]
    found = []
    for number in range(_ORIGINS):
        origin = length - steps - number * max(1, steps // 3)
        if origin < 2 * season + 1:
            break
        known = portfolio.values[:, :origin]
        lag = season if origin > season else 1
        change = (known[:, lag:] - known[:, :-lag]) ** 2
        seen = np.isfinite(change)
        scale = np.where(seen, change, 0.0).sum(axis=1) / np.maximum(seen.sum(axis=1), 1)
        base = forecast_rows(portfolio, steps, forecaster, origin)
        actual = np.nan_to_num(portfolio.values[:, origin : origin + steps])
        found.append(PastForecast(base, actual, portfolio.errors(origin), scale))
    return found


def sample(portfolio: Portfolio, leaves: int = _TESTED_LEAVES) -> Portfolio:
    """Return a portfolio small enough to be tested: every n-th series of the level above the leaves, large and small.

    Their leaves come along whole, and the levels above are the sums of what was taken.
    """
    tree = portfolio.tree
    count = len(tree.codes[tree.bottom])
    if count <= leaves:
        return portfolio
    above = tree.rows(tree.bottom - 1)
    by_size = np.argsort(-np.nansum(portfolio.values[above], axis=1), kind="stable")
    every = -(-count // leaves)
    taken = np.isin(tree.parents[tree.bottom], by_size[every // 2 :: every])
    kept = np.flatnonzero(taken)
    codes: list[tuple[str, ...]] = [tuple(tree.codes[tree.bottom][row] for row in kept)]
    parents: list[np.ndarray] = []
    position = kept
    for level in range(tree.bottom, 0, -1):
        used, place = np.unique(tree.parents[level][position], return_inverse=True)
        parents.insert(0, place)
        codes.insert(0, tuple(tree.codes[level - 1][row] for row in used))
        position = used
    smaller = Tree(tree.levels, tuple(codes), (np.empty(0, dtype=int), *parents))
    own = portfolio.values[tree.rows(tree.bottom)][kept]
    begun = smaller.add_up(np.isfinite(own).astype(float)) > 0
    values = np.where(begun, smaller.add_up(np.nan_to_num(own)), np.nan)
    return Portfolio(smaller, portfolio.start, values, portfolio.frequency)
