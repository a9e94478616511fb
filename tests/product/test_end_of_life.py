"""The model of ends of life: a published fit, calibrated chances on unseen products, silence without data."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from sop_xl.product.end_of_life import LEAST_ENDS, fit_logistic, learn
from sop_xl.product.lifecycle import curve

ORING_TEMPERATURE = [66, 70, 69, 68, 67, 72, 73, 70, 57, 63, 70, 78, 67, 53, 67, 75, 70, 81, 76, 79, 75, 76, 58]
ORING_DISTRESS = [0, 1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1]


def test_the_fit_is_the_published_one_of_the_o_ring_data() -> None:
    """Dalal, Fowlkes & Hoadley (1989), doi:10.1080/01621459.1989.10478858: 15.043 − 0.2322 · temperature."""
    x = np.array(ORING_TEMPERATURE, dtype=float)[:, None]
    found = fit_logistic(x, np.array(ORING_DISTRESS, dtype=float))
    assert found.intercept == pytest.approx(15.043, abs=0.001)
    assert found.weights[0] == pytest.approx(-0.2322, abs=0.0001)
    assert found.chance(np.array([[31.0]]))[0] == pytest.approx(0.9996, abs=0.0001)


def test_classes_that_separate_stay_finite_with_the_ridge() -> None:
    x = np.linspace(-1, 1, 20)[:, None]
    found = fit_logistic(x, (x[:, 0] > 0).astype(float), ridge=1.0)
    assert 1 < found.weights[0] < 100


MONTHS = pd.date_range("2014-01-01", periods=120, freq="MS")


def company(products: int, *, ending: float) -> tuple[pd.DataFrame, dict[str, date]]:
    """Some products fall by a half a year from some month on and are ended two years later; the others stay."""
    rng = np.random.default_rng(4)
    sold, ends = {}, {}
    for i in range(products):
        units = 100 * rng.uniform(0.5, 2) * rng.normal(1, 0.1, 120)
        if i < ending * products:
            turn = int(rng.integers(30, 90))
            units[turn:] *= 0.5 ** (np.arange(120 - turn) / 12)
            last = turn + int(rng.integers(18, 30))
            units[last:] = 0
            if last < 120:
                ends[f"P{i}"] = (MONTHS[last] - pd.DateOffset(days=1)).date()
        sold[f"P{i}"] = units
    return pd.DataFrame(sold, index=MONTHS), ends


def test_with_enough_ends_the_chance_is_calibrated_on_unseen_products_and_tells_them_apart() -> None:
    sold, ends = company(200, ending=0.5)
    found = learn(sold, ends)
    assert found is not None
    assert found.ends >= LEAST_ENDS
    assert found.skill > 0.3
    assert found.slope == pytest.approx(1.0, abs=0.25)
    steady = curve(np.full(48, 100.0))
    fading = curve(np.concatenate([np.full(30, 100.0), 100 * 0.5 ** (np.arange(18) / 12)]))
    assert steady is not None
    assert fading is not None
    assert found.chance(steady) < 0.1 < 0.4 < found.chance(fading)


def test_few_ends_or_ends_that_nothing_announces_give_no_model() -> None:
    sold, ends = company(200, ending=0.1)
    assert learn(sold, ends) is None, "twenty ends are too few"
    rng = np.random.default_rng(0)
    steady = pd.DataFrame(100 * rng.normal(1, 0.05, (120, 150)), index=MONTHS, columns=[f"P{i}" for i in range(150)])
    by_lot = {f"P{i}": MONTHS[int(rng.integers(60, 110))].date() for i in range(60)}
    model = learn(steady, by_lot)
    assert model is None or model.skill < 0.02, "sales say nothing of an end drawn by lot"
