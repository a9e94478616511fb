"""Risks and opportunities: what is not in the plan but was solved as an event, with its money and what shows it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from sop_xl.model.plan import PlanningInputs
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import Driver
from sop_xl.schema.frames import rows, typed

WATCH: Mapping[str, tuple[str, str]] = {
    "demand_pct": ("Orders off the plan by more than 5 % for two weeks", "demand planner"),
    "price_pct": ("Price list changes", "finance"),
    "cost_pct": ("Purchase prices or rates change", "finance"),
    "competitor_price_pct": ("Competitor's price lists and offers", "sales"),
    "capacity_pct": ("Output below plan for two weeks", "supply planner"),
    "resource_down": ("Unplanned stop of more than two days", "supply planner"),
    "supplier_out": ("A confirmed delivery is missed", "supply planner"),
    "lane_closed": ("Transit time doubles", "supply planner"),
    "launch_delay": ("A launch gate is missed", "product manager"),
    "lead_time_delay": ("Confirmed lead times grow", "supply planner"),
    "workforce_pct": ("Absence above plan for two weeks", "supply planner"),
    "yield_pct": ("Scrap above plan for two weeks", "supply planner"),
    "safety_stock_pct": ("Stock targets change", "supply planner"),
    "shelf_life_pct": ("Remaining shelf life of deliveries falls", "supply planner"),
    "signal_pct": ("The signal leaves what is assumed", "demand planner"),
    "signal_value": ("The signal leaves what is assumed", "demand planner"),
}
"""What shows that a driver comes true, and the role that watches it."""


def risks(inputs: PlanningInputs, comparison: pd.DataFrame, solved: Mapping[str, ScenarioResult]) -> pd.DataFrame:
    """Return risks and opportunities (schema table ``risks_opportunities``): people's own, then one row an event.

    Money is the gross margin of the event less that of the base plan, over the horizon: below 0 a risk, else an
    opportunity. Chances are left empty: people judge them. An event that people have written down under the same code
    is left as they wrote it. The largest money comes first.

    Args:
        inputs: for people's own rows.
        comparison: schema table ``scenario_comparison``.
        solved: the results it was made from.
    """
    own = inputs["risks_opportunities"]
    table = comparison.set_index("scenario")
    base = table[table["kind"] == "base"]
    events = table[(table["kind"] == "event") & table["gross_margin"].notna()]
    events = events[~events.index.isin(set(own["risk"]))]
    if base.empty or base["gross_margin"].isna().all() or events.empty:
        return own
    plan = base.iloc[0]
    money = (events["gross_margin"] - plan["gross_margin"]).sort_values(key=abs, ascending=False, kind="stable")
    records = []
    for name, effect in money.items():
        service = events.loc[name, "fill_rate"] - plan["fill_rate"]
        said = "" if pd.isna(service) else f" Fill rate {100 * service:+.1f} points.".replace("-", "−")
        trigger, owner = _watch(solved[str(name)])
        records.append(
            {
                "risk": name,
                "kind": "risk" if effect < 0 else "opportunity",
                "text": f"{events.loc[name, 'title']}.{said}",
                "money": effect,
                "trigger": trigger,
                "owner": owner,
            }
        )
    ours = rows("risks_opportunities", records)
    return typed("risks_opportunities", pd.concat([own, ours], ignore_index=True)) if len(own) else ours


def _watch(result: ScenarioResult) -> tuple[str, str]:
    kinds = [d.driver for d in result.scenario.drivers if isinstance(d, Driver) and not d.ours]
    return WATCH[kinds[0]] if kinds else ("", "")
