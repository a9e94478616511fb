"""Hours of resources and limits of people per bucket."""

from __future__ import annotations

from math import inf

import pytest

from sop_xl.supply.capacity import resources, workforces

from .case import MONTHS, asked, column, inputs, planned


def test_hours_come_from_shifts_days_and_efficiency_less_downtime_and_machines_out() -> None:
    given = inputs(
        demand=asked("A", [0, 0, 0, 0]),
        calendar=[{"period": MONTHS[t], "working_days": 25 if t == 3 else None} for t in range(4)],
        resources=[
            {"resource": "M", "location": "P", "units": 2, "shifts": 2, "efficiency": 0.9, "overtime_max": 10},
            {"resource": "N", "location": "P", "units": 3, "hours": 100, "subcontract_max": 7},
        ],
        resource_calendar=[
            {"resource": "M", "period": MONTHS[1], "downtime_hours": 50},
            {"resource": "M", "period": MONTHS[2], "units_down": 2},
            {"resource": "N", "period": MONTHS[1], "downtime_hours": -20, "units_down": 1},
        ],
    )
    (m, n), issues = resources(given)
    full = 2 * 8 * 2 * 20 * 0.9
    assert m.regular == pytest.approx((full, full - 50, 0, full * 25 / 20))
    assert m.overtime == pytest.approx((10, 10, 0, 10)), "no overtime on machines that are out"
    assert n.regular == pytest.approx((300, 220, 300, 300))
    assert n.bought == (7, 7, 7, 7)
    assert issues == []


def test_rates_per_month_shrink_with_the_bucket() -> None:
    weeks = inputs(
        {"rates_per": "month", "horizon_start": "2026-06-01", "weekly_months": 1, "monthly_buckets": 1},
        demand=[{"product": "A", "period": "2026-06-01", "units": 1}],
        resources=[{"resource": "M", "location": "P", "hours": 300, "overtime_max": 30}],
    )
    (machine,), _ = resources(weeks)
    assert weeks.calendar.labels == ("2026-06-01", "2026-06-08", "2026-06-15", "2026-06-22", "2026-06-29", "2026-07")
    assert machine.regular == pytest.approx((70, 70, 70, 70, 20, 300))
    assert sum(machine.overtime[:5]) == pytest.approx(30)


def test_a_staffed_resource_without_hours_has_no_machine_limit_and_downtime_of_it_is_said() -> None:
    crew = {"workforce": "W", "resource": "L", "opening_workers": 1}
    given = inputs(
        demand=asked("A", [0, 0]),
        resources=[{"resource": "L", "location": "P"}],
        workforce=[crew],
        resource_calendar=[
            {"resource": "L", "period": MONTHS[0], "downtime_hours": 9},
            {"resource": "L", "period": MONTHS[1], "units_down": 1},
        ],
    )
    (line,), issues = resources(given)
    assert line.regular == (inf, 0), "but a line that is out is out"
    assert [issue.table for issue in issues] == ["resource_calendar"]


def test_fewest_workers_that_hiring_cannot_reach_are_lowered_and_said_so_that_a_plan_exists() -> None:
    given = inputs(
        {"objective": "cost"},
        demand=asked("A", [1, 1, 1], price=10),
        routings=[{"product": "A", "location": "P", "resource": "L", "hours_per_unit": 1}],
        workforce=[
            {
                "workforce": "W",
                "resource": "L",
                "opening_workers": 2,
                "hours_per_worker": 10,
                "min_workers": 9,
                "max_hires": 3,
                "max_workers": 7,
            }
        ],
    )
    (group,), issues = workforces(given)
    assert group.fewest == (5, 7, 7)
    assert len(issues) == 1 and "cannot be reached" in issues[0].message
    plan = planned(given)
    assert plan.status == "optimal"
    assert column(plan, "workforce_plan", "workers") == [5, 7, 7]


def test_overtime_that_is_cheaper_than_regular_hours_is_said() -> None:
    given = inputs(
        demand=asked("A", [0]),
        resources=[{"resource": "M", "location": "P", "hours": 9, "cost_per_hour": 5, "overtime_max": 1}],
    )
    _, issues = resources(given)
    assert ["cheaper" in issue.message for issue in issues] == [True]
