"""A grid with a column a period becomes rows, each value knowing its cell."""

from __future__ import annotations

import pandas as pd

from sop_xl.schema.parse import parse
from sop_xl.schema.raw import RawTable

HEADERS = (
    "Family",
    "Product",
    "Location",
    "Channel",
    "Measure",
    "2026-01",
    "2026-02",
    "Total",
    "Reason",
    "Note",
    "Assumption",
)


def forecast_sheet(*rows: tuple[object, ...]) -> RawTable:
    data = tuple([row[i] for row in rows] for i in range(len(HEADERS)))
    return RawTable(
        "sales_forecast",
        HEADERS,
        data,
        "sales.xlsx",
        "Forecast",
        [9 + i for i in range(len(rows))],
        tuple("ABCDEFGHIJK"),
        8,
    )


def test_measure_rows_become_columns_and_remarks_follow_the_input() -> None:
    parsed = parse(
        [
            forecast_sheet(
                ("F", "A", "ALL", "ALL", "Baseline", 100, 110, 210, "", "", ""),
                ("F", "A", "ALL", "ALL", "Sales override", "", 0, 0, "price", "list price up", "A1"),
                ("F", "A", "ALL", "ALL", "Sales forecast", 100, 0, 100, "", "", ""),
            )
        ]
    )
    assert parsed.issues == ()
    rows = parsed.tables["sales_forecast"].set_index("period")
    january, february = pd.Timestamp("2026-01-01"), pd.Timestamp("2026-02-01")
    assert rows["baseline"].tolist() == [100, 110]
    assert pd.isna(rows.loc[january, "sales_override"]), "an empty override keeps the baseline"
    assert rows.loc[february, "sales_override"] == 0, "an override of 0 plans zero"
    assert (rows.loc[january, "reason"], rows.loc[february, "reason"]) == ("", "price")
    assert parsed.locate("sales_forecast", 1, "sales_override")["cell"] == "G10"


def test_two_rows_may_give_different_reasons_for_different_periods_but_not_for_the_same() -> None:
    parsed = parse(
        [
            forecast_sheet(
                ("F", "A", "ALL", "ALL", "Sales override", 90, "", "", "price", "", ""),
                ("F", "A", "ALL", "ALL", "Sales override", "", 80, "", "competitor", "", ""),
            )
        ]
    )
    assert parsed.issues == ()
    assert parsed.tables["sales_forecast"]["reason"].tolist() == ["price", "competitor"]
    clash = parse(
        [
            forecast_sheet(
                ("F", "A", "ALL", "ALL", "Sales override", 90, "", "", "price", "", ""),
                ("F", "A", "ALL", "ALL", "Sales override", 95, 80, "", "competitor", "", ""),
            )
        ]
    )
    assert [(i.cell, "already in F9" in i.message) for i in clash.issues] == [("F10", True)]


def test_text_in_a_period_is_reported_at_its_cell() -> None:
    parsed = parse([forecast_sheet(("F", "A", "ALL", "ALL", "Sales override", "about 90", "", "", "price", "", ""))])
    assert [(i.cell, i.message) for i in parsed.issues] == [
        ("F9", "Sales override is 'about 90', which is not a number.")
    ]
