"""A book filled by key and column is read back with what was typed."""

from __future__ import annotations

import io
from datetime import date

import pytest

from sop_xl.model.calendar import Calendar
from sop_xl.schema import frames
from sop_xl.schema.parse import Parsed, parse
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.filling import Filler, NoPlaceError, fill
from sop_xl.workbook.reading import read_workbook
from sop_xl.workbook.writing import write_book

MONTHS = Calendar.telescoping(date(2026, 1, 1), monthly=3)


def book(function: str, spare_rows: int = 3) -> bytes:
    products = frames.rows("products", [{"product": "A", "family": "F"}, {"product": "B", "family": "F"}])
    forecast = frames.rows(
        "sales_forecast",
        ({"family": "F", "product": p, "period": day, "baseline": 100.0} for p in "AB" for day in MONTHS.starts),
    )
    line = {"resource": "L1", "location": "P", "overtime_max": 10.0}
    content = BookContent(
        {
            "products": products,
            "sales_forecast": forecast,
            "resources": frames.rows("resources", [line]),
            "locations": frames.rows("locations", [{"location": "P"}]),
        },
        MONTHS,
        spare_rows=spare_rows,
    )
    out = io.BytesIO()
    write_book(function, content, out)
    return out.getvalue()


def read(data: bytes) -> Parsed:
    reading = read_workbook(data, file_name="book.xlsx")
    assert not reading.issues
    return parse(reading.raw_tables)


def test_an_override_is_typed_into_its_period_with_its_reason() -> None:
    key = {"product": "B", "location": "ALL", "channel": "ALL", "period": date(2026, 2, 1)}
    filled = fill(
        book("sales"), [("sales_forecast", key, "sales_override", 130.0), ("sales_forecast", key, "reason", "launch")]
    )
    rows = read(filled).tables["sales_forecast"].dropna(subset=["sales_override"])
    assert rows[["product", "sales_override", "reason"]].values.tolist() == [["B", 130.0, "launch"]]
    assert rows["period"].tolist() == [key["period"]] or str(rows["period"].iloc[0].date()) == "2026-02-01"


def test_cells_change_rows_are_added_and_a_slip_is_found_at_its_cell() -> None:
    filler = Filler(book("operations"))
    sheet, cell = filler.type("resources", {"resource": "L1"}, "overtime_max", "12,5x")
    filler.add("resources", {"resource": "L2", "location": "P"})
    filler.type("resources", {"resource": "L3"}, "location", "P")
    parsed = read(filler.save())
    assert parsed.tables["resources"]["resource"].tolist() == ["L1", "L2", "L3"]
    assert [(issue.sheet, issue.cell) for issue in parsed.issues] == [(sheet, cell)]


def test_a_full_table_says_so() -> None:
    filler = Filler(book("operations", spare_rows=1))
    filler.add("resources", {"resource": "L2"})
    with pytest.raises(NoPlaceError, match="no empty row left"):
        for number in range(3, 30):
            filler.add("resources", {"resource": f"L{number}"})


def test_a_product_that_is_not_in_the_grid_has_no_place() -> None:
    with pytest.raises(NoPlaceError, match="no row of Sales override"):
        Filler(book("sales")).type("sales_forecast", {"product": "X", "period": date(2026, 1, 1)}, "sales_override", 1)
