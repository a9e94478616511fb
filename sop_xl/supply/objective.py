"""What a plan earns, pays and is steered by: one function per line, added up to the objective.

Money is what the company pays or earns; steering is what only the solve sees (safety stock missed, priority, CO2 …).
Both are reported, so that the objective can be computed again from the tables of the plan.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from pulp import LpAffineExpression, LpVariable

from sop_xl.supply.elements import Network
from sop_xl.supply.rows import Terms, expression, put
from sop_xl.supply.shortage import worth_of
from sop_xl.supply.variables import Variables

Line = Iterator[tuple[LpVariable | None, float]]
"""Terms of a line: a variable (None: a constant) and its price."""


def revenue(x: Variables, n: Network) -> Line:
    """Σ price × delivered, before rebates; a series without a known price earns nothing."""
    for (s, t), deliver in x.deliver.items():
        price = n.series[s].price[t]
        yield deliver, price if price == price else 0.0


def rebates(x: Variables, n: Network) -> Line:
    """Σ price × rebate % × delivered."""
    for (s, t), deliver in x.deliver.items():
        series = n.series[s]
        if series.price[t] == series.price[t]:
            yield deliver, series.price[t] - series.net_price[t]


def material(x: Variables, n: Network) -> Line:
    """Σ material cost × units started, for products without a bill, + Σ purchase price × units ordered of items."""
    for k, process in enumerate(n.processes):
        rates = n.rates[process.product]
        for t in n.periods if not process.bill else ():
            yield from _each(x.started[k, t], rates.material[t])
    for (m, _), order in x.order.items():
        yield order, n.suppliers[m].unit_cost


def conversion(x: Variables, n: Network) -> Line:
    """Σ conversion cost × units made + Σ cost of the route × its good units + Σ cost per hour × regular hours."""
    for k, process in enumerate(n.processes):
        for t in n.periods:
            yield from _each(x.made[k, t], n.rates[process.product].conversion[t])
    for (k, t), run in x.run.items():
        yield from _each(run, n.routes[k].cost[t])
    for (r, _), regular in x.regular.items():
        yield regular, n.resources[r].cost


def wages(x: Variables, n: Network) -> Line:
    """Σ wage × L_t × workers: paid whether they work or not."""
    for (w, t), workers in x.workers.items():
        yield workers, n.workforces[w].wage * n.lengths[t]


def overtime(x: Variables, n: Network) -> Line:
    """Σ cost of an overtime hour × overtime, of resources and of people.

    Overtime of people on a resource without machine hours is overtime of the resource too.
    """
    for (r, _), hours in x.overtime.items():
        yield hours, n.resources[r].overtime_cost
    running = {resource.code: resource.overtime_cost for resource in n.resources if resource.people_only}
    for (w, _), hours in x.people_overtime.items():
        group = n.workforces[w]
        yield hours, group.overtime_cost + running.get(group.resource, 0.0)


def hiring(x: Variables, n: Network) -> Line:
    """Σ hiring cost × workers hired."""
    for (w, _), hired in x.hired.items():
        yield hired, n.workforces[w].hiring_cost


def layoff(x: Variables, n: Network) -> Line:
    """Σ layoff cost × workers laid off."""
    for (w, _), gone in x.laid_off.items():
        yield gone, n.workforces[w].layoff_cost


def subcontract(x: Variables, n: Network) -> Line:
    """Σ cost × hours bought outside."""
    for (r, _), hours in x.bought.items():
        yield hours, n.resources[r].bought_cost


def outsourcing(x: Variables, n: Network) -> Line:
    """Σ partner's price × units ordered from it."""
    for (o, _), units in x.outsource.items():
        yield units, n.offers[o].cost


def freight(x: Variables, n: Network) -> Line:
    """Σ freight of the lane × units sent + Σ freight to the customer × units delivered."""
    for (a, _), units in x.ship.items():
        yield units, n.arcs[a].cost
    for (s, t), deliver in x.deliver.items():
        yield deliver, n.series[s].freight[t]


def holding(x: Variables, n: Network) -> Line:
    """Σ holding cost × L_t × closing stock, of products and of items."""
    for (i, t), parts in x.stock.items():
        for variable, _ in parts:
            yield variable, n.stock[n.nodes[i]].holding_cost[t] * n.lengths[t]
    for (i, t), stock in x.item_stock.items():
        yield stock, n.pools[i].holding_cost * n.lengths[t]


def setups(x: Variables, n: Network) -> Line:
    """Σ setup cost × setups."""
    for (k, t), setup in x.setup.items():
        yield setup, n.routes[k].setup_cost[t]


def steps(x: Variables, n: Network) -> Line:
    """Σ fixed cost × steps taken (by bucket: switched on) + Σ cost per month × months in which they are there."""
    for (k, t), taken in x.taken.items():
        step = n.steps[k]
        months = sum(part * length for part, length in zip(step.there[t], n.lengths, strict=True))
        yield taken, (step.fixed if step.lasting else 0.0) + step.monthly * months
    for (k, _), switched in x.switched.items():
        yield switched, n.steps[k].fixed


def maintenance(x: Variables, n: Network) -> Line:
    """Σ cost of a job × machines maintained."""
    for (j, _), down in x.down.items():
        yield down, n.jobs[j].cost


def training(x: Variables, n: Network) -> Line:
    """Σ cost of a move × workers who change group."""
    for (v, _), moved in x.moved.items():
        yield moved, n.moves[v].cost


def idle(x: Variables, n: Network) -> Line:
    """Σ L_t × (cost of an idle worker × idle workers + cost of short time × workers on short time)."""
    for (w, t), people in x.idle.items():
        yield people, n.workforces[w].idle_cost * n.lengths[t]
    for (w, t), people in x.short.items():
        yield people, n.workforces[w].short_cost * n.lengths[t]


def handling(x: Variables, n: Network) -> Line:
    """Σ handling cost of a location × units that leave it, to other locations and to customers."""
    price = {place.location: place.handling for place in n.places if place.handling > 0}
    for (a, _), units in x.ship.items() if price else ():
        yield units, price.get(n.arcs[a].origin, 0.0)
    for (s, _), deliver in x.deliver.items() if price else ():
        yield deliver, price.get(n.series[s].location, 0.0)


def lanes(x: Variables, n: Network) -> Line:
    """Σ fixed cost of a lane × buckets in which it is used."""
    for (lane, _), used in x.used.items():
        yield used, n.loads[lane].fixed


def disposal(x: Variables, n: Network) -> Line:
    """Σ cost of throwing a unit away × units that became too old."""
    for (i, _), units in x.expired.items():
        yield units, n.stock[n.nodes[i]].disposal


def level(x: Variables, n: Network) -> Line:
    """Σ cost of a rise × rise + Σ cost of a fall × fall of production per month."""
    for (q, _), units in x.rise.items():
        yield units, n.smoothing[q].rise_cost
    for (q, _), units in x.fall.items():
        yield units, n.smoothing[q].fall_cost


def backorders(x: Variables, n: Network) -> Line:
    """Σ cost of a late unit × L_t × backlog at the end of the bucket."""
    for (s, t), backlog in x.backlog.items():
        yield backlog, n.series[s].late_cost[t] * n.lengths[t]


def lost_sales(x: Variables, n: Network) -> Line:
    """Σ cost of a lost sale × units lost; the margin lost shows in the revenue that is not there."""
    yield from _lost(x, n, lambda s, t: n.series[s].lost_cost[t])


def safety_shortfall(x: Variables, n: Network) -> Line:
    """Σ price × L_t × units below the safety stock."""
    for (i, t), parts in x.stock.items():
        target = n.stock[n.nodes[i]]
        price = target.shortfall_price[t] * n.lengths[t]
        yield None, price * target.safety[t]
        for variable, part in parts:
            if part.safety:
                yield variable, -price


def ending_shortfall(x: Variables, n: Network) -> Line:
    """Σ price × units below the ending stock in the last bucket."""
    for (i, _), parts in _at(x.stock, n.last):
        target = n.stock[n.nodes[i]]
        yield None, target.ending_price * target.ending
        for variable, part in parts:
            if part.ending:
                yield variable, -target.ending_price


def overstock(x: Variables, n: Network) -> Line:
    """Σ price × L_t × units above the most stock wanted."""
    for (i, t), parts in x.stock.items():
        for variable, part in parts:
            if part.over:
                yield variable, n.stock[n.nodes[i]].over_price * n.lengths[t]


COMMITTED = 100.0
"""How many times the dearest lost unit a unit of sales weighs that must be made and is not."""


def missed_sales(x: Variables, n: Network) -> Line:
    """Σ price × units missing to the least sales: above any other sale, so that they are kept wherever they can be."""
    dearest = max((max(worth_of(series)) for series in n.series), default=0.0) if x.missed else 0.0
    for _, units in x.missed.items():
        yield units, COMMITTED * max(1.0, dearest)


def unmet_demand(x: Variables, n: Network) -> Line:
    """Σ price × units lost, where the objective is cost or no price is known."""
    yield from _lost(x, n, lambda s, t: n.series[s].unmet_price[t])


def priority(x: Variables, n: Network) -> Line:
    """Σ premium × units late or lost: makes channels be served in the order of their priority."""
    yield from _lost(x, n, lambda s, t: n.series[s].lost_premium[t])
    for (s, t), backlog in x.backlog.items():
        yield backlog, n.series[s].late_premium[t] * n.lengths[t]


def price_rise(x: Variables, n: Network) -> Line:
    """Σ rise of the price to the next bucket × backlog: delivering late must not look like earning more."""
    for (s, t), backlog in x.backlog.items():
        yield backlog, n.series[s].rise[t]


def co2(x: Variables, n: Network) -> Line:
    """CO2 in t: Σ kg per unit × units made or outsourced + Σ kg per unit × units sent, / 1000."""
    for k, process in enumerate(n.processes):
        for t in n.periods:
            yield from _each(x.made[k, t], n.rates[process.product].co2[t] / 1000)
    for (o, t), units in x.outsource.items():
        yield units, n.rates[n.offers[o].product].co2[t] / 1000
    for (a, _), units in x.ship.items():
        yield units, n.arcs[a].co2 / 1000


def co2_price(x: Variables, n: Network) -> Line:
    """Price of a tonne of CO2 in the settings × CO2."""
    price = float(n.inputs.settings["co2_price"])
    if price > 0:
        for variable, tonnes in co2(x, n):
            yield variable, price * tonnes


MONEY: Mapping[str, Callable[[Variables, Network], Line]] = {
    "cost_material": material,
    "cost_conversion": conversion,
    "cost_wages": wages,
    "cost_overtime": overtime,
    "cost_hiring": hiring,
    "cost_layoff": layoff,
    "cost_subcontract": subcontract,
    "cost_outsourcing": outsourcing,
    "cost_freight": freight,
    "cost_holding": holding,
    "cost_setup": setups,
    "cost_capacity": steps,
    "cost_maintenance": maintenance,
    "cost_training": training,
    "cost_idle": idle,
    "cost_handling": handling,
    "cost_lanes": lanes,
    "cost_disposal": disposal,
    "cost_level": level,
    "cost_backorder": backorders,
    "cost_lost_sales": lost_sales,
}
"""Costs in money; their sum is the total cost of the plan."""

PAID = tuple(line for name, line in MONEY.items() if name not in ("cost_backorder", "cost_lost_sales"))
"""Lines of cost that are paid to somebody: what a budget limits."""

STEERING: Mapping[str, Callable[[Variables, Network], Line]] = {
    "penalty_safety_shortfall": safety_shortfall,
    "penalty_ending_stock": ending_shortfall,
    "penalty_overstock": overstock,
    "penalty_missed_sales": missed_sales,
    "penalty_unmet_demand": unmet_demand,
    "penalty_priority": priority,
    "penalty_price_rise": price_rise,
    "penalty_co2": co2_price,
}
"""What steers the solve without being paid."""

TIE = 1e-6
"""Size of a tie-break, in parts of the value of a unit."""


def tie_breaks(x: Variables, n: Network) -> Line:
    """Make equal plans unequal, always the same way: late production, early delivery, the first alternative.

    Stock costs ``TIE`` of the value of a unit a bucket, a little more at every later place, backlog twice that, the
    second alternative (route of a step, supplier, partner) once, the third twice; among channels that weigh the same,
    the last is short first. Not reported.
    """
    for (i, t), parts in x.stock.items():
        for variable, _ in parts:
            yield variable, TIE * _value(n, n.nodes[i].product) * n.lengths[t] * (1 + i / len(n.nodes))
    for (s, t), backlog in x.backlog.items():
        yield backlog, TIE * _value(n, n.series[s].product) * (2 * n.lengths[t] - s / len(n.series))
    for (s, _), deliver in x.deliver.items():
        yield deliver, TIE * _value(n, n.series[s].product) * s / len(n.series)
    for process in n.processes:
        for step in process.steps:
            for rank, k in enumerate(step[1:], start=1):
                for t in n.periods:
                    yield from _each(x.run[k, t], TIE * _value(n, process.product) * rank)
    for pool in n.pools:
        for rank, m in enumerate(pool.suppliers):
            for t in n.periods:
                if (m, t) in x.order:
                    yield x.order[m, t], TIE * n.suppliers[m].unit_cost * rank
    for (o, _), units in x.outsource.items():
        yield units, TIE * _value(n, n.offers[o].product) * (1 + o / len(n.offers))


def line(terms: Line) -> LpAffineExpression:
    """Return a line as an expression."""
    summed: Terms = {}
    constant = 0.0
    for variable, price in terms:
        if variable is None:
            constant += price
        elif price:
            put(summed, variable, price)
    made = expression(summed)
    made.constant = constant
    return made


def _value(n: Network, product: str) -> float:
    standard = n.rates[product].standard[0]
    return standard if standard > 0 else n.unit_cost[product]


def _each(expression: LpAffineExpression, price: float) -> Line:
    if price:
        for variable, factor in expression.items():
            yield variable, factor * price


def _at(held: Mapping[tuple[int, int], list], t: int) -> Iterator[tuple[tuple[int, int], list]]:
    return ((key, parts) for key, parts in held.items() if key[1] == t)


def _lost(x: Variables, n: Network, price: Callable[[int, int], float]) -> Line:
    for (s, t), lost in x.lost.items():
        yield lost, price(s, t)
    if not n.backorders:
        for (s, t), deliver in x.deliver.items():
            yield None, price(s, t) * n.series[s].demand[t]
            yield deliver, -price(s, t)
