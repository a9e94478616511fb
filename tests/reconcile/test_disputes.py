"""What submissions want differently is told by row, and settled by people or, below materiality, by rule."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ledger import ledger

from sop_xl.reconcile.changes import Submission
from sop_xl.reconcile.disputes import RULE, WORDS_RULE, Dispute, disputes, rule, settle, taking
from sop_xl.reconcile.merge import Merged, merge

SETTINGS = {"materiality_pct": 0.05, "materiality_value": 100.0}
FORECAST = "sales_forecast: product location channel period sales_override reason note / A ALL ALL 2026-01 {} {} {}"
KEY = "product=A, location=ALL, channel=ALL, period=2026-01-01"


def base(units: str = "100") -> dict[str, pd.DataFrame]:
    prices = "\nprice_cost: product period price / A - 8 / A 2026-01 10 / B - 20"
    return ledger(FORECAST.format(units, "price", "-") + prices)


def sent(
    units: str, reason: str = "price", note: str = "-", by: str = "", **kept: dict[str, pd.DataFrame]
) -> Submission:
    return Submission("sales", ledger(FORECAST.format(units, reason, note)), by, **kept)


def merged(*submissions: Submission) -> Merged:
    return merge(base(), submissions)


def only(given: Merged) -> Dispute:
    (found,) = disputes(given, SETTINGS)
    return found


def override(given: Merged) -> float:
    return float(given.tables["sales_forecast"]["sales_override"].iloc[0])


def test_a_dispute_holds_all_cells_of_the_row_and_its_money() -> None:
    found = only(merged(sent("120", "promotion", "spring", "north"), sent("80", "competitor", "-", "south")))
    assert (found.table, found.key, found.what) == ("sales_forecast", KEY, "cells")
    assert [cell.column for cell in found.cells] == ["sales_override", "reason"]
    assert (found.spread, found.money, found.share) == (40, 400, pytest.approx(40 / 120)), (
        "40 units at the last price, 10"
    )
    assert found.material and rule(found) is None
    assert found.senders == (("sales", "north"), ("sales", "south"))


@pytest.mark.parametrize(("other", "why"), [("119", "below the share"), ("109", "below the value")])
def test_below_materiality_the_number_sent_last_counts(other: str, why: str) -> None:
    given = merged(sent("118" if other == "119" else "101", by="north"), sent(other, by="south"))
    ruling = rule(only(given))
    assert ruling is not None and ruling.reason == RULE and ruling.by_rule, why
    settled = settle(given, [ruling])
    assert override(settled) == float(other) and settled.conflicts == ()
    change = settled.changes[-1]
    assert (change.what, change.function, change.before, change.after) == ("settled", "rule", 100, float(other))


def test_a_number_against_an_emptied_cell_is_for_people() -> None:
    assert only(merged(sent("101", by="north"), sent("-", "-", by="south"))).material


def test_where_words_alone_differ_nobody_is_asked() -> None:
    given = merged(sent("120", note="spring", by="north"), sent("120", note="easter", by="south"))
    ruling = rule(only(given))
    assert ruling is not None and ruling.reason == WORDS_RULE
    settled = settle(given, [ruling])
    assert settled.tables["sales_forecast"]["note"].tolist() == ["easter"] and override(settled) == 120


def test_choices_that_differ_are_for_people() -> None:
    pipeline = "pipeline: opportunity product probability quantity start_period stage / O1 A 0.5 10 2026-01 {}"
    given = merge(
        ledger(pipeline.format("lead")),
        [Submission("sales", ledger(pipeline.format(stage)), stage) for stage in ("won", "lost")],
    )
    assert only(given).material


def test_the_side_taken_brings_all_its_cells_and_leaves_its_name_and_reason() -> None:
    given = merged(sent("120", "promotion", "spring", "north"), sent("80", "competitor", "-", "south"))
    ruling = taking(only(given), ("sales", "south"), author="facilitator", reason="the buyer said so")
    settled = settle(given, [ruling])
    row = settled.tables["sales_forecast"].iloc[0]
    assert (row["sales_override"], row["reason"], row["note"]) == (80, "competitor", "spring"), (
        "the note nobody disputes"
    )
    told = [(c.column, c.after, c.function, c.submitter, c.reason) for c in settled.changes if c.what == "settled"]
    assert told == [
        ("sales_override", 80, "facilitator", "facilitator", "the buyer said so"),
        ("reason", "competitor", "facilitator", "facilitator", "the buyer said so"),
    ]
    with pytest.raises(KeyError):
        taking(only(given), ("finance", "controller"), author="facilitator", reason="no")


@pytest.mark.parametrize(("taken", "left"), [("one", ["A"]), ("two", ["A", "B"])])
def test_a_row_removed_by_one_and_changed_by_another(taken: str, left: list[str]) -> None:
    books = ("A - 10", "A - 10 / B - 22")
    given = merge(
        ledger("price_cost: product period price / A - 10 / B - 20"),
        [
            Submission("finance", ledger(f"price_cost: product period price / {book}"), name)
            for name, book in zip(("one", "two"), books, strict=True)
        ],
    )
    found = only(given)
    assert found.what == "row" and found.material
    settled = settle(given, [taking(found, ("finance", taken), author="facilitator", reason="agreed")])
    assert settled.tables["price_cost"]["product"].tolist() == left and settled.conflicts == ()


def test_a_book_issued_with_the_numbers_of_another_replaces_them_in_either_order() -> None:
    north = sent("120", by="north")
    knowing = sent("130", by="south", base=base("120"))
    for books in ([north, knowing], [knowing, north]):
        given = merged(*books)
        assert given.conflicts == () and override(given) == 130
    blind = merged(north, sent("130", by="south"))
    assert only(blind).senders == (("sales", "north"), ("sales", "south"))


def test_three_who_want_three_numbers_are_all_heard_and_the_replaced_one_is_not() -> None:
    given = merged(sent("120", by="north"), sent("130", by="east", base=base("120")), sent("80", by="south"))
    claims = [(c.submitter, c.value) for c in only(given).cells[0].claims]
    assert sorted(claims) == [("east", 130), ("south", 80)]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 500), min_size=1, max_size=5))
def test_settling_leaves_no_conflict_and_the_value_of_the_side_taken(wanted: list[int]) -> None:
    given = merged(*(sent(str(units), by=f"p{n}") for n, units in enumerate(wanted)))
    found = disputes(given, SETTINGS)
    if not found:
        assert override(given) in {100, *wanted}
        return
    sender = found[0].senders[-1]
    settled = settle(given, [taking(found[0], sender, author="f", reason="r")])
    assert settled.conflicts == ()
    assert override(settled) == wanted[int(sender[1][1:])]


def test_a_book_issued_with_its_senders_own_earlier_number_keeps_it() -> None:
    (earlier,) = [c for c in merged(sent("120", by="north")).changes if c.column == "sales_override"]
    again = replace(sent("120", by="north", base=base("120")), carried=(earlier,))
    assert override(merged(again)) == 120, "untouched in the new book"
    higher = replace(sent("125", by="north", base=base("120")), carried=(earlier,))
    given = merged(higher)
    assert given.conflicts == () and override(given) == 125
    other = sent("80", by="south")
    assert {claim.value for claim in only(merged(higher, other)).cells[0].claims} == {125, 80}


def test_a_row_the_sender_had_added_stays_with_what_was_changed_in_it() -> None:
    start = ledger("price_cost: product period price material_cost / A - 10 4")
    first = Submission("finance", ledger("price_cost: product period price material_cost / A - 10 4 / C - 5 1"), "one")
    (added,) = merge(start, [first]).changes
    second = ledger("price_cost: product period price material_cost / A - 10 4 / C - 6 1")
    given = merge(start, [Submission("finance", second, "one", first.tables, (added,))])
    assert given.conflicts == () and given.tables["price_cost"]["price"].tolist() == [10, 6]
