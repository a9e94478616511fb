"""Many paths of demand from P10, P50 and P90: correlated between families and from bucket to bucket."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

Z90 = 1.2815515594
"""Standard normal deviate that one value in ten exceeds."""
LEAST_EIGENVALUE = 1e-6


class DemandPaths(Protocol):
    """Anything that draws paths of demand."""

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return demand, shape (buckets, paths, families), float32, in units, at least 0."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class QuantilePaths:
    """Paths whose P10, P50 and P90 in every bucket are those of the forecast.

    A standard normal z is drawn for every family and bucket. Above the median demand is p50 + z (p90 − p50) / 1.2816,
    below it p50 + z (p50 − p10) / 1.2816, and at least 0. In a bucket, z of two families correlate as ``correlation``
    says; from bucket to bucket z_t = ρ z_{t−1} + √(1 − ρ²) e_t with ρ = ``persistence``: a forecast that is too low in
    one month is likely to be too low in the next.

    Attributes:
        p10, p50, p90: shape (families, buckets), p10 ≤ p50 ≤ p90.
        correlation: shape (families, families), symmetric with ones on the diagonal.
        persistence: ρ, from 0 (independent) to below 1.
    """

    p10: np.ndarray
    p50: np.ndarray
    p90: np.ndarray
    correlation: np.ndarray
    persistence: float

    def draw(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return demand, shape (buckets, paths, families), float32, in units, at least 0."""
        families, buckets = self.p50.shape
        mixed = _root(self.correlation).astype(np.float32).T
        keep, new = np.float32(self.persistence), np.float32(np.sqrt(1 - self.persistence**2))
        middle, low, high = (part.T.astype(np.float32) for part in (self.p50, self.p50 - self.p10, self.p90 - self.p50))
        demand = rng.standard_normal((buckets, count, families), dtype=np.float32)
        z = np.zeros((count, families), dtype=np.float32)
        for t in range(buckets):
            shock = demand[t] @ mixed
            z = shock if t == 0 else keep * z + new * shock
            width = np.where(z < 0, low[t] / np.float32(Z90), high[t] / np.float32(Z90))
            np.multiply(z, width, out=demand[t])
            demand[t] += middle[t]
            np.maximum(demand[t], 0, out=demand[t])
        return demand


def _root(correlation: np.ndarray) -> np.ndarray:
    """Return a matrix whose product with its transpose is the correlation, or the nearest one that can be one."""
    values, vectors = np.linalg.eigh((correlation + correlation.T) / 2)
    root = vectors * np.sqrt(np.maximum(values, LEAST_EIGENVALUE))
    return root / np.linalg.norm(root, axis=1, keepdims=True)


def correlation_of(histories: np.ndarray, season: int = 12, shrink: float = 0.5) -> np.ndarray:
    """Return the correlation of yearly changes between families, half of it taken off towards independence.

    Args:
        histories: units per family and period, shape (families, periods), the last period last.
        season: periods of a year.
        shrink: how far towards the identity (Ledoit & Wolf 2004, doi:10.1016/S0047-259X(03)00096-4, with a fixed
            weight: with 20 families and some years of months the sample alone is mostly noise).
    """
    families, periods = histories.shape
    if periods < 2 * season or families < 2:
        return np.eye(families)
    before, now = histories[:, :-season], histories[:, season:]
    change = np.log1p(np.maximum(now, 0)) - np.log1p(np.maximum(before, 0))
    spread = change.std(axis=1)
    scaled = (change - change.mean(axis=1, keepdims=True)) / np.where(spread > 0, spread, 1.0)[:, None]
    found = scaled @ scaled.T / change.shape[1]
    found = (1 - shrink) * found
    np.fill_diagonal(found, 1.0)
    return found


def width_of_sum(widths: np.ndarray, alike: float) -> np.ndarray:
    """Return the half-width of the range of a sum from those of its parts: √(a (Σw)² + (1 − a) Σw²).

    Args:
        widths: half-widths, parts along the first axis.
        alike: correlation a of any two parts, 0 to 1.
    """
    return np.sqrt(alike * widths.sum(axis=0) ** 2 + (1 - alike) * (widths**2).sum(axis=0))
