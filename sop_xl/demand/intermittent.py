"""Items that sell now and then: one set of weights learned on all of them, held to the forecast of their total."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sop_xl.demand.calendar_completion import Series
from sop_xl.demand.ensemble import combine, latest, local_members
from sop_xl.demand.ranges import LEVELS

LEAST_ITEMS = 30
"""With fewer intermittent items in the portfolio nothing is learned, and each is forecast by itself."""

POOLED = "pooled rates"
"""Name of the method in results."""

_DISCOUNTS = (0.1, 0.2, 0.4)
_BLOCKS = ((0, 3), (3, 6), (6, 12))
_MOST_CUTS = 12
_SHORTEST_PAST = 12
_LONGEST_AHEAD = 12
_LEAST_ROWS = 100
_LEAST_SALES_A_PERIOD = 30
_ROUNDS = 5
_LEAST_RATE = 0.05
_MOST_WEIGHT = 20.0
_MOST_CHANGE = 2.0
_COMMON_MEAN = 100.0
_RANGE_WINDOW = 36


def pooled_forecasts(items: Sequence[Series], horizon: int, season_length: int) -> np.ndarray | None:
    """Return the mean demand (items × horizon) of intermittent items learned together; None for too few of them.

    Two forecasts of each item and period are combined by their geometric mean:

    * the item's rate, a weighted sum of its means over the last 3, the 3 before, the 6 before, all periods and three
      discounted means. The weights (>= 0) are learned on all items: at the last twelve cuts through the histories
      they explain best what was sold after the cut (Poisson quasi-likelihood, so that large items do not rule).
      Because of this they also know how fast demand of such items fades.
    * the item's share of the total, that share going by the rates. The total, every item counted in its usual order
      size, is a smooth series with trend and season and is forecast like one. It stands at rate where the total sells
      less than thirty times a period or is known for less than two seasons.

    Args:
        items: intermittent histories, those that have stopped selling among them (else only survivors teach).
        horizon: number of periods.
        season_length: periods per season, 1 for none.

    References:
        Syntetos & Boylan (2005), doi:10.1016/j.ijforecast.2004.10.001; Wedderburn (1974), doi:10.1093/biomet/61.3.439
        (quasi-likelihood); Dekker, van Donselaar & Ouwehand (2004), doi:10.1016/j.ijpe.2003.10.006 (season of groups).
    """
    if len(items) < LEAST_ITEMS:
        return None
    pasts = [latest(item.y, season_length) for item in items]
    grid = np.full((len(items), max(map(len, pasts))), np.nan)
    for row, y in enumerate(pasts):
        grid[row, grid.shape[1] - len(y) :] = y
    weights = _learned_weights(grid, horizon)
    if weights is None:
        return None
    rate = _means(grid) @ weights
    share = _share_of_total(items, rate, horizon, season_length)
    return np.sqrt(rate[:, None] * share)


def intermittent_range(forecast: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return P2.5, P10, P90 and P97.5 (4 × steps) of an intermittent item: whether anything is sold, and how much.

    A period sells with probability ``forecast / mean order``; the orders are those of the last 36 periods (of all,
    where none was in these). Widened to contain the forecast, which is a mean and may lie above a P90 of 0.
    """
    recent = y[-_RANGE_WINDOW:]
    orders = np.sort(recent[recent > 0] if (recent > 0).any() else y[y > 0])
    if not orders.size:
        return np.stack([np.zeros(forecast.size)] * 2 + [forecast] * 2)
    sells = np.clip(forecast / orders.mean(), 0.0, 1.0)
    return np.stack(
        [
            (np.minimum if share < 0.5 else np.maximum)(_mixed_quantile(orders, sells, share), forecast)
            for share in LEVELS
        ]
    )


def _mixed_quantile(orders: np.ndarray, sells: np.ndarray, share: float) -> np.ndarray:
    """Return the quantile of a quantity that is 0 with probability 1 − `sells` and one of the orders otherwise."""
    within = np.divide(share - (1 - sells), sells, out=np.full(sells.size, -1.0), where=sells > 0)
    return np.where(within < 0, 0.0, np.quantile(orders, np.clip(within, 0.0, 1.0)))


def _means(grid: np.ndarray) -> np.ndarray:
    """Return the means of every history (rows, right-aligned, NaN before the start) that the weights apply to."""
    known = np.isfinite(grid)
    filled = np.where(known, grid, 0.0)
    overall = _ratio(filled.sum(axis=1), known.sum(axis=1), 0.0)
    width = grid.shape[1]
    columns = []
    for near, far in _BLOCKS:
        part = slice(max(width - far, 0), max(width - near, 0))
        columns.append(_ratio(filled[:, part].sum(axis=1), known[:, part].sum(axis=1), overall))
    columns.append(overall)
    ages = np.arange(width - 1.0, -1.0, -1.0)
    for discount in _DISCOUNTS:
        weight = (1 - discount) ** ages
        columns.append(_ratio(filled @ weight, known @ weight, overall))
    return np.column_stack(columns)


def _ratio(above: np.ndarray, below: np.ndarray, otherwise: np.ndarray | float) -> np.ndarray:
    return np.divide(above, below, out=np.broadcast_to(otherwise, above.shape).astype(float), where=below > 0)


def _learned_weights(grid: np.ndarray, horizon: int) -> np.ndarray | None:
    """Return the weights of the means that explain best what was sold after earlier cuts; None with too few rows."""
    from scipy.optimize import nnls

    ahead = min(horizon, _LONGEST_AHEAD)
    width = grid.shape[1]
    rows, targets, scales = [], [], []
    for cut in range(width - ahead, max(width - ahead - _MOST_CUTS, _SHORTEST_PAST - 1), -1):
        past, after = grid[:, :cut], grid[:, cut : cut + ahead].mean(axis=1)
        usable = (np.isfinite(past).sum(axis=1) >= _SHORTEST_PAST) & (past > 0).any(axis=1)
        scale = np.nanmean(past[usable], axis=1)
        rows.append(_means(past[usable]) / scale[:, None])
        targets.append(after[usable] / scale)
        scales.append(np.minimum(scale, _MOST_WEIGHT * np.median(scale)) if scale.size else scale)
    if not rows or sum(map(len, rows)) < _LEAST_ROWS:
        return None
    x, target, scale = np.concatenate(rows), np.concatenate(targets), np.concatenate(scales)
    expected = np.maximum(x.mean(axis=1), _LEAST_RATE)
    for _ in range(_ROUNDS):
        root = np.sqrt(scale / np.maximum(expected, _LEAST_RATE))
        weights, _ = nnls(x * root[:, None], target * root)
        expected = x @ weights
    return weights


def _share_of_total(items: Sequence[Series], rate: np.ndarray, horizon: int, season_length: int) -> np.ndarray:
    """Return every item's share (items × horizon) of the forecast of the total; its rate where there is none."""
    flat = np.repeat(rate[:, None], horizon, axis=1)
    last = max(item.end for item in items)
    span = 2 * max(season_length, _SHORTEST_PAST)
    lengths = np.array([len(item.y) if item.end == last else 0 for item in items])
    if (lengths >= span).sum() < LEAST_ITEMS:
        return flat
    span = int(np.median(lengths[lengths >= span]))
    panel = np.flatnonzero(lengths >= span)
    history = np.stack([items[int(row)].y[-span:] for row in panel])
    sold = (history > 0).sum(axis=1)
    active, counts = panel[sold > 0], sold[sold > 0]
    if counts.sum() < _LEAST_SALES_A_PERIOD * span or len(active) < LEAST_ITEMS:
        return flat
    order = history[sold > 0].sum(axis=1) / counts
    total = (history[sold > 0] / order[:, None]).sum(axis=0)
    unit = total.mean() / _COMMON_MEAN
    members = local_members(total / unit, horizon, season_length)
    expected = (rate[active] / order).sum()
    if not members or expected <= 0:
        return flat
    change = combine({name: member.mean for name, member in members.items()}) * unit / expected
    change = np.clip(change, 1 / _MOST_CHANGE, _MOST_CHANGE)
    for row, item in enumerate(items):
        late = min(last - item.end, horizon)
        flat[row, late:] *= change[: horizon - late]
    return flat
