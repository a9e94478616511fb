"""Plans side by side in the same courses: ranges of margin and service, and the risk of stock-outs by family."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sop_xl.finance.kpis import fill_rate
from sop_xl.finance.standard import bucket_starts
from sop_xl.scenario.result import ScenarioResult
from sop_xl.scenario.scenario import BASE
from sop_xl.schema.frames import empty, rows, typed
from sop_xl.supply.simulation import Simulated, Twin, simulate
from sop_xl.twin.demand import DemandSpread
from sop_xl.twin.disturbances import disturbances_of
from sop_xl.twin.of_plan import twin_of, without_luck

_SHARES = (0.1, 0.5, 0.9)
_RISK = ("margin_p10", "margin_p90", "fill_rate_p10")


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A plan in its courses.

    Attributes:
        result: the plan.
        twin: what was carried out.
        done: what became of it.
        service: share of units delivered on time of each course, shape (paths,).
    """

    result: ScenarioResult
    twin: Twin
    done: Simulated
    service: np.ndarray


def outcome_of(
    result: ScenarioResult,
    spread: DemandSpread,
    *,
    paths: int,
    seed: int,
    tell: Callable[[float], None] | None = None,
) -> Outcome:
    """Return what luck makes of a plan.

    Service is that of the twin plus what separates the plan's fill rate from the twin's without luck: a family knows
    no products, so what the plan misses between them is missed in every course.

    Args:
        result: a solved scenario.
        spread: how uncertain demand is.
        paths: courses to draw.
        seed: the same seed draws the same courses for every scenario.
        tell: told the share done; raising in it cancels.
    """
    twin = twin_of(result)
    demand = spread.paths(twin.families, twin.demand)
    done = simulate(twin, demand, disturbances_of(result, twin), paths=paths, seed=seed, tell=tell)
    planned = fill_rate(result.plan)
    shift = 0.0 if planned is None else planned - without_luck(twin)[1]
    return Outcome(result, twin, done, np.clip(done.service + shift, 0.0, 1.0))


def simulation_table(outcomes: Mapping[str, Outcome]) -> pd.DataFrame:
    """Return plans side by side (schema table ``simulation``), in the order given.

    Courses of all plans are the same, so that *better than base* compares course by course.

    Args:
        outcomes: by scenario.
    """
    base = outcomes.get(BASE)
    found = []
    for name, own in outcomes.items():
        low, middle, high = (float(value) for value in np.quantile(own.done.margin, _SHARES))
        worst, usual, best = (float(value) for value in np.quantile(own.service, _SHARES))
        better = None if base is None or own is base else float((own.done.margin > base.done.margin).mean())
        money = own.result.profit_and_loss["gross_margin"].sum() - own.result.scenario.fixed_cost
        found.append(
            {
                "scenario": name,
                "title": own.result.scenario.title,
                "paths": len(own.done.margin),
                "gross_margin": float(money),
                "margin_mean": float(own.done.margin.mean()),
                "margin_p10": low,
                "margin_p50": middle,
                "margin_p90": high,
                "better_than_base": better,
                "fill_rate": fill_rate(own.result.plan),
                "fill_rate_p10": worst,
                "fill_rate_p50": usual,
                "fill_rate_p90": best,
                "stock_out_risk": float(own.done.stock_out.mean()),
            }
        )
    return rows("simulation", found)


def stockout_risk(outcome: Outcome) -> pd.DataFrame:
    """Return the risk of stock-outs of a plan by family and bucket (schema table ``stockout_risk``).

    Args:
        outcome: of the plan.
    """
    twin, done, starts = outcome.twin, outcome.done, bucket_starts(outcome.result.inputs)
    if not twin.families:
        return empty("stockout_risk")
    columns = {
        "chance": done.stock_out,
        "short_units": done.short,
        "demand": twin.demand,
        "closing_stock": twin.stock,
        "stock_p10": done.stock_p10,
        "stock_p90": done.stock_p90,
    }
    key = {"family": np.repeat(twin.families, len(starts)), "period": np.tile(starts, len(twin.families))}
    return typed("stockout_risk", pd.DataFrame(key | {name: values.ravel() for name, values in columns.items()}))


def with_risk(comparison: pd.DataFrame, simulation: pd.DataFrame) -> pd.DataFrame:
    """Return the comparison of scenarios with their ranges of margin and service; empty where not simulated.

    Args:
        comparison: schema table ``scenario_comparison``.
        simulation: schema table ``simulation``.
    """
    found = simulation.set_index("scenario")[list(_RISK)].reindex(comparison["scenario"])
    return typed("scenario_comparison", comparison.assign(**{name: found[name].to_numpy() for name in _RISK}))
