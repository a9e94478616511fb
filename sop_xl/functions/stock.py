"""SAFETYSTOCK, NEWSVENDOR and COVER: how much to hold, how much to buy once, how long it lasts."""

from __future__ import annotations

from statistics import fmean, stdev
from typing import Any

from sop_xl.functions.arguments import one_number, one_of, optional_number
from sop_xl.functions.blocks import read_block
from sop_xl.functions.cells import Number, Range, Text, at_least, blank, grid, heading, place, required_number, trimmed
from sop_xl.functions.problem import CellProblem

_SERVICE = {
    "cycle": "cycle",
    "cycleservice": "cycle",
    "p1": "cycle",
    "fill": "fill",
    "fillrate": "fill",
    "p2": "fill",
}
_SHOWN = {"quantity": "quantity", "table": "table"}
_SHARE = "give a share above 0 and below 1, such as 0.95 or 95%"


def safetystock(
    demand: Range,
    lead_time: Number,
    service: Number = 0.95,
    measure: Text = "cycle",
    lead_time_sd: Number = 0,
    review: Number = 0,
    mean: Number = None,
    order_quantity: Number = None,
) -> float:
    """Gives the safety stock for a service target, from how much demand and lead time vary.

    With σ the standard deviation of demand per period, μ its average, L the lead time with the review period and σ_L
    its standard deviation: spread = √(L σ² + μ² σ_L²). Cycle service: z × spread, with z of the normal distribution at
    the target. Fill rate: the stock at which the units expected short per order are (1 − target) × order quantity.

    Args:
        demand: A range of past demand per period, or one number: the standard deviation of demand per period.
        lead_time: Average lead time, in periods.
        service: Target above 0 and below 1, such as 0.95 or 95%. Left out: 0.95.
        measure: cycle: probability of no stock-out per replenishment (if left out); fill: share of units delivered
            from stock.
        lead_time_sd: Standard deviation of the lead time, in periods. Left out: 0.
        review: Periods between orders where stock is looked at only then. Left out: 0, at any time.
        mean: Average demand per period where demand is a standard deviation; needed for lead_time_sd and for fill
            without order_quantity.
        order_quantity: Units per order, for fill. Left out: average demand of a review, at least of one period.

    Returns:
        One number, in units, never below 0.

    Example:
        =SOP_SAFETYSTOCK(B2:B25, 2, 95%)

    References:
        Silver, Pyke & Peterson (1998), Inventory Management and Production Planning and Scheduling, chapter 7.
    """
    from sop_xl.supply import safety_stock as engine

    average, sd = _demand(demand, mean)
    lead = one_number(lead_time, "lead_time", 0)
    lead_sd = one_number(lead_time_sd, "lead_time_sd", 0)
    between = one_number(review, "review", 0)
    target = _share(service, "service")
    kind = one_of(measure, "measure", _SERVICE)
    order = optional_number(order_quantity, "order_quantity", 0)
    if average is None and lead_sd > 0:
        raise CellProblem("mean is missing; a lead time that varies needs the average demand per period")
    spread = engine.sd_over_lead_time(sd, lead + between, mean=average or 0.0, lead_time_sd=lead_sd)
    if kind == "cycle":
        return engine.for_cycle_service(spread, target)
    if order is None and average is not None:
        order = average * max(between, 1.0)
    if not order:
        raise CellProblem("order_quantity is missing; a fill rate depends on the units per order")
    return engine.for_fill_rate(spread, target, order)


def newsvendor(
    demand: Range,
    sd: Number = None,
    price: Number = None,
    cost: Number = None,
    salvage: Number = 0,
    ratio: Number = None,
    show: Text = "quantity",
) -> Any:
    """Gives the quantity to buy when there is one chance to buy and demand is uncertain.

    Critical ratio = (price − cost) / (price − salvage). Normal demand: average + z × sd at that ratio. From possible
    demands: the smallest that at least that share of them does not exceed.

    Args:
        demand: A range of possible demands (past seasons, simulated draws), or one number: the average.
        sd: Standard deviation of demand where demand is an average (normal distribution).
        price: Selling price per unit.
        cost: Cost per unit, below the price.
        salvage: What a unit left over brings, below the cost. Left out: 0.
        ratio: Critical ratio, in place of price, cost and salvage: the probability with which demand is to be met.
        show: quantity (if left out) for the one number, table for what is to be expected as well.

    Returns:
        The quantity, or a table of it with critical ratio, expected sales, units short and left over, probability of
        meeting all demand, and profit.

    Example:
        =SOP_NEWSVENDOR(1000, 200, 25, 10, 4)

    References:
        Arrow, Harris & Marschak (1951), doi:10.2307/1906813.
    """
    from sop_xl.supply import newsvendor as engine

    shown = one_of(show, "show", _SHOWN)
    share = optional_number(ratio, "ratio")
    money = None
    if share is None:
        money = (
            one_number(price, "price", hint="give price and cost, or ratio"),
            one_number(cost, "cost", hint="give price and cost, or ratio"),
            one_number(salvage, "salvage"),
        )
        if not money[0] > money[1] > money[2]:
            raise CellProblem("price must be above cost, and cost above salvage; else there is nothing to weigh")
        share = engine.critical_ratio(*money)
    if not 0 < share < 1:
        raise CellProblem(f"ratio is {share:g}; {_SHARE}")
    values = _values(demand, "demand")
    if min(values) < 0:
        raise CellProblem(f"demand has {min(values):g}; nobody asks for less than nothing, give units of 0 or more")
    spread = optional_number(sd, "sd", 0)
    if len(values) == 1 and spread is None:
        raise CellProblem("sd is missing; give it beside an average, or select several possible demands")
    if len(values) > 1 and spread is not None:
        raise CellProblem("sd goes with one average; leave it out where demand is a range")
    bought = engine.buy_for_normal(values[0], spread, share) if spread else engine.buy_for_samples(values, share)
    if shown == "quantity":
        return bought.quantity
    profit = bought.profit(*money) if money else None
    return [
        ["quantity", bought.quantity],
        ["critical ratio", share],
        ["expected sales", bought.sales],
        ["expected short", bought.short],
        ["expected left over", bought.left],
        ["probability all is met", bought.in_stock],
        ["expected profit", profit],
    ]


def cover(stock: Range, demand: Range, months: Number = 1) -> Any:
    """Gives the months of supply: how long stock lasts against the demand planned ahead.

    Stock is consumed by the demand of the periods that follow, the last one in part. Past the last period demand goes
    on at the average of the last 12 months given. Blank cells of demand count as nothing asked. A stock of 0 or less
    covers 0 months.

    Args:
        stock: Stock now as one number, or the closing stock of every period as a range of the size of demand.
        demand: Demand planned ahead; beside a range of closing stocks, that of the same periods.
        months: Length of a period in months: 1 (if left out), 3 for quarters, 12/52 for weeks.

    Returns:
        Months, one number a stock; empty where nothing is asked any more or no stock is given.

    Example:
        =SOP_COVER(B2, C2:N2)
    """
    from sop_xl.finance.cover import months_of_stock, months_of_supply

    length = one_number(months, "months", 0.001, 1200, "give the length of a period in months, such as 1 or 0.23")
    asked = grid(demand)
    ahead = read_block(trimmed(asked), "demand")
    plan = [[value or 0.0 for value in row] for row in ahead.rows]
    lengths = [length] * len(plan[0])
    given = grid(stock)
    across = len(lengths) + int(any(heading(row[0]) for row in given if row))
    down = len(plan) + int(bool(given) and any(map(heading, given[0])))
    held = at_least(given, down, across) if ahead.across else at_least(given, len(lengths), len(plan))
    if held and len(held) == len(held[0]) == 1 and len(plan) == 1:
        months_left = months_of_stock(one_number(stock, "stock"), plan[0], lengths)
        if months_left != months_left:
            raise CellProblem("demand has nothing ahead; cover is not defined")
        return months_left
    on_hand = read_block(held, "stock")
    if len(on_hand.rows) == len(plan) and len(on_hand.rows[0]) <= len(plan[0]) and on_hand.across == ahead.across:
        if len(on_hand.rows[0]) == 1 < len(plan[0]):
            levels = [row[0] for row in on_hand.rows]
            return _now(levels, plan, lengths)
        rows = [
            months_of_supply([_or_nan(value) for value in row] + [0.0] * (len(lengths) - len(row)), ahead_of, lengths)
            for row, ahead_of in zip(on_hand.rows, plan, strict=True)
        ]
        return ahead.laid_out([row[: len(on_hand.rows[0])] for row in rows])
    levels = [value for row in on_hand.rows for value in row]
    if len(levels) == len(plan):
        return _now(levels, plan, lengths)
    raise CellProblem(
        "stock must be one number, one a product, or a range of the size of demand; "
        f"it has {len(levels)} cells for {len(plan)} × {len(plan[0])}"
    )


def _now(levels: list[float | None], plan: list[list[float]], lengths: list[float]) -> list[list[float]]:
    """Return the months that the stock on hand of several products lasts, one below the other."""
    from sop_xl.finance.cover import months_of_stock

    return [[months_of_stock(_or_nan(level), row, lengths)] for level, row in zip(levels, plan, strict=True)]


def _or_nan(value: float | None) -> float:
    return float("nan") if value is None else value


def _demand(demand: Any, mean: Any) -> tuple[float | None, float]:
    """Return average and standard deviation of demand per period; the average is None where it is not known."""
    values = _values(demand, "demand")
    average = optional_number(mean, "mean", 0)
    if len(values) > 1:
        if average is not None:
            raise CellProblem("mean goes with a standard deviation; leave it out where demand is a range")
        return fmean(values), stdev(values)
    if values[0] < 0:
        raise CellProblem(f"demand is {values[0]:g}; a standard deviation is not below 0")
    return average, values[0]


def _share(value: Any, name: str) -> float:
    share = one_number(value, name)
    if not 0 < share < 1:
        raise CellProblem(f"{name} is {share:g}; {_SHARE}")
    return share


def _values(value: Any, name: str) -> list[float]:
    """Return the numbers of a range in any shape, blanks and headings left out; at least one."""
    cells = trimmed(grid(value))
    found = []
    for row, line in enumerate(cells):
        for column, cell in enumerate(line):
            if blank(cell) or ((row == 0 or column == 0) and heading(cell)):
                continue
            number = required_number(cell, name, place(row, column, cells))
            if number is not None:
                found.append(number)
    if not found:
        raise CellProblem(f"{name} has no numbers; select the cells that hold them")
    return found
