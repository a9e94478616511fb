"""Demand over a lead time, smooth or lumpy: how likely it exceeds a stock, and by how much on average."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil, log, log1p, sqrt
from typing import Protocol

import numpy as np
from scipy.special import gammaincc, gammaln, ndtr

_ROUNDS = 45
_FAR = 30.0
"""Standard deviations above the mean beyond which no number of orders is counted."""
_NEVER = 1e-13
_LARGEST_SHAPE = 1e4


class LeadTimeDemand(Protocol):
    """Demand over some time, in units; ``mean`` is what is expected of it."""

    @property
    def mean(self) -> np.ndarray:
        """Expected units."""
        ...

    def above(self, stock: np.ndarray) -> np.ndarray:
        """Return the probability that demand exceeds a stock."""
        ...

    def short(self, stock: np.ndarray) -> np.ndarray:
        """Return the units by which demand exceeds a stock on average."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class SmoothDemand:
    """Normal demand, elementwise: ``mean`` and standard deviation ``sd`` are arrays of one shape, sd may be 0."""

    mean: np.ndarray
    sd: np.ndarray

    def above(self, stock: np.ndarray) -> np.ndarray:
        """Return the probability that demand exceeds a stock."""
        return np.asarray(ndtr((self.mean - stock) / self._width))

    def short(self, stock: np.ndarray) -> np.ndarray:
        """Return the units by which demand exceeds a stock on average: sd × L(z), z = (stock − mean) / sd."""
        z = (stock - self.mean) / self._width
        loss = np.exp(-np.minimum(z * z, 1400) / 2) / sqrt(2 * np.pi) - z * ndtr(-z)
        return np.asarray(np.maximum(self._width * loss, 0.0))

    @property
    def _width(self) -> np.ndarray:
        return np.asarray(np.maximum(self.sd, 1e-12 * (1 + np.abs(self.mean))))


@dataclass(frozen=True, slots=True, eq=False)
class LumpyDemand:
    """Few orders of different size: their number is Poisson, over a lead time that varies negative binomial.

    Sizes are gamma distributed. ``beyond`` is what is taken beyond the order point when it is passed (stock looked at
    all the time): units that the stock must bear as well.

    Attributes:
        orders: expected number of orders μ.
        orders_var: its variance, at least μ: λ T + λ² σ_L² at λ orders a month.
        size, size_sd: mean and standard deviation of an order.
        beyond: expected units below the order point, (size² + size_sd²) / (2 size), or 0.

    References:
        Burgin (1975), The gamma distribution and inventory control, Operational Research Quarterly 26(3), 507-525.
        Syntetos, Babai & Boylan: Intermittent Demand Forecasting (2021), chapter 4.
    """

    orders: float
    orders_var: float
    size: float
    size_sd: float
    beyond: float = 0.0

    @property
    def mean(self) -> np.ndarray:
        """Expected units, without those below the order point."""
        return np.asarray(self.orders * self.size)

    def above(self, stock: np.ndarray) -> np.ndarray:
        """Return the probability that demand exceeds a stock."""
        level = np.maximum(np.asarray(stock) - self.beyond, 0.0)
        weights, shapes, scale = self._counts()
        exceeded = (weights[:, None] * gammaincc(shapes[:, None], np.ravel(level) / scale)).sum(axis=0)
        return np.where(np.asarray(stock) < self.beyond, 1.0, exceeded.reshape(level.shape))

    def short(self, stock: np.ndarray) -> np.ndarray:
        """Return the units by which demand exceeds a stock on average."""
        level = np.maximum(np.asarray(stock) - self.beyond, 0.0)
        weights, shapes, scale = self._counts()
        x = np.ravel(level) / scale
        over = shapes[:, None] * gammaincc(shapes[:, None] + 1, x) - x * gammaincc(shapes[:, None], x)
        units = scale * (weights[:, None] * over).sum(axis=0)
        return units.reshape(level.shape) + np.maximum(self.beyond - np.asarray(stock), 0.0)

    def _counts(self) -> tuple[np.ndarray, np.ndarray, float]:
        """Return weights of 1, 2, … orders, the gamma shapes of their sums, and the scale."""
        shape = min((self.size / self.size_sd) ** 2, _LARGEST_SHAPE) if self.size_sd > 0 else _LARGEST_SHAPE
        k = np.arange(1, ceil(self.orders + _FAR * (1 + sqrt(self.orders_var))) + 1)
        if self.orders <= 0:
            return np.zeros(len(k)), k * shape, self.size / shape
        more = self.orders_var - self.orders
        if more > 1e-9 * self.orders:
            r, p = self.orders**2 / more, self.orders / self.orders_var
            chance = gammaln(k + r) - gammaln(r) - gammaln(k + 1) + r * log(p) + k * log1p(-p)
        else:
            chance = k * log(self.orders) - self.orders - gammaln(k + 1)
        weights = np.exp(chance)
        likely = weights > _NEVER
        return weights[likely], k[likely] * shape, self.size / shape


def stock_for_cycle_service(demand: LeadTimeDemand, target: float) -> np.ndarray:
    """Return the least stock that demand exceeds with probability 1 − target at most."""
    return _least(lambda stock: demand.above(stock) <= 1 - target, demand.mean)


def stock_for_fill_rate(
    demand: LeadTimeDemand, before: LeadTimeDemand | None, quantity: np.ndarray, target: float
) -> np.ndarray:
    """Return the least stock with which a share of the units is delivered from stock; what is short comes later.

    - Stock filled up to a level S at every review (``before`` given): units short per review
      E(D_{L+R} − S)⁺ − E(D_L − S)⁺ ≤ (1 − P₂) × demand of a review.
    - A quantity Q ordered when stock falls to s: E(D − s)⁺ − E(D − s − Q)⁺ ≤ (1 − P₂) × Q.

    Args:
        demand: over lead time and review.
        before: over the lead time alone; None where a fixed quantity is ordered.
        quantity: units per order, or demand of a review.
        target: P₂, above 0 and below 1.

    References:
        Silver, Pyke & Thomas (2017), Inventory and Production Management in Supply Chains, sections 6.9 and 6.11.
    """
    return _least(lambda stock: units_short(demand, before, quantity, stock) <= (1 - target) * quantity, demand.mean)


def units_short(
    demand: LeadTimeDemand, before: LeadTimeDemand | None, quantity: np.ndarray, stock: np.ndarray
) -> np.ndarray:
    """Return the units expected short between two arrivals, see :func:`stock_for_fill_rate`."""
    known = demand.short(stock + quantity) if before is None else before.short(stock)
    return demand.short(stock) - known


def _least(enough: Callable[[np.ndarray], np.ndarray], mean: np.ndarray) -> np.ndarray:
    """Return the least stock, elementwise and at least 0, that is enough; by doubling and halving."""
    low, high = np.zeros(np.shape(mean)), np.maximum(np.asarray(mean, dtype=float), 1e-9)
    for _ in range(_ROUNDS):
        done = enough(high)
        if np.all(done):
            break
        high = np.where(done, high, 2 * high)
    for _ in range(_ROUNDS):
        middle = (low + high) / 2
        done = enough(middle)
        low, high = np.where(done, low, middle), np.where(done, middle, high)
    return np.where(enough(np.zeros(np.shape(mean))), 0.0, high)
