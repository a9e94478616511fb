"""What a selection stands for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from buttons.conftest import Ask
from sop_xl.buttons.request import Selection
from sop_xl.buttons.selecting import Area, areas, selected_cell, selected_rows


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("B5", (Area(5, 2, 5, 2),)),
        ("$B$5:$D$9", (Area(5, 2, 9, 4),)),
        ("D9:B5", (Area(5, 2, 9, 4),)),
        ("5:7", (Area(5, 1, 7, 16384),)),
        ("B:C", (Area(1, 2, 1048576, 3),)),
        ("B5,AA7:AB8", (Area(5, 2, 5, 2), Area(7, 27, 8, 28))),
        ("Forecast!C3", (Area(3, 3, 3, 3),)),
        ("nonsense here", ()),
        ("", ()),
    ],
)
def test_addresses_are_read_as_excel_writes_them(address: str, found: tuple[Area, ...]) -> None:
    assert areas(address) == found


def test_the_rows_of_a_selection_are_those_it_touches(book: Callable[[str], bytes], ask: Ask) -> None:
    raw = next(t for t in ask("validate", book("sales")).tables if t.name == "pipeline")
    first = raw.row_numbers[0]
    assert selected_rows(raw, Selection("Pipeline", f"C{first + 1}:D{first + 2}")) == [1, 2]
    assert selected_rows(raw, Selection("Forecast", f"C{first}")) == []


def test_a_cell_of_a_table_knows_its_key_column_and_value(book: Callable[[str], bytes], ask: Ask) -> None:
    tables = ask("explain", book("operations")).tables
    cell = selected_cell(tables, Selection("SupplyResponse", "D7"))
    assert cell is not None and cell.column is not None
    assert (cell.shape.name, cell.column.name) == ("supply_response", "demand")
    assert cell.key == {"family": "KETTLE", "period": "2026-07-01"}
    assert isinstance(cell.value, float)


def test_a_cell_of_a_grid_belongs_to_the_measure_of_its_row_and_the_period_above(
    book: Callable[[str], bytes], ask: Ask
) -> None:
    tables = ask("explain", book("sales")).tables
    grid = next(t for t in tables if t.name == "sales_forecast")
    headers = [str(header) for header in grid.headers]
    row = list(grid.data[headers.index("Measure")]).index("P90")
    cell = selected_cell(tables, Selection(grid.sheet, grid.address(headers.index("2026-08"), row)))
    assert cell is not None and cell.column is not None
    assert cell.column.name == "p90"
    assert cell.key["period"] == "2026-08-01" and cell.key["product"] == grid.data[headers.index("Product")][row]
    assert cell.value == grid.data[headers.index("2026-08")][row]


@pytest.mark.parametrize("at", ["Home!B3", "SupplyResponse!A1", "SupplyResponse!ZZ900"])
def test_a_cell_outside_every_table_is_none(book: Callable[[str], bytes], ask: Ask, at: str) -> None:
    sheet, address = at.split("!")
    assert selected_cell(ask("explain", book("operations")).tables, Selection(sheet, address)) is None
