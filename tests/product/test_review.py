"""The product review: reasons with points, proposals that come in time, and entries of people that stay."""

from __future__ import annotations

import math
from datetime import date

import pandas as pd
import pytest
from ledger import ledger

from sop_xl.model.calendar import Calendar
from sop_xl.product.obsolescence import Signs, in_words, reasons, score
from sop_xl.product.review import product_review, with_confirmed_sunsets
from sop_xl.schema import frames

CALENDAR = Calendar.telescoping(date(2024, 1, 1), monthly=12)
MONTHS = pd.date_range("2021-01-01", "2023-12-01", freq="MS")


def tables(text: str = "") -> dict[str, pd.DataFrame]:
    """STEADY sells 100 a month, FADING 20 % less every year (noisy), GONE nothing since June 2023."""
    rows = []
    for i, day in enumerate(MONTHS):
        wobble = 1 + 0.02 * (-1) ** i
        rows.append({"product": "STEADY", "location": "S", "period": day, "units": 100 * wobble})
        rows.append({"product": "FADING", "location": "S", "period": day, "units": 100 * 0.6 ** (i / 12) * wobble})
        rows.append(
            {"product": "GONE", "location": "S", "period": day, "units": 50.0 * (day < pd.Timestamp(2023, 6, 1))}
        )
    ahead = [
        {"product": p, "location": "S", "period": pd.Timestamp(day), "baseline": units}
        for p, units in (("STEADY", 100.0), ("FADING", 20.0), ("GONE", 0.0))
        for day in CALENDAR.starts
    ]
    given = """
    products: product family successor / STEADY F - / FADING F NEXT / GONE F - / NEXT F -
    inventory: product location on_hand / STEADY S 250 / FADING S 900 / GONE S 40
    price_cost: product price material_cost conversion_cost standard_cost
      STEADY 10 4 1 5 / FADING 10 4 1 5 / GONE 10 4 1 5
    """
    return {
        "history": frames.rows("history", rows),
        "baseline": frames.rows("baseline", ahead),
        **ledger(given),
        **(ledger(text) if text else {}),
    }


def review(text: str = "") -> pd.DataFrame:
    """Return the review by product."""
    return product_review(tables(text), CALENDAR).set_index("product")


def test_every_product_has_its_phase_and_the_money_at_stake() -> None:
    found = review()
    assert found["phase_seen"].to_dict() == {
        "STEADY": "maturity",
        "FADING": "decline",
        "GONE": "sunset",
        "NEXT": "introduction",
    }
    steady = found.loc["STEADY"]
    assert (steady["cover_months"], steady["stock_value"]) == (2.5, 1250)
    assert (steady["excess_value"], steady["obsolete_value"], steady["risk"]) == (0, 0, 0)
    assert steady["quantity_12m"] == pytest.approx(1200)
    assert steady["margin_12m"] == pytest.approx(6000)
    gone = found.loc["GONE"]
    assert (gone["obsolete_value"], gone["remaining_months"], gone["days_since_sale"]) == (200, 0, 213)
    assert math.isnan(found.loc["NEXT", "stock_value"]), "what is not known is not zero"


def test_the_reasons_are_told_with_their_points_the_strongest_first() -> None:
    fading = review().loc["FADING"]
    assert fading["reason"].startswith("demand -40% a year (25) · more stock than demand will ever take (25)")
    assert "successor NEXT (12)" in fading["reason"]
    assert fading["risk"] >= 50


def test_a_sunset_is_proposed_for_products_at_risk_and_never_for_others() -> None:
    found = review()
    assert found["proposed_end"].notna().to_dict() == {"STEADY": False, "FADING": True, "GONE": True, "NEXT": False}
    assert found.loc["GONE", "proposed_end"] == pd.Timestamp(2024, 3, 31), "customers get three months' notice"
    assert found.loc["FADING", "proposed_last_buy"] == 0, "stock lasts longer than its life"


def test_the_last_buy_is_demand_to_the_last_day_less_stock_and_what_is_coming() -> None:
    found = review("""
    products: product family end_of_life / STEADY F 2024-06-30 / FADING F - / GONE F -
    scheduled_receipts: product location period quantity / STEADY S 2024-01-01 50
    """)
    assert found.loc["STEADY", "proposed_last_buy"] == pytest.approx(600 - 250 - 50, abs=1)
    assert pd.isna(found.loc["STEADY", "proposed_end"]), "a person has set it"
    assert found.loc["STEADY", "remaining_months"] == 6.0


def test_entries_of_people_count_and_stay() -> None:
    found = review("""
    rationalisation: product claims_rate sentiment competitor_launch action
      STEADY 0.08 -0.5 2024-03-01 watch
    """).loc["STEADY"]
    assert (found["claims_rate"], found["sentiment"], found["action"]) == (0.08, -0.5, "watch")
    assert found["risk"] == pytest.approx(8 + 4 + 10 * (1 - 2 / 24), abs=0.2)
    assert (
        found["reason"]
        == "competitor's launch in 2 months (9) · 8.0% warranty claims (8) · customer sentiment -0.5 (4)"
    )


def test_an_action_confirms_the_proposal_and_what_a_person_wrote_stays() -> None:
    given = tables()
    reviewed = product_review(given, CALENDAR)
    assert with_confirmed_sunsets(given["products"], reviewed) is given["products"], "nobody has confirmed anything"
    chosen = reviewed.assign(action=["", "sunset", "sunset", ""])
    products = given["products"].assign(
        end_of_life=pd.to_datetime([None, None, "2024-12-31", None]), last_buy=[math.nan, 70.0, math.nan, math.nan]
    )
    found = with_confirmed_sunsets(products, chosen).set_index("product")
    assert found.loc["FADING", "end_of_life"] == reviewed.set_index("product").loc["FADING", "proposed_end"]
    assert (found.loc["FADING", "phase"], found.loc["FADING", "last_buy"]) == ("sunset", 70)
    assert found.loc["GONE", "end_of_life"] == pd.Timestamp(2024, 12, 31)
    assert pd.isna(found.loc["STEADY", "end_of_life"])


def test_what_is_not_known_gives_no_points_and_everything_together_at_most_100() -> None:
    assert reasons(Signs()) == ()
    worst = reasons(Signs(-1, math.inf, 0, 400, 0.5, -1, 0, "B"))
    assert sum(reason.points for reason in worst) == 125
    assert score(worst) == 100
    assert in_words(worst).count("·") == 2


def test_a_product_without_history_is_an_introduction_without_risk() -> None:
    found = product_review({"products": tables()["products"]}, CALENDAR)
    assert set(found["phase_seen"]) == {"introduction"}
    assert found["risk"].max() == pytest.approx(12), "the successor of FADING is all that is known"
