"""The quantity to buy once, before an uncertain demand: too many are left over, too few are lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from sop_xl.supply.safety_stock import normal_loss


@dataclass(frozen=True, slots=True)
class Purchase:
    """A quantity bought and what is to be expected of it, in units.

    Attributes:
        quantity: units bought.
        sales: expected units sold.
        short: expected demand not met.
        left: expected units left over.
        in_stock: probability that demand is met in full.
    """

    quantity: float
    sales: float
    short: float
    left: float
    in_stock: float

    def profit(self, price: float, cost: float, salvage: float) -> float:
        """Return the expected profit: price of the units sold and salvage of those left, less the cost of all."""
        return price * self.sales + salvage * self.left - cost * self.quantity


def critical_ratio(price: float, cost: float, salvage: float = 0.0) -> float:
    """Return ``(price − cost) / (price − salvage)``: the probability with which it pays to meet demand.

    Raises:
        ValueError: not price > cost > salvage.

    References:
        Arrow, Harris & Marschak (1951), Optimal inventory policy, doi:10.2307/1906813.
    """
    if not price > cost > salvage:
        raise ValueError("price must be above cost, and cost above salvage")
    return (price - cost) / (price - salvage)


def buy_for_normal(mean: float, sd: float, ratio: float) -> Purchase:
    """Return the best purchase for normal demand: ``μ + z σ`` with z = Φ⁻¹(ratio), at least 0.

    Expected units short are ``σ L(z)`` with the normal loss function L.

    Args:
        mean: average demand μ.
        sd: standard deviation σ, positive.
        ratio: critical ratio, above 0 and below 1.
    """
    quantity = max(0.0, mean + NormalDist().inv_cdf(ratio) * sd)
    z = (quantity - mean) / sd
    short = sd * normal_loss(z)
    sales = mean - short
    return Purchase(quantity, sales, short, quantity - sales, NormalDist().cdf(z))


def buy_for_samples(demands: Sequence[float], ratio: float) -> Purchase:
    """Return the best purchase where demand is one of some equally likely values.

    The quantity is the smallest value that at least a share ``ratio`` of them does not exceed.

    Args:
        demands: possible demands, at least one.
        ratio: critical ratio, above 0 and below 1.
    """
    ordered = sorted(demands)
    count = len(ordered)
    at = next(at for at in range(count) if (at + 1) / count >= ratio - 1e-12)
    quantity = max(0.0, ordered[at])
    sales = sum(min(quantity, demand) for demand in ordered) / count
    short = sum(max(0.0, demand - quantity) for demand in ordered) / count
    met = sum(demand <= quantity for demand in ordered) / count
    return Purchase(quantity, sales, short, quantity - sales, met)
