"""Totals split to parts: whole units that add up, none further than a unit from its exact part."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sop_xl.supply.split import largest_remainder, shares


@given(
    totals=arrays(float, 5, elements=st.floats(0, 1e6).map(lambda x: round(x, 3))),
    weights=arrays(float, 14, elements=st.floats(0, 100)),
)
def test_parts_add_up_and_lie_within_a_unit_of_their_exact_share(totals: np.ndarray, weights: np.ndarray) -> None:
    group = np.array([0, 0, 1, 2, 2, 2, 2, 3, 3, 3, 4, 4, 4, 4])
    parts = largest_remainder(totals, weights, group)
    assert np.bincount(group, parts) == pytest.approx(totals, rel=1e-12, abs=1e-9)
    assert (parts >= 0).all()
    exact = totals[group] * shares(weights, group)
    assert (np.abs(parts - exact) < 2).all()
    assert np.bincount(group, shares(weights, group)) == pytest.approx(1)


def test_seats_of_hamilton_s_method() -> None:
    """Ten seats for parties of 47, 16, 15.8, 12 and 9.2 %: seats left go to the largest remainders."""
    seats = largest_remainder(np.array([10.0]), np.array([47.0, 16.0, 15.8, 12.0, 9.2]), np.zeros(5, dtype=int))
    assert seats.tolist() == [5, 2, 1, 1, 1]


def test_without_weights_parts_are_even_and_fractions_go_to_the_part_with_most() -> None:
    parts = largest_remainder(np.array([4.0, 7.5]), np.array([0.0, 0.0, 3.0, 1.0]), np.array([0, 0, 1, 1]))
    assert parts.tolist() == [2.0, 2.0, 5.5, 2.0]
