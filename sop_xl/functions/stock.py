"""SAFETYSTOCK, NEWSVENDOR and COVER: how much to hold, how much to buy once, how long it lasts."""

from __future__ import annotations

from typing import Any

from sop_xl.functions.cells import Number, Range, Text
from sop_xl.functions.problem import CellProblem


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

    Args:
        demand: A range of past demand per period, or one number: the standard deviation of demand per period.
        lead_time: Average lead time, in periods.
        service: Target from 0 to 1, such as 0.95 or 95%. Left out: 0.95.
        measure: cycle: probability of no stock-out per replenishment (if left out); fill: share of units delivered
            from stock.
        lead_time_sd: Standard deviation of the lead time, in periods. Left out: 0.
        review: Periods between orders where stock is looked at only then. Left out: 0, at any time.
        mean: Average demand per period where demand is a standard deviation; needed for lead_time_sd and fill.
        order_quantity: Units per order, for fill. Left out: average demand of a review, at least of one period.

    Returns:
        One number, in units, never below 0.

    Example:
        =SOP_SAFETYSTOCK(B2:B25, 2, 95%)
    """
    raise CellProblem("not available yet")


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

    Args:
        demand: A range of possible demands (past seasons, simulated draws), or one number: the average.
        sd: Standard deviation of demand where demand is an average (normal distribution).
        price: Selling price per unit.
        cost: Cost per unit.
        salvage: What a unit left over brings. Left out: 0.
        ratio: Critical ratio, in place of price, cost and salvage: the probability with which demand is to be met.
        show: quantity (if left out) for the one number, table for what is to be expected as well.

    Returns:
        The quantity, or a table of it with critical ratio, expected sales, units short and left over, and profit.

    Example:
        =SOP_NEWSVENDOR(1000, 200, 25, 10, 4)
    """
    raise CellProblem("not available yet")


def cover(stock: Range, demand: Range, months: Number = 1) -> Any:
    """Gives the months of supply: how long stock lasts against the demand planned ahead.

    Args:
        stock: Stock now as one number, or the closing stock of every period as a range of the size of demand.
        demand: Demand planned for the periods ahead; for a range of closing stocks that of the same periods.
        months: Length of a period in months: 1 (if left out), 3 for quarters, 12/52 for weeks.

    Returns:
        Months, one number a stock; empty where nothing is asked any more.

    Example:
        =SOP_COVER(B2, C2:N2)
    """
    raise CellProblem("not available yet")
