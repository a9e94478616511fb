"""The agenda of the executive meeting: at most seven questions, with money, options and a deadline."""

from __future__ import annotations

import pandas as pd
import pytest
from ledger import ledger, planning, solved

from sop_xl.govern.decisions import MOST_DECISIONS, agenda
from sop_xl.schema.frames import empty

INPUTS = """
demand: product period units / A 2026-01 100 / A 2026-02 100 / B 2026-01 50 / B 2026-02 50
products: product family / A Tools / B Toys
settings: setting value / as_of 2025-12-31 / currency EUR / materiality_pct 0.05 / materiality_value 100
"""
PLAN = """
sales_plan: product location channel period demand on_time
            A ALL ALL 2026-01 100 80 / A ALL ALL 2026-02 100 70 / B ALL ALL 2026-01 50 49 / B ALL ALL 2026-02 50 50
gaps: family product location period  demand late lost gap_value relief
      Tools  A       ALL      2026-01 100    20   0    200       more~hours
      Tools  A       ALL      2026-02 100    0    30   300       more~hours
      Toys   B       ALL      2026-01 50     1    0    10        -
reliefs: relief     gap_closed extra_cost margin_effect cost_per_unit
         more~hours 40         80         120           2
"""
RECONCILIATION = """
reconciliation: family period between first_units second_units gap_units gap_value material resolution
    Tools 2026-01 sales/operations 100 80 20 200 yes Agenda~item.
    Tools 2026-02 sales/finance    100 90 10 100 yes Agenda~item.
    Toys  2026-01 sales/finance    50  40 10 100 yes Agenda~item.
    Toys  2026-02 sales/finance    50  45 5  50  yes Agenda~item.
    Toys  2026-02 operations/finance 50 45 5 50  no  Rule.
"""
COMPARISON = """
scenario_comparison: scenario title kind gross_margin margin_pct fill_rate gap_units score recommended
    base  Base~plan base   400 0.4 0.83 51 60 {base}
    more  More~hours choice 520 0.5 0.95 11 90 {more}
    storm Storm     event  100 0.1 0.5 99 -  no
"""
BASE_ONLY = "\n".join(line for line in COMPARISON.format(base="yes", more="no").splitlines() if "choice" not in line)


def questions(comparison: str, inputs: str = INPUTS) -> pd.DataFrame:
    return agenda(
        planning(inputs),
        solved(PLAN),
        ledger(RECONCILIATION)["reconciliation"],
        ledger(comparison)["scenario_comparison"],
    ).set_index("decision")


def test_where_nothing_can_be_chosen_each_family_gap_is_a_question_with_its_relief() -> None:
    found = questions(BASE_ONLY)
    gap = found.loc["GAP Tools"]
    assert gap["question"] == (
        "Tools: 50 units worth 500 EUR come late or not at all in 2026-01 to 2026-02. "
        "Do we close 40 of them with 'more hours' for 80 EUR?"
    )
    assert (gap["option_a"], gap["option_b"]) == ("Pull 'more hours'", "Accept the shortfall")
    assert gap["margin_effect"] == 120
    assert gap["service_effect"] == pytest.approx(40 / 300)
    assert gap["recommendation"] == "Pull 'more hours': the result of the plan changes by +120 EUR."
    assert gap["deadline"] == pd.Timestamp("2026-01-01"), "the first bucket concerned starts before the meeting"
    assert "GAP Toys" not in found.index, "2 % of a bucket is below materiality"


def test_a_plan_that_closes_most_of_the_gap_is_one_question_in_the_place_of_the_gaps() -> None:
    found = questions(COMPARISON.format(base="no", more="yes"))
    plan = found.loc["PLAN"]
    assert plan["question"] == (
        "Which plan do we commit: 'More hours' or 'Base plan'? The first closes 40 of 51 units late or lost."
    )
    assert plan["margin_effect"] == 120
    assert plan["service_effect"] == pytest.approx(0.12)
    assert plan["deadline"] == pd.Timestamp("2026-01-28")
    assert not any(code.startswith("GAP") for code in found.index)


def test_whose_number_to_plan_is_asked_once_a_family_and_never_twice_about_a_gap() -> None:
    found = questions(BASE_ONLY)
    assert sorted(code for code in found.index if code.startswith("NUMBER")) == ["NUMBER Tools", "NUMBER Toys"]
    tools, toys = found.loc["NUMBER Tools"], found.loc["NUMBER Toys"]
    assert "sales has 10 units more than the budget" in tools["question"], "not the gap of supply again"
    assert "sales has 15 units more than the budget in 2026-01 to 2026-02, worth 150 EUR" in toys["question"]
    assert toys["margin_effect"] == pytest.approx(150 * 0.4)
    assert found.index[0] == "GAP Tools", "first what we do, then whose number"


def test_peoples_own_decisions_stay_as_they_wrote_them_and_seven_is_the_most() -> None:
    own = (
        INPUTS
        + "decisions: decision question outcome / PLAN Ours? open / "
        + " / ".join(f"D{number} Why{number}? open" for number in range(5))
    )
    found = questions(COMPARISON.format(base="no", more="yes"), own)
    assert len(found) == MOST_DECISIONS == 7
    assert found.loc["PLAN", "question"] == "Ours?"
    assert found.index[-1] == "NUMBER Toys"


def test_without_a_gap_a_choice_or_a_difference_there_is_nothing_to_decide() -> None:
    found = agenda(
        planning(INPUTS),
        solved("sales_plan: product location channel period demand on_time / A ALL ALL 2026-01 1 1"),
        empty("reconciliation"),
        ledger(BASE_ONLY)["scenario_comparison"],
    )
    assert found.empty and list(found.columns) == list(empty("decisions").columns)
