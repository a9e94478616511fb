"""Available to promise: a case by hand, the textbook's rule stated a second time, and what must hold of any promise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.supply.available import available_to_promise, cumulative_atp

from .case import MONTHS, asked, inputs, planned

TABLES = {
    "locations": [{"location": "DC"}, {"location": "SHOP"}],
    "inventory": [{"product": "A", "location": "DC", "on_hand": 20}],
    "scheduled_receipts": [
        {"product": "A", "location": "DC", "period": MONTHS[2], "quantity": 30},
        {"product": "A", "location": "DC", "period": MONTHS[4], "quantity": 30},
    ],
    "open_orders": [
        {"product": "A", "location": "DC", "channel": "ALL", "period": day, "quantity": units}
        for day, units in {
            "2025-12-01": 2,
            MONTHS[0]: 3,
            MONTHS[1]: 3,
            MONTHS[2]: 2,
            MONTHS[3]: 40,
            MONTHS[5]: 12,
        }.items()
    ],
}


def test_a_case_by_hand() -> None:
    """20 on hand and 30 in months 3 and 5; promised are 5 (2 of them overdue), 3, 2, 40, 0 and 12.

    Months 1–2: 20 − 8 = 12. Months 3–4: 30 − 42 = −12, which takes the 12 of month 1: 0. Months 5–6: 30 − 12 = 18.
    """
    plan = planned(inputs(demand=asked("A", [1] * 6, price=9, location="DC"), **TABLES))
    table = plan.tables["available_to_promise"]
    assert table["atp"].to_list() == [0, 0, 0, 0, 18, 0]
    assert table["cumulative_atp"].to_list() == [0, 0, 0, 0, 18, 18]
    assert table["position"].to_list() == [15, 12, 40, 0, 30, 18]
    assert table["on_hand"].to_list() == [20, 0, 0, 0, 0, 0] and table["committed"].sum() == 62
    assert (table["cumulative_atp_with_plan"] == table["cumulative_atp"]).all(), "nothing is made or bought"


def test_what_is_released_is_firm_and_what_is_planned_comes_on_top() -> None:
    """Ten a month are made at most; the first month is frozen at 4, the second brings 6 more to the customers of 10."""
    given = inputs(
        demand=asked("A", [4, 6], price=9, location="DC"),
        resources=[{"resource": "M", "location": "DC", "hours": 10}],
        routings=[{"product": "A", "resource": "M", "hours_per_unit": 1}],
        frozen_production=[{"product": "A", "location": "DC", "period": MONTHS[0], "units": 4}],
        open_orders=[{"product": "A", "location": "DC", "channel": "ALL", "period": MONTHS[1], "quantity": 1}],
    )
    table = planned(given).tables["available_to_promise"]
    assert table["released"].to_list() == [4, 0] and table["planned"].to_list() == pytest.approx([0, 6])
    assert table["cumulative_atp"].to_list() == [3, 3]
    assert table["cumulative_atp_with_plan"].to_list() == pytest.approx([4, 9])


def test_more_promised_than_comes_is_below_zero_from_the_first_month_it_cannot_be_kept() -> None:
    supply, orders = np.array([5.0, 0, 10]), np.array([0.0, 8, 0])
    assert cumulative_atp(supply, orders).tolist() == [-3, -3, 7]


def test_nothing_known_is_no_row() -> None:
    given = inputs(demand=asked("A", [1], location="DC"))
    empty = planned(given).tables["inventory_plan"].iloc[:0]
    assert available_to_promise(given, empty).empty


def by_the_book(supply: list[int], orders: list[int]) -> list[int]:
    """Discrete ATP: what comes less the orders until more comes; a lack takes from what came before, nearest first."""
    arrivals = [t for t, units in enumerate(supply) if t == 0 or units > 0]
    found = [0] * len(supply)
    for t, following in zip(arrivals, [*arrivals[1:], len(supply)], strict=True):
        found[t] = supply[t] - sum(orders[t:following])
    for t in reversed(arrivals[1:]):
        lack, found[t] = min(found[t], 0), max(found[t], 0)
        before = next(u for u in reversed(arrivals) if u < t)
        found[before] += lack
    return found


units = st.lists(st.integers(0, 30), min_size=1, max_size=9)


@settings(derandomize=True, deadline=None)
@given(units, st.data())
def test_it_is_the_rule_of_the_textbook(supply: list[int], data: st.DataObject) -> None:
    orders = data.draw(st.lists(st.integers(0, 20), min_size=len(supply), max_size=len(supply)))
    found = np.diff(cumulative_atp(np.array(supply), np.array(orders)), prepend=0)
    assert found.tolist() == by_the_book(supply, orders)


@settings(derandomize=True, deadline=None)
@given(units, st.data())
def test_all_of_it_can_be_promised_and_not_a_unit_more(supply: list[int], data: st.DataObject) -> None:
    orders = np.array(data.draw(st.lists(st.integers(0, 20), min_size=len(supply), max_size=len(supply))))
    comes = np.array(supply)
    free = cumulative_atp(comes, orders)
    assert (np.diff(free) >= 0).all()
    if free[0] < 0:
        assert (np.cumsum(comes - orders)).min() == free[0]
        return
    promised = orders + np.diff(free, prepend=0)
    assert (np.cumsum(comes - promised) >= 0).all()
    t = data.draw(st.integers(0, len(supply) - 1))
    assert cumulative_atp(comes, promised)[t] == 0, "nothing is left to promise up to any bucket"
