"""Accuracy of frozen forecasts: by family, layer and months ahead, in every measure of the handbook."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pandas as pd

from sop_xl.demand.accuracy import bias, owa, smape, tracking_signal, wape
from sop_xl.demand.snapshots import LAYERS, period_days
from sop_xl.schema import frames
from sop_xl.schema.catalogue import EVERYWHERE

_SEASON = {1: 7, 7: 52, 28: 12, 90: 4, 365: 1}
"""Length of the season by the least days of a period."""


def accuracy_by_lag(compared: pd.DataFrame, history: pd.DataFrame, products: pd.DataFrame) -> pd.DataFrame:
    """Return accuracy by family, layer and lag, of all lags and of all families (schema table ``accuracy_by_lag``).

    WAPE, bias and sMAPE are over products × periods; MASE and RMSSE are means over products, scaled by the
    seasonal-naive error of the history before the forecast; the tracking signal is that of the family's total over the
    periods; OWA is against the naive layer on the same forecasts. What is not defined (ΣA = 0, no scale) is empty, not
    0.

    Args:
        compared: frozen forecasts beside actuals, see :func:`sop_xl.demand.snapshots.compared`.
        history: schema table ``history``.
        products: schema table ``products``, for the families.

    References:
        Hyndman & Koehler (2006), doi:10.1016/j.ijforecast.2006.03.001; Makridakis, Spiliotis & Assimakopoulos (2022),
        doi:10.1016/j.ijforecast.2021.11.013 (RMSSE).
    """
    if compared.empty:
        return frames.empty("accuracy_by_lag")
    family = compared["product"].map(dict(zip(products["product"], products["family"], strict=True))).fillna("")
    absolute, squared = _scales(compared, history)
    scaled = compared.assign(_absolute=absolute, _squared=squared, family=family)
    return frames.rows("accuracy_by_lag", _rows(scaled))


def _rows(scaled: pd.DataFrame) -> Iterator[dict[str, object]]:
    for family, part in [(EVERYWHERE, scaled), *scaled.groupby("family", sort=True)]:
        for lag, rows in [(EVERYWHERE, part), *part.groupby("lag", sort=True)]:
            for layer in layers_of(rows):
                known = rows[rows[layer].notna()]
                label = lag if isinstance(lag, str) else f"{int(lag)}"
                yield {"family": str(family), "layer": layer, "lag": label, **_figures(known, layer)}


def layers_of(compared: pd.DataFrame) -> tuple[str, ...]:
    """Return the layers that were given for any of the forecasts, in their order."""
    return tuple(layer for layer in LAYERS if layer in compared and compared[layer].notna().any())


def _figures(rows: pd.DataFrame, layer: str) -> dict[str, object]:
    actual, forecast = rows["actual"].to_numpy(dtype=float), rows[layer].to_numpy(dtype=float)
    error = wape(actual, forecast)
    total = rows.groupby(["as_of", "period"])[["actual", layer]].sum()
    scaled = _scaled(rows, layer)
    found: dict[str, object] = {
        "forecasts": len(rows),
        "periods": rows["period"].nunique(),
        "wape": error,
        "accuracy": error if math.isnan(error) else max(0.0, 1.0 - error),
        "bias": bias(actual, forecast),
        "tracking_signal": tracking_signal(total["actual"], total[layer]),
        "smape": smape(actual, forecast),
        **scaled,
    }
    both = rows[rows["naive"].notna()] if "naive" in rows else rows.iloc[:0]
    if len(both):
        figures = [smape(both["actual"], both[name]) for name in (layer, "naive")]
        scaled_both = [_scaled(both, name)["mase"] for name in (layer, "naive")]
        found["owa"] = owa(figures[0], scaled_both[0], figures[1], scaled_both[1])
    return found


def _scaled(rows: pd.DataFrame, layer: str) -> dict[str, float]:
    """Return MASE and RMSSE: the mean over products of those whose scale is known."""
    error = (rows["actual"] - rows[layer]).to_numpy(dtype=float)
    codes = pd.factorize(rows["product"])[0]
    found = {}
    for name, power, column in (("mase", 1, "_absolute"), ("rmsse", 2, "_squared")):
        ratio = np.abs(error) ** power / rows[column].to_numpy()
        known = np.isfinite(ratio)
        count = np.bincount(codes[known], minlength=codes.max() + 1)
        total = np.bincount(codes[known], ratio[known], minlength=codes.max() + 1)
        mean = total[count > 0] / count[count > 0]
        found[name] = float(np.mean(mean ** (1 / power))) if mean.size else math.nan
    return found


def _scales(compared: pd.DataFrame, history: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return mean absolute and mean squared seasonal-naive error of each row's product before its forecast was made."""
    m = _SEASON[period_days(history)]
    wide = history.pivot_table(index="product", columns="period", values="units", aggfunc="sum").sort_index(axis=1)
    values, days = wide.to_numpy(dtype=float), wide.columns
    at = wide.index.get_indexer(compared["product"])
    absolute, squared = np.full(len(compared), np.nan), np.full(len(compared), np.nan)
    for as_of, rows in compared.groupby("as_of").indices.items():
        known = values[:, days < as_of]
        change = known[:, m:] - known[:, :-m]
        count = np.isfinite(change).sum(axis=1)
        for found, power in ((absolute, 1), (squared, 2)):
            total = np.nansum(np.abs(change) ** power, axis=1)
            mean = np.divide(total, count, out=np.full(len(total), np.nan), where=(count > 0) & (total > 0))
            found[rows] = np.where(at[rows] >= 0, mean[at[rows]], np.nan)
    return absolute, squared
