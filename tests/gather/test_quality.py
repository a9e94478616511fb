"""Data quality: what each check finds, and the stamp that follows."""

from __future__ import annotations

import pandas as pd

from sop_xl.gather.inputs import require_inputs
from sop_xl.gather.quality import Stamp, data_quality
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema import frames


def months(first: str, count: int) -> list[pd.Timestamp]:
    return list(pd.date_range(first, periods=count, freq="MS"))


def company(
    units: dict[str, float] | None = None, stock: list[float] | None = None, revenue_off: float = 0.0
) -> PlanningInputs:
    """Two years of 100 units a month at a price of 2, and a ledger of the last three months that fits."""
    sold = dict.fromkeys(months("2024-01-01", 24), 100.0) | {pd.Timestamp(k): v for k, v in (units or {}).items()}
    history = frames.rows(
        "history",
        ({"product": "A", "period": day, "units": u, "revenue": 2 * u} for day, u in sold.items() if u == u),
    )
    ledger = [
        {
            "family": "F",
            "period": day,
            "sales_units": 100.0,
            "production_units": 110.0,
            "stock_units": level,
            "revenue": 200.0 + revenue_off,
        }
        for day, level in zip(months("2025-10-01", 3), stock or [50.0, 60.0, 70.0], strict=True)
    ]
    return require_inputs(
        {
            "products": frames.rows("products", [{"product": "A", "family": "F"}]),
            "history": history,
            "actuals": frames.rows("actuals", ledger),
            "price_cost": frames.rows("price_cost", [{"product": "A", "price": 2.0}]),
        }
    )


def results(inputs: PlanningInputs) -> dict[str, str]:
    return data_quality(inputs).checks.set_index("check")["result"].to_dict()


def test_clean_data_are_trusted() -> None:
    quality = data_quality(company())
    assert quality.stamp is Stamp.TRUSTED
    assert len(quality.checks) == 9
    assert set(quality.checks["result"]) == {"passed"}


def test_gaps_outliers_and_negative_sales_are_remarks() -> None:
    odd = company({"2024-05-01": float("nan"), "2025-03-01": -5.0, "2025-06-01": 900.0})
    found = data_quality(odd)
    assert found.stamp is Stamp.REMARKS
    wrong = found.checks[found.checks["result"] == "remark"].set_index("check")["message"]
    assert "1 series lack 1 months" in wrong["Series have no gaps"]
    assert "1 months of sales are negative (A)" in wrong["Sales are not negative"]
    assert "A 2025-06" in wrong["No outliers against the year before"]


def test_a_stock_ledger_that_does_not_tie_out_takes_the_trust_away() -> None:
    found = data_quality(company(stock=[50.0, 60.0, 90.0]))
    assert found.stamp is Stamp.NOT_TRUSTED
    row = found.checks.set_index("check").loc["Stock ledger: opening + production − sales = closing"]
    assert row["result"] == "failed" and "F 2025-12" in row["message"]


def test_sales_value_must_be_the_ledgers() -> None:
    assert results(company(revenue_off=10.0))["Sales value equals the ledger"] == "failed"
    assert results(company(revenue_off=0.5))["Sales value equals the ledger"] == "passed"


def test_products_must_add_up_to_their_family() -> None:
    assert results(company({"2025-12-01": 60.0}))["Products add up to their family"] == "failed"


def test_stale_history_is_failed_and_tells_what_is_missing() -> None:
    inputs = company()
    later = require_inputs(
        {
            **{name: frame for name, frame in inputs.tables.items() if len(frame)},
            "settings": frames.rows("settings", [{"setting": "horizon_start", "value": "2026-04-01"}]),
        }
    )
    row = data_quality(later).checks.set_index("check").loc["History is up to date"]
    assert (row["result"], row["findings"]) == ("failed", 3)
    assert "ends in 2025-12" in row["message"]
