"""Making forecasts of several levels add up: from one level, by minimum trace, and never negative."""

from __future__ import annotations

import numpy as np

from sop_xl.demand.hierarchy.tree import Tree
from sop_xl.demand.joint_errors import shrinkage

_LEAST_SPREAD = 1e-4
_LEAST_ERRORS = 3
_NEXT_TO_NOTHING = 1e-9


def from_level(tree: Tree, base: np.ndarray, level: int) -> np.ndarray:
    """Keep the forecasts of one level; those below share it by their own forecasts, those above are its sums.

    The lowest level is bottom-up, the top one top-down by forecast proportions, one between middle-out. Where the
    children of a series are all forecast to be 0 they stay so, and the series follows them. Units.

    Args:
        tree: which series add up to which.
        base: forecasts of all series, >= 0 (series × periods), made level by level and not adding up.
        level: the level that is kept.

    References:
        Gross & Sohl (1990), doi:10.1002/for.3980090304; Athanasopoulos, Ahmed & Hyndman (2009),
        doi:10.1016/j.ijforecast.2008.07.004.
    """
    kept = base[tree.rows(level)]
    for lower in range(level + 1, tree.bottom + 1):
        own = base[tree.rows(lower)]
        kept = own * _ratio(kept, tree.up(own, lower))[tree.parents[lower]]
    return tree.add_up(kept)


def minimum_trace(tree: Tree, base: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Adjust the forecasts of all levels as little as their errors allow so that they add up (MinT, shrinkage).

    ``ỹ = ŷ − W C′(C W C′)⁻¹ C ŷ`` with ``C`` a row per series that has parts (it − its parts = 0) and
    ``W = λ D + (1 − λ) V``, ``V`` the covariance of the errors, ``D`` its diagonal and λ after Schäfer & Strimmer.
    Because ``C D C′`` has as many entries as the tree has branches and ``V`` is of the rank of the number of errors,
    neither ``W`` nor its inverse is ever written out: time and memory are linear in the number of series. Then no
    forecast is negative: see `never_negative`. Units.

    Args:
        tree: which series add up to which.
        base: forecasts of all series (series × periods).
        errors: past forecast errors of all series, NaN where unknown (series × errors).

    References:
        Wickramasuriya, Athanasopoulos & Hyndman (2019), doi:10.1080/01621459.2018.1448825;
        Schäfer & Strimmer (2005), doi:10.2202/1544-6115.1175.
    """
    from scipy.sparse import csc_matrix, diags_array
    from scipy.sparse.linalg import splu

    parent_rows = np.concatenate(
        [tree.rows(level - 1).start + tree.parents[level] for level in range(1, tree.bottom + 1)]
    )
    aggregates, size = tree.rows(tree.bottom).start, tree.size
    constraint = csc_matrix(
        (
            np.concatenate([np.ones(aggregates), -np.ones(size - 1)]),
            (
                np.concatenate([np.arange(aggregates), parent_rows]),
                np.concatenate([np.arange(aggregates), np.arange(1, size)]),
            ),
        ),
        shape=(aggregates, size),
    )
    spread, scaled = _standardised(errors, base)
    share = shrinkage(scaled)
    low_rank = scaled * (spread[:, None] * np.sqrt((1 - share) / max(scaled.shape[1], 1)))
    diagonal = share * spread**2
    factor = splu((constraint @ diags_array(diagonal) @ constraint.T).tocsc())
    gap = constraint @ base
    across = constraint @ low_rank
    inner = np.eye(across.shape[1]) + across.T @ factor.solve(across)
    weight = factor.solve(gap)
    weight -= factor.solve(across @ np.linalg.solve(inner, across.T @ weight))
    back = constraint.T @ weight
    leaves = (base - diagonal[:, None] * back - low_rank @ (low_rank.T @ back))[tree.rows(tree.bottom)]
    return never_negative(tree, tree.add_up(leaves))


def never_negative(tree: Tree, coherent: np.ndarray) -> np.ndarray:
    """Return coherent forecasts without negative ones: clipped level by level, sisters giving what was added.

    From the top down a negative series becomes 0 and its sisters are scaled to add up to their parent, so that the
    levels above keep their forecast. Where nothing is negative nothing changes. Units.
    """
    if (coherent[tree.rows(tree.bottom)] >= 0).all():
        return coherent
    return from_level(tree, np.clip(coherent, 0.0, None), 0)


def _ratio(kept: np.ndarray, summed: np.ndarray) -> np.ndarray:
    return np.divide(kept, summed, out=np.ones_like(summed), where=summed > _NEXT_TO_NOTHING * kept)


def _standardised(errors: np.ndarray, base: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the root mean square of each series' errors, and the errors over it with 0 where unknown.

    A series with fewer than three known errors has the relative error that is usual in the portfolio.
    """
    known = np.isfinite(errors)
    count = known.sum(axis=1)
    values = np.where(known, errors, 0.0)
    spread = np.sqrt((values**2).sum(axis=1) / np.maximum(count, 1))
    mean = base.mean(axis=1)
    enough = (count >= _LEAST_ERRORS) & (mean > _NEXT_TO_NOTHING * mean.max())
    relative = float(np.median(spread[enough] / mean[enough])) if enough.any() else 1.0
    spread = np.where(count >= _LEAST_ERRORS, spread, relative * mean)
    spread = np.maximum(spread, _LEAST_SPREAD * max(float(spread.mean()), _LEAST_SPREAD))
    scaled = values / spread[:, None]
    scaled *= np.sqrt(errors.shape[1] / np.maximum(count, 1))[:, None]
    return spread, scaled
