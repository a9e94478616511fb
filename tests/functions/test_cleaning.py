"""CLEAN: what is corrected, by how much and why; the result lies beside the history."""

from __future__ import annotations

from sop_xl.functions.calling import call

SALES = [100.0 + (month % 12) for month in range(36)]


def column(values: list) -> list[list]:
    return [[value] for value in values]


def spoiled() -> tuple[list, list]:
    """Return sales with a hole at 8, a stock-out at 15 and a typing error at 22; and the marks of the stock-outs."""
    sales: list = list(SALES)
    sales[8], sales[15], sales[22] = None, 20.0, 9000.0
    return sales, ["x" if month == 15 else None for month in range(36)]


def test_each_correction_is_near_the_truth_and_has_its_reason() -> None:
    sales, out = spoiled()
    history, change, reason = (
        [row[0] for row in call("CLEAN", [column(sales), column(out), show])] for show in ("", "change", "reason")
    )
    for month in (8, 15, 22):
        assert abs(history[month] - SALES[month]) < 3, month
    said = [(month, why) for month, why in enumerate(reason) if why]
    assert said == [(8, "missing"), (15, "stock-out"), (22, "outlier")]
    kept = [month for month in range(36) if not reason[month]]
    assert all(history[month] == SALES[month] and change[month] == 0 for month in kept)
    assert change[8] == "" and change[15] == history[15] - 20


def test_more_returns_than_sales_count_as_none_sold() -> None:
    sales = column([5, 0, -4, 6, 3])
    shown = [call("CLEAN", [sales, None, show])[2][0] for show in ("history", "change", "why")]
    assert shown == [0, 4, "returns above sales"]


def test_what_was_sold_in_a_stock_out_is_the_least_that_was_asked() -> None:
    sales = [*SALES[:15], 250.0, *SALES[16:]]
    cleaned = call("CLEAN", [column(sales), column([month == 15 for month in range(36)])])
    assert cleaned[15] == [250.0]


def test_the_result_has_the_size_of_the_history_with_its_headings_and_open_ends() -> None:
    sales = ["Kettles", None, *SALES[:12], None, *SALES[12:], None]
    cleaned = call("CLEAN", [column(sales)])
    assert len(cleaned) == len(sales) - 1, "blank cells below do not count"
    assert cleaned[0] == ["Kettles"] and cleaned[1] == [""] and isinstance(cleaned[14][0], float)
    block = [["", "m1", "m2", "m3"], ["A", 1, None, 3], ["B", 4, 5, 6]]
    assert call("CLEAN", [block, None, "reason"]) == [
        ["", "m1", "m2", "m3"],
        ["A", "", "missing", ""],
        ["B", "", "", ""],
    ]


def test_marks_must_lie_beside_the_history() -> None:
    assert call("CLEAN", [column(SALES), column(["x"] * 35)]) == (
        "#S&OP: stockouts is 35 × 1 cells and history 36 × 1; select ranges of the same size"
    )
    assert call("CLEAN", [column(SALES), column(["x"] * 36)]).startswith("#S&OP: stockouts marks every period")
    no = column(["no", "FALSE", "0", "-", False, 0] * 6)
    assert call("CLEAN", [column(SALES), no]) == column(SALES)


def test_months_left_out_of_the_dates_are_months_all_the_same() -> None:
    """Without the dates the two halves of a rising history would seem neighbours."""
    months = [f"{2023 + month // 12}-{month % 12 + 1:02d}-01" for month in range(36)]
    keep = [month for month in range(36) if month not in (10, 11)]
    sales = [SALES[month] if month != 14 else None for month in keep]
    cleaned = call("CLEAN", [column(sales), None, None, column([months[month] for month in keep])])
    assert len(cleaned) == 34 and abs(cleaned[keep.index(14)][0] - SALES[14]) < 3
    backwards = call("CLEAN", [column(SALES), None, None, column(months[::-1])])
    assert backwards == "#S&OP: dates do not go from old to new; sort the rows by date"
