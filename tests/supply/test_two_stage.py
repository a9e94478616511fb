"""Plans for several worlds: the farmer whose four values are published, and what caution costs."""

from __future__ import annotations

import numpy as np
import pytest

from sop_xl.supply.elements import Network
from sop_xl.supply.network import network
from sop_xl.supply.two_stage import World, conditional_tail, two_stage, worth

from .case import inputs

NEED_PRICE = 1_000.0
"""What the farm pays itself for its cattle's feed: high enough to be met, and taken off again."""
FEED = 200 + 240


def farm(yields: float) -> Network:
    """The farmer's problem as tables: Birge & Louveaux, Introduction to Stochastic Programming, section 1.1.

    Land is a resource of 500 acres; a unit started is the crop of a hundredth of an acre in the best of years, and the
    yield says how much of it is harvested. Feed is a customer served first, what is bought comes from a partner, and
    beets beyond the quota are a customer who pays less.
    """
    best = {"WHEAT": 3.0, "CORN": 3.6, "BEETS": 24.0}
    plant, usual = {"WHEAT": 150, "CORN": 230, "BEETS": 260}, {"WHEAT": 2.5, "CORN": 3.0, "BEETS": 20.0}
    asked = [
        ("WHEAT", "FARM", 200, NEED_PRICE),
        ("CORN", "FARM", 240, NEED_PRICE),
        ("WHEAT", "MARKET", 1e4, 170),
        ("CORN", "MARKET", 1e4, 150),
        ("BEETS", "QUOTA", 6000, 36),
        ("BEETS", "BEYOND", 1e5, 10),
    ]
    given = inputs(
        {"objective": "profit", "shortage": "lost_sales"},
        demand=[
            {"product": crop, "channel": who, "period": "2026-01-01", "units": units, "price": price}
            for crop, who, units, price in asked
        ],
        price_cost=[{"product": c, "price": 1, "material_cost": plant[c] / best[c]} for c in best],
        resources=[{"resource": "LAND", "hours": 500}],
        routings=[
            {"product": c, "resource": "LAND", "hours_per_unit": 1 / best[c], "yield_pct": yields * usual[c] / best[c]}
            for c in best
        ],
        outsourcing=[{"product": "WHEAT", "cost_per_unit": 238}, {"product": "CORN", "cost_per_unit": 210}],
    )
    return network(given, given["demand"])


def worlds() -> list[World]:
    return [World(name, 1 / 3, farm(y)) for name, y in (("bad", 0.8), ("usual", 1.0), ("good", 1.2))]


def test_the_farmer_s_four_values() -> None:
    found = worth(worlds(), farm(1.0), buckets=1)
    costs = [-(value - NEED_PRICE * FEED) for value in (found.rp, found.ev, found.eev, found.ws)]
    assert costs == pytest.approx([-108_390, -118_600, -107_240, -115_406], abs=1.0)
    assert found.evpi == pytest.approx(7_016, abs=1.0)
    assert found.vss == pytest.approx(1_150, abs=1.0)


def test_the_land_is_shared_before_the_weather_is_known() -> None:
    plan = two_stage(worlds(), buckets=1)
    acres = {key[1]: units / {"WHEAT": 3.0, "CORN": 3.6, "BEETS": 24.0}[key[1]] for key, units in plan.now.items()}
    assert acres == pytest.approx({"WHEAT": 170, "CORN": 80, "BEETS": 250}, abs=0.05)
    assert np.mean(list(plan.by_world.values())) == pytest.approx(plan.objective)


def test_caution_gives_up_expected_profit_for_a_better_worst_year() -> None:
    """With all weight on the worst third, the farmer plants for the bad year."""
    bold = two_stage(worlds(), buckets=1, tail=1 / 3)
    careful = two_stage(worlds(), buckets=1, tail=1 / 3, weight=1.0)
    assert careful.cvar == pytest.approx(min(careful.by_world.values()), abs=1.0)
    assert careful.cvar > bold.cvar + 1_000
    assert careful.objective < bold.objective - 1_000
    alone = two_stage([World("bad", 1.0, farm(0.8))], buckets=1)
    assert careful.cvar == pytest.approx(alone.objective, abs=1.0)


def test_probabilities_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match=r"add up to 0\.5"):
        two_stage([World("a", 0.5, farm(1.0))], buckets=1)


def test_the_mean_of_the_worst_costs_takes_a_part_of_the_last_one() -> None:
    assert conditional_tail(np.array([1.0, 5.0, 3.0]), np.array([0.5, 0.1, 0.4]), 0.2) == pytest.approx(4.0)
