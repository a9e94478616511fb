"""Lead times are times: a month is a month in a week, a month, a quarter and a year."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sop_xl.model.plan import PlanningInputs
from sop_xl.supply.lead_time import keeps_until, lead_time, there_from

from .case import asked, column, inputs, planned

KINDS = ["month", "month", "quarter", "year", "year"]
STARTS = ["2026-01-01", "2026-02-01", "2026-03-01", "2026-06-01", "2027-06-01"]


def telescoping(**tables: list[dict[str, object]]) -> PlanningInputs:
    """Two months, a quarter and two years, with 1 unit a day asked."""
    calendar = [{"period": day, "kind": kind} for day, kind in zip(STARTS, KINDS, strict=True)]
    demand = [
        {"product": "A", "period": day, "units": u} for day, u in zip(STARTS, (31, 28, 92, 365, 366), strict=True)
    ]
    settings = {"rates_per": "month", "shortage": "lost_sales"}
    return inputs(settings, calendar=calendar, demand=demand, price_cost=[{"product": "A", "price": 10}], **tables)


def test_a_month_is_the_next_bucket_of_a_month_and_a_twelfth_of_a_year() -> None:
    found = lead_time(telescoping(), 1, "months")
    assert dict(found.of(0)) == {1: 1.0} and dict(found.of(1)) == {2: 1.0}
    assert dict(found.of(2)) == pytest.approx({2: 61 / 92, 3: 31 / 92}, abs=0.01)
    assert dict(found.of(3)) == pytest.approx({3: 335 / 365, 4: 30 / 365}, abs=0.01)
    assert dict(found.of(4)) == {4: 1.0} and found.reach[4] == pytest.approx(11 / 12, abs=0.01)


def test_a_yearly_bucket_is_not_starved_by_a_lead_time_of_a_month() -> None:
    given = telescoping(
        routings=[{"product": "A", "location": "P"}],
        bom=[{"product": "A", "item": "STEEL", "quantity": 1}],
        materials=[{"item": "STEEL", "unit_cost": 1, "lead_time": 1, "period_limit": 32, "on_hand": 31}],
    )
    plan = planned(given)
    assert plan.kpis["fill_rate"] == pytest.approx(1, abs=0.002)
    assert column(plan, "material_plan", "arrived")[-1] > 300


def test_weeks_and_days_are_parts_of_months_and_buckets_are_counted() -> None:
    given = telescoping()
    assert dict(lead_time(given, 1, "weeks").of(0)) == pytest.approx({0: 24 / 31, 1: 7 / 31})
    assert dict(lead_time(given, 59, "days").of(0)) == pytest.approx({2: 1.0})
    assert dict(lead_time(given, 2, "buckets").of(0)) == {2: 1.0} and lead_time(given, 9, "buckets").ordering == ()


def test_a_step_is_there_from_its_day_on_and_stock_keeps_until_its_day() -> None:
    given = telescoping()
    assert there_from(given, 0, 4, "months") == pytest.approx((0, 0, 31 / 92, 1, 1), abs=0.01)
    assert keeps_until(given, 1) == (0, 1, 2, 3, 4)
    assert keeps_until(given, 3) == (2, 2, 2, 3, 4)


@given(lead=st.floats(0, 14), unit=st.sampled_from(["months", "weeks", "days"]))
def test_what_is_ordered_arrives_once_never_early_and_in_order(lead: float, unit: str) -> None:
    given = telescoping()
    found = lead_time(given, lead, unit)
    ends = [0.0]
    for t, arrivals in enumerate(found.arrivals):
        assert all(u >= t for u, _ in arrivals)
        assert sum(share for _, share in arrivals) == pytest.approx(1 if arrivals else 0)
        assert 0 <= found.reach[t] <= 1 + 1e-9
        if arrivals:
            assert arrivals[0][0] >= ends[-1] - 1e-9
            ends.append(float(arrivals[-1][0]))


def test_service_goes_before_money_and_the_first_channel_before_the_second() -> None:
    """A unit costs 30 and sells at 20: for profit nothing is made, for service all that 8 hours allow, X before Y."""
    company = {
        "channels": [{"channel": "X", "priority": 1}, {"channel": "Y", "priority": 2}],
        "demand": [*asked("A", [3, 3], price=20, channel="X"), *asked("A", [9, 9], price=25, channel="Y")],
        "resources": [{"resource": "M", "location": "P", "hours": 5}],
        "routings": [{"product": "A", "resource": "M", "hours_per_unit": 1, "cost_per_unit": 30}],
    }
    profit = planned(inputs({"shortage": "lost_sales", "objective": "profit"}, **company))
    service = planned(inputs({"shortage": "lost_sales", "objective": "service"}, **company))
    assert profit.kpis["fill_rate"] == 0 and profit.kpis["profit"] == 0
    assert column(service, "sales_plan", "delivered", channel="X") == pytest.approx([3, 3])
    assert column(service, "sales_plan", "delivered", channel="Y") == pytest.approx([2, 2])
    assert service.kpis["profit"] == pytest.approx(6 * 20 + 4 * 25 - 10 * 30)
