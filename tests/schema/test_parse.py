"""The parser: right values in their type, wrong ones as issues with their cell, all at once."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest

from sop_xl.model.issue import Issue, Severity, errors
from sop_xl.schema.catalogue import tables
from sop_xl.schema.parse import parse
from sop_xl.schema.raw import CellError, RawTable

RESOURCE_HEADERS = tuple(c.header for c in tables()["resources"].columns)


def sheet(name: str, headers: tuple[str, ...], *rows: tuple[object, ...]) -> RawTable:
    """A table as a workbook reader hands it over: headers in row 5, data from row 6, first column B."""
    letters = tuple("BCDEFGHIJKLMNOPQRSTUVWXYZ"[: len(headers)])
    data = tuple([row[i] if i < len(row) else None for row in rows] for i in range(len(headers)))
    return RawTable(name, headers, data, "ops.xlsx", "Sheet", [6 + i for i in range(len(rows))], letters, header_row=5)


def csv(name: str, headers: tuple[str, ...], *rows: tuple[object, ...]) -> RawTable:
    data = tuple([row[i] for row in rows] for i in range(len(headers)))
    return RawTable(name, headers, data, f"{name}.csv")


def only(issues: tuple[Issue, ...]) -> Issue:
    assert len(issues) == 1, "\n".join(map(str, issues))
    return issues[0]


def test_values_take_the_type_of_the_schema_and_gaps_its_defaults() -> None:
    parsed = parse(
        [
            csv(
                "campaigns",
                ("campaign", "product", "start", "end", "uplift_pct", "status"),
                ("C1", "A", "2026-01-05", "2026-01-31", "15%", "APPROVED"),
                (7.0, "B", datetime(2026, 2, 1), "2026-02", 0.2, ""),
            )
        ]
    )
    assert parsed.issues == ()
    frame = parsed.tables["campaigns"]
    assert tuple(frame.columns) == tables()["campaigns"].column_names
    assert frame["campaign"].tolist() == ["C1", "7"]
    assert frame["uplift_pct"].tolist() == [0.15, 0.2]
    assert frame["start"].tolist() == [pd.Timestamp("2026-01-05"), pd.Timestamp("2026-02-01")]
    assert frame["status"].tolist() == ["approved", "planned"]
    assert frame["post_dip_pct"].tolist() == [0.0, 0.0]


def test_all_problems_are_said_at_once_each_with_its_cell() -> None:
    row = ["L1", "P1", 1, "", "8h", 2, 20, 1.0, 0, 0, 0, 0, 0]
    bad = ["L2", "P1", 1, "", 8, CellError("#N/A"), -3, True, 0, 0, 0, 0, 0]
    parsed = parse([sheet("resources", RESOURCE_HEADERS, tuple(row), tuple(bad))])
    found = {issue.cell: issue.message for issue in parsed.issues}
    assert found == {
        "F6": "Hours per shift is '8h', which is not a number.",
        "G7": "Shifts shows #N/A.",
        "H7": "Days is -3 days/month, but may be at least 0 days/month.",
        "I7": "Efficiency is 'True', which is not a percentage.",
    }
    assert {(i.file, i.sheet, i.table) for i in parsed.issues} == {("ops.xlsx", "Sheet", "resources")}
    assert all(issue.hint for issue in parsed.issues)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("12,5", "Units is '12,5', which is not a number."),
        ("n/a", "Units is 'n/a', which is not a number."),
        ("nan", "Units is 'nan', which is not a finite number."),
        (float("inf"), "Units is 'inf', which is not a finite number."),
        (datetime(2026, 1, 1), "Units is '2026-01-01 00:00:00', which is not a number."),
    ],
)
def test_what_is_no_number_is_never_guessed(value: object, message: str) -> None:
    parsed = parse([csv("demand", ("product", "period", "units"), ("A", "2026-01", value))])
    assert only(parsed.issues).message == message
    assert parsed.tables["demand"]["units"].isna().all()


@pytest.mark.parametrize("value", ["01/07/2026", "July", "2026-13", 39630.0])
def test_a_date_that_can_be_read_in_two_ways_is_not_read(value: object) -> None:
    parsed = parse([csv("demand", ("product", "period", "units"), ("A", value, 1))])
    assert "is not a date" in only(parsed.issues).message


def test_a_renamed_column_names_the_old_and_the_new_header() -> None:
    headers = tuple("OT max" if h == "Overtime max" else h for h in RESOURCE_HEADERS)
    parsed = parse([sheet("resources", headers, ("L1", *[1.0] * 12))])
    messages = [(i.severity, i.cell, i.message) for i in parsed.issues if i.severity is Severity.ERROR]
    assert (Severity.ERROR, "", "Column 'Overtime max' is missing from the sheet.") in messages
    assert any(i.cell == "K5" and "OT max" in i.message for i in parsed.issues)


def test_a_missing_required_column_is_an_error_and_a_strange_one_a_warning() -> None:
    parsed = parse([csv("demand", ("product", "period", "volume"), ("A", "2026-01", 5))])
    assert [i.message for i in errors(parsed.issues)] == ["Column 'Units' is missing."]
    assert [i.message for i in parsed.issues if i.severity is Severity.WARNING] == [
        "Column 'volume' is not known and was not read."
    ]


def test_a_duplicate_key_names_both_rows() -> None:
    parsed = parse([csv("demand", ("product", "period", "units"), ("A", "2026-01", 5), ("A", "2026-01", 6))])
    issue = only(parsed.issues)
    assert issue.cell == "product:3"
    assert "A, ALL, ALL, 2026-01-01 is there twice; it stands already in product:2" in issue.message


def test_rows_of_several_files_are_put_together_and_still_know_their_cells() -> None:
    first = csv("demand", ("product", "period", "units"), ("A", "2026-01", 5))
    second = RawTable("demand", ("product", "period", "units"), (["A"], ["2026-01"], [6]), "more.csv")
    parsed = parse([first, second])
    assert len(parsed.tables["demand"]) == 2
    assert only(parsed.issues).file == "more.csv"


def test_what_two_files_say_alike_counts_once() -> None:
    first = csv("demand", ("product", "period", "units"), ("A", "2026-01", 5), ("B", "2026-01", 1))
    again = RawTable("demand", ("product", "period", "units"), (["A", "C"], ["2026-01", "2026-01"], [5, 2]), "more.csv")
    parsed = parse([first, again])
    assert parsed.issues == ()
    assert parsed.tables["demand"]["product"].tolist() == ["A", "B", "C"]
    assert parsed.locate("demand", 2, "product") == {
        "file": "more.csv",
        "sheet": "",
        "table": "demand",
        "cell": "product:3",
    }


def test_assumptions_of_several_books_are_told_apart_and_what_refers_to_them_follows() -> None:
    def book(file: str, statement: str, campaign: str) -> list[RawTable]:
        return [
            RawTable("assumptions", ("assumption_id", "statement"), (["A1"], [statement]), file),
            RawTable(
                "campaigns",
                ("campaign", "product", "start", "end", "uplift_pct", "assumption_id"),
                ([campaign], ["P"], ["2026-01-01"], ["2026-01-31"], [0.1], ["A1"]),
                file,
            ),
        ]

    parsed = parse([*book("sales.xlsx", "Prices hold.", "C1"), *book("marketing.xlsx", "Shops join in.", "C2")])
    assert parsed.issues == ()
    ledger = parsed.tables["assumptions"].set_index("assumption_id")["statement"].to_dict()
    assert ledger == {"A1": "Prices hold.", "marketing:A1": "Shops join in."}
    assert parsed.tables["campaigns"]["assumption_id"].tolist() == ["A1", "marketing:A1"]


def test_empty_rows_of_a_sheet_are_not_rows_of_the_table() -> None:
    parsed = parse([sheet("resources", RESOURCE_HEADERS, (None,) * 13, ("L1", *[1.0] * 12), ("",) * 13)])
    assert parsed.issues == ()
    assert parsed.tables["resources"]["resource"].tolist() == ["L1"]
    assert parsed.locate("resources", 0, "resource")["cell"] == "B7"


def test_an_executive_gets_at_most_seven_decisions() -> None:
    rows = [(f"D{i}", "Really?") for i in range(8)]
    parsed = parse([csv("decisions", ("decision", "question"), *rows)])
    assert "has 8 rows, but at most 7" in only(parsed.issues).message
