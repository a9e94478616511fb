"""Any quantile of a forecast from the three that the engine gives."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

LEAST, MOST = 0.01, 0.99
"""Quantiles outside are not given: three points say nothing about the far ends of a distribution."""

_Z90 = NormalDist().inv_cdf(0.9)


def quantile(p10: ArrayLike, p50: ArrayLike, p90: ArrayLike, share: float) -> np.ndarray:
    """Return the quantile of each period, never below 0; at 0.1, 0.5 and 0.9 it is the forecast's own.

    Between and beyond them the distribution is taken as two halves of a normal one, each with the spread of its side
    (split normal): ``p50 + (p90 − p50) · z(share) / z(0.9)`` above the median and with ``p50 − p10`` below it. A
    quantile of one period; those of several must not be added up.

    Args:
        p10: tenth percentile per period, in units.
        p50: median per period.
        p90: ninetieth percentile per period.
        share: probability that the period's quantity is not above the quantile, 0.01 … 0.99.

    Raises:
        ValueError: the share is outside these.

    References:
        Wallis (2014), The two-piece normal, binormal, or double Gaussian distribution, doi:10.1214/13-STS417.
    """
    if not LEAST <= share <= MOST:
        raise ValueError(f"quantile {share} is outside {LEAST} … {MOST}")
    low, middle, high = (np.asarray(values, dtype=float) for values in (p10, p50, p90))
    side = high - middle if share >= 0.5 else middle - low
    return np.clip(middle + side * (NormalDist().inv_cdf(share) / _Z90), 0.0, None)
