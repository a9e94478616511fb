"""Any quantile of a forecast from the five that the engine gives."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
from numpy.typing import ArrayLike

KNOTS = {"p2_5": 0.025, "p10": 0.1, "p50": 0.5, "p90": 0.9, "p97_5": 0.975}
"""Columns of a forecast that hold quantiles, and the share of outcomes below each."""
LEAST, MOST = 0.01, 0.99
"""Quantiles outside are not given: five points say nothing about the far ends of a distribution."""

_SCORES = np.array([NormalDist().inv_cdf(share) for share in KNOTS.values()])


def quantile(knots: ArrayLike, share: float) -> np.ndarray:
    """Return the quantile of each period, never below 0; at the five knots it is the forecast's own.

    Between two knots the quantity runs in a line with the normal score ``z(share)``, so that a normal distribution is
    met exactly; beyond the outer knots the last line goes on. A quantile of one period; those of several must not be
    added up.

    Args:
        knots: P2.5, P10, P50, P90 and P97.5 per period, in units (5 × periods), rising.
        share: probability that the period's quantity is not above the quantile, 0.01 … 0.99.

    Raises:
        ValueError: the share is outside these.
    """
    if not LEAST <= share <= MOST:
        raise ValueError(f"quantile {share} is outside {LEAST} … {MOST}")
    values = np.asarray(knots, dtype=float)
    score = NormalDist().inv_cdf(share)
    left = int(np.clip(np.searchsorted(_SCORES, score, side="right") - 1, 0, len(_SCORES) - 2))
    along = (score - _SCORES[left]) / (_SCORES[left + 1] - _SCORES[left])
    return np.clip(values[left] + along * (values[left + 1] - values[left]), 0.0, None)
