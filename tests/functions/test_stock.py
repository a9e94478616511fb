"""SAFETYSTOCK, NEWSVENDOR and COVER against published tables and arithmetic by hand."""

from __future__ import annotations

import math

import pytest

from sop_xl.functions.calling import call


@pytest.mark.parametrize(("service", "z"), [(0.90, 1.2816), (0.95, 1.6449), (0.975, 1.96), (0.99, 2.3263)])
def test_cycle_service_takes_the_published_factors(service: float, z: float) -> None:
    """Silver, Pyke & Peterson, appendix II: sd 100 per period over a lead time of 4 is 200."""
    assert call("SAFETYSTOCK", [100, 4, service]) == pytest.approx(200 * z, abs=0.011)


@pytest.mark.parametrize(("z", "loss"), [(0.5, 0.1978), (1, 0.0833), (1.5, 0.0293), (1.645, 0.0209), (2, 0.0085)])
def test_a_fill_rate_is_reached_at_the_published_losses(z: float, loss: float) -> None:
    """σ L(z) = Q (1 − fill rate): sd 200 over the lead time, 1,000 an order."""
    fill_rate = 1 - 200 * loss / 1000
    stock = call("SAFETYSTOCK", [100, 4, fill_rate, "fill", None, None, None, 1000])
    assert stock == pytest.approx(200 * z, abs=0.006 * 200)


def test_demand_of_the_past_gives_average_and_spread() -> None:
    """80, 100, 120: average 100, standard deviation 20; lead time 4 ± 0.5 with review 1: √(5·400 + 100²·0.25)."""
    spread = math.sqrt(5 * 400 + 100**2 * 0.25)
    past = [["Units"], [80], [None], [100], [120]]
    z = call("SAFETYSTOCK", [1, 1, 0.95])
    assert call("SAFETYSTOCK", [past, 4, "95%", "cycle", 0.5, 1]) == pytest.approx(z * spread)
    assert call("SAFETYSTOCK", [20, 4, 0.95, "p1", 0.5, 1, 100]) == pytest.approx(z * spread)


def test_a_fill_rate_without_order_quantity_orders_the_demand_of_a_review() -> None:
    past = [[80, 100, 120]]
    assert call("SAFETYSTOCK", [past, 4, 0.98, "fill", None, 2]) == call(
        "SAFETYSTOCK", [past, 4, 0.98, "fill", None, 2, None, 200]
    )


def test_a_target_reached_without_safety_stock_needs_none() -> None:
    assert call("SAFETYSTOCK", [10, 1, 0.5, "fill", None, None, None, 10_000]) == 0
    assert call("SAFETYSTOCK", [10, 1, 0.3]) == 0 and call("SAFETYSTOCK", [0, 1, 0.99]) == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([100, 4, 95], "service is 95; give a share above 0 and below 1, such as 0.95 or 95%"),
        ([100, 4, 1], "service is 1; give a share above 0 and below 1"),
        ([100, -1], "lead_time is -1; give at least 0"),
        ([-5, 1], "demand is -5; a standard deviation is not below 0"),
        ([100, 4, 0.95, "fill"], "order_quantity is missing; a fill rate depends on the units per order"),
        ([100, 4, 0.95, "cycle", 1], "mean is missing; a lead time that varies needs the average demand"),
        ([[[1, 2]], 4, 0.95, "cycle", 0, 0, 7], "mean goes with a standard deviation"),
        ([100, 4, 0.95, "otif"], "measure 'otif' is not known; write one of: cycle, fill"),
    ],
)
def test_targets_that_cannot_be_are_said(arguments: list[object], said: str) -> None:
    assert call("SAFETYSTOCK", arguments).startswith(f"#S&OP: {said}")


def test_one_chance_to_buy_for_normal_demand() -> None:
    """Price 25, cost 10, salvage 5: ratio 0.75, z 0.6745; L(0.6745) = 0.1492, so 29.8 of 200 are short."""
    table = dict(call("NEWSVENDOR", [1000, 200, 25, 10, 5, None, "table"]))
    assert table["critical ratio"] == pytest.approx(0.75) == table["probability all is met"]
    assert table["quantity"] == pytest.approx(1000 + 0.67449 * 200, abs=0.01)
    assert table["expected short"] == pytest.approx(0.1492 * 200, abs=0.02)
    assert table["expected sales"] + table["expected short"] == pytest.approx(1000)
    assert table["expected sales"] + table["expected left over"] == pytest.approx(table["quantity"])
    money = 25 * table["expected sales"] + 5 * table["expected left over"] - 10 * table["quantity"]
    assert table["expected profit"] == pytest.approx(money)
    assert call("NEWSVENDOR", [1000, 200, None, None, None, 0.75]) == pytest.approx(table["quantity"])


def test_one_chance_to_buy_from_past_seasons_earns_most() -> None:
    """No other quantity would have earned more over the same seasons."""
    seasons = [40, 90, 55, 70, 62, 81, 48]
    bought = call("NEWSVENDOR", [[["Season"], *([units] for units in seasons)], None, 30, 12, 4])

    def profit(quantity: float) -> float:
        return sum(30 * min(quantity, d) + 4 * max(0, quantity - d) - 12 * quantity for d in seasons)

    assert bought == 70 and profit(bought) == max(profit(quantity) for quantity in range(150))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([1000, 200, 10, 25], "price must be above cost, and cost above salvage"),
        ([1000, 200], "price is missing; give price and cost, or ratio"),
        ([1000, None, 25, 10], "sd is missing; give it beside an average"),
        ([[[1, 2]], 3, 25, 10], "sd goes with one average"),
        ([1000, 200, None, None, None, 1], "ratio is 1; give a share above 0 and below 1"),
    ],
)
def test_purchases_that_cannot_be_weighed_are_said(arguments: list[object], said: str) -> None:
    assert call("NEWSVENDOR", arguments).startswith(f"#S&OP: {said}")


def test_stock_is_consumed_by_the_demand_ahead() -> None:
    assert call("COVER", [250, [[100, 100, 100]]]) == pytest.approx(2.5)
    assert call("COVER", [250, [["Demand", 100, 200, None, 100]]]) == pytest.approx(1.75)
    assert call("COVER", [400, [[100, 100, 100]]]) == pytest.approx(4), "goes on at the average of 100"
    assert call("COVER", [90, [[30], [60]], 3]) == pytest.approx(6), "quarters"
    assert call("COVER", [0, [[100]]]) == 0 == call("COVER", [-5, [[100]]])


def test_closing_stocks_are_covered_by_the_months_that_follow() -> None:
    assert call("COVER", [[[100, 50, 40]], [[80, 100, 50]]]) == [[1.0, 1.0, pytest.approx(40 / (230 / 3))]]
    assert call("COVER", [[[100], [50]], [[80], [100]]]) == [[1.0], [pytest.approx(50 / 90)]]


def test_several_products_have_a_row_each() -> None:
    demand = [["", "Jul", "Aug"], ["A", 100, 50], ["B", 10, 10], ["C", 0, 0]]
    assert call("COVER", [[[125], [5], [7]], demand]) == [[1.5], [0.5], [""]]
    said = call("COVER", [[[1], [2]], demand])
    assert said.startswith("#S&OP: stock must be one number, one a product, or a range of the size of demand")


def test_a_blank_stock_beside_others_stays_blank() -> None:
    assert call("COVER", [[[50, None, None]], [[10, 20, 30]]]) == [[2.0, "", ""]]
    assert call("COVER", [[["Held", 50, None, None]], [["Demand", 10, 20, 30]]]) == [[2.0, "", ""]]
    assert call("COVER", [[[30], [None]], [[10, 20], [5, 5]]]) == [[2.0], [""]]


def test_nobody_asks_for_less_than_nothing() -> None:
    for demand, sd in ((-5, 2), ([[10, -3, 20]], None)):
        assert call("NEWSVENDOR", [demand, sd, 10, 4]).startswith("#S&OP: demand has -")
