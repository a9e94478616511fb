"""Totals split to their parts: in whole units that add up exactly, by largest remainder, or in fractions."""

from __future__ import annotations

import numpy as np


def shares(weights: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return weights in parts of the sum of their group; a group without any weight is split evenly.

    Args:
        weights: one a part, at least 0; last axis parts.
        group: positions of the groups of the parts, in ascending order, none left out.
    """
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]]) if len(group) else np.zeros(0, dtype=int)
    if not len(starts):
        return weights
    sums = np.add.reduceat(weights, starts, axis=-1)[..., group]
    counts = np.bincount(group)[group]
    return np.where(sums > 0, weights / np.where(sums > 0, sums, 1.0), 1.0 / counts)


def largest_remainder(totals: np.ndarray, weights: np.ndarray, group: np.ndarray) -> np.ndarray:
    """Return totals split by weights: whole units, each within one unit of its exact part, that add up to the total.

    Every part gets the whole units of its exact part; units that are left go to the largest remainders, the first of
    equal ones. A total that is not whole keeps its fraction: the part with most takes it.

    Args:
        totals: shape (groups,), at least 0.
        weights: shape (parts,), at least 0; a group whose weights are all 0 is split evenly.
        group: positions of the groups of the parts, in ascending order, none left out.

    References:
        Balinski & Young (2001), Fair Representation: the method of Hamilton.
    """
    if not len(group):
        return np.zeros(0)
    whole = np.floor(totals + 1e-9)
    exact = shares(weights, group) * whole[group]
    units = np.floor(exact + 1e-9)
    starts = np.flatnonzero(np.r_[True, group[1:] != group[:-1]])
    left = np.rint(whole - np.add.reduceat(units, starts))
    order = np.lexsort((units - exact, group))
    rank = np.empty(len(group))
    rank[order] = np.arange(len(group)) - starts[group]
    units += rank < left[group]
    most = np.lexsort((-units, group))[starts]
    units[most] += np.maximum(totals - whole, 0.0)
    return units
