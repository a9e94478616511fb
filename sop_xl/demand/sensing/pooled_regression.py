"""Effects of drivers on demand: regression on logs, shrunk towards the product and towards all series together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_ROUNDS = 30
_LONGEST_MEMORY = 0.9
_FIRST_SPREAD = 0.1
_SMALLEST = 1e-6
_HARMONICS = {12: 5, 52: 3, 4: 1, 7: 3}
_SEASONS_NEEDED = 2


@dataclass(frozen=True, slots=True)
class Effects:
    """Effects of k drivers on n series.

    Attributes:
        coefficient: change of log demand per unit of each driver (n × k); of a driver in logs, the elasticity.
        spread: standard deviation of what is not known about it (n × k).
        centre: mean of each driver over the rows it was learned from (n × k); effects are counted from there.
    """

    coefficient: np.ndarray
    spread: np.ndarray
    centre: np.ndarray

    def pull(self, drivers: np.ndarray) -> np.ndarray:
        """Return the change of log demand by driver (n × T × k); an unknown value changes nothing."""
        return np.nan_to_num(drivers - self.centre[:, None, :]) * self.coefficient[:, None, :]


def learn_effects(
    log_units: np.ndarray, drivers: np.ndarray, season_length: int, groups: Sequence[np.ndarray]
) -> Effects:
    """Return the effect of every driver on every series, learned on all series together.

    Level, linear trend and the seasonal profile of each series are taken out of demand and drivers alike
    (Frisch–Waugh), both are quasi-differenced with the common lag-1 correlation of the residuals (Cochrane–Orcutt), and
    ``β_group ~ N(β_parent, T)`` is learned level by level by expectation-maximisation: a series with few or weak
    observations keeps the effect of its group.

    Args:
        log_units: log of quantities (n × T), NaN where unknown.
        drivers: driver values (n × T × k), NaN where unknown: such a period is not learned from.
        season_length: periods per year.
        groups: levels from coarse to fine, each a number of the group of every series; the last is the series itself.

    References:
        Blattberg & George (1991), doi:10.1080/01621459.1991.10475029, on pooled price and promotion effects.
    """
    known = np.isfinite(log_units) & np.isfinite(drivers).all(axis=2)
    rows = np.maximum(known.sum(axis=1), 1)
    centre = np.where(known[..., None], drivers, 0.0).sum(axis=1) / rows[:, None]
    x = np.where(known[..., None], drivers - centre[:, None, :], 0.0)
    y = np.where(known, log_units, 0.0)
    shape = _nuisance(log_units.shape[1], season_length)
    first = _pool(*_projected(y, x, shape, known), groups)
    residual = np.where(known, y - np.einsum("itk,ik->it", x, first[0]), 0.0)
    residual = _without(residual, np.broadcast_to(shape, (*y.shape, shape.shape[1])), known)
    memory = _memory(residual, known)
    both = known[:, 1:] & known[:, :-1]
    y, x = y[:, 1:] - memory * y[:, :-1], x[:, 1:] - memory * x[:, :-1]
    shape = shape[1:] - memory * shape[:-1]
    coefficient, spread = _pool(*_projected(y, x, shape, both), groups)
    return Effects(coefficient, spread, centre)


def _nuisance(count: int, season_length: int) -> np.ndarray:
    """Return level, trend and the sines and cosines of the year, where two years are known (T × q)."""
    time = np.arange(count)
    columns = [np.ones(count), (time - time.mean()) / max(count, 1)]
    if count >= _SEASONS_NEEDED * season_length:
        for number in range(1, _HARMONICS.get(season_length, 0) + 1):
            angle = 2 * np.pi * number * time / season_length
            columns += [np.sin(angle), np.cos(angle)]
    return np.stack(columns, axis=1)


def _without(values: np.ndarray, shape: np.ndarray, known: np.ndarray) -> np.ndarray:
    """Return values (n × T) less their least-squares fit on shape (n × T × q), 0 where unknown."""
    weighted = np.where(known[..., None], shape, 0.0)
    gram = np.einsum("itq,itr->iqr", weighted, weighted) + _SMALLEST * np.eye(shape.shape[2])
    fit = np.linalg.solve(gram, np.einsum("itq,it->iq", weighted, values)[..., None])[..., 0]
    return np.where(known, values - np.einsum("itq,iq->it", shape, fit), 0.0)


def _projected(
    y: np.ndarray, x: np.ndarray, shape: np.ndarray, known: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return residuals of y and x on level, trend and season, and the degrees of freedom left per series."""
    full = np.broadcast_to(shape, (*y.shape, shape.shape[1]))
    y = _without(np.where(known, y, 0.0), full, known)
    parts = [_without(np.where(known, x[..., k], 0.0), full, known) for k in range(x.shape[2])]
    left = np.maximum(known.sum(axis=1) - shape.shape[1] - x.shape[2], 1)
    return y, np.stack(parts, axis=2), left


def _memory(residual: np.ndarray, known: np.ndarray) -> float:
    both = known[:, 1:] & known[:, :-1]
    product = np.where(both, residual[:, 1:] * residual[:, :-1], 0.0).sum(axis=1)
    size = np.where(both, np.square(residual[:, :-1]), 0.0).sum(axis=1)
    found = product[size > 0] / size[size > 0]
    return float(np.clip(np.median(found), 0.0, _LONGEST_MEMORY)) if found.size else 0.0


def _pool(
    y: np.ndarray, x: np.ndarray, left: np.ndarray, groups: Sequence[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return coefficients and their spread (n × k): all series together first, then level by level.

    What is not known of a group is its own posterior variance, and of its parent what it still leans on.
    """
    gram, cross = np.einsum("itk,itl->ikl", x, x), np.einsum("itk,it->ik", x, y)
    count = gram.shape[1]
    size = np.einsum("ikk->k", gram)
    scale = np.sqrt(np.where(size > 0, size, 1.0) / max(int(left.sum()), 1))
    ridge = np.diag(np.where(size > 0, 1e-3 * size, 1.0))
    beta = np.tile(np.linalg.solve(gram.sum(axis=0) + ridge, cross.sum(axis=0)), (len(y), 1))
    error = y - np.einsum("itk,ik->it", x, beta)
    common = max(float(np.square(error).sum() / left.sum()), _SMALLEST)
    unknown = np.tile(np.diag(np.linalg.inv(gram.sum(axis=0) / common + ridge)), (len(y), 1))
    for numbers in groups:
        error = y - np.einsum("itk,ik->it", x, beta)
        noise = np.maximum(np.square(error).sum(axis=1) / left, _SMALLEST)
        groups_there = int(numbers.max()) + 1
        precision, evidence = np.zeros((groups_there, count, count)), np.zeros((groups_there, count))
        np.add.at(precision, numbers, gram / noise[:, None, None])
        np.add.at(evidence, numbers, cross / noise[:, None])
        parent = np.zeros((groups_there, count))
        parent[numbers] = beta
        surprise = evidence - np.einsum("gkl,gl->gk", precision, parent)
        informed = np.einsum("gkk->gk", precision) > 0
        between = _FIRST_SPREAD / scale**2
        for _ in range(_ROUNDS):
            covariance = np.linalg.inv(precision + np.diag(1 / between))
            step = np.einsum("gkl,gl->gk", covariance, surprise)
            moments = np.square(step) + np.einsum("gkk->gk", covariance)
            told = np.where(informed, moments, 0.0).sum(axis=0) / np.maximum(informed.sum(axis=0), 1)
            between = np.maximum(told, _SMALLEST / scale**2)
        beta = (parent + step)[numbers]
        kept = 1 - np.einsum("gkl,glk->gk", covariance, precision)
        own = np.einsum("gkk->gk", covariance)
        unknown = own[numbers] + np.square(np.clip(kept, 0.0, 1.0))[numbers] * unknown
    return beta, np.sqrt(unknown)
