"""The assumptions ledger by hand: what is measured, when, and what counts as held, partial or failed."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from sop_xl.govern.assumptions import assumption_scores, score_assumptions
from sop_xl.schema import frames

AS_OF = date(2024, 6, 30)
PRODUCTS = [{"product": "A", "family": "F"}, {"product": "B", "family": "F"}]


def market(**fields: object) -> dict[str, pd.DataFrame]:
    """A sells 100 a month in 2023 and 110 in the first half of 2024 at a price of 10; B sells 300 throughout."""
    months = pd.date_range("2023-01-01", "2024-06-01", freq="MS")
    sold = [
        {"product": code, "location": "DC", "channel": "X", "period": day, "units": units, "revenue": units * 10}
        for day in months
        for code, units in (("A", 110 if day.year == 2024 else 100), ("B", 300))
    ]
    frozen = [
        {"cycle": "c", "as_of": as_of, "product": "A", "period": day, "lag": 1, "layer": "statistical", "units": units}
        for as_of, units in (("2024-01-01", 80), ("2024-03-01", 100))
        for day in pd.date_range(as_of, periods=4, freq="MS")
    ]
    row = {"assumption_id": "1", "statement": "S", "target": "A", "test_date": "2024-06-15", "tolerance_pct": 0.1}
    return {
        "assumptions": frames.rows("assumptions", [{**row, **fields}]),
        "history": frames.rows("history", sold),
        "products": frames.rows("products", PRODUCTS),
        "forecast_snapshots": frames.rows("forecast_snapshots", frozen),
    }


def scored(**fields: object) -> pd.Series:
    return score_assumptions(market(**fields), AS_OF).iloc[0]


@pytest.mark.parametrize(
    ("measure", "fields", "measured"),
    [
        ("units a month", {}, 110),
        ("units a month", {"target": "F"}, 410),
        ("units a month", {"target": "ALL", "from_date": "2023-11-20"}, (400 + 5 * 410) / 6),
        ("revenue a month", {}, 1100),
        ("price", {}, 10),
        ("yearly growth", {}, 0.1),
        ("share", {"compared_with": "F"}, 110 / 410),
        ("lift over baseline", {}, 0.1),
        ("units over baseline", {}, 10),
        ("lift over baseline", {"from_date": "2024-02-01", "test_date": "2024-04-15"}, 110 / 80 - 1),
    ],
)
def test_what_is_measured(measure: str, fields: dict, measured: float) -> None:
    """By default March to May: three months before the test, whole months only, the last forecast frozen before."""
    found = scored(measure=measure, value=1.0, **fields)
    assert found["measured"] == pytest.approx(measured)
    assert found["status"] != "open"


@pytest.mark.parametrize(
    ("expected", "direction", "status"),
    [
        (110, "about", "held"), (100, "about", "held"), (92, "about", "partial"), (90, "about", "failed"),
        (90, "at least", "held"), (122, "at least", "held"), (135, "at least", "partial"), (140, "at least", "failed"),
        (140, "at most", "held"), (92, "at most", "partial"), (90, "at most", "failed"),
    ],
)  # fmt: skip
def test_what_counts_as_held(expected: float, direction: str, status: str) -> None:
    """110 units a month at a tolerance of 10 %: held within it, partial within twice as much."""
    assert scored(measure="units a month", value=expected, direction=direction)["status"] == status


def test_the_result_is_said_with_its_figures() -> None:
    found = scored(measure="yearly growth", value=0.2, direction="at least")
    assert (
        found["finding"]
        == "Failed: 10.0 % against at least 20.0 % expected (330 units against 300, 2024-03 to 2024-05)."
    )


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"test_date": "2024-07-15"}, "To be tested on 2024-07-15."),
        ({"test_date": "2024-06-20", "from_date": "2024-06-05"}, "no whole period"),
        ({"value": None}, "Cannot be tested: it has no expected value."),
        ({"measure": "other"}, "the owner gives the result"),
        ({"target": "Z"}, "nothing was sold of Z"),
        ({"measure": "share"}, "nothing was sold of what it is compared with"),
        ({"measure": "lift over baseline", "target": "B"}, "no forecast was frozen before 2024-03"),
        ({"measure": "yearly growth", "from_date": "2023-02-01"}, "no sales of the year before"),
    ],
)
def test_what_cannot_be_measured_stays_open_and_says_why(fields: dict, text: str) -> None:
    found = scored(**{"measure": "units a month", "value": 1.0, **fields})
    assert found["status"] == "open"
    assert text in found["finding"]


def test_it_waits_for_sales_that_have_not_come_in() -> None:
    tables = market(measure="units a month", value=110)
    known = tables["history"][tables["history"]["period"] < "2024-05-01"].reset_index(drop=True)
    found = score_assumptions({**tables, "history": known}, AS_OF).iloc[0]
    assert (found["status"], found["finding"]) == ("open", "Waits for the sales of 2024-05.")


def test_a_result_is_not_rewritten() -> None:
    found = scored(measure="units a month", value=110, status="failed", finding="As agreed.")
    assert (found["status"], found["finding"]) == ("failed", "As agreed.")


def test_what_holds_about_a_value_holds_on_either_side() -> None:
    """110 a month against values from 1 to 10,000 at five tolerances."""
    tables = market(measure="units a month", value=1.0)
    (row,) = tables["assumptions"].to_dict("records")
    cases = [
        (value, share) for value in (1, 50, 90, 100, 110, 121, 135, 500, 10_000) for share in (0, 0.05, 0.1, 0.5, 1)
    ]
    rank = {"held": 2, "partial": 1, "failed": 0}
    found = {}
    for side in ("about", "at least", "at most"):
        listed = [
            {**row, "assumption_id": str(number), "value": value, "tolerance_pct": share, "direction": side}
            for number, (value, share) in enumerate(cases)
        ]
        judged = score_assumptions({**tables, "assumptions": frames.rows("assumptions", listed)}, AS_OF)
        found[side] = judged["status"].map(rank)
    assert (found["at least"] >= found["about"]).all() and (found["at most"] >= found["about"]).all()
    assert (found["about"] == found["at least"].clip(upper=found["at most"])).all()


def test_hit_rates_by_function_and_owner() -> None:
    listed = [("sales", "Ann", "held"), ("sales", "Ann", "partial"), ("sales", "Bea", "failed"), ("", "", "open")]
    ledger = frames.rows(
        "assumptions",
        [
            {"assumption_id": str(number), "statement": "S", "function": a, "owner": b, "status": c, "test_date": AS_OF}
            for number, (a, b, c) in enumerate(listed)
        ],
    )
    found = assumption_scores(ledger, AS_OF).set_index(["function", "owner"])
    assert found.loc[("ALL", "ALL"), "hit_rate"] == pytest.approx(0.5)
    assert found.loc[("sales", "Ann"), "hit_rate"] == pytest.approx(0.75)
    assert found.loc[("not named", "nobody"), ["tested", "overdue"]].tolist() == [0, 1]
    assert found.loc[("ALL", "ALL"), "verdict"] == "1 of 3 held, 1 in part; 1 overdue."
