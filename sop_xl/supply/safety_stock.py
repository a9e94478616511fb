"""Safety stock from the variability of demand and lead time and a service target, for normal demand."""

from __future__ import annotations

from math import erfc, exp, pi, sqrt
from statistics import NormalDist

_NORMAL = NormalDist()
_LARGEST_FACTOR = 38.0
_STEPS = 200


def normal_loss(z: float) -> float:
    """Return the standard normal loss function ``L(z) = φ(z) − z (1 − Φ(z))``: expected units short per unit of sd.

    References:
        Silver, Pyke & Peterson (1998), Inventory Management and Production Planning and Scheduling, appendix II.
    """
    return exp(-z * z / 2) / sqrt(2 * pi) - z * 0.5 * erfc(z / sqrt(2))


def factor_for_loss(loss: float) -> float:
    """Return the z at which the normal loss function has a value; the inverse of :func:`normal_loss`.

    Raises:
        ValueError: the loss is not positive.
    """
    if loss <= 0:
        raise ValueError("the loss must be positive")
    low, high = -max(_LARGEST_FACTOR, loss + 1), _LARGEST_FACTOR
    for _ in range(_STEPS):
        middle = (low + high) / 2
        low, high = (middle, high) if normal_loss(middle) > loss else (low, middle)
    return (low + high) / 2


def sd_over_lead_time(sd: float, lead_time: float, *, mean: float = 0.0, lead_time_sd: float = 0.0) -> float:
    """Return the standard deviation of demand over the lead time, ``√(L σ² + μ² σ_L²)``, in units.

    Demands of the periods are independent of each other and of the lead time.

    Args:
        sd: standard deviation σ of demand per period.
        lead_time: average L in periods, the review period included where stock is looked at only then.
        mean: average demand μ per period.
        lead_time_sd: standard deviation σ_L of the lead time, in periods.

    References:
        Silver, Pyke & Peterson (1998), section 7.10.
    """
    return sqrt(lead_time * sd * sd + (mean * lead_time_sd) ** 2)


def for_cycle_service(spread: float, service: float) -> float:
    """Return the safety stock ``z σ_L`` with no stock-out in a share of the replenishment cycles; at least 0.

    Args:
        spread: standard deviation of demand over the lead time, in units.
        service: cycle service P₁, above 0 and below 1; z = Φ⁻¹(P₁).
    """
    return max(0.0, _NORMAL.inv_cdf(service) * spread)


def for_fill_rate(spread: float, fill_rate: float, order_quantity: float) -> float:
    """Return the safety stock with which a share of the units is delivered from stock; at least 0.

    The units expected short per order are those the target allows: ``σ_L L(k) = Q (1 − P₂)``, and the stock is k σ_L.
    A target that is reached without safety stock gives 0.

    Args:
        spread: standard deviation of demand over the lead time, in units.
        fill_rate: P₂, above 0 and below 1; what is short is delivered later.
        order_quantity: units per order Q, positive.

    References:
        Silver, Pyke & Peterson (1998), section 7.7.
    """
    if spread == 0:
        return 0.0
    return max(0.0, factor_for_loss(order_quantity * (1 - fill_rate) / spread) * spread)
