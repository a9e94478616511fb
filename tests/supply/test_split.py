"""Totals of families split to products: whole units that add up, none further than a unit from its exact part."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sop_xl.supply.split import largest_remainder, split_table


@given(
    totals=arrays(float, 5, elements=st.floats(0, 1e6).map(lambda x: round(x, 3))),
    shares=arrays(float, (4, 5), elements=st.floats(0, 100)),
)
def test_parts_add_up_and_lie_within_a_unit_of_their_exact_share(totals: np.ndarray, shares: np.ndarray) -> None:
    parts = largest_remainder(totals, shares)
    assert parts.sum(axis=0) == pytest.approx(totals, rel=1e-12, abs=1e-9)
    assert (parts >= 0).all()
    sums = shares.sum(axis=0)
    exact = totals * np.where(sums > 0, shares / np.where(sums > 0, sums, 1), 0.25)
    assert (np.abs(parts - exact) < 2).all()


def test_seats_of_hamilton_s_method() -> None:
    """A hundred seats for parties of 47, 16, 15.8, 12 and 9.2 %: seats left go to the largest remainders."""
    seats = largest_remainder(np.array([10.0]), np.array([[47.0], [16.0], [15.8], [12.0], [9.2]]))
    assert seats[:, 0].tolist() == [5, 2, 1, 1, 1]


def test_a_table_of_families_becomes_one_of_products() -> None:
    table = pd.DataFrame(
        {
            "product": ["F", "F", "G"],
            "location": "S",
            "period": [1, 2, 1],
            "units": [10.0, 7.5, 3.0],
            "stock": [1.0, 0, 2],
        }
    )
    shares = pd.DataFrame(
        {
            "product": ["A", "B", "A", "B"],
            "family": "F",
            "location": "S",
            "period": [1, 1, 2, 2],
            "share": [3.0, 1.0, 0.0, 0.0],
        }
    )
    split = split_table(table, shares, ["units", "stock"]).set_index(["product", "period"])
    assert split["units"].to_dict() == {("A", 1): 8.0, ("A", 2): 5.5, ("B", 1): 2.0, ("B", 2): 2.0, ("G", 1): 3.0}
    assert split.groupby("family")["stock"].sum().to_dict() == {"F": 1.0, "G": 2.0}
