"""BRIDGE: why revenue differs between two plans, in bars that add up."""

from __future__ import annotations

from typing import Any

from sop_xl.functions.cells import Grid, Range, error_in, grid, heading, label_in, place, required_number, trimmed
from sop_xl.functions.histories import left_empty
from sop_xl.functions.problem import CellProblem


def bridge(units0: Range, price0: Range, units1: Range, price1: Range, names: Range = None) -> Grid:
    """Explains a change of revenue by volume, mix and price, and by what is new or discontinued; it adds up exactly.

    With q units and p price of the products sold on both sides and Q = Σq: volume = (Q₁ − Q₀) × average price before;
    mix = Σ q₁p₀ − Q₁ × average price before; price = Σ q₁ (p₁ − p₀). A product without units before is new, one
    without units after is discontinued. The same bridge as on the finance pages.

    Args:
        units0: Units of each product before (budget, last year): one row, column or block.
        price0: Price of each product before, in a range of the same size.
        units1: Units of each product after (plan, this year), in a range of the same size.
        price1: Price of each product after, in a range of the same size.
        names: Names of the products, used where something is missing; left out: their position.

    Returns:
        A table of step and amount: before, volume, mix, price, new and discontinued where there are, after.

    Example:
        =SOP_BRIDGE(B2:B9, C2:C9, D2:D9, E2:E9)
    """
    import pandas as pd

    from sop_xl.finance.bridge import bridge_between

    given = {
        name: _column(value, name)
        for name, value in (("units0", units0), ("price0", price0), ("units1", units1), ("price1", price1))
    }
    count = len(given["units0"])
    for name, values in given.items():
        if len(values) != count:
            raise CellProblem(f"{name} has {len(values)} cells and units0 {count}; select ranges of the same size")
    labels = _labels(names, count)
    sides = []
    for side in ("0", "1"):
        records = {}
        for at, (units, price) in enumerate(zip(given[f"units{side}"], given[f"price{side}"], strict=True)):
            if not units:
                continue
            if units < 0:
                raise CellProblem(f"units{side} of {labels[at]} are {units:g}; a bridge needs units of 0 or more")
            if price is None:
                raise CellProblem(f"price{side} of {labels[at]} is missing; give the price of its {units:g} units")
            records[at] = (units, units * price, units * price)
        columns = ["quantity", "revenue", "margin"]
        sides.append(pd.DataFrame.from_dict(records, orient="index", columns=columns, dtype="float64"))
    if sides[0].empty and sides[1].empty:
        raise CellProblem("units0 and units1 are 0 throughout; there is nothing to explain")
    bars = bridge_between(*sides)
    steps = dict(zip(bars["step"], bars["revenue"], strict=True))
    shown = [name for name in steps if name != "cost"]
    return [[name, float(steps[name])] for name in shown]


def _column(value: Any, name: str) -> list[float | None]:
    """Return the numbers of a range one after the other, None where blank; a heading in its first cell is left out."""
    cells = grid(value)
    line = [
        (cell, place(row, column, cells)) for row, cells_of in enumerate(cells) for column, cell in enumerate(cells_of)
    ]
    if len(line) > 1 and heading(line[0][0]):
        line = line[1:]
    return [required_number(cell, name, where) for cell, where in line]


def _labels(names: Any, count: int) -> list[str]:
    positions = [f"product {at + 1}" for at in range(count)]
    if left_empty(names):
        return positions
    said = [cell for row in trimmed(grid(names)) for cell in row]
    said = said[-count:] if len(said) == count + 1 else said
    return [
        label_in(said[at]) if at < len(said) and label_in(said[at]) and not error_in(said[at]) else own
        for at, own in enumerate(positions)
    ]
