"""Consensus demand by hand: what each layer adds, where it takes, and what never happens."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sop_xl.demand.layers import LAYERS, ConsensusDemand, consensus
from sop_xl.model.calendar import Calendar
from sop_xl.model.issue import Severity
from sop_xl.schema import frames
from sop_xl.schema.catalogue import tables as schema_tables

CALENDAR = Calendar.telescoping(date(2024, 1, 1), monthly=6)  # January … June 2024
MONTHS = [pd.Timestamp(day) for day in CALENDAR.starts]
JAN, FEB, MAR, APR, MAY, JUN = MONTHS
EMPTY = {name: frames.empty(name) for name in schema_tables()}
PRODUCTS = [{"product": "A", "family": "F"}, {"product": "B", "family": "F"}, {"product": "N", "family": "G"}]
PRICES = [{"product": "A", "price": 10}, {"product": "B", "price": 20}, {"product": "N", "price": 5}]


def plan(
    calendar: Calendar = CALENDAR, baseline: dict[tuple[str, str], float] | None = None, **given_rows: list[dict]
) -> ConsensusDemand:
    """A and B sell 100 and 300 a bucket in channel X, A also 100 in channel Y, unless told otherwise."""
    cells = {("A", "X"): 100.0, ("A", "Y"): 100.0, ("B", "X"): 300.0} if baseline is None else baseline
    rows = [
        {"product": product, "location": "DC", "channel": channel, "period": day, "baseline": units}
        for (product, channel), units in cells.items()
        for day in calendar.starts
    ]
    given_rows = {"products": PRODUCTS, "price_cost": PRICES, "locations": [{"location": "DC"}], **given_rows}
    given_rows.setdefault("channels", [{"channel": "X"}, {"channel": "Y"}])
    found = EMPTY | {name: frames.rows(name, rows_of) for name, rows_of in given_rows.items()}
    return consensus(found, calendar, frames.rows("baseline", rows))


def units(result: ConsensusDemand, column: str, product: str, channel: str = "") -> list[float]:
    table = result.table[result.table["product"] == product]
    if channel:
        table = table[table["channel"] == channel]
    return table.groupby("period")[column].sum().tolist()


def messages(result: ConsensusDemand) -> str:
    return " | ".join(issue.message for issue in result.issues)


def test_without_layers_consensus_is_the_baseline() -> None:
    result = plan()
    assert units(result, "consensus", "A") == [200] * 6
    assert units(result, "revenue", "B") == [6000] * 6
    assert result.layers.empty
    assert result.issues == ()


def test_a_campaign_lifts_while_it_runs_dips_after_and_takes_from_its_neighbour() -> None:
    """February and half of March (16 of 31 days) at +50 %; 20 % of the lift comes back off the month after."""
    campaign = {
        "campaign": "C1", "product": "A", "start": FEB, "end": "2024-03-16", "uplift_pct": 0.5, "post_dip_pct": 0.2,
        "cannibalised_product": "B", "cannibalisation_pct": 0.1, "assumption_id": "M1",
    }  # fmt: skip
    result = plan(campaigns=[campaign])
    march = 100 * 16 / 31  # lift of both channels
    dip = 0.2 * (100 + march) / 31  # per day of the 31 days from 17 March to 16 April
    assert units(result, "promotion", "A") == pytest.approx([0, 100, march - 15 * dip, -16 * dip, 0, 0])
    assert units(result, "promotion", "B") == pytest.approx([0, -10, -0.1 * march, 0, 0, 0])
    assert set(result.layers["reason"]) == {"promotion"}
    assert set(result.layers["assumption_id"]) == {"M1"}


@pytest.mark.parametrize("status", ["idea", "cancelled"])
def test_ideas_and_cancelled_campaigns_are_not_planned(status: str) -> None:
    campaign = {"campaign": "C1", "product": "A", "start": FEB, "end": MAR, "uplift_pct": 0.5, "status": status}
    assert plan(campaigns=[campaign]).layers.empty


def test_a_price_rise_of_ten_per_cent_at_elasticity_minus_two() -> None:
    change = {"product": "A", "effective": APR, "old_price": 10, "new_price": 11, "elasticity": -2}
    prices = [*PRICES, {"product": "A", "period": APR, "price": 11}]
    result = plan(price_changes=[change], price_cost=prices)
    expected = 200 * (1.1**-2 - 1)
    assert units(result, "price_effect", "A") == pytest.approx([0, 0, 0, expected, expected, expected])
    assert units(result, "revenue", "A") == pytest.approx([2000] * 3 + [11 * (200 + expected)] * 3)
    assert result.issues == ()


def test_two_price_changes_multiply() -> None:
    changes = [
        {"product": "B", "effective": FEB, "old_price": 20, "new_price": 22, "elasticity": -1},
        {"product": "B", "effective": MAR, "old_price": 22, "new_price": 20, "elasticity": -1},
    ]
    assert units(plan(price_changes=changes), "consensus", "B")[2:] == pytest.approx([300] * 4)


def test_a_price_that_finance_does_not_list_is_reported() -> None:
    change = {"product": "A", "effective": APR, "old_price": 10, "new_price": 11, "elasticity": 0}
    assert "Marketing plans 11 for A from 2024-04-01, the price list of finance says 10" in messages(
        plan(price_changes=[change])
    )


def test_an_opportunity_counts_with_its_probability_for_its_months_and_is_spread_by_the_baseline() -> None:
    deal = {
        "opportunity": "O1",
        "product": "F",
        "probability": 0.5,
        "quantity": 100,
        "start_period": MAR,
        "duration": 2,
    }
    result = plan(pipeline=[deal])
    assert units(result, "pipeline", "A") == pytest.approx([0, 0, 20, 20, 0, 0])  # 2 of 5 parts of 50
    assert units(result, "pipeline", "B") == pytest.approx([0, 0, 30, 30, 0, 0])


@pytest.mark.parametrize("fields", [{"in_baseline": True}, {"stage": "lost"}, {"probability": 0}])
def test_opportunities_in_the_baseline_or_lost_add_nothing(fields: dict) -> None:
    deal = {"opportunity": "O1", "product": "A", "probability": 0.5, "quantity": 100, "start_period": MAR, **fields}
    assert plan(pipeline=[deal]).layers.empty


def test_a_launch_follows_its_analogue_month_by_month_and_takes_from_the_old_product() -> None:
    launch = {
        "product": "N", "analogue": "A", "launch": FEB, "ramp_m1": 0.1, "ramp_m2": 0.5, "ramp_m3": 1.0,
        "ramp_m4": 1.0, "ramp_m5": 1.2, "ramp_m6": 1.2, "cannibalised_product": "A", "cannibalisation_pct": 0.25,
    }  # fmt: skip
    result = plan(launches=[launch])
    assert units(result, "launch", "N", "X") == pytest.approx([0, 10, 50, 100, 100, 120])
    assert units(result, "launch", "N", "Y") == pytest.approx([0, 10, 50, 100, 100, 120])
    assert units(result, "consensus", "A", "X") == pytest.approx([100, 97.5, 87.5, 75, 75, 70])
    assert units(plan(launches=[{**launch, "gate": "stopped"}]), "consensus", "N") == [0] * 6


def test_a_delayed_launch_shifts_its_demand() -> None:
    ramp = {"product": "N", "analogue": "B", "ramp_m1": 0.2, "ramp_m2": 0.4}
    early, late = (plan(launches=[{**ramp, "launch": month}]) for month in (FEB, MAR))
    assert units(late, "launch", "N")[2:4] == units(early, "launch", "N")[1:3]


def test_an_account_loss_lasts_and_counts_with_its_confidence() -> None:
    loss = {"customer": "K", "product": "B", "type": "loss", "period": APR, "quantity_change": -50, "confidence": 0.8}
    result = plan(account_changes=[loss])
    assert units(result, "account", "B") == pytest.approx([0, 0, 0, -40, -40, -40])
    assert set(result.layers["reason"]) == {"account loss"}


def test_a_loss_written_as_a_gain_is_read_as_a_loss_and_said() -> None:
    loss = {"customer": "K", "product": "B", "type": "loss", "period": APR, "quantity_change": 50}
    result = plan(account_changes=[loss])
    assert units(result, "account", "B")[3] == -50
    assert "counts as −50" in messages(result)


def test_more_than_all_demand_cannot_be_lost() -> None:
    loss = {"customer": "K", "product": "B", "type": "loss", "period": MAY, "quantity_change": -500}
    result = plan(account_changes=[loss])
    assert units(result, "consensus", "B") == pytest.approx([300, 300, 300, 300, 0, 0])
    assert "K takes 400 units more than there is demand" in messages(result)


def override(product: str, day: pd.Timestamp, value: float, channel: str = "ALL", **fields: str) -> dict:
    row = {"product": product, "location": "ALL", "channel": channel, "period": day, "sales_override": value}
    return {**row, "reason": "competitor", **fields}


def test_a_missing_override_keeps_what_is_there_and_an_override_of_zero_plans_zero() -> None:
    result = plan(sales_forecast=[override("A", FEB, 0)])
    assert units(result, "consensus", "A") == [200, 0, 200, 200, 200, 200]
    assert units(result, "judgement", "A") == [0, -200, 0, 0, 0, 0]


def test_an_override_replaces_the_total_of_all_layers() -> None:
    campaign = {"campaign": "C1", "product": "A", "start": FEB, "end": "2024-02-29", "uplift_pct": 0.5}
    result = plan(campaigns=[campaign], sales_forecast=[override("A", FEB, 260, assumption_id="S1")])
    assert units(result, "consensus", "A")[1] == 260
    assert units(result, "promotion", "A")[1] == 100
    assert units(result, "judgement", "A")[1] == pytest.approx(-40)
    judged = result.layers[result.layers["layer"] == "judgement"]
    assert set(judged["reason"]) == {"competitor"}
    assert set(judged["assumption_id"]) == {"S1"}
    assert set(judged["source"]) == {"sales"}


def test_an_override_of_one_channel_counts_towards_the_override_of_all() -> None:
    result = plan(sales_forecast=[override("A", FEB, 300), override("A", FEB, 80, channel="X")])
    assert (units(result, "consensus", "A", "X")[1], units(result, "consensus", "A", "Y")[1]) == (80, 220)


def test_parts_above_their_total_are_kept_and_reported() -> None:
    result = plan(sales_forecast=[override("A", FEB, 50), override("A", FEB, 80, channel="X")])
    assert (units(result, "consensus", "A", "X")[1], units(result, "consensus", "A", "Y")[1]) == (80, 0)
    assert "is 50, but its parts are overridden to 80" in messages(result)


def test_overrides_without_reason_are_reported() -> None:
    result = plan(sales_forecast=[override("A", FEB, 50, reason=""), override("B", FEB, 50, reason="other")])
    assert "1 overrides have no reason (products A)" in messages(result)
    assert "'other' without a note (products B)" in messages(result)


def test_nothing_is_planned_after_the_end_of_life() -> None:
    """The last day is 10 April: a third of April remains."""
    products = [{**PRODUCTS[0], "end_of_life": "2024-04-10"}, *PRODUCTS[1:]]
    result = plan(products=products, sales_forecast=[override("A", JUN, 40)])
    assert units(result, "consensus", "A") == pytest.approx([200, 200, 200, 200 / 3, 0, 0])
    assert set(result.layers["reason"]) == {"end of life"}
    assert "1 overrides of A lie after its end of life" in messages(result)


def test_a_row_for_a_product_without_demand_adds_nothing_in_silence() -> None:
    campaign = {"campaign": "C1", "product": "Z", "start": FEB, "end": MAR, "uplift_pct": 0.5}
    assert "Campaign C1 names Z, which has no demand in the plan" in messages(plan(campaigns=[campaign]))


def test_a_product_without_any_place_is_an_error() -> None:
    deal = {"opportunity": "O1", "product": "N", "probability": 1, "quantity": 10, "start_period": MAR}
    result = plan(baseline={}, pipeline=[deal])
    assert result.issues[0].severity is Severity.ERROR
    assert "Where N is sold is not known" in messages(result)


def test_agreed_demand_is_planned_as_it_stands() -> None:
    agreed = [
        {"product": "A", "location": "DC", "channel": "X", "period": day, "units": 7, "price": 3} for day in MONTHS
    ]
    result = plan(demand=agreed, sales_forecast=[override("A", FEB, 0)])
    assert units(result, "consensus", "A") == [7] * 6
    assert units(result, "revenue", "A") == [21] * 6
    assert result.layers.empty


def test_a_product_without_price_has_no_revenue_and_that_is_said() -> None:
    result = plan(price_cost=PRICES[:1])
    assert result.table.loc[result.table["product"] == "B", "revenue"].isna().all()
    assert "No price for B" in messages(result)


def test_rates_per_month_are_shared_over_weeks_and_gathered_in_years() -> None:
    calendar = Calendar.telescoping(date(2024, 1, 1), weekly_months=1, monthly=1, yearly=1)
    deal = {"opportunity": "O1", "product": "B", "probability": 1, "quantity": 62, "start_period": JAN, "duration": 6}
    added = units(plan(calendar, pipeline=[deal]), "pipeline", "B")
    weeks = [bucket.days for bucket in calendar.buckets[:-2]]
    assert sum(weeks) == 31
    assert added == pytest.approx([*(2 * days for days in weeks), 62, 62 * 4])


WEEKS = Calendar.telescoping(date(2024, 1, 1), weekly_months=6, monthly=0)
YEAR = Calendar.telescoping(date(2024, 1, 1), monthly=0, yearly=1)
CAMPAIGN = {"campaign": "C1", "product": "A", "start": "2024-01-20", "end": "2024-03-09", "uplift_pct": 0.5}
PRICE = {"product": "A", "effective": "2024-02-11", "old_price": 10, "new_price": 12, "elasticity": -1.5}
DEAL = {"opportunity": "O", "product": "A", "probability": 0.5, "quantity": 40, "start_period": FEB, "duration": 3}
LAUNCH = {
    "product": "N",
    "analogue": "A",
    "launch": "2024-02-15",
    "cannibalised_product": "B",
    "cannibalisation_pct": 0.3,
}


def by_days(calendar: Calendar, **given_rows: list[dict]) -> float:
    """What layers add to a demand of 10 a day (A) and 30 a day (B), in all, whatever the buckets."""
    tables = EMPTY | {name: frames.rows(name, rows_of) for name, rows_of in given_rows.items()}
    tables["products"] = frames.rows("products", PRODUCTS)
    rows = [
        {"product": product, "location": "DC", "channel": "X", "period": bucket.start, "baseline": rate * bucket.days}
        for product, rate in (("A", 10), ("B", 30))
        for bucket in calendar.buckets
    ]
    table = consensus(tables, calendar, frames.rows("baseline", rows)).table
    return float((table["consensus"] - table["baseline"]).sum())


@pytest.mark.parametrize(
    "given_rows",
    [
        {"campaigns": [{**CAMPAIGN, "post_dip_pct": 0.4, "cannibalised_product": "B", "cannibalisation_pct": 0.2}]},
        {"campaigns": [CAMPAIGN, {**CAMPAIGN, "campaign": "C2", "start": "2024-03-01", "end": "2024-04-10"}]},
        {"price_changes": [PRICE, {**PRICE, "effective": "2024-05-01", "old_price": 12, "new_price": 11}]},
        {"pipeline": [DEAL]},
        {"account_changes": [{"customer": "K", "product": "A", "type": "loss", "period": MAR, "quantity_change": -60}]},
    ],
    ids=["campaign", "overlapping campaigns", "prices", "pipeline", "account"],
)
def test_a_layer_adds_the_same_by_week_month_and_year(given_rows: dict[str, list[dict]]) -> None:
    by_month = by_days(CALENDAR, **given_rows)
    assert by_days(WEEKS, **given_rows) == pytest.approx(by_month)
    if "account_changes" not in given_rows and "price_changes" not in given_rows:
        assert by_days(YEAR, **given_rows) == pytest.approx(by_month, rel=0.02)


def test_a_launch_within_a_month_adds_the_same_by_week() -> None:
    assert by_days(WEEKS, launches=[LAUNCH]) == pytest.approx(by_days(CALENDAR, launches=[LAUNCH]), rel=0.001)


def test_overlapping_campaigns_add_up_on_the_baseline() -> None:
    twice = plan(campaigns=[{**CAMPAIGN, "campaign": name} for name in ("C1", "C2")])
    once = plan(campaigns=[CAMPAIGN])
    assert units(twice, "promotion", "A") == pytest.approx([2 * value for value in units(once, "promotion", "A")])


def test_a_campaign_that_ended_just_before_the_horizon_still_takes_its_dip() -> None:
    """Ten days of December at +50 % of 200 units a month; 20 % of it comes back, on 21 of 31 days in January."""
    campaign = {**CAMPAIGN, "start": "2023-12-12", "end": "2023-12-21", "post_dip_pct": 0.2}
    lifted = 0.5 * 200 * 10 / 31
    assert units(plan(campaigns=[campaign]), "promotion", "A") == pytest.approx(
        [-0.2 * lifted * 21 / 31, 0, 0, 0, 0, 0]
    )


def test_nothing_is_delivered_before_the_signature() -> None:
    late = plan(pipeline=[{**DEAL, "close_date": "2024-03-16"}])
    assert units(late, "pipeline", "A") == pytest.approx([0, 0, 20 * 16 / 31, 20, 20, 20 * 15 / 30])
    assert units(plan(pipeline=[{**DEAL, "close_date": "2024-01-10"}]), "pipeline", "A") == [0, 20, 20, 20, 0, 0]


def test_an_opportunity_that_should_have_closed_is_planned_and_reported() -> None:
    stale = {**DEAL, "close_date": "2023-11-30", "stage": "proposal"}
    result = plan(pipeline=[stale])
    assert units(result, "pipeline", "A")[1] == 20
    assert "O was to close on 2023-11-30 and is still at proposal; it is planned with 50 %" in messages(result)
    assert "was to close" not in messages(plan(pipeline=[{**stale, "stage": "won"}]))


def test_a_launch_of_a_product_that_is_phased_out_again_ends_with_it() -> None:
    products = [*PRODUCTS[:2], {**PRODUCTS[2], "end_of_life": "2024-04-30"}]
    result = plan(products=products, launches=[{**LAUNCH, "launch": FEB}])
    assert units(result, "consensus", "N")[4:] == pytest.approx([0, 0])
    assert units(result, "consensus", "N")[3] > 0


CODES = st.sampled_from(["A", "B", "F", "ALL"])
DAYS = st.dates(date(2023, 12, 1), date(2024, 7, 31))
MONTH = st.sampled_from(MONTHS)
SHARE = st.floats(0, 1)


@settings(max_examples=60, deadline=None)
@given(
    baseline=st.tuples(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6)),
    campaigns=st.lists(
        st.fixed_dictionaries(
            {"product": CODES, "start": DAYS, "end": DAYS, "uplift_pct": st.floats(-1, 3), "post_dip_pct": SHARE,
             "cannibalised_product": st.sampled_from(["", "A", "B"]), "cannibalisation_pct": SHARE}
        ), max_size=3,
    ),
    prices=st.lists(
        st.fixed_dictionaries(
            {"product": st.sampled_from(["A", "B"]), "effective": DAYS, "old_price": st.floats(1, 100),
             "new_price": st.floats(1, 100), "elasticity": st.floats(-4, 2)}
        ), max_size=2,
    ),
    accounts=st.lists(
        st.fixed_dictionaries(
            {"product": CODES, "type": st.sampled_from(["win", "loss", "reprice"]), "period": MONTH,
             "quantity_change": st.floats(-1e6, 1e6), "confidence": SHARE}
        ), max_size=3,
    ),
    overrides=st.dictionaries(
        st.tuples(st.sampled_from("AB"), MONTH, st.sampled_from(["ALL", "X"])), st.floats(0, 1e6), max_size=5
    ),
    launch=st.one_of(st.none(), st.tuples(DAYS, SHARE)),
    end_of_life=st.one_of(st.none(), DAYS),
)  # fmt: skip
def test_the_layers_always_add_up_and_demand_is_never_negative(
    baseline: tuple[float, float, float],
    campaigns: list[dict],
    prices: list[dict],
    accounts: list[dict],
    overrides: dict[tuple, float],
    launch: tuple | None,
    end_of_life: date | None,
) -> None:
    result = plan(
        baseline=dict(zip([("A", "X"), ("A", "Y"), ("B", "X")], baseline, strict=True)),
        products=[{**PRODUCTS[0], "end_of_life": end_of_life}, *PRODUCTS[1:]],
        campaigns=[{"campaign": f"C{i}", **row} for i, row in enumerate(campaigns)],
        price_changes=prices,
        account_changes=[{"customer": f"K{i}", **row} for i, row in enumerate(accounts)],
        sales_forecast=[override(product, day, value, channel) for (product, day, channel), value in overrides.items()],
        launches=[
            {
                "product": "N",
                "analogue": "A",
                "launch": launch[0],
                "cannibalised_product": "B",
                "cannibalisation_pct": launch[1],
            }
        ]
        if launch
        else [],
    )
    table = result.table
    layers = table[list(LAYERS)].sum(axis=1)
    size = 1 + table["baseline"] + table[list(LAYERS)].abs().sum(axis=1)
    assert ((table["consensus"] - table["baseline"] - layers).abs() <= 1e-9 * size).all()
    assert (table["consensus"] >= 0).all()
    assert np.allclose(table["revenue"], table["consensus"] * table["price"], rtol=1e-12)
    by_fact = result.layers.groupby("layer")["quantity"].sum()
    for name in LAYERS:
        assert by_fact.get(name, 0.0) == pytest.approx(table[name].sum(), abs=1e-6 * size.sum())
    family = table[table["family"] == "F"].groupby("period")["consensus"].sum()
    assert np.allclose(family, table[table["product"].isin(["A", "B"])].groupby("period")["consensus"].sum())
    assert not table.duplicated(["product", "location", "channel", "period"]).any()
    for (product, day, channel), value in overrides.items():
        alive = end_of_life is None or product != "A" or day.date() <= end_of_life
        if alive and channel == "X":
            cell = table[(table["product"] == product) & (table["channel"] == "X") & (table["period"] == day)]
            assert cell["consensus"].item() == pytest.approx(value, rel=1e-9, abs=1e-6)
