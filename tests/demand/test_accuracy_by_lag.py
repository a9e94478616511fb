"""Accuracy of frozen forecasts and value added, against what each measure's definition gives by hand."""

from __future__ import annotations

import math
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sop_xl.demand.accuracy import mase, rmsse, smape, tracking_signal
from sop_xl.demand.accuracy_by_lag import accuracy_by_lag
from sop_xl.demand.snapshots import compared
from sop_xl.demand.value_added import TOO_LITTLE, WORSE, step_value_added, value_added_by_step
from sop_xl.schema import frames

PRODUCTS = frames.rows("products", [{"product": f"P{i}", "family": "F" if i % 2 else "G"} for i in range(8)])
MONTHS = pd.date_range("2022-01-01", periods=30, freq="MS")
START = date(2024, 7, 1)


def sales() -> pd.DataFrame:
    """Thirty months of eight products, each at its own level, with a season and noise."""
    rng = np.random.default_rng(3)
    rows = [
        {"product": f"P{i}", "period": day, "units": 100 * (i + 1) + 20 * math.sin(day.month) + rng.normal(0, 9)}
        for i in range(8)
        for day in MONTHS
    ]
    return frames.rows("history", rows)


def frozen(history: pd.DataFrame, *, sales_lift: float = 0.2) -> pd.DataFrame:
    """Six cycles, each freezing lags 1 and 2: naive = 10 % low, statistical = right, sales lifts it."""
    units = history.set_index(["product", "period"])["units"]
    rows = []
    for origin in MONTHS[-6:]:
        for lag in (1, 2):
            month = origin + pd.DateOffset(months=lag - 1)
            if month > MONTHS[-1]:
                continue
            for i in range(8):
                key = {"cycle": f"{origin:%Y-%m}", "as_of": origin, "product": f"P{i}", "period": month, "lag": lag}
                true = units[f"P{i}", month]
                rows.append({**key, "layer": "naive", "units": 0.9 * true})
                rows.append({**key, "layer": "statistical", "units": true})
                if i < 6:
                    lifted = true * (1 + sales_lift)
                    rows.append({**key, "layer": "sales", "function": "sales", "person": "Ada", "units": lifted})
    return frames.rows("forecast_snapshots", rows)


HISTORY = sales()
COMPARED = compared(frozen(HISTORY), HISTORY, start=START)


def test_wape_and_bias_are_those_that_were_put_in() -> None:
    found = accuracy_by_lag(COMPARED, HISTORY, PRODUCTS).set_index(["family", "layer", "lag"])
    for lag, forecasts in (("ALL", 8 * 11), ("1", 8 * 6), ("2", 8 * 5)):
        row = found.loc["ALL", "naive", lag]
        assert row["forecasts"] == forecasts
        assert (row["wape"], row["bias"]) == (pytest.approx(0.1), pytest.approx(-0.1))
        assert row["tracking_signal"] == pytest.approx(-(row["periods"] if lag != "ALL" else 11), rel=0.1)
    exact = found.loc["ALL", "statistical", "ALL"]
    assert (exact["wape"], exact["accuracy"], exact["mase"], exact["rmsse"], exact["owa"]) == (0, 1, 0, 0, 0)
    assert math.isnan(exact["tracking_signal"]), "without any error there is no tracking signal"


def test_scaled_measures_are_those_of_one_series_after_the_other() -> None:
    found = accuracy_by_lag(COMPARED, HISTORY, PRODUCTS).set_index(["family", "layer", "lag"])
    one_cycle = COMPARED[COMPARED["cycle"] == "2024-06"]
    single = (
        accuracy_by_lag(one_cycle, HISTORY, PRODUCTS).set_index(["family", "layer", "lag"]).loc["ALL", "naive", "1"]
    )
    by_series = []
    for product, rows in one_cycle.groupby("product"):
        own = HISTORY[(HISTORY["product"] == product) & (HISTORY["period"] < "2024-06-01")]["units"]
        by_series.append((mase(rows["actual"], rows["naive"], own, 12), rmsse(rows["actual"], rows["naive"], own, 12)))
    assert single["mase"] == pytest.approx(np.mean([m for m, _ in by_series]))
    assert single["rmsse"] == pytest.approx(np.mean([r for _, r in by_series]))
    assert single["smape"] == pytest.approx(smape(one_cycle["actual"], one_cycle["naive"]))
    assert found.loc["ALL", "naive", "ALL"]["owa"] == pytest.approx(1.0), "naive over naive"


def test_the_tracking_signal_is_that_of_the_familys_total() -> None:
    found = accuracy_by_lag(COMPARED, HISTORY, PRODUCTS).set_index(["family", "layer", "lag"])
    rows = COMPARED[(COMPARED["lag"] == 1) & COMPARED["product"].isin(["P1", "P3", "P5", "P7"])]
    total = rows.groupby("period")[["actual", "sales"]].sum()
    assert found.loc["F", "sales", "1"]["tracking_signal"] == pytest.approx(
        tracking_signal(total["actual"], total["sales"])
    )


def test_where_nothing_was_sold_shares_are_undefined_not_zero() -> None:
    nothing = COMPARED.assign(actual=0.0)
    found = accuracy_by_lag(nothing, HISTORY, PRODUCTS)
    assert found[["wape", "accuracy", "bias"]].isna().all().all()
    added = value_added_by_step(nothing, PRODUCTS)
    assert added[["value_added", "low", "high"]].isna().all().all()


def test_stairs_and_people_show_who_made_it_better_and_who_worse() -> None:
    found = value_added_by_step(COMPARED, PRODUCTS).set_index(["family", "layer", "person"])
    first, model, people = (found.loc["ALL", layer, "ALL"] for layer in ("naive", "statistical", "sales"))
    assert first["wape"] == pytest.approx(0.1)
    assert (model["value_added"], model["verdict"], model["low"] > 0) == (pytest.approx(0.1), "better", True)
    lifted = COMPARED["actual"].where(COMPARED["sales_person"] == "Ada", 0).sum() / COMPARED["actual"].sum()
    assert people["value_added"] == pytest.approx(-0.2 * lifted)
    assert people["verdict"] == WORSE
    own = found.loc["ALL", "sales", "Ada"]
    assert (own["value_added"], own["forecasts"]) == (pytest.approx(-0.2), 66), "measured on what Ada changed"


def test_the_stairs_add_up_to_what_all_steps_changed_together() -> None:
    found = value_added_by_step(COMPARED, PRODUCTS)
    whole = found[(found["family"] == "ALL") & (found["person"] == "ALL")]
    assert whole["value_added"].sum() == pytest.approx(whole["wape"].iloc[0] - whole["wape"].iloc[-1])


def test_with_few_products_and_periods_nothing_is_claimed() -> None:
    few = COMPARED[COMPARED["product"].isin(["P0", "P1"])]
    found = value_added_by_step(few, PRODUCTS).set_index(["family", "layer", "person"]).loc["ALL", "statistical", "ALL"]
    assert found["verdict"] == TOO_LITTLE
    assert math.isnan(found["low"])


def test_the_interval_is_wider_when_errors_of_a_product_go_together_and_covers_what_it_says() -> None:
    """With the gain of each product drawn once and repeated, 90 % intervals hold the true gain about 9 times in 10."""
    rng = np.random.default_rng(11)
    hits = 0
    for trial in range(200):
        gain = np.repeat(rng.normal(5, 10, 40), 6)
        rows = pd.DataFrame({"product": np.repeat(np.arange(40).astype(str), 6), "period": 0, "actual": 100.0})
        rows["after"] = rows["actual"] + 100
        rows["before"] = rows["after"] + gain
        found = step_value_added(rows, "before", "after", seed=trial, draws=500)
        hits += found.low <= 0.05 <= found.high
    assert 0.84 <= hits / 200 <= 0.95
