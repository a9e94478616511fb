"""PLAN and WHY: numbers and reasons of a committed version of the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sop_xl.functions.arguments import one_cell
from sop_xl.functions.cells import Anything, Cell, Grid, Text, blank, error_in, grid, label_in, trimmed
from sop_xl.functions.plan_source import COMMITTED, current_source
from sop_xl.functions.problem import CellProblem, problem_text

MOST_ANSWERS = 20_000
MOST_REASONS = 500


def plan(
    measure: Text,
    product: Anything = None,
    period: Anything = None,
    location: Text = None,
    channel: Text = None,
    version: Text = "committed",
) -> Any:
    """Reads a number of a committed version of the plan, added up over what is left out.

    Quantities and money are summed, stock is that of the last period asked, prices are weighted by units, load by the
    hours available; what cannot be added up says so. A column of products and a row of periods give a table; two
    ranges of the same shape are read pair by pair. Key figures of the whole plan (such as fill_rate) are read without
    product and period.

    Args:
        measure: demand, sales, stock, production, revenue, margin, load or another column of the plan's tables;
            table.column of the data dictionary where a name stands in several; or a key figure.
        product: Product or family (resource, for its load); left out: all. A range spills.
        period: A day, or a label such as 2026-07, 2026-Q3 or 2026; left out: the whole horizon. A range spills.
        location: Location; left out: all.
        channel: Channel; left out: all.
        version: committed (if left out) for the newest, the name of a cycle, or 8 or more characters of a version's
            hash.

    Returns:
        One number, or a number for every product and period; a wrong code says so in its own cell.

    Example:
        =SOP_PLAN("stock", A2:A9, B1:M1)
    """
    from sop_xl.functions.plan_reading import buckets_of, key_figure, known_measure, measure_of

    source = current_source()
    full = source.find(_word(version, "version"))
    said = _word(measure, "measure")
    products, periods = _asked(product, "product"), _asked(period, "period")
    if not known_measure(said) and products == periods == [[None]]:
        figure = key_figure(source, full, said)
        if figure is not None:
            return figure
    read = measure_of(source, full, said, _word(location, "location"), _word(channel, "channel"))
    rows = _Once(lambda cell: read.rows_of(label_in(cell)))
    days = _Once(lambda cell: buckets_of(read.calendar, cell))
    return _answers(products, periods, lambda one, other: read.number(rows(one), days(other)), MOST_ANSWERS)


def why(product: Anything, period: Anything = None, version: Text = "committed") -> Any:
    """Says in a sentence why the plan is what it is: gap, binding constraint, relief, and what demand is made of.

    Args:
        product: Product or family. A range spills.
        period: A day, or a label such as 2026-07, 2026-Q3 or 2026; left out: the whole horizon. A range spills.
        version: committed (if left out) for the newest, the name of a cycle, or 8 or more characters of a version's
            hash.

    Returns:
        A short text, one a product and period.

    Example:
        =SOP_WHY(A2, B1)
    """
    from sop_xl.functions.plan_reading import buckets_of, measure_of
    from sop_xl.functions.reasons import reason

    source = current_source()
    full = source.find(_word(version, "version"))
    demand = measure_of(source, full, "demand", "", "")
    tables = {name: source.table(full, name) for name in ("consensus_demand", "sales_plan", "gaps")}

    def said(one: Cell, other: Cell) -> str:
        name = label_in(one)
        demand.rows_of(name)
        return reason(tables, demand.family, name, buckets_of(demand.calendar, other))

    return _answers(_asked(product, "product"), _asked(period, "period"), said, MOST_REASONS)


class _Once:
    """Remembers what was found for a cell, and the problem where nothing was."""

    def __init__(self, find: Callable[[Cell], Any]) -> None:
        self._find = find
        self._found: dict[tuple[type, Cell], Any] = {}

    def __call__(self, cell: Cell) -> Any:
        key = (type(cell), cell)
        if key not in self._found:
            try:
                self._found[key] = self._find(cell)
            except CellProblem as problem:
                self._found[key] = problem
        found = self._found[key]
        if isinstance(found, CellProblem):
            raise found
        return found


def _word(value: Any, name: str) -> str:
    """Return the text of a single cell; '' where it is left out."""
    cell = one_cell(value, name)
    if found := error_in(cell):
        raise CellProblem(f"{name} is {found}; correct it")
    return label_in(cell) or (COMMITTED if name == "version" else "")


def _asked(value: Any, name: str) -> Grid:
    """Return the cells of an argument that may be a range; one blank cell where it is left out."""
    cells = trimmed(grid(value))
    if not cells:
        return [[None]]
    for row in cells:
        for cell in row:
            if found := error_in(cell):
                raise CellProblem(f"{name} has {found}; correct it")
    return cells


def _answers(products: Grid, periods: Grid, answer: Callable[[Cell, Cell], Any], most: int) -> Any:
    """Return an answer for every pair, paired as Excel pairs ranges: a column and a row make a table.

    A problem of a single pair is said in its own cell; a blank cell of a range stays blank.

    Raises:
        CellProblem: ranges that cannot be paired, too many pairs, or a problem of the only pair.
    """
    sizes = [(len(cells), len(cells[0])) for cells in (products, periods)]
    height, width = (max(sizes[0][side], sizes[1][side]) for side in (0, 1))
    if any(size[side] not in (1, (height, width)[side]) for size in sizes for side in (0, 1)):
        raise CellProblem(
            f"product is {sizes[0][0]} × {sizes[0][1]} cells and period {sizes[1][0]} × {sizes[1][1]}; "
            "give a column and a row, or ranges of the same size"
        )
    if height * width > most:
        raise CellProblem(f"{height * width} answers are too many for one formula; at most {most}")
    if height == width == 1:
        return answer(products[0][0], periods[0][0])

    def one(row: int, column: int) -> Any:
        pair = []
        for cells, (rows, columns) in zip((products, periods), sizes, strict=True):
            cell = cells[row if rows > 1 else 0][column if columns > 1 else 0]
            if blank(cell) and rows * columns > 1:
                return None
            pair.append(cell)
        try:
            return answer(*pair)
        except CellProblem as problem:
            return problem_text(str(problem))

    return [[one(row, column) for column in range(width)] for row in range(height)]
