"""Forecast value added by step and by person, with a bootstrap interval over products."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pandas as pd

from sop_xl.demand.accuracy import ValueAdded
from sop_xl.demand.accuracy_by_lag import layers_of
from sop_xl.demand.snapshots import FUNCTION_OF
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE

DRAWS = 2000
LEAST_PRODUCTS, LEAST_PERIODS = 5, 8
"""Fewer products: periods are drawn instead; fewer of both: there is no interval."""

BETTER, WORSE, NO_PROOF, TOO_LITTLE = "better", "worse", "no proof either way", "too little to tell"
NOTHING = "changed nothing"


def value_added_by_step(
    compared: pd.DataFrame, products: pd.DataFrame, *, seed: int = 0, draws: int = DRAWS
) -> pd.DataFrame:
    """Return what every step and person added to the forecast before it (schema table ``forecast_value_added``).

    ``WAPE(step before) − WAPE(step)`` on the forecasts for which both are known: naive → statistical → sales →
    marketing → consensus → executive, steps nobody gave left out. A person is measured on the forecasts they changed.
    The 90 % interval draws whole products with replacement, because errors of one product go together.

    Args:
        compared: frozen forecasts beside actuals, see :func:`sop_xl.demand.snapshots.compared`.
        products: schema table ``products``, for the families.
        seed: seed of the bootstrap.
        draws: number of bootstrap samples.

    References:
        Gilliland (2010), The Business Forecasting Deal; Efron & Tibshirani (1993), An Introduction to the Bootstrap.
    """
    if compared.empty:
        return frames.empty("forecast_value_added")
    family = compared["product"].map(dict(zip(products["product"], products["family"], strict=True))).fillna("")
    rows = compared.assign(family=family)
    return frames.rows("forecast_value_added", _rows(rows, seed, draws))


def _rows(rows: pd.DataFrame, seed: int, draws: int) -> Iterator[dict[str, object]]:
    steps = layers_of(rows)
    if steps:
        first = rows[rows[steps[0]].notna()]
        error = _wape(first, steps[0])
        yield {
            **{"family": EVERYWHERE, "layer": steps[0], "person": EVERYWHERE, "forecasts": len(first)},
            **{"wape": error, "verdict": ""},
        }
    for family, part in [(EVERYWHERE, rows), *rows.groupby("family", sort=True)]:
        for before, layer in pairwise(steps):
            both = part[part[before].notna() & part[layer].notna()]
            if len(both):
                yield {"family": str(family), "person": EVERYWHERE, **_step(both, before, layer, seed, draws)}
    for before, layer in pairwise(steps):
        who = f"{layer}_person"
        changed = rows[rows[before].notna() & (rows[who] != "")] if who in rows else rows.iloc[:0]
        for person, own in changed.groupby(who, sort=True):
            yield {"family": EVERYWHERE, "person": str(person), **_step(own, before, layer, seed, draws)}


def _step(rows: pd.DataFrame, before: str, layer: str, seed: int, draws: int) -> dict[str, object]:
    added = step_value_added(rows, before, layer, seed=seed, draws=draws)
    changed = ~np.isclose(rows[before], rows[layer], rtol=1e-9, atol=1e-6)
    return {
        "layer": layer,
        "function": FUNCTION_OF.get(layer, ""),
        "before": before,
        "forecasts": len(rows),
        "changed": int(changed.sum()),
        "wape_before": _wape(rows, before),
        "wape": _wape(rows, layer),
        "value_added": added.value,
        "low": added.low,
        "high": added.high,
        "verdict": verdict(added) if changed.any() else NOTHING,
    }


def verdict(added: ValueAdded) -> str:
    """Say whether a step made the forecast better or worse, or whether that cannot be told."""
    if math.isnan(added.low):
        return TOO_LITTLE
    return BETTER if added.low > 0 else WORSE if added.high < 0 else NO_PROOF


def step_value_added(
    rows: pd.DataFrame, before: str, after: str, *, seed: int = 0, draws: int = DRAWS, level: float = 0.9
) -> ValueAdded:
    """Return ``WAPE(before) − WAPE(after)`` with an interval from drawing whole products (or periods) again.

    Products are drawn where there are at least five, else periods where there are at least eight; else the interval
    is not known (NaN). All is NaN where the actuals add up to nothing.

    Args:
        rows: ``product, period, actual`` and both forecasts.
        before: column of the earlier forecast.
        after: column of the later forecast.
        seed: seed of the bootstrap.
        draws: number of samples.
        level: coverage of the interval.
    """
    gain = (rows["actual"] - rows[before]).abs() - (rows["actual"] - rows[after]).abs()
    sums = pd.DataFrame({"gain": gain, "size": rows["actual"].abs()})
    total = sums["size"].sum()
    if total == 0:
        return ValueAdded(math.nan, math.nan, math.nan)
    value = float(sums["gain"].sum() / total)
    enough = rows["product"].nunique() >= LEAST_PRODUCTS
    drawn_by = "product" if enough else "period"
    clusters = sums.groupby(rows[drawn_by].to_numpy()).sum()
    if not enough and len(clusters) < LEAST_PERIODS:
        return ValueAdded(value, math.nan, math.nan)
    n = len(clusters)
    times = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=draws)
    sizes = times @ clusters["size"].to_numpy()
    gains = (times @ clusters["gain"].to_numpy())[sizes > 0] / sizes[sizes > 0]
    tail = (1 - level) / 2
    low, high = np.quantile(gains, [tail, 1 - tail])
    return ValueAdded(value, float(low), float(high))


def _wape(rows: pd.DataFrame, layer: str) -> float:
    total = rows["actual"].abs().sum()
    return float((rows["actual"] - rows[layer]).abs().sum() / total) if total else math.nan
