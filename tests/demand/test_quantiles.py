"""Any quantile from the five of a forecast: exact there, on the normal curve between them, rising, never below 0."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.demand.quantiles import KNOTS, quantile


def test_the_five_given_are_met() -> None:
    knots = np.array([[60.0], [80], [100], [140], [200]])
    assert [quantile(knots, share)[0] for share in KNOTS.values()] == pytest.approx([60, 80, 100, 140, 200])


@pytest.mark.parametrize("share", [0.01, 0.05, 0.3, 0.77, 0.95, 0.99])
def test_a_normal_distribution_is_met_between_and_beyond_them(share: float) -> None:
    normal = NormalDist(100, 20)
    knots = np.array([[normal.inv_cdf(at)] for at in KNOTS.values()])
    assert quantile(knots, share)[0] == pytest.approx(normal.inv_cdf(share))


@given(st.lists(st.floats(0, 1e6), min_size=5, max_size=5), st.floats(0.01, 0.98))
def test_a_larger_share_is_never_a_smaller_quantity(values: list[float], share: float) -> None:
    knots = np.sort(values)[:, None]
    one, other = quantile(knots, share)[0], quantile(knots, share + 0.01)[0]
    assert 0 <= one <= other * (1 + 1e-12)


@pytest.mark.parametrize("share", [0, 0.009, 0.995, 1, 90])
def test_the_far_ends_are_refused(share: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        quantile([[1], [1], [2], [3], [3]], share)
