"""What a plan is most sensitive to: every change alone, equal to the plan stated with it."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner

from sop_xl.cli import cli
from sop_xl.gather.inputs import require_inputs
from sop_xl.model.issue import InputErrors
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.sensitivity import sensitivity
from sop_xl.schema import frames
from sop_xl.supply.explain import Explain
from sop_xl.supply.plan import solve


def bottleneck(objective: str = "profit") -> dict[str, pd.DataFrame]:
    """A machine of 100 hours a month; two months; 80 A at 20 and 40 B at 50 asked, an hour each, made for nothing.

    B comes first: 40 × 50 + 60 × 20 = 3,200 a month, and an hour is worth 20.
    """
    months = ("2026-01-01", "2026-02-01")
    records: dict[str, list[dict[str, object]]] = {
        "settings": [
            {"setting": name, "value": value}
            for name, value in (
                ("objective", objective),
                ("shortage", "lost_sales"),
                ("rates_per", "bucket"),
                ("holding_pct", "0"),
                ("lost_sale_cost_pct", "0"),
            )
        ],
        "products": [{"product": "A", "family": "PUMPS"}, {"product": "B", "family": "VALVES"}],
        "demand": [
            {"product": product, "period": month, "units": units, "price": price}
            for product, units, price in (("A", 80, 20), ("B", 40, 50))
            for month in months
        ],
        "resources": [{"resource": "M", "hours": 100}],
        "routings": [{"product": product, "resource": "M", "hours_per_unit": 1} for product in "AB"],
    }
    return {name: frames.rows(name, rows) for name, rows in records.items()}


def given(objective: str = "profit") -> PlanningInputs:
    return require_inputs(bottleneck(objective))


def test_the_strongest_change_comes_first_with_what_it_is_worth() -> None:
    found = sensitivity(given(), given()["demand"])
    worth = {(r.what, r.target, r.change): r.difference for r in found.itertuples()}
    assert worth == {
        ("hours", "M", 0.1): pytest.approx(400, abs=0.1),
        ("hours", "M", -0.1): pytest.approx(-400, abs=0.1),
        ("demand", "VALVES", 0.1): pytest.approx(240, abs=0.1),
        ("demand", "VALVES", -0.1): pytest.approx(-240, abs=0.1),
        ("price", "VALVES", 0.05): pytest.approx(200, abs=0.1),
        ("price", "VALVES", -0.05): pytest.approx(-200, abs=0.1),
        ("price", "PUMPS", 0.05): pytest.approx(120, abs=0.1),
        ("price", "PUMPS", -0.05): pytest.approx(-120, abs=0.1),
        ("demand", "PUMPS", 0.1): pytest.approx(0, abs=0.1),
        ("demand", "PUMPS", -0.1): pytest.approx(0, abs=0.1),
    }
    assert found["difference"].abs().is_monotonic_decreasing
    assert found["lost"].tolist()[0] in (20.0, 60.0)
    base = solve(given(), given()["demand"], explain=Explain.NOTHING)
    assert base.objective is not None
    assert found["objective"].max() == pytest.approx(base.objective + 400, abs=0.1)


def test_service_before_money_is_refused_in_words() -> None:
    with pytest.raises(InputErrors, match="objective profit or cost"):
        sensitivity(given("service"), given("service")["demand"])


@pytest.mark.parametrize("plan_by", ["product", "family"])
def test_the_command_writes_every_change(tmp_path: Path, plan_by: str) -> None:
    tables = bottleneck()
    tables["settings"] = pd.concat(
        [tables["settings"], frames.rows("settings", [{"setting": "plan_by", "value": plan_by}])], ignore_index=True
    )
    if plan_by == "family":
        tables["price_cost"] = frames.rows("price_cost", [{"product": "A", "price": 20}, {"product": "B", "price": 50}])
    folder = tmp_path / "inputs"
    folder.mkdir()
    for name, frame in tables.items():
        frame.to_csv(folder / f"{name}.csv", index=False)
    out = tmp_path / "sensitivity.csv"
    ran = CliRunner().invoke(cli, ["sensitivity", str(folder), "--out", str(out)])
    assert ran.exit_code == 0, ran.output
    written = pd.read_csv(out)
    assert len(written) == 10 and written.loc[0, "what"] == "hours" and abs(written.loc[0, "difference"]) > 399
