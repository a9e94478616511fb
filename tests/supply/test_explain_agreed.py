"""What is agreed for all products together is a cause too: places, lanes, limits of the plan, frozen and level."""

from __future__ import annotations

from typing import Any

import pytest

from .case import asked, inputs, planned

LOST = {"shortage": "lost_sales", "objective": "profit"}
MADE = {"product": "A", "location": "P"}
"""A product that can be made without any limit at P, 20 a unit."""


def explained(**tables: Any) -> dict[str, Any]:
    """The gap of 3 units in February, and the bottleneck worth most."""
    given = {"demand": asked("A", [5, 8], price=20), "routings": [MADE], **tables}
    plan = planned(inputs(LOST, **given, inventory_policy=[{"max_stock": 0}]))
    (gap,) = plan.tables["gaps"].to_dict("records")
    assert gap["lost"] == pytest.approx(3)
    found = {name: gap[name] for name in ("cause", "binding_periods", "marginal_value")}
    bottlenecks = plan.tables["bottlenecks"]
    found["top"] = None if bottlenecks.empty else bottlenecks.iloc[0][["kind", "constraint", "periods"]].tolist()
    return found


@pytest.mark.parametrize(
    ("tables", "cause", "top", "worth"),
    [
        (
            {"location_limits": [{"location": "P", "throughput": 5}]},
            "P can handle no more in 2026-02",
            ["location", "P", "2026-02"],
            20,
        ),
        (
            {
                "demand": asked("A", [5, 8], price=20, location="D"),
                "lanes": [{"from_location": "P", "to_location": "D"}],
                "lane_loads": [{"from_location": "P", "to_location": "D", "limit": 5}],
            },
            "Lane P>D takes no more in 2026-02",
            ["lane", "P>D", "2026-02"],
            20,
        ),
        (
            {
                "price_cost": [{"product": "A", "price": 20, "co2_per_unit": 1000}],
                "plan_limits": [{"kind": "co2", "period": "2026-02-01", "most": 5}],
            },
            "The CO2 limit is reached in 2026-02",
            ["plan", "co2", "2026-02"],
            20,
        ),
        (
            {
                "price_cost": [{"product": "A", "price": 20, "conversion_cost": 1}],
                "plan_limits": [{"kind": "spend", "period": "2026-02-01", "most": 5}],
            },
            "The budget is used up in 2026-02",
            ["plan", "spend", "2026-02"],
            19,
        ),
    ],
)
def test_a_limit_of_all_products_is_the_cause_and_a_bottleneck(
    tables: dict[str, Any], cause: str, top: list[str], worth: float
) -> None:
    found = explained(**tables)
    assert (found["cause"], found["binding_periods"], found["top"]) == (cause, "2026-02", top)
    assert found["marginal_value"] == pytest.approx(worth, abs=0.01)


def test_a_limit_over_the_horizon_says_so_and_its_worth_is_counted_once() -> None:
    """Ten tonnes for 13 units of a tonne each: the last three are lost, and a tenth more is worth a tonne."""
    given = inputs(
        LOST,
        demand=asked("A", [5, 8], price=20),
        routings=[MADE],
        price_cost=[{"product": "A", "price": 20, "co2_per_unit": 1000}],
        plan_limits=[{"kind": "co2", "most": 10}],
    )
    plan = planned(given)
    gaps, top = plan.tables["gaps"], plan.tables["bottlenecks"].iloc[0]
    assert gaps["lost"].sum() == pytest.approx(3)
    assert set(gaps["cause"]) == {"The CO2 limit is reached in 2026-01, 2026-02"}
    assert (top["periods"], top["value_of_10_percent"]) == ("2026-01, 2026-02", pytest.approx(20, abs=0.01))
    assert top["peak_utilisation"] == pytest.approx(1)


def test_production_that_is_frozen_or_may_not_rise_and_a_market_that_takes_no_more_are_causes() -> None:
    frozen = explained(frozen_production=[{"product": "A", "location": "P", "period": "2026-02-01", "units": 5}])
    assert (frozen["cause"], frozen["top"]) == ("Production is frozen in 2026-02", None)
    level = explained(smoothing=[{"product": "A", "location": "P", "max_rise": 0}])
    assert level["cause"] == "Production may not rise faster in 2026-02"
    market = explained(market_limits=[{"product": "A", "period": "2026-02-01", "max_sales": 5}])
    assert market["cause"] == "No more may be sold in 2026-02 (market limit)"
