"""A solved scenario: its plan, its profit and loss, and what is decided with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from sop_xl.finance.cash import cash_flow
from sop_xl.finance.kpis import fill_rate, financial_kpis, kpi
from sop_xl.finance.standard import expand_products, standard_rates
from sop_xl.model.plan import PlanningInputs, SolvedPlan
from sop_xl.scenario.scenario import Scenario
from sop_xl.supply.gaps import SMALLEST_GAP

TIME_LIMIT = "time limit"
"""Status of a plan whose solve ran out of time before the best was proven."""
SOLVED = ("optimal", TIME_LIMIT)
INFEASIBLE = "infeasible data"
"""Status of a plan whose inputs contradict each other."""

FIGURES = (
    "demand_units",
    "revenue",
    "gross_margin",
    "margin_pct",
    "fill_rate",
    "gap_units",
    "stock_value",
    "peak_load",
    "cash",
    "co2",
)
"""The figures by which scenarios are compared, in the order of the comparison."""


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario with its plan, priced.

    Attributes:
        scenario: what happens.
        inputs: the inputs it was solved from.
        plan: the solved plan.
        profit_and_loss: of the plan.
    """

    scenario: Scenario
    inputs: PlanningInputs
    plan: SolvedPlan
    profit_and_loss: pd.DataFrame

    @property
    def solved(self) -> bool:
        """True where there is a plan to compare."""
        return self.plan.status in SOLVED and self.plan.objective is not None

    def with_tables(self, tables: Mapping[str, pd.DataFrame]) -> ScenarioResult:
        """Return the scenario with more tables in its plan: what a later step adds."""
        return replace(self, plan=self.plan.with_results(self.plan.kpis, tables))


def emissions(inputs: PlanningInputs, plan: SolvedPlan) -> float:
    """Return the CO2 of a plan in tonnes: units made or bought outside, and units moved, × kg per unit / 1000."""
    made = plan.tables["inventory_plan"].merge(
        standard_rates(inputs)[["product", "period", "co2_per_unit"]], on=["product", "period"], how="left"
    )
    units = made["produced"] + made["outsourced"]
    keys = ["product", "from_location", "to_location"]
    lanes = expand_products(inputs, "lanes", keys[1:])[[*keys, "co2_per_unit"]]
    moved = plan.tables["shipments"].merge(lanes, on=keys, how="left")
    making = (units * made["co2_per_unit"].fillna(0.0)).sum()
    moving = (moved["units"] * moved["co2_per_unit"].fillna(0.0)).sum()
    return float(making + moving) / 1000


def figures(result: ScenarioResult) -> dict[str, float | None]:
    """Return the figures of the comparison of one scenario; all None where it has no plan.

    Fixed costs of deciding are taken off gross margin and cash. ``stock_value`` is the average over the horizon,
    ``gap_units`` demand not delivered on time, ``peak_load`` the highest utilisation of a resource in a bucket.
    """
    if not result.solved:
        return dict.fromkeys(FIGURES)
    pnl, plan, inputs = result.profit_and_loss, result.plan, result.inputs
    sales, load = plan.tables["sales_plan"], plan.tables["resource_load"]
    revenue = float(pnl["revenue"].sum())
    margin = float(pnl["gross_margin"].sum()) - result.scenario.fixed_cost
    peak = load["utilisation"].max()
    demand = float(sales["demand"].sum())
    gap = float((sales["demand"] - sales["on_time"]).clip(lower=0).sum())
    return {
        "demand_units": demand,
        "revenue": revenue,
        "gross_margin": margin,
        "margin_pct": margin / revenue if revenue > 0 else None,
        "fill_rate": fill_rate(plan),
        "gap_units": gap if gap > SMALLEST_GAP * max(1.0, demand) else 0.0,
        "stock_value": kpi(financial_kpis(inputs, plan, pnl), "average_stock_value"),
        "peak_load": None if pd.isna(peak) else float(peak),
        "cash": float(cash_flow(inputs, plan, pnl)["cash"].sum()) - result.scenario.fixed_cost,
        "co2": emissions(inputs, plan),
    }
