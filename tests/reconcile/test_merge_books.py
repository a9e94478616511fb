"""Books of several functions put together: nobody's number is lost, and nobody's number wins unseen."""

from __future__ import annotations

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import ledger
from pandas.testing import assert_frame_equal

from sop_xl.reconcile.changes import Submission
from sop_xl.reconcile.consistency import cross_checks
from sop_xl.reconcile.merge import merge
from sop_xl.schema.frames import empty, rows, typed

FORECAST = """
sales_forecast: product location channel period sales_override reason note
                A       ALL      ALL     2026-01 100           price  -
                A       ALL      ALL     2026-02 -             -      -
                B       ALL      ALL     2026-01 50            -      -
"""
BASE = (
    FORECAST
    + """
price_cost: product period price material_cost
            A       -      10    4
            B       -      20    8
assumptions: assumption_id statement
             M1            The~market~grows
"""
)


def base() -> dict[str, pd.DataFrame]:
    return ledger(BASE)


def sent(function: str, text: str, submitter: str = "") -> Submission:
    return Submission(function, ledger(text), submitter)


def test_each_book_changes_its_own_tables() -> None:
    merged = merge(
        base(),
        [
            sent("sales", FORECAST.replace("2026-02 -             -      -", "2026-02 70 launch -")),
            sent("finance", "price_cost: product period price material_cost / A - 11 4 / B - 20 8"),
        ],
    )
    assert merged.conflicts == () and merged.issues == ()
    assert merged.tables["sales_forecast"]["sales_override"].tolist() == [100, 70, 50]
    assert merged.tables["price_cost"]["price"].tolist() == [11, 20]
    told = [(c.function, c.key, c.column, c.before, c.after, c.reason) for c in merged.changes if c.column != "reason"]
    assert told == [
        ("sales", "product=A, location=ALL, channel=ALL, period=2026-02-01", "sales_override", None, 70.0, "launch"),
        ("finance", "product=A, period=", "price", 10.0, 11.0, ""),
    ]


def test_a_row_added_or_removed_is_told_with_what_stands_in_it() -> None:
    start = base() | ledger("comments: number author comment / 1 fay Old~words")
    merged = merge(
        start,
        [
            Submission("sales", ledger("comments: number author comment / 1 fay Old~words / 2 kim Port~strike~in~May")),
            sent("finance", "price_cost: product period price material_cost / A - 10 4"),
        ],
    )
    told = {(c.table, c.key, c.what): (c.before, c.after) for c in merged.changes}
    assert told == {
        ("comments", "number=2", "added"): (None, "Author: kim; Comment: Port strike in May"),
        ("price_cost", "product=B, period=", "removed"): ("Price: 20; Material: 8", None),
    }


def test_two_people_of_a_function_change_different_cells() -> None:
    north = sent("sales", FORECAST.replace("100           price", "120           promotion"), "north")
    south = sent("sales", FORECAST.replace("2026-01 50 ", "2026-01 40 "), "south")
    merged = merge(base(), [north, south])
    assert merged.conflicts == ()
    assert merged.tables["sales_forecast"]["sales_override"].iloc[[0, 2]].tolist() == [120, 40]


def test_the_same_cell_wanted_differently_is_a_conflict_with_both_values_and_reasons() -> None:
    north = sent("sales", FORECAST.replace("100           price  -", "120           promotion spring"), "north")
    south = sent("sales", FORECAST.replace("100           price  -", "80            competitor -"), "south")
    merged = merge(base(), [north, south])
    assert merged.tables["sales_forecast"]["sales_override"].iloc[0] == 100, "the base value stays until it is settled"
    conflict = next(c for c in merged.conflicts if c.column == "sales_override")
    assert (conflict.base, conflict.kept) == (100, 100)
    assert [(c.submitter, c.value, c.reason) for c in conflict.claims] == [
        ("north", 120, "promotion, spring"),
        ("south", 80, "competitor"),
    ]


def test_equal_changes_agree() -> None:
    change = FORECAST.replace("2026-01 50 ", "2026-01 40 ")
    merged = merge(base(), [sent("sales", change, "north"), sent("sales", change, "south")])
    assert merged.conflicts == ()
    assert merged.tables["sales_forecast"]["sales_override"].iloc[2] == 40


def test_an_emptied_override_is_empty_and_a_zero_is_zero() -> None:
    merged = merge(base(), [sent("sales", FORECAST.replace("100           price", "-             -"))])
    assert pd.isna(merged.tables["sales_forecast"]["sales_override"].iloc[0])
    merged = merge(base(), [sent("sales", FORECAST.replace("100           price", "0             price"))])
    assert merged.tables["sales_forecast"]["sales_override"].iloc[0] == 0


def test_a_book_issued_earlier_does_not_overwrite_what_came_since() -> None:
    issued = base()
    since = ledger(BASE.replace("2026-01 100           price", "2026-01 130           promotion"))
    late = Submission("sales", ledger(FORECAST.replace("100           price", "90            competitor")), base=issued)
    merged = merge(since, [late])
    assert merged.tables["sales_forecast"]["sales_override"].iloc[0] == 130
    conflict = next(c for c in merged.conflicts if c.column == "sales_override")
    assert [(c.function, c.value) for c in conflict.claims] == [("sales", 90), ("others", 130)]
    untouched = Submission("sales", ledger(FORECAST), base=issued)
    assert merge(since, [untouched]).tables["sales_forecast"]["sales_override"].iloc[0] == 130


def test_rows_are_added_and_removed_by_the_book_they_belong_to() -> None:
    finance = sent("finance", "price_cost: product period price / A - 10 / C - 5")
    finance.tables["price_cost"]["material_cost"] = [4.0, 1.0]
    merged = merge(base(), [finance])
    assert merged.tables["price_cost"]["product"].tolist() == ["A", "C"]
    assert sorted((c.what, c.key) for c in merged.changes) == [
        ("added", "product=C, period="),
        ("removed", "product=B, period="),
    ]


def test_a_row_missing_from_a_grid_says_nothing() -> None:
    only_b = "sales_forecast: product location channel period sales_override / B ALL ALL 2026-01 45"
    merged = merge(base(), [sent("sales", only_b, "south")])
    assert merged.tables["sales_forecast"]["sales_override"].iloc[[0, 2]].tolist() == [100, 45]


def test_a_row_one_removes_and_another_changes_stays_and_is_told() -> None:
    one = sent("finance", "price_cost: product period price material_cost / A - 10 4", "one")
    two = sent("finance", "price_cost: product period price material_cost / A - 10 4 / B - 22 8", "two")
    merged = merge(base(), [one, two])
    assert merged.tables["price_cost"]["product"].tolist() == ["A", "B"]
    assert [(c.table, c.key, c.column) for c in merged.conflicts] == [("price_cost", "product=B, period=", "")]


def test_a_table_of_another_book_is_left_out_and_told() -> None:
    merged = merge(base(), [sent("sales", "price_cost: product period price material_cost / A - 99 4 / B - 20 8")])
    assert merged.tables["price_cost"]["price"].tolist() == [10, 20]
    assert "belong to finance" in merged.issues[0].message


def test_assumptions_that_clash_are_both_kept_and_their_references_follow() -> None:
    sales = """
        assumptions: assumption_id statement / M1 The~market~grows / 1 We~win~the~tender
        pipeline: opportunity product probability quantity start_period assumption_id / O1 A 0.5 10 2026-01 1
    """
    marketing = "assumptions: assumption_id statement / 1 The~competitor~stays"
    merged = merge(base(), [sent("sales", sales), sent("marketing", marketing)])
    kept = dict(
        zip(merged.tables["assumptions"]["assumption_id"], merged.tables["assumptions"]["statement"], strict=True)
    )
    assert kept == {"M1": "The market grows", "sales-1": "We win the tender", "marketing-1": "The competitor stays"}
    assert merged.tables["pipeline"]["assumption_id"].tolist() == ["sales-1"]


value = st.one_of(st.none(), st.integers(0, 3).map(float))


def forecast(values: list[float | None]) -> pd.DataFrame:
    records = [
        {"product": "A", "period": pd.Timestamp(2026, month + 1, 1), "sales_override": number}
        for month, number in enumerate(values)
    ]
    return rows("sales_forecast", records)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(value, value, value), min_size=1, max_size=5))
def test_three_way_merge_cell_by_cell(cells: list[tuple[float | None, float | None, float | None]]) -> None:
    """Changed by one, or by both alike: the new value. Changed by both differently: the base value, and a conflict."""
    start, one, two = (forecast(list(column)) for column in zip(*cells, strict=True))
    merged = merge(
        {"sales_forecast": start},
        [Submission("sales", {"sales_forecast": one}, "one"), Submission("sales", {"sales_forecast": two}, "two")],
    )
    told = {conflict.key for conflict in merged.conflicts}
    for position, (before, first, second) in enumerate(cells):
        found = merged.tables["sales_forecast"]["sales_override"].iloc[position]
        clash = before != first and before != second and first != second
        wanted = before if clash else (first if before != first else second)
        assert (None if pd.isna(found) else found) == wanted
        assert (f"product=A, location=ALL, channel=ALL, period=2026-0{position + 1}-01" in told) == clash


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(value, value), min_size=1, max_size=5))
def test_books_of_one_sender_make_the_tables_what_was_sent(cells: list[tuple[float | None, float | None]]) -> None:
    start, own = (forecast(list(column)) for column in zip(*cells, strict=True))
    merged = merge({"sales_forecast": start}, [Submission("sales", {"sales_forecast": own})])
    assert_frame_equal(merged.tables["sales_forecast"], typed("sales_forecast", own))


def test_functions_that_contradict_each_other_are_told() -> None:
    tables = {name: empty(name) for name in ("sales_forecast", "campaigns", "launches", "price_changes")}
    tables |= ledger("""
        products: product family launch end_of_life / A Tools - 2026-03-31 / N Tools 2026-05-01 -
        price_cost: product period price / A - 10
        price_changes: product effective old_price new_price / A 2026-02-01 12 13
        sales_forecast: product period sales_override / A 2026-03 5 / A 2026-04 7
        campaigns: campaign product start end uplift_pct
                   late     A       2026-05-01 2026-05-31 0.1
                   early    N       2026-04-01 2026-04-30 0.1
        launches: product analogue launch / N A 2026-06-01
    """)
    told = [issue.message for issue in cross_checks(tables)]
    assert len(told) == 6
    for part in (
        "from 12 on 2026-02-01, but the price list of finance has 10",
        "Sales forecasts 7 units of A after its end of life",
        "Campaign late promotes A from 2026-05-01, after its end of life",
        "2026-06-01 in the sheet Launches and on 2026-05-01",
        "finance has no prices and costs",
        "Campaign early for N ends on 2026-04-30, before the launch",
    ):
        assert sum(part in message for message in told) == 1, part
