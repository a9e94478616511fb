"""The tables a consolidated version holds, and those of one scenario taken out again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import pandas as pd

from server.table_names import CYCLE, INPUTS, PLAN, scenario_prefix
from sop_xl.demand.measured import MEASURED
from sop_xl.finance.bridge import bridge
from sop_xl.finance.family_page import family_pages
from sop_xl.finance.kpis import dashboard
from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.compare import CHOOSABLE
from sop_xl.scenario.result import ScenarioResult

if TYPE_CHECKING:
    from sop_xl.cycle import CycleResult

_OF_THE_CYCLE = (
    "scenario_comparison",
    "simulation",
    "twin_replay",
    "cautious_decisions",
    "reconciliation",
    "forecast_accuracy",
    "assumption_scores",
    "history_corrections",
    "uplift_proposals",
    "launch_curves",
    "sensing_gain",
    "driver_effects",
    "data_quality",
    "rationalisation",
    *MEASURED,
)
_ONE_PLAN_ONLY = ("decisions", "risks_opportunities")


def tables_of(tables: Mapping[str, pd.DataFrame], scenario: str) -> dict[str, pd.DataFrame]:
    """Return the tables of one scenario, or of the plan of a committed version, by their own names."""
    prefix = scenario_prefix(scenario)
    found = {n.removeprefix(prefix): frame for n, frame in tables.items() if n.startswith(prefix)}
    return found or {n.removeprefix(PLAN): frame for n, frame in tables.items() if n.startswith(PLAN)}


def version_tables(
    inputs: PlanningInputs, result: CycleResult, committed: Mapping[str, pd.DataFrame]
) -> dict[str, pd.DataFrame]:
    """Return all tables of a consolidated version: inputs, those of the cycle, and those of every solved scenario.

    What can be committed (the base plan and choices) has its own dashboard, family pages and bridge.

    Args:
        inputs: what was planned from.
        result: the cycle.
        committed: tables of the plan committed before, empty where there is none.
    """
    tables = {f"{INPUTS}{name}": frame for name, frame in inputs.tables.items()}
    tables |= {f"{CYCLE}{name}": result.tables[name] for name in (*_OF_THE_CYCLE, *_ONE_PLAN_ONLY)}
    for name, solved in result.scenarios.items():
        if not solved.solved:
            continue
        own = dict(solved.plan.tables)
        if solved.scenario.kind in CHOOSABLE:
            own |= _pages(solved, committed.get("profit_and_loss"))
        tables |= {f"{scenario_prefix(name)}{table}": frame for table, frame in own.items()}
    return tables


def _pages(solved: ScenarioResult, committed: pd.DataFrame | None) -> dict[str, pd.DataFrame]:
    plan, money = solved.plan, solved.profit_and_loss
    return {
        "bridge": bridge(solved.inputs, money),
        "dashboard": dashboard(solved.inputs, plan, money, committed),
        "family_pages": family_pages(solved.inputs, plan.tables["consensus_demand"], plan, money, committed),
    }
