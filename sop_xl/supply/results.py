"""The output tables of a solved plan, from the values of its variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import isfinite

import numpy as np
import pandas as pd
from pulp import LpAffineExpression, LpVariable

from sop_xl.schema.frames import typed
from sop_xl.supply.capacity_constraints import there
from sop_xl.supply.elements import Network, Node
from sop_xl.supply.model import Model
from sop_xl.supply.persistent import Solution
from sop_xl.supply.rough_cut import rough_cut_of, utilisation
from sop_xl.supply.service import Service, served
from sop_xl.supply.solver import HighsModel
from sop_xl.supply.variables import At

NOISE = 1e-7
"""Values below this are what a solver leaves behind, not a plan."""


DUAL_NOISE = 1e-8
"""Worth below this part of the dearest unit is the solver's, not the plan's."""


@dataclass(frozen=True, slots=True)
class Solved:
    """A network, its stated model and the values and duals found for it."""

    network: Network
    model: Model
    values: Mapping[int, float]
    row_dual: Mapping[str, float] | None
    column_dual: Mapping[int, float] | None
    noise: float

    def of(self, variable: LpVariable | None) -> float:
        """Return the value of a variable; 0 for one that was not made."""
        return 0.0 if variable is None else self.values.get(id(variable), 0.0)

    def of_expression(self, expression: LpAffineExpression) -> float:
        """Return the value of an expression."""
        return expression.constant + sum(self.of(v) * factor for v, factor in expression.items())

    def growth(self, variable: LpVariable | None) -> float:
        """Return what one unit more of the upper bound of a variable is worth: 0 where it does not bind."""
        if self.column_dual is None or variable is None:
            return 0.0
        return self._above_noise(-self.column_dual.get(id(variable), 0.0))

    def row_value(self, name: str) -> float:
        """Return what one unit more on the right of a row is worth; 0 where there is no such row or no duals."""
        return self._above_noise(-self.row_dual.get(name, 0.0)) if self.row_dual is not None else 0.0

    def _above_noise(self, value: float) -> float:
        return value if value > self.noise else 0.0


def solved(n: Network, model: Model, highs: HighsModel, solution: Solution) -> Solved:
    """Return a solution by variable, the noise of the solver taken off."""
    assert solution.values is not None
    values = np.where(np.abs(solution.values) < NOISE, 0.0, np.round(solution.values, 9))
    values = np.maximum(values, 0.0)
    if len(highs.integers):
        values[highs.integers] = np.round(values[highs.integers])
    ids = [id(v) for v in highs.columns]
    rows = None if solution.row_dual is None else dict(zip(highs.row_of, solution.row_dual.tolist(), strict=True))
    columns = None if solution.column_dual is None else dict(zip(ids, solution.column_dual.tolist(), strict=True))
    largest = max((abs(price) for price in n.unit_cost.values()), default=1.0)
    return Solved(n, model, dict(zip(ids, values.tolist(), strict=True)), rows, columns, DUAL_NOISE * largest)


def service_of(s: Solved) -> list[Service]:
    """Return, by series, what became of the demand of each bucket."""
    x, n = s.model.variables, s.network
    return [
        served(series.demand, [s.of(x.deliver.get((i, t))) for t in n.periods]) for i, series in enumerate(n.series)
    ]


def sales_plan(s: Solved) -> pd.DataFrame:
    """Return the schema table ``sales_plan``: every series in every bucket."""
    x, n, records = s.model.variables, s.network, []
    for i, (series, service) in enumerate(zip(n.series, service_of(s), strict=True)):
        for t in n.periods:
            units = s.of(x.deliver.get((i, t)))
            lost = s.of(x.lost.get((i, t))) if n.backorders else service.lost[t]
            records.append(
                {
                    "family": n.family[series.product],
                    "product": series.product,
                    "location": series.location,
                    "channel": series.channel,
                    "period": t,
                    "demand": series.demand[t],
                    "delivered": units,
                    "on_time": service.on_time[t],
                    "backlog": s.of(x.backlog.get((i, t))),
                    "lost": lost,
                    "price": series.price[t],
                    "revenue": units * series.price[t] if units else 0.0,
                }
            )
    return _table(n, "sales_plan", records)


def inventory_plan(s: Solved) -> pd.DataFrame:
    """Return the schema table ``inventory_plan``: every product-location of the plan in every bucket."""
    x, n = s.model.variables, s.network
    position = {node: i for i, node in enumerate(n.nodes)}
    flow = {name: np.zeros((len(n.nodes), len(n.lengths))) for name in _FLOWS}
    for k, process in enumerate(n.processes):
        node = position[Node(process.product, process.location)]
        for t in n.periods:
            flow["produced"][node, t] += s.of_expression(x.made[k, t])
            for part, quantity in process.parts:
                used = quantity * s.of_expression(x.started[k, t])
                flow["consumed"][position[Node(part, process.location)], t] += used
    for (k, t), variable in x.outsource.items():
        offer = n.offers[k]
        for u, share in offer.lead_time.of(t):
            flow["outsourced"][position[Node(offer.product, offer.location)], u] += share * s.of(variable)
    for (k, t), variable in x.ship.items():
        arc = n.arcs[k]
        flow["sent"][position[Node(arc.product, arc.origin)], t] += s.of(variable)
        for u, share in arc.lead_time.of(t):
            flow["received"][position[Node(arc.product, arc.target)], u] += share * s.of(variable)
    for (k, t), variable in x.expired.items():
        flow["expired"][k, t] += s.of(variable)
    for (k, t), variable in x.deliver.items():
        flow["delivered"][position[n.series[k].node], t] += s.of(variable)
    records = []
    for i, node in enumerate(n.nodes):
        target, stock = n.stock[node], n.stock[node].opening
        for t in n.periods:
            opening, stock = stock, sum(s.of(variable) for variable, _ in x.stock[i, t])
            standard = n.rates[node.product].standard[t]
            records.append(
                {
                    "family": n.family[node.product],
                    "product": node.product,
                    "location": node.location,
                    "period": t,
                    "opening_stock": opening,
                    "scheduled": target.receipts[t],
                    **{name: float(values[i, t]) for name, values in flow.items()},
                    "closing_stock": stock,
                    "safety_stock": target.safety[t],
                    "safety_shortfall": max(0.0, target.safety[t] - stock),
                    "stock_value": stock * standard if stock else 0.0,
                }
            )
    return _table(n, "inventory_plan", records)


_FLOWS = ("produced", "outsourced", "received", "sent", "consumed", "delivered", "expired")


def production_plan(s: Solved) -> pd.DataFrame:
    """Return the schema table ``production_plan``: good units out of every step, where there are any."""
    x, n, records = s.model.variables, s.network, []
    for (k, t), run in sorted(x.run.items(), key=lambda item: item[0]):
        route, units, setups = n.routes[k], s.of_expression(run), s.of(x.setup.get((k, t)))
        if units <= NOISE and setups <= NOISE:
            continue
        records.append(
            {
                "product": route.product,
                "location": route.location,
                "operation": route.operation,
                "resource": route.resource,
                "period": t,
                "units": units,
                "hours": units * route.hours / route.good + setups * route.setup_hours[t],
                "setups": setups,
            }
        )
    return _table(n, "production_plan", records)


def resource_load(s: Solved) -> pd.DataFrame:
    """Return the schema table ``resource_load``: rough-cut and planned load of every resource in every bucket.

    Where people are the only limit, regular hours and overtime are those of the workers of the plan.
    """
    x, n, records = s.model.variables, s.network, []
    rough = rough_cut_of(n)["rough_cut_hours"].to_numpy().reshape(len(n.resources), len(n.lengths))
    for r, resource in enumerate(n.resources):
        groups = [w for w, group in enumerate(n.workforces) if group.resource == resource.code]
        for t in n.periods:
            hours, overtime = hours_there(s, r, t), s.of(x.overtime.get((r, t)))
            if resource.people_only:
                overtime = sum(s.of(x.people_overtime.get((w, t))) for w in groups)
                people = sum(s.of(x.workers[w, t]) * n.workforces[w].hours[t] for w in groups)
                hours = hours if isfinite(hours) else people
            bought = s.of(x.bought.get((r, t)))
            planned = s.of(x.regular[r, t]) + overtime + bought
            records.append(
                {
                    "resource": resource.code,
                    "location": resource.location,
                    "period": t,
                    "available_hours": hours,
                    "rough_cut_hours": rough[r, t],
                    "rough_cut_utilisation": utilisation(rough[r, t], hours),
                    "planned_hours": planned,
                    "overtime_hours": overtime,
                    "subcontract_hours": bought,
                    "utilisation": utilisation(planned, hours),
                    "marginal_value": value_of_an_hour(s, (r, t)),
                }
            )
    return _table(n, "resource_load", records)


def hours_there(s: Solved, r: int, t: int) -> float:
    """Return the regular hours of a resource in a bucket: its own, plus steps taken, less maintenance."""
    x, n = s.model.variables, s.network
    hours = n.resources[r].regular[t]
    for k, step in enumerate(n.steps):
        if step.resource == r:
            hours += sum(step.size * n.lengths[t] * part * s.of(v) for v, part in there(x, step, k, t))
    return hours - sum(
        n.jobs[j].hours[t] * s.of(v) for (j, u), v in x.down.items() if u == t and n.jobs[j].resource == r
    )


def value_of_an_hour(s: Solved, at: At) -> float:
    """Return what one more regular hour of a resource (of its people, where they are the only limit) is worth."""
    if s.row_dual is None:
        return float("nan")
    resource = s.network.resources[at[0]]
    if resource.people_only and not isfinite(resource.regular[at[1]]):
        return s.row_value(f"labour_hours_{at[0]}_{at[1]}")
    if at in s.model.variables.stepped:
        return s.row_value(f"resource_capacity_{at[0]}_{at[1]}")
    return s.growth(s.model.variables.regular[at])


def workforce_plan(s: Solved) -> pd.DataFrame:
    """Return the schema table ``workforce_plan``: every group in every bucket."""
    x, n = s.model.variables, s.network
    into = {w: [v for v, move in enumerate(n.moves) if move.target == w] for w in range(len(n.workforces))}
    out_of = {w: [v for v, move in enumerate(n.moves) if move.origin == w] for w in range(len(n.workforces))}
    return _table(
        n,
        "workforce_plan",
        (
            {
                "workforce": group.code,
                "period": t,
                "workers": s.of(x.workers[w, t]),
                "hired": s.of(x.hired[w, t]),
                "laid_off": s.of(x.laid_off[w, t]),
                "overtime_hours": s.of(x.people_overtime.get((w, t))),
                "moved_in": sum((1 - n.moves[v].lost) * s.of(x.moved[v, t]) for v in into[w]),
                "moved_out": sum(s.of(x.moved[v, t]) for v in out_of[w]),
                "idle": s.of(x.idle.get((w, t))),
                "short_time": s.of(x.short.get((w, t))),
            }
            for w, group in enumerate(n.workforces)
            for t in n.periods
        ),
    )


def material_plan(s: Solved) -> pd.DataFrame:
    """Return the schema table ``material_plan``: every supplier of every item in every bucket.

    Use and stock of an item stand on the row of the first supplier of each of its stocks.
    """
    x, n, records = s.model.variables, s.network, []
    used = np.zeros((len(n.pools), len(n.lengths)))
    for k, process in enumerate(n.processes):
        for item, quantity in process.items:
            pool = n.pool_of(item, process.location)
            for t in n.periods if pool is not None else ():
                used[pool, t] += quantity * s.of_expression(x.started[k, t])
    for i, pool in enumerate(n.pools):
        for m in pool.suppliers:
            supplier, first = n.suppliers[m], m == pool.suppliers[0]
            arriving = np.zeros(len(n.lengths))
            for t in supplier.lead_time.ordering:
                for u, share in supplier.lead_time.of(t):
                    arriving[u] += share * s.of(x.order[m, t])
            for t in n.periods:
                arrived = arriving[t] + supplier.coming[t]
                limit = supplier.limit[t]
                records.append(
                    {
                        "item": supplier.item,
                        "supplier": supplier.code,
                        "period": t,
                        "ordered": s.of(x.order.get((m, t))),
                        "arrived": arrived,
                        "limit": limit if isfinite(limit) else float("nan"),
                        "consumed": used[i, t] if first else 0.0,
                        "closing_stock": s.of(x.item_stock[i, t]) if first else 0.0,
                        "marginal_value": value_of_supply(s, (m, t)) if isfinite(limit) else float("nan"),
                    }
                )
    return _table(n, "material_plan", records)


def value_of_supply(s: Solved, at: At) -> float:
    """Return what one more unit of a supplier's limit in a bucket is worth."""
    if s.row_dual is None:
        return float("nan")
    return s.growth(s.model.variables.order.get(at)) + s.row_value(f"order_needs_decision_{at[0]}_{at[1]}")


def shipments(s: Solved) -> pd.DataFrame:
    """Return the schema table ``shipments``: units that leave on each lane, where there are any."""
    x, n = s.model.variables, s.network
    return _table(
        n,
        "shipments",
        (
            {
                "product": n.arcs[a].product,
                "from_location": n.arcs[a].origin,
                "to_location": n.arcs[a].target,
                "period": t,
                "units": s.of(variable),
            }
            for (a, t), variable in x.ship.items()
            if s.of(variable) > NOISE
        ),
    )


def _table(n: Network, name: str, records: Iterable[Mapping[str, object]]) -> pd.DataFrame:
    listed = list(records)
    if not listed:
        return typed(name, pd.DataFrame(index=range(0)))
    frame = pd.DataFrame.from_records(listed)
    starts = pd.DatetimeIndex(n.inputs.calendar.starts)
    return typed(name, frame.assign(period=starts[frame["period"].to_numpy()]))
