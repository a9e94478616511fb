"""Accuracy of the baseline by family: a hold-out at the end of the history, against the seasonal naive."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from sop_xl.demand.accuracy import bias, coverage, wape
from sop_xl.demand.backtest import backtest
from sop_xl.model.issue import InputErrors
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE

HOLD_OUT = 12
"""Periods kept back and forecast from the history before them."""
_LEAST_SHARE = 0.1


def accuracy_by_family(
    history: pd.DataFrame,
    products: pd.DataFrame,
    *,
    hold_out: int = HOLD_OUT,
    country: str = "",
    seed: int = 0,
    progress: Callable[[float, str], None] | None = None,
) -> pd.DataFrame:
    """Return accuracy per family and of all together (schema table ``forecast_accuracy``), measured by product.

    The last periods of every product, all locations and channels together, are forecast from what was known before
    them. WAPE, bias and forecast value added (WAPE of the seasonal naive − WAPE) are in units; coverage is the share
    of actuals within P10 … P90 and within P2.5 … P97.5. Periods in which a tenth of a product and more was out of stock
    are corrected before the forecast, and not measured. A history too short to hold anything back gives an empty table.

    Args:
        history: schema table ``history``.
        products: schema table ``products``, for the families.
        hold_out: periods kept back.
        country: whose public holidays are tested, see `sop_xl.demand.baseline.forecast`.
        seed: seed of the forecast.
        progress: told how far the work is.
    """
    if history.empty:
        return frames.empty("forecast_accuracy")
    series = _by_product(history)
    try:
        tested = backtest(series, hold_out, country=country, seed=seed, progress=progress).frame
    except InputErrors:
        return frames.empty("forecast_accuracy")
    family = products.set_index("product")["family"]
    tested = tested.assign(family=tested["unique_id"].map(family))
    parts = [(EVERYWHERE, tested), *tested.groupby("family", sort=True)]
    return frames.rows("forecast_accuracy", (_row(str(name), part) for name, part in parts))


def _by_product(history: pd.DataFrame) -> pd.DataFrame:
    """Return sales by product; out of stock where the series that were make up a tenth of its sales and more."""
    key = ["product", "location", "channel"]
    usual = history.groupby(key)["units"].transform("mean")
    every = history.groupby(key)["units"].mean().groupby("product").sum()
    out = history["stock_out"].astype("boolean").fillna(False).astype(bool)
    share = usual.where(out, 0.0) / history["product"].map(every)
    rows = history.assign(share=share)[["product", "period", "units", "lost_units", "share"]]
    sums = rows.groupby(["product", "period"], as_index=False).sum(min_count=1)
    stock_out = sums.pop("share").to_numpy() >= _LEAST_SHARE
    names = {"product": "unique_id", "period": "ds", "units": "y"}
    return sums.rename(columns=names).assign(stock_out=stock_out, lost_units=sums["lost_units"].where(stock_out))


def _row(name: str, part: pd.DataFrame) -> dict[str, object]:
    actual = part["actual"].to_numpy(dtype=float)
    error, naive = wape(actual, part["forecast"].to_numpy()), wape(actual, part["seasonal_naive"].to_numpy())
    return {
        "family": name,
        "wape": error,
        "naive_wape": naive,
        "value_added": naive - error,
        "bias": bias(actual, part["forecast"].to_numpy()),
        "coverage_80": coverage(actual, part["p10"].to_numpy(), part["p90"].to_numpy()),
        "coverage_95": coverage(actual, part["p2_5"].to_numpy(), part["p97_5"].to_numpy()),
    }
