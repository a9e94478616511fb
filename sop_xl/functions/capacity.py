"""CAPACITY and FEASIBLE: what demand loads on resources, and what can be made of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sop_xl.functions.arguments import one_number
from sop_xl.functions.blocks import Block, read_block
from sop_xl.functions.cells import (
    Cell,
    Grid,
    Number,
    Range,
    at_least,
    grid,
    heading,
    line_in,
    place,
    required_number,
    transposed,
    trimmed,
)
from sop_xl.functions.problem import CellProblem
from sop_xl.functions.small_plan import Item, Machine, by_period, small_inputs

MOST_PERIODS = 120
MOST_PRODUCTS = 200
MOST_RESOURCES = 50
_LARGE = 1e12
_REGULAR, _OVERTIME = "regular", "overtime"
_LOST_MULTIPLE = 10.0


def capacity(demand: Range, hours_per_unit: Range, available: Range) -> Grid:
    """Shows the rough-cut load: hours that demand needs, utilisation, and hours over or under, by period.

    Hours needed = Σ units × hours per unit, all made in the period of demand: stock, overtime and setups are left out.
    Blank cells of demand count as nothing asked.

    Args:
        demand: Units by period: one row or column, or a block with a row a product. Headings may be part of it.
        hours_per_unit: Hours a unit takes: one number, a column with a number a product, or a block with a row a
            product and a column a resource (names of the resources on top).
        available: Hours available: one number, one a period, or a block with a row a resource.

    Returns:
        A table by period, four lines a resource: hours needed, hours available, utilisation, hours over (+) or
        under (−).

    Example:
        =SOP_CAPACITY(B2:M6, O2:O6, B8:M8)
    """
    from sop_xl.supply.rough_cut import rough_cut, utilisation

    rates = trimmed(grid(hours_per_unit))
    asked = _asked(demand, "demand", across=len(rates) > 1 and len(rates) >= len(trimmed(grid(demand))) > 1)
    count = len(asked.rows[0])
    titled = int(bool(rates) and any(map(heading, rates[0])))
    hours, resources = _hours(at_least(grid(hours_per_unit), len(asked.rows) + titled, 1), len(asked.rows))
    machines = _machines(available, resources, count)
    items = [
        Item(
            code=f"{at:05d}",
            demand=_plan(row),
            steps=tuple({m.code: h} for m, h in zip(machines, own, strict=True) if h > 0),
        )
        for at, (row, own) in enumerate(zip(asked.rows, hours, strict=True))
    ]
    if not any(item.steps for item in items):
        raise CellProblem("hours_per_unit is 0 everywhere; give the hours a unit takes")
    inputs = small_inputs(items, machines)
    load = rough_cut(inputs, inputs["demand"])
    lines: list[list[Cell]] = []
    for machine, name in zip(machines, resources, strict=True):
        own = load[load["resource"] == machine.code]
        needed = by_period(own, "rough_cut_hours", count)
        title = f"{name} · " if name else ""
        share = [_known(utilisation(n, a)) for n, a in zip(needed, machine.hours, strict=True)]
        lines += [
            [f"{title}hours needed", *needed],
            [f"{title}hours available", *machine.hours],
            [f"{title}utilisation", *share],
            [f"{title}over (+) / under (−)", *(n - a for n, a in zip(needed, machine.hours, strict=True))],
        ]
    return _table(asked, lines)


def feasible(
    demand: Range,
    capacity: Range,
    opening_stock: Range = 0,
    hours_per_unit: Range = 1,
    overtime: Range = 0,
    overtime_cost: Number = 2,
    holding_cost: Range = 1,
    shortage_cost: Range = 10,
) -> Grid:
    """Plans a demand against capacity over several periods: production, overtime, stock and shortage at least cost.

    A linear programme builds ahead, works overtime or delivers late, whichever costs least; regular time costs
    nothing. Everything that can be made within the periods is delivered; what cannot stays short to the end. A
    shortage is what is owed at the end of a period. Blank cells of demand count as nothing asked.

    Args:
        demand: Units by period: one row or column, or a block with a row a product; the products share the capacity.
        capacity: Hours of regular time: one number, or one a period. Units, where hours_per_unit is left out.
        opening_stock: Stock at the start: one number, or one a product. Left out: 0.
        hours_per_unit: Hours a unit takes: one number, or one a product. Left out: 1.
        overtime: Most hours of overtime: one number, or one a period. Left out: 0.
        overtime_cost: What an hour of overtime costs beyond regular time. Left out: 2.
        holding_cost: What a unit in stock costs per period: one number, or one a product. Left out: 1.
        shortage_cost: What a unit late costs per period: one number, or one a product. Left out: 10.

    Returns:
        A table by period, five lines a product: demand, production in regular time, production in overtime, stock and
        shortage at the end of the period; all in units.

    Example:
        =SOP_FEASIBLE(B2:G2, 100, 20)
    """
    from sop_xl.supply.explain import Explain
    from sop_xl.supply.plan import solve

    asked = _asked(demand, "demand")
    count, products = len(asked.rows[0]), len(asked.rows)
    extra = one_number(overtime_cost, "overtime_cost", 0, _LARGE)
    machines = [
        Machine(_REGULAR, _each(capacity, "capacity", count, "period")),
        Machine(_OVERTIME, _each(overtime, "overtime", count, "period"), extra),
    ]
    hours = _each(hours_per_unit, "hours_per_unit", products, "product")
    if min(hours) <= 0:
        raise CellProblem("hours_per_unit must be above 0; leave it out where capacity is in units")
    opening = _each(opening_stock, "opening_stock", products, "product")
    holding = _each(holding_cost, "holding_cost", products, "product")
    late = _each(shortage_cost, "shortage_cost", products, "product")
    dearest = extra * max(hours) + (max(holding) + max(late)) * count
    items = [
        Item(
            code=f"{at:05d}",
            demand=_plan(row),
            steps=(dict.fromkeys((_REGULAR, _OVERTIME), hours[at]),),
            opening=opening[at],
            holding=holding[at],
            late=late[at],
            lost=_LOST_MULTIPLE * max(dearest, 1.0),
        )
        for at, row in enumerate(asked.rows)
    ]
    inputs = small_inputs(items, machines)
    solved = solve(inputs, inputs["demand"], explain=Explain.NOTHING)
    if solved.status != "optimal":
        raise CellProblem(f"no plan was found ({solved.status}); check demand and capacity")
    made, held, sold = (solved.tables[name] for name in ("production_plan", "inventory_plan", "sales_plan"))
    lines: list[list[Cell]] = []
    for item, label in zip(items, asked.labels, strict=True):
        title = f"{label or f'product {int(item.code) + 1}'} · " if products > 1 or label else ""
        own = made[made["product"] == item.code]
        delivered = by_period(sold[sold["product"] == item.code], "delivered", count)
        lines += [
            [f"{title}demand", *item.demand],
            [f"{title}production", *_clear(by_period(own[own["resource"] == _REGULAR], "units", count))],
            [f"{title}overtime", *_clear(by_period(own[own["resource"] == _OVERTIME], "units", count))],
            [f"{title}stock", *_clear(by_period(held[held["product"] == item.code], "closing_stock", count))],
            [f"{title}shortage", *_clear(_owed(item.demand, delivered))],
        ]
    return _table(asked, lines)


def _asked(demand: Any, name: str, *, across: bool = False) -> Block:
    """Return the demand of a formula as a block.

    Args:
        demand: the range.
        name: name of the argument.
        across: a single column is products of one period, not periods of one product.

    Raises:
        CellProblem: it is empty, too large, or has a quantity below zero.
    """
    cells = trimmed(grid(demand))
    single = bool(cells) and sum(not heading(cell) for cell in cells[0]) == 1
    block = read_block(cells, name, down=False if across and single else None)
    count, products = len(block.rows[0]), len(block.rows)
    if not count:
        raise CellProblem(f"{name} has no numbers; select the units by period")
    if count > MOST_PERIODS or products > MOST_PRODUCTS:
        raise CellProblem(
            f"{name} is {products} products × {count} periods; at most {MOST_PRODUCTS} × {MOST_PERIODS} fit a cell "
            "function, more belongs in a plan"
        )
    for row in block.rows:
        for value in row:
            if value is not None and not 0 <= value <= _LARGE:
                raise CellProblem(f"{name} has {value:g}; give units of 0 or more")
    if not any(value for row in block.rows for value in row):
        raise CellProblem(f"{name} is 0 throughout; there is nothing to plan")
    return block


def _known(value: float) -> float | None:
    return value if value == value else None


def _plan(row: Sequence[float | None]) -> tuple[float, ...]:
    return tuple(value or 0.0 for value in row)


def _hours(rates: Grid, products: int) -> tuple[list[tuple[float, ...]], list[str]]:
    """Return the hours of every product on every resource, and the names of the resources ('' where not given)."""
    if not rates:
        raise CellProblem("hours_per_unit is empty; give the hours a unit takes")
    named = any(heading(row[0]) for row in rates[1:]) and len(rates[0]) > 1
    cells = [row[1:] for row in rates] if named else rates
    names: list[str] = []
    if len(cells) > 1 and all(heading(cell) for cell in cells[0]):
        names, cells = [str(cell).strip() for cell in cells[0]], cells[1:]
    if len(cells) == 1 and len(cells[0]) == products > 1:
        cells = transposed(cells)
    hours = [
        tuple(_positive(cell, "hours_per_unit", row, column, cells) for column, cell in enumerate(line))
        for row, line in enumerate(cells)
    ]
    if len(hours) == 1:
        hours = hours * products
    if len(hours) != products:
        raise CellProblem(
            f"hours_per_unit has {len(hours)} rows for {products} products; give one number, or one a product"
        )
    count = len(hours[0])
    if count > MOST_RESOURCES:
        raise CellProblem(f"hours_per_unit has {count} resources; at most {MOST_RESOURCES} fit a cell function")
    return hours, names or ([""] if count == 1 else [f"resource {at + 1}" for at in range(count)])


def _machines(available: Any, resources: Sequence[str], count: int) -> list[Machine]:
    """Return the resources with their hours per period."""
    cells = grid(available)
    if len(resources) == 1 or (len(cells) == 1 and len(cells[0]) == 1):
        hours = [_each(available, "available", count, "period")] * len(resources)
    else:
        headed = int(any(heading(row[0]) for row in cells if row))
        block = read_block(at_least(cells, len(resources), count + headed), "available", down=False)
        if len(block.rows) != len(resources):
            raise CellProblem(f"available has {len(block.rows)} rows for {len(resources)} resources; give one row each")
        hours = [_spread([value or 0.0 for value in row], "available", count, "period") for row in block.rows]
    return [Machine(f"{at:05d}", own) for at, own in enumerate(hours)]


def _each(value: Any, name: str, count: int, what: str) -> tuple[float, ...]:
    """Return one number for each period or product, from one for all or one for each; a heading is skipped."""
    line = line_in(grid(value), count)
    if len(line) == count + 1 and heading(line[0]):
        line = line[1:]
    numbers = [_positive(cell, name, 0, at, [line]) for at, cell in enumerate(line)]
    return _spread(numbers, name, count, what)


def _spread(numbers: Sequence[float], name: str, count: int, what: str) -> tuple[float, ...]:
    if len(numbers) == 1:
        return (numbers[0],) * count
    if len(numbers) != count:
        raise CellProblem(f"{name} has {len(numbers)} cells for {count} {what}s; give one number, or one a {what}")
    return tuple(numbers)


def _positive(cell: Cell, name: str, row: int, column: int, cells: Grid) -> float:
    number = required_number(cell, name, place(row, column, cells)) or 0.0
    if not 0 <= number <= _LARGE:
        raise CellProblem(f"{name} has {number:g}; give numbers of 0 or more")
    return number


def _owed(demand: Sequence[float], delivered: Sequence[float]) -> list[float]:
    """Return what is owed at the end of each period."""
    owed, found = 0.0, []
    for asked, came in zip(demand, delivered, strict=True):
        owed += asked - came
        found.append(owed)
    return found


def _clear(values: Sequence[float]) -> list[float]:
    """Return units without the last digits of the solver's arithmetic."""
    largest = max(map(abs, values), default=0.0)
    return [round(value, 6) + 0.0 if abs(value) > 1e-9 * largest else 0.0 for value in values]


def _table(asked: Block, lines: list[list[Cell]]) -> Grid:
    """Return lines by period in the direction of demand, below its headings of periods where it has them."""
    top = [["", *asked.periods]] if any(asked.periods) else []
    return asked.laid_out([*top, *lines])
