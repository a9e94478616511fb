"""The twin tested on the past: the plans of past months carried out with the demand that came, beside what was left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.model.issue import Issue, Severity
from sop_xl.model.plan import PlanningInputs
from sop_xl.schema.frames import empty, rows
from sop_xl.supply.demand_draws import QuantilePaths
from sop_xl.supply.simulation import Disturbances, Twin, simulate

_NEEDED = ("sales_units", "production_plan", "stock_plan", "stock_units")
_HINT = (
    "It needs, on the sheet Actuals, at least two months of a family in a row with units sold, stock, and the plan of "
    "production and stock as committed."
)


@dataclass(frozen=True, slots=True)
class Replay:
    """What the twin made of past months.

    Attributes:
        table: schema table ``twin_replay``; empty where nothing could be replayed.
        error: Σ |simulated − actual stock| / Σ actual stock; None where nothing could be replayed.
        plan_error: the same for the stock as planned: what the twin has to beat.
        text: what a planner should know of it, in a sentence or two.
    """

    table: pd.DataFrame
    error: float | None
    plan_error: float | None
    text: str

    @property
    def issues(self) -> tuple[Issue, ...]:
        """The text as a remark."""
        return (Issue(Severity.INFO, self.text, _HINT if self.table.empty else "", table="actuals"),)


def replay(inputs: PlanningInputs) -> Replay:
    """Return past months replayed: each family starts from the stock it had and meets the sales that came.

    Months follow one another without a gap; the first only gives the stock to start from. In the others the twin gets
    the committed production, corrected as in every course by half of what its stock was off the plan, and sells what
    was sold as far as it has stock. Units sold stand for demand: what was not sold for want of stock is not known.

    Args:
        inputs: for the table ``actuals``.
    """
    past = inputs["actuals"]
    known = past[past[list(_NEEDED)].notna().all(axis=1)]
    found = []
    for family, own in past.groupby("family"):
        months = known[known["family"] == family].sort_values("period")
        for run in _runs(own.sort_values("period"), months):
            found += _replayed(str(family), run)
    if not found:
        return Replay(empty("twin_replay"), None, None, _nothing(past))
    table = rows("twin_replay", found)
    return Replay(table, *errors_of(table), judged(table))


def errors_of(table: pd.DataFrame) -> tuple[float | None, float | None]:
    """Return Σ |simulated − actual| / Σ actual stock of a replay, and the same for the stock as planned.

    Args:
        table: schema table ``twin_replay``; None for both where there was no stock.
    """
    there = float(table["actual_stock"].abs().sum())
    if there <= 0:
        return None, None
    off = (table["planned_stock"] - table["actual_stock"]).abs().sum()
    return float(table["error"].abs().sum()) / there, float(off) / there


def judged(table: pd.DataFrame) -> str:
    """Return in a sentence how the simulation did on past months.

    Args:
        table: schema table ``twin_replay``.
    """
    if table.empty:
        return "The simulation is not tested on your past: no past months have both a committed plan and actuals."
    error, plan_error = errors_of(table)
    months = table["period"].nunique()
    count = f"{months} past month{'s' if months > 1 else ''} of {table['family'].nunique()} families"
    if error is None or plan_error is None:
        return f"Simulated {count}: there was no stock to compare with."
    better = "closer than" if error < plan_error else "no better than"
    return (
        f"Simulated {count}: the stock of the simulation was {error:.0%} off what was left, {better} the stock of the "
        f"plan, which was {plan_error:.0%} off."
    )


def _runs(own: pd.DataFrame, known: pd.DataFrame) -> list[pd.DataFrame]:
    """Runs of months that follow one another; the month before a run needs nothing but its stock."""
    stocked = own[own["stock_units"].notna()]
    after = {day + pd.offsets.MonthBegin(1) for day in stocked["period"]}
    found: list[list[int]] = []
    last = pd.NaT
    for at, day in zip(known.index, known["period"], strict=True):
        if day not in after:
            last = pd.NaT
            continue
        if pd.isna(last) or day != last + pd.offsets.MonthBegin(1):
            found.append([])
        found[-1].append(at)
        last = day
    stock_of = dict(zip(stocked["period"], stocked["stock_units"], strict=True))
    return [
        known.loc[run].assign(opening=stock_of[known.loc[run[0], "period"] - pd.offsets.MonthBegin(1)]) for run in found
    ]


def _replayed(family: str, run: pd.DataFrame) -> list[dict[str, object]]:
    def line(name: str) -> np.ndarray:
        return run[name].to_numpy(dtype=float)[None, :]

    sold, none = line("sales_units"), np.zeros((1, len(run)))
    twin = Twin(
        families=(family,),
        demand=sold,
        supply=line("production_plan"),
        stock=line("stock_plan"),
        backlog=none,
        opening=run["opening"].to_numpy(dtype=float)[:1],
        headroom=np.ones_like(none),
        margin=none,
        price=none,
        stock_value=np.zeros(1),
        resources=(),
        use=np.zeros((1, 0)),
        lost=True,
    )
    came = QuantilePaths(sold, sold, sold, np.eye(1), 0.0)
    done = simulate(twin, came, Disturbances.none(twin), paths=1, seed=0)
    return [
        {
            "family": family,
            "period": row.period,
            "sales_units": row.sales_units,
            "production_plan": row.production_plan,
            "planned_stock": row.stock_plan,
            "simulated_stock": float(done.stock_p10[0, t]),
            "actual_stock": row.stock_units,
            "error": float(done.stock_p10[0, t]) - row.stock_units,
        }
        for t, row in enumerate(run.itertuples(index=False))
    ]


def _nothing(past: pd.DataFrame) -> str:
    if past.empty:
        return "The simulation is not tested on your past: there are no actuals of past months."
    lacking = [name.replace("_", " ") for name in _NEEDED if past[name].isna().all()]
    why = f"the actuals say nothing of {', '.join(lacking)}" if lacking else "no two months in a row are complete"
    return f"The simulation is not tested on your past: {why}."
