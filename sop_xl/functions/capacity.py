"""CAPACITY and FEASIBLE: what demand loads on resources, and what can be made of it."""

from __future__ import annotations

from sop_xl.functions.cells import Grid, Number, Range
from sop_xl.functions.problem import CellProblem


def capacity(demand: Range, hours_per_unit: Range, available: Range) -> Grid:
    """Shows the rough-cut load: hours that demand needs, utilisation, and hours over or under, by period.

    Args:
        demand: Units by period: one row or column, or a block with a row a product. Headings are kept.
        hours_per_unit: Hours a unit takes: one number, a column with a number a product, or a block with a row a
            product and a column a resource (with the names of the resources on top).
        available: Hours available: one number, a row by period, or a block with a row a resource.

    Returns:
        A table: hours needed, hours available, utilisation and hours over (+) or under (-), by period and resource.

    Example:
        =SOP_CAPACITY(B2:M6, O2:O6, B8:M8)
    """
    raise CellProblem("not available yet")


def feasible(
    demand: Range,
    capacity: Range,
    opening_stock: Range = 0,
    hours_per_unit: Range = 1,
    overtime: Range = 0,
    overtime_cost: Number = None,
    holding_cost: Range = None,
    shortage_cost: Range = None,
) -> Grid:
    """Plans a demand against capacity over several periods: production, overtime, stock and shortage at least cost.

    Args:
        demand: Units by period: one row or column, or a block with a row a product that share the capacity.
        capacity: Hours of regular time: one number, or one a period. Units, where hours_per_unit is left out.
        opening_stock: Stock at the start: one number, or one a product. Left out: 0.
        hours_per_unit: Hours a unit takes: one number, or one a product. Left out: 1.
        overtime: Most hours of overtime: one number, or one a period. Left out: 0.
        overtime_cost: What an hour of overtime costs beyond regular time. Left out: 2.
        holding_cost: What a unit in stock costs per period: one number, or one a product. Left out: 1.
        shortage_cost: What a unit late costs per period: one number, or one a product. Left out: 10.

    Returns:
        A table with a row a product and figure: demand, production, overtime hours, closing stock, shortage.

    Example:
        =SOP_FEASIBLE(B2:G2, 100, 20)
    """
    raise CellProblem("not available yet")
