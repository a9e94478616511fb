"""What is written into a book comes back from it: the same typed tables, whatever people and systems put into them."""

from __future__ import annotations

import io
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from sop_xl.model.calendar import Calendar
from sop_xl.schema.catalogue import BOOKS, Column, table, tables_of
from sop_xl.schema.frames import rows, typed
from sop_xl.schema.parse import Parsed, parse
from sop_xl.workbook.content import BookContent
from sop_xl.workbook.prefill import prefilled
from sop_xl.workbook.reading import read_workbook
from sop_xl.workbook.templates import template_content
from sop_xl.workbook.writing import write_book

CALENDAR = Calendar.telescoping(date(2026, 7, 1), monthly=6)


def back(book: str, content: BookContent) -> Parsed:
    """Write a book and return what is read from it; nothing may be wrong with the file."""
    target = io.BytesIO()
    write_book(book, content, target)
    reading = read_workbook(target.getvalue(), file_name=f"{book}.xlsx", function=book)
    assert [str(issue) for issue in reading.issues] == []
    return parse(reading.raw_tables)


@pytest.mark.parametrize("book", BOOKS)
def test_a_template_gives_back_the_example_company(books: dict[str, Path], book: str) -> None:
    content = template_content()
    wanted = prefilled(content.tables, content.calendar)
    parsed = parse(read_workbook(books[book]).raw_tables)
    assert [str(issue) for issue in parsed.issues] == []
    for shape in tables_of(book):
        if shape.layout == "rows":
            assert_frame_equal(parsed.tables[shape.name], wanted[shape.name].reset_index(drop=True), rtol=1e-13)


def test_the_grid_gives_back_baseline_history_and_overrides(books: dict[str, Path]) -> None:
    content = template_content()
    keys = ["product", "location", "channel", "period"]
    wanted = prefilled(content.tables, content.calendar)["sales_forecast"].sort_values(keys, ignore_index=True)
    found = parse(read_workbook(books["sales"]).raw_tables).tables["sales_forecast"]
    found = found.sort_values(keys, ignore_index=True)
    assert wanted["sales_override"].notna().any()
    assert_frame_equal(found.drop(columns="family"), wanted.drop(columns="family"), rtol=1e-13)


def _value(column: Column) -> st.SearchStrategy[object]:
    low = column.min if column.min is not None else -1e6
    high = column.max if column.max is not None else 1e6
    if column.type == "integer":
        return st.integers(int(max(low, 0)), int(min(high, 60))).map(float)
    if column.numeric:
        numbers = st.floats(low, high, allow_nan=False, allow_subnormal=False).map(lambda x: float(f"{x:.15g}"))
        return numbers if column.required else st.none() | numbers
    if column.type in ("date", "period"):
        days = st.dates(date(2020, 1, 1), date(2030, 12, 31)).map(pd.Timestamp)
        return days if column.required else st.none() | days
    if column.type == "boolean":
        return st.booleans()
    if column.choices:
        return st.sampled_from(column.choices)
    nasty = st.sampled_from(["=1+1", "+49 30", "-", "@home", "007", "1e5", "TRUE", "#N/A", "ünï·cödé", "a, b; c", "'x"])
    written = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs")), min_size=1, max_size=25)
    words = nasty | written.map(str.strip).filter(lambda text: text and text == text.replace(" ", " "))
    return words if column.required or column.default is not None else st.just("") | words


def _rows_of(name: str) -> st.SearchStrategy[list[dict[str, object]]]:
    columns = {column.name: _value(column) for column in table(name).columns}
    keys = table(name).keys
    return st.lists(
        st.fixed_dictionaries(columns), min_size=0, max_size=6, unique_by=lambda row: tuple(str(row[k]) for k in keys)
    )


@pytest.mark.parametrize("name", ["pipeline", "campaigns", "price_cost", "materials", "decisions", "inventory_policy"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_any_rows_come_back(name: str, data: st.DataObject) -> None:
    wanted = rows(name, data.draw(_rows_of(name)))
    parsed = back(table(name).book, BookContent({name: wanted}, CALENDAR, spare_rows=2))
    assert_frame_equal(parsed.tables[name], wanted, rtol=1e-14)


def test_text_never_becomes_a_formula() -> None:
    evil = rows("comments", [{"number": "=1+1", "comment": '=HYPERLINK("http://x","y")', "author": "@SUM(A1)"}])
    found = back("sales", BookContent({"comments": evil}, CALENDAR)).tables["comments"]
    assert found.loc[0, ["number", "author", "comment"]].tolist() == ["=1+1", "@SUM(A1)", '=HYPERLINK("http://x","y")']


def test_overrides_with_different_reasons_keep_them() -> None:
    series = {"product": "A", "location": "ALL", "channel": "ALL"}
    wanted = rows(
        "sales_forecast",
        [
            {**series, "period": pd.Timestamp(2026, 7, 1), "baseline": 100},
            {
                **series,
                "period": pd.Timestamp(2026, 8, 1),
                "baseline": 110,
                "sales_override": 0,
                "reason": "end of life",
            },
            {
                **series,
                "period": pd.Timestamp(2026, 9, 1),
                "baseline": 120,
                "sales_override": 150,
                "reason": "promotion",
            },
        ],
    )
    found = back("sales", BookContent({"sales_forecast": wanted}, CALENDAR)).tables["sales_forecast"]
    assert_frame_equal(found.sort_values("period", ignore_index=True), wanted)


def test_weeks_months_and_years_are_columns_of_the_grid() -> None:
    calendar = Calendar.telescoping(date(2026, 7, 1), weekly_months=1, monthly=2, yearly=1)
    frame = pd.DataFrame({"period": [pd.Timestamp(start) for start in calendar.starts], "product": "A"})
    wanted = typed("sales_forecast", frame.assign(sales_override=range(len(frame)), reason="promotion"))
    found = back("sales", BookContent({"sales_forecast": wanted}, calendar)).tables["sales_forecast"]
    assert_frame_equal(found.sort_values("period", ignore_index=True), wanted)
