"""Any quantile from P10, P50 and P90: exact at the three, rising, never below 0."""

from __future__ import annotations

from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.demand.quantiles import quantile


def test_the_three_given_are_met_and_the_rest_is_that_of_two_half_normals() -> None:
    low, middle, high = [80.0], [100.0], [140.0]
    assert [quantile(low, middle, high, share)[0] for share in (0.1, 0.5, 0.9)] == pytest.approx([80, 100, 140])
    upper = NormalDist(100, 40 / NormalDist().inv_cdf(0.9))
    assert quantile(low, middle, high, 0.975)[0] == pytest.approx(upper.inv_cdf(0.975))


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0.01, 0.98))
def test_a_larger_share_is_never_a_smaller_quantity(middle: float, below: float, above: float, share: float) -> None:
    p10, p90 = max(0.0, middle - below), middle + above
    one, other = (quantile([p10], [middle], [p90], s)[0] for s in (share, share + 0.01))
    assert 0 <= one <= other


@pytest.mark.parametrize("share", [0, 0.009, 0.995, 1, 90])
def test_the_far_ends_are_refused(share: float) -> None:
    with pytest.raises(ValueError, match="outside"):
        quantile([1], [2], [3], share)
