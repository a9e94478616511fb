"""Drift: few false alarms whatever the errors look like, real shifts found, and only what was approved is followed."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import numpy as np
import pandas as pd
import pytest

from sop_xl.demand.drift import FALSE_ALARMS, detect, in_force, propose, relevel
from sop_xl.demand.snapshots import compared
from sop_xl.schema import frames

Draw = Callable[[np.random.Generator, int], np.ndarray]
ERRORS: dict[str, Draw] = {
    "normal": lambda rng, n: rng.normal(0, 0.1, n),
    "fat tails": lambda rng, n: 0.1 * rng.standard_t(3, n),
    "changing variance": lambda rng, n: rng.normal(0, 0.1, n) * rng.uniform(0.2, 3, n),
}


@pytest.mark.parametrize("months", [6, 12, 24])
@pytest.mark.parametrize("kind", ERRORS)
def test_without_drift_there_are_as_few_alarms_as_promised(kind: str, months: int) -> None:
    """Of 2,000 runs at 1 % at most 1 % + 3 standard errors (0.67 %) raise an alarm."""
    rng = np.random.default_rng(months)
    runs = (detect(ERRORS[kind](rng, months)) for _ in range(2000))
    alarms = sum(found is not None and found.alarm > 1 for found in runs)
    assert alarms / 2000 <= FALSE_ALARMS + 3 * (FALSE_ALARMS * (1 - FALSE_ALARMS) / 2000) ** 0.5


def test_a_shift_of_three_standard_deviations_is_found_within_half_a_year_and_dated() -> None:
    rng = np.random.default_rng(0)
    found, near = 0, 0
    for _ in range(300):
        errors = rng.normal(0, 0.1, 18)
        errors[12:] += 0.3
        drift = detect(errors)
        assert drift is not None
        found += drift.alarm > 1
        near += abs(drift.position - 12) <= 1
    assert found / 300 > 0.95
    assert near / 300 > 0.9


def test_too_few_errors_or_none_at_all_tell_nothing() -> None:
    assert detect(np.array([0.5] * 5)) is None
    assert detect(np.zeros(12)) is None


MONTHS = pd.date_range("2021-01-01", periods=48, freq="MS")
CHANGE = pd.Timestamp(2024, 5, 1)
PRODUCTS = frames.rows("products", [{"product": "A", "family": "F"}, {"product": "B", "family": "F"}])


def company() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A drops to 70 % from May 2024 on while its forecasts go on; B stays as it is."""
    rng = np.random.default_rng(5)
    sold, said = [], []
    for product in ("A", "B"):
        for day in MONTHS:
            usual = 1000 + 200 * np.sin(2 * np.pi * day.month / 12)
            level = 0.7 if product == "A" and day >= CHANGE else 1.0
            sold.append({"product": product, "period": day, "units": usual * level * rng.normal(1, 0.03)})
            if day.year == 2024:
                key = {"cycle": f"{day:%Y-%m}", "as_of": day, "product": product, "period": day, "lag": 1}
                said.append({**key, "layer": "statistical", "units": usual})
    return frames.rows("history", sold), frames.rows("forecast_snapshots", said)


HISTORY, SNAPSHOTS = company()
COMPARED = compared(SNAPSHOTS, HISTORY, start=date(2025, 1, 1))


def proposals(given: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return what is proposed for the company."""
    return propose(COMPARED, HISTORY, PRODUCTS, frames.empty("drift_proposals") if given is None else given)


def test_the_product_whose_level_changed_is_proposed_with_month_and_size() -> None:
    found = proposals()
    assert found["product"].tolist() == ["A"]
    row = found.iloc[0]
    assert row["since"] == CHANGE
    assert row["factor"] == pytest.approx(0.7, abs=0.03)
    assert row["tracking_signal"] > 4
    assert "high by 4" in row["proposal"]
    assert row["decision"] == "", "a person decides"


def test_nothing_is_followed_before_somebody_approves_unless_that_was_agreed_beforehand() -> None:
    found = proposals()
    assert in_force(found).empty
    assert len(in_force(found, approved_beforehand=True)) == 1
    assert in_force(found.assign(decision="decline"), approved_beforehand=True).empty
    assert len(in_force(found.assign(decision="approve"))) == 1


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_a_change_that_was_decided_stays_decided_and_is_not_proposed_again(decision: str) -> None:
    decided = proposals().assign(decision=decision, decided_by="Planner")
    pd.testing.assert_frame_equal(proposals(decided), decided)


def test_sales_before_the_change_come_to_the_new_level_and_keep_their_season() -> None:
    changes = in_force(proposals().assign(decision="approve"))
    adjusted = relevel(HISTORY, changes)
    own, before = HISTORY["product"] == "A", HISTORY["period"] < CHANGE
    ratio = adjusted["units"] / HISTORY["units"]
    assert np.allclose(ratio[own & before], changes["factor"].iloc[0])
    assert np.allclose(ratio[~(own & before)], 1)
