"""Solves the plan of the example company anew and stores its tables: run after the example or the planning changed.

python tests/workbook/refresh_example.py && sop-xl templates build
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from sop_xl.cycle import run_cycle
from sop_xl.workbook.example import example_inputs

STORED = (
    "baseline",
    "consensus_demand",
    "sales_plan",
    "inventory_plan",
    "inventory_targets",
    "available_to_promise",
    "production_plan",
    "resource_load",
    "gaps",
    "bottlenecks",
    "reliefs",
    "profit_and_loss",
    "kpis",
    "demand_served",
    "simulation",
    "stockout_risk",
    "twin_replay",
    "scenario_comparison",
    "reconciliation",
    "forecast_accuracy",
    "bridge",
    "dashboard",
    "family_pages",
)
FOLDER = Path(__file__).parents[2] / "sop_xl" / "workbook" / "example" / "plan"


def _stored(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with numbers to six places, without empty columns, booleans as yes and no."""
    out = frame.dropna(axis=1, how="all").copy()
    for name in out.columns:
        if out[name].dtype == "float64":
            out[name] = out[name].round(6) + 0.0
        elif out[name].dtype == bool:
            out[name] = out[name].map({True: "yes", False: "no"})
    return out


def main() -> None:
    """Write a CSV a table."""
    result = run_cycle(example_inputs())
    tables = {**result.tables, "baseline": result.plan.baseline}
    FOLDER.mkdir(exist_ok=True)
    for old in FOLDER.glob("*.csv"):
        old.unlink()
    for name in STORED:
        if len(tables[name]):
            text = _stored(tables[name]).to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d")
            (FOLDER / f"{name}.csv").write_text(text, encoding="utf-8", newline="")


if __name__ == "__main__":
    main()
